//! The position of a page, which another process can go on from.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::runtime::http::Call;
use crate::runtime::list::Page;
use crate::runtime::list::place::Place;
use crate::runtime::list::saved::Origin;
use crate::runtime::list::walk::{Step, Walk};
use crate::runtime::response::error::Error;

/// The kind of the saved text.
const KIND: &str = "position";

/// The next page of a walk, with what the walk knows of the pages before it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// The query of the link to the page; `None` where numbers lead on.
    pub(super) query: Option<String>,
    pub(super) place: Place,
    pub(super) has_links: bool,
    /// The hash of the page before.
    pub(super) previous: Option<u64>,
}

/// A walk whose positions can be saved.
pub(super) struct Saved {
    walk: Walk,
    origin: Origin,
    position: Option<String>,
}

impl Saved {
    pub(super) fn begin(call: Call) -> Result<Self, Error> {
        let origin = Origin::of(&call)?;
        Ok(Self::new(Walk::begin(call)?, origin))
    }

    /// Goes on at a position of the same request.
    pub(super) fn resume(call: Call, text: &str) -> Result<Self, Error> {
        let origin = Origin::of(&call)?;
        let position = origin.read(KIND, text).map_err(|refused| call.error(refused))?;
        Ok(Self::new(Walk::resume(call, position)?, origin))
    }

    fn new(walk: Walk, origin: Origin) -> Self {
        let mut saved = Self { walk, origin, position: None };
        saved.save();
        saved
    }

    /// Reads the next page; `None` at the end.
    pub(super) async fn step<P>(&mut self) -> Result<Option<Step<P>>, Error>
    where
        P: Page + DeserializeOwned,
    {
        let step = self.walk.step().await?;
        // Before an error of the list, the position stays that of the page that was read: otherwise the list would
        // seem to be at its end.
        if !self.walk.is_faulty() {
            self.save();
        }
        Ok(step)
    }

    /// The position of the next page; `None` at the end.
    pub(super) fn position(&self) -> Option<String> {
        self.position.clone()
    }

    fn save(&mut self) {
        let position = self.walk.position();
        self.position = position.and_then(|position| self.origin.save(KIND, &position));
    }
}
