//! The helpers of the tests in `../it`, with the loopback server over https.

#[path = "../../it"]
mod it {
    pub mod support;
}

pub use it::support;
