//! The private directory of an attempt: its script, its output file and its working directory.
//!
//! `<data dir>/attempt/<mark>/` is for the server's user only and is removed when the attempt is over; what an attempt
//! wants to keep it writes elsewhere.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Paths of an attempt's directory; nothing exists before [`Room::furnish`].
#[derive(Debug, Clone)]
pub(super) struct Room {
    dir: PathBuf,
}

impl Room {
    /// The room of an attempt.
    pub(super) fn new(root: &Path, mark: &str) -> Self {
        Self { dir: root.join(mark) }
    }

    pub(super) fn script(&self) -> PathBuf {
        self.dir.join("script")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.dir.join("output")
    }

    /// Where the task begins.
    pub(super) fn work(&self) -> PathBuf {
        self.dir.join("work")
    }

    /// Makes the directories and writes the script, readable for the server's user only: scripts hold what people
    /// write into scripts, passwords too.
    pub(super) fn furnish(&self, script: &str) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(&self.dir)?;
        DirBuilder::new().mode(0o700).create(self.work())?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o700).open(self.script())?;
        file.write_all(script.as_bytes())
    }

    /// Removes everything. A task may have written much: this can take long.
    pub(super) fn remove(&self) {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                // The next start tries again.
                tracing::warn!(dir = %self.dir.display(), %error, "the directory of an attempt could not be removed");
            }
            _ => {}
        }
    }
}

/// Removes the rooms whose mark is not wanted any more.
pub(super) fn remove_others(root: &Path, wanted: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for name in entries.flatten().map(|entry| entry.file_name()) {
        if !name.to_str().is_some_and(&wanted) {
            Room { dir: root.join(AsRef::<OsStr>::as_ref(&name)) }.remove();
        }
    }
}
