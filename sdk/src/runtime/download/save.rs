//! Saves content to a file, which appears when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::runtime::download::resume::{Piece, Resumed};
use crate::runtime::http::Call;
use crate::runtime::response::error::{Cause, Error};
use crate::runtime::text::cut;

impl Call {
    /// Saves the content; `progress` is called with the bytes so far and, if the server declares it, their total.
    /// The bytes start from zero again if the content comes again from its start.
    pub(crate) async fn save_to(
        &self,
        path: &Path,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, Error> {
        let failed = |source: io::Error| self.error(Cause::File { path: path.to_owned(), source });
        // Before the request: a file that cannot be written costs none.
        let (part, file) = Part::beside(path).map_err(failed)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut content = Resumed::start(self).await?;
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
        part.replace_target().map_err(failed)?;
        Ok(content.received())
    }
}

/// The file beside the target that holds the content until it is complete. It is removed unless it was renamed.
struct Part {
    path: PathBuf,
    target: PathBuf,
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has owners and modes to keep"))]
    replaced: Option<fs::Metadata>,
}

impl Part {
    /// Creates the file. Its name shows the target: it is left over if the process is killed.
    fn beside(path: &Path) -> io::Result<(Self, File)> {
        let replaced = regular(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // A short part of a long name, because a folder limits the length of names.
        let name = format!(".{}.{:016x}.part", cut(&name, 128), fastrand::u64(..));
        let part = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // A log can contain secrets.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&part)?;
        Ok((Self { path: part, target: path.to_owned(), replaced }, file))
    }

    /// Puts the file in the place of the target. A file that it replaces hands on its permissions.
    fn replace_target(self) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(replaced) = &self.replaced {
            use std::os::unix::fs::PermissionsExt as _;

            // Without the bits that run a program as its owner.
            let mode = replaced.permissions().mode() & 0o777;
            fs::set_permissions(&self.path, fs::Permissions::from_mode(mode))?;
        }
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the rename there is nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}

/// The file to replace, if it exists. Refuses a path at which a file cannot be.
fn regular(path: &Path) -> io::Result<Option<fs::Metadata>> {
    let is_name = path
        .file_name()
        .is_some_and(|name| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes()));
    if !is_name {
        return Err(io::Error::other("the path does not end in the name of a file"));
    }
    // `/dev/stdout` leads to a regular file if the output is one, and is not to be replaced.
    let folder =
        path.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
    let folder = folder.and_then(|folder| fs::canonicalize(folder).ok());
    if cfg!(unix)
        && folder.is_some_and(|folder| folder == Path::new("/dev") || folder.starts_with("/proc"))
    {
        return Err(not_regular());
    }
    // On Windows, a name with a colon is a stream of another file.
    if cfg!(windows) && path.file_name().is_some_and(|name| name.as_encoded_bytes().contains(&b':'))
    {
        return Err(io::Error::other("the name of a file cannot have a colon"));
    }
    match fs::metadata(path) {
        // Windows refuses to replace it, after the download.
        Ok(found) if cfg!(windows) && found.permissions().readonly() => {
            Err(io::ErrorKind::PermissionDenied.into())
        }
        Ok(found) if found.is_file() => Ok(Some(found)),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(not_regular()),
        // A new file, or a link that leads nowhere.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn not_regular() -> io::Error {
    io::Error::other(
        "it is a device, a pipe or a socket, not a regular file; write the stream into it",
    )
}
