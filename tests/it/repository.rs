//! The repository: the public API as a golden, rules that a compiler does not know, the package,
//! the scripts of CI.

mod api;
mod docs;
mod hygiene;
mod imports;
mod package;
mod release;
mod runtime;
mod upstream;
