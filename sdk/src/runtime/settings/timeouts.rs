//! The time limits of a call.

use std::time::Duration;

/// Time limits for each attempt of a call. An attempt that exceeds one fails with the kind
/// [`Timeout`](crate::ErrorKind::Timeout) or [`Stalled`](crate::ErrorKind::Stalled).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) answer: Duration,
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    /// 10 s to connect, 30 s for the first byte, 60 s for a JSON response, 20 s for the next bytes of a stream.
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
    /// Limits the time to connect, with the TLS handshake: 10 s by default.
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Limits the time until the first byte of the response, with the time to connect: 30 s by default.
    pub fn first_byte(mut self, limit: Duration) -> Self {
        self.first_byte = limit;
        self
    }

    /// Limits the time of one attempt, from its start to the last byte of a JSON response: 60 s by default.
    pub fn answer(mut self, limit: Duration) -> Self {
        self.answer = limit;
        self
    }

    /// Limits the time until the next bytes of a stream, counted while the reader waits for them: 20 s by default.
    pub fn stall(mut self, limit: Duration) -> Self {
        self.stall = limit;
        self
    }
}
