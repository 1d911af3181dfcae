//! The id of a workflow, for requests that take a workflow by its id or by the name of its file.

use crate::WorkflowId;
use crate::runtime::{Arg, InvalidInput, PathSegment};

impl Arg<PathSegment> for WorkflowId {
    fn arg(self) -> Result<PathSegment, InvalidInput> {
        Ok(PathSegment::from(self.get()))
    }
}

impl Arg<PathSegment> for &WorkflowId {
    fn arg(self) -> Result<PathSegment, InvalidInput> {
        (*self).arg()
    }
}
