//! Texts about a list that another process can use: each belongs to one request.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::http::Call;
use crate::runtime::response::error::Error;

/// A request for a list, as saved texts name it.
pub(super) struct Origin(String);

impl Origin {
    /// The digest of the URL of a call, with the server and the whole query.
    pub(super) fn of(call: &Call) -> Result<Self, Error> {
        // FNV-1a: the hashes of the standard library can differ between two versions of Rust.
        let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = call.url()?.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, step);
        Ok(Self(format!("{hash:016x}")))
    }

    /// The text of a value: `kind` is what the text is.
    pub(super) fn save(&self, kind: &str, value: &impl Serialize) -> Option<String> {
        serde_json::to_string(&(kind, &self.0, value)).ok()
    }

    /// Reads a text that was saved of the same request.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        kind: &str,
        text: &str,
    ) -> Result<T, InvalidInput> {
        let read = serde_json::from_str::<(String, String, T)>(text).ok();
        let read = read.filter(|(found, ..)| found == kind);
        let (_, origin, value) = read.ok_or_else(|| unreadable(kind))?;
        if origin != self.0 {
            return Err(InvalidInput::new(format!("the {kind} belongs to another request")));
        }
        Ok(value)
    }
}

/// The refusal of a text that is not of this kind.
pub(super) fn unreadable(kind: &str) -> InvalidInput {
    InvalidInput::new(format!("the text is not a {kind} that this version of the SDK can read"))
}
