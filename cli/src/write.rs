//! Where reports and messages go: standard output or a file, and standard error.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};
use crosskey_engine::text::escape;
use thiserror::Error;

/// Where to write, and whether with colour.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The file for the report; `None` for standard output.
    pub(crate) file: Option<PathBuf>,
    /// When to use colour.
    pub(crate) color: ColorChoice,
    /// Whether notes are left out.
    pub(crate) quiet: bool,
}

/// Why a report could not be written.
#[derive(Debug, Error)]
pub(crate) enum WriteError {
    /// The reader of standard output has gone; nobody is left to be told.
    #[error("standard output was closed")]
    Closed,
    /// Standard output takes no more.
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    /// The file cannot be written.
    #[error("cannot write `{}`: {error}", escape(&path.to_string_lossy()))]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl Output {
    /// Writes a report, which may be styled. A file is written whole or not at all.
    pub(crate) fn report(&self, text: &str) -> Result<(), WriteError> {
        match &self.file {
            None => self.stdout(text),
            Some(path) => {
                let plain;
                let text = match self.color {
                    ColorChoice::Always | ColorChoice::AlwaysAnsi => text,
                    _ => {
                        plain = strip_str(text).to_string();
                        &plain
                    }
                };
                let failed = |error| WriteError::File { path: path.clone(), error };
                write_whole(path, text.as_bytes()).map_err(failed)
            }
        }
    }

    /// Writes to standard error unless notes are unwanted.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.message(text);
        }
    }

    /// Writes to standard error.
    pub(crate) fn message(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.color);
        // Where standard error is closed there is nobody to tell.
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    fn stdout(&self, text: &str) -> Result<(), WriteError> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.color);
        let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => WriteError::Closed,
            _ => WriteError::Stdout(error),
        })
    }
}

/// Writes new files, all or none, and never over one that is there. Their folders are made where they are not.
///
/// # Errors
/// [`WriteError::File`] with the first that could not be written; those before it are taken back.
pub(crate) fn create_all(files: &[(PathBuf, String)]) -> Result<(), WriteError> {
    let mut made = Vec::new();
    for (path, text) in files {
        if let Err(error) = create(path, text.as_bytes()) {
            for file in made {
                // What cannot be taken back is still whole, and the error says what happened.
                let _ = fs::remove_file(file);
            }
            return Err(WriteError::File { path: path.clone(), error });
        }
        made.push(path);
    }
    Ok(())
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let file = beside(folder, bytes)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file beside its final place and moves it there, so that nobody ever sees half of it.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link is followed: what it points at is replaced, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|data| !data.is_file()) {
        // A device or a pipe cannot be replaced; a folder fails here with the right message.
        return File::options().write(true).open(&target)?.write_all(bytes);
    }
    let file = beside(folder_of(&target), bytes)?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file without a name yet, in the folder where it is to be.
fn beside(folder: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".crosskey-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any new file gets; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        fs::write(&path, "a longer text that was there before").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn new_files_are_written_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| (folder.path().join(name), name.to_owned());
        fs::write(folder.path().join("there"), "as it was").unwrap();
        let error = create_all(&[file("new/first"), file("there")]).unwrap_err();
        assert!(error.to_string().contains("there`"), "{error}");
        assert!(!folder.path().join("new/first").exists());
        assert_eq!(fs::read_to_string(folder.path().join("there")).unwrap(), "as it was");
        create_all(&[file("new/first"), file("second")]).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("new/first")).unwrap(), "new/first");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_whole(folder.path(), b"new").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays() {
        use std::os::unix::fs::FileTypeExt;
        write_whole(Path::new("/dev/null"), b"new").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
