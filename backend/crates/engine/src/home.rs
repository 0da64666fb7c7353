//! The data directory as the home of one node: who works there, and who did before.
//!
//! One process at a time may work in a data directory; a lock on a file in it, which the system frees when the process
//! ends in whatever way, keeps others out. The file also names the incarnation of the node that has worked there. So a
//! process that gets the lock knows of that one, and only of that one, that it is over: its attempts can be given up at
//! once. A process that had the node's name on another machine may live on, cut off; its claims must lapse first.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// The file in the data directory.
const FILE: &str = "node.lock";

/// A data directory that this process works in, as long as the value lives.
#[derive(Debug)]
pub struct Home {
    file: File,
    last: Option<i64>,
}

impl Home {
    /// Moves in.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] when another process works there; the system's.
    pub fn enter(data_dir: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(data_dir.join(FILE))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        // Anything else than a number was not written by us.
        let last = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
        Ok(Self { file, last })
    }

    /// The incarnation that worked here before and is over.
    #[must_use]
    pub const fn last(&self) -> Option<i64> {
        self.last
    }

    /// Notes who works here now.
    ///
    /// # Errors
    /// The system's.
    pub fn note(&mut self, incarnation: i64) -> io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        writeln!(self.file, "{incarnation}")?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_lives_there_and_knows_of_the_one_before() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut home = Home::enter(dir.path()).expect("free");
        assert_eq!(home.last(), None);
        home.note(7_000_000_000).expect("written");
        home.note(42).expect("written");
        assert_eq!(Home::enter(dir.path()).expect_err("taken").kind(), io::ErrorKind::ResourceBusy);
        drop(home);
        let home = Home::enter(dir.path()).expect("free again");
        assert_eq!(home.last(), Some(42));
        drop(home);
        std::fs::write(dir.path().join(FILE), "who was it?").expect("written");
        assert_eq!(Home::enter(dir.path()).expect("free").last(), None);
    }
}
