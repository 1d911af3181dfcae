//! The repository: the public API as a golden, rules that a compiler does not know, the scripts of CI.

mod api;
mod docs;
mod hygiene;
mod imports;
mod runtime;
mod upstream;
