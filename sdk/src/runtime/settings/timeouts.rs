//! How long a call waits.

use std::time::Duration;

/// How long a call waits for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) answer: Duration,
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    /// 10 s to connect, 30 s for the first byte, 60 s for a whole JSON answer, 20 s for the next
    /// bytes of a stream.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            stall: Duration::from_secs(20),
        }
    }
}

impl Timeouts {
    /// For a connection to be made.
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// For an answer to begin.
    pub fn first_byte(mut self, limit: Duration) -> Self {
        self.first_byte = limit;
        self
    }

    /// For one attempt at a JSON answer, from its first byte sent to its last byte received.
    pub fn answer(mut self, limit: Duration) -> Self {
        self.answer = limit;
        self
    }

    /// For the next bytes of a stream, while the reader waits for them.
    pub fn stall(mut self, limit: Duration) -> Self {
        self.stall = limit;
        self
    }
}
