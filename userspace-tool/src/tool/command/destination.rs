// SPDX-License-Identifier: GPL-2.0

//! A file that is written in one step.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The mode of a new file.
const MODE: u32 = 0o644;

/// Where a file is put in the place of another one, which keeps its mode.
#[derive(Debug)]
pub(in crate::tool) struct Destination {
    path: PathBuf,
    mode: u32,
}

impl Destination {
    /// Looks at what is there.
    ///
    /// Errors: it is a directory, or a device or its like, which nothing may take the place of.
    pub(in crate::tool) fn find(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => Err(io::Error::other("it is no regular file")),
            Ok(found) => Ok(Self {
                // The file itself, not a link to it.
                path: fs::canonicalize(path)?,
                mode: found.permissions().mode(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self {
                path: path.to_owned(),
                mode: MODE,
            }),
            Err(error) => Err(error),
        }
    }

    /// Whether a file can be made there. It is not left there.
    pub(in crate::tool) fn try_out(&self) -> io::Result<()> {
        self.begin().map(drop)
    }

    /// Writes the file.
    pub(in crate::tool) fn write(&self, text: &str) -> io::Result<()> {
        let mut file = self.begin()?;
        file.write_all(text.as_bytes())?;
        file.as_file()
            .set_permissions(Permissions::from_mode(self.mode))?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// A file beside it, which goes when it is not put there.
    fn begin(&self) -> io::Result<NamedTempFile> {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => NamedTempFile::new_in(parent),
            _ => NamedTempFile::new_in("."),
        }
    }
}
