//! Saves content to a file, which appears when it is complete.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::runtime::download::resume::{Piece, Resumed};
use crate::runtime::http::Call;
use crate::runtime::response::error::{Cause, Error};

impl Call {
    /// Saves the content; `progress` is called with the bytes so far and, if the server declares it, their total.
    /// The bytes start from zero again if the content comes again from its start.
    pub(crate) async fn save_to(
        &self,
        path: &Path,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, Error> {
        let failed = |source: io::Error| {
            Error::from(Cause::File { path: path.to_owned(), source }).of(self.id())
        };
        let mut content = Resumed::start(self).await?;
        let part = Part::beside(path);
        // Created at once, so that dropping this future removes it.
        let file = File::create_new(&part.0).map_err(failed)?;
        let mut file = tokio::fs::File::from_std(file);
        loop {
            match content.next().await? {
                Piece::End => break,
                Piece::Restart => {
                    file.rewind().await.map_err(failed)?;
                    file.set_len(0).await.map_err(failed)?;
                }
                Piece::Bytes(chunk) => {
                    file.write_all(&chunk).await.map_err(failed)?;
                    progress(content.received(), content.length());
                }
            }
        }
        // sync_all() alone does not report that the last write failed.
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        tokio::fs::rename(&part.0, path).await.map_err(failed)?;
        Ok(content.received())
    }
}

/// The file beside the target that holds the content until it is complete. It is removed unless it was renamed.
struct Part(PathBuf);

impl Part {
    /// A new short name, independent of the length of the target's name.
    fn beside(path: &Path) -> Self {
        Self(path.with_file_name(format!(".{:016x}.part", fastrand::u64(..))))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the rename there is nothing to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}
