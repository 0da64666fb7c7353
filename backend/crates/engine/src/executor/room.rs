//! The private directory of an attempt: its script, its output file and its working directory.
//!
//! `<data dir>/attempt/<incarnation>-<number>/` is for the server's user only. What an attempt wants to keep it writes
//! elsewhere: its room is emptied when it is over. A room that was left as it was found is used again, because file
//! systems take longer to make and remove directories than to start a process; any other is removed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const PRIVATE: u32 = 0o700;

/// Rooms that wait to be used again; more are not needed than attempts run at once.
const MOST_FREE: usize = 256;

/// The rooms of a host.
#[derive(Debug)]
pub(super) struct Rooms {
    root: PathBuf,
    incarnation: i64,
    next: AtomicU64,
    free: Mutex<Vec<PathBuf>>,
}

impl Rooms {
    pub(super) fn new(root: PathBuf, incarnation: i64) -> Arc<Self> {
        Arc::new(Self { root, incarnation, next: AtomicU64::new(1), free: Mutex::default() })
    }

    /// A room for an attempt; nothing is in it before [`Room::furnish`].
    pub(super) fn take(self: &Arc<Self>) -> Room {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let dir = free.unwrap_or_else(|| {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            self.root.join(format!("{}-{number}", self.incarnation))
        });
        Room { dir, rooms: self.clone() }
    }

    fn give_back(&self, dir: &Path) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MOST_FREE {
            free.push(dir.into());
        } else {
            drop(free);
            remove(dir);
        }
    }

    /// Removes the rooms of earlier lives.
    pub(super) fn remove_former(&self) {
        let own = format!("{}-", self.incarnation);
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        let former =
            entries.flatten().filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(own.as_bytes()));
        former.for_each(|entry| remove(&entry.path()));
    }
}

impl Drop for Rooms {
    fn drop(&mut self) {
        let free = std::mem::take(&mut *self.free.lock().unwrap_or_else(PoisonError::into_inner));
        free.iter().for_each(|dir| remove(dir));
    }
}

/// The room of an attempt. Dropped, it is emptied, which blocks, and for long if a task has written much.
#[derive(Debug)]
pub(super) struct Room {
    dir: PathBuf,
    rooms: Arc<Rooms>,
}

impl Room {
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

    /// Makes what is missing and writes the script, for the server's user only: scripts hold what people write into
    /// scripts, passwords too.
    pub(super) fn furnish(&self, script: &str) -> io::Result<()> {
        let write = || {
            let mut options = OpenOptions::new();
            options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(PRIVATE)
                .open(self.script())?
                .write_all(script.as_bytes())
        };
        match write() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().mode(PRIVATE).create(&self.dir)?;
                DirBuilder::new().mode(PRIVATE).create(self.work())?;
                write()
            }
            result => result,
        }
    }

    /// Empties the room if the attempt left only what belongs there.
    fn is_tidied(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.dir)?.flatten() {
            match entry.file_name().as_encoded_bytes() {
                b"script" => {
                    let script = fs::symlink_metadata(entry.path())?;
                    if !script.is_file() || script.nlink() != 1 || script.mode() & 0o7777 != PRIVATE {
                        return Ok(false);
                    }
                    // Not to nothing: ext4 writes a file that was emptied and filled again to the disk as it is closed.
                    OpenOptions::new().write(true).open(entry.path())?.set_len(1)?;
                }
                b"work" => {
                    let work = fs::symlink_metadata(entry.path())?;
                    let is_as_made = work.is_dir() && work.mode() & 0o7777 == PRIVATE;
                    if !is_as_made || fs::read_dir(entry.path())?.next().is_some() {
                        return Ok(false);
                    }
                }
                b"output" if entry.file_type()?.is_file() => fs::remove_file(entry.path())?,
                _ => return Ok(false),
            }
        }
        Ok(self.script().exists() && self.work().exists())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.is_tidied().unwrap_or(false) {
            self.rooms.give_back(&self.dir);
        } else {
            remove(&self.dir);
        }
    }
}

fn remove(dir: &Path) {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            // The next start tries again.
            tracing::warn!(dir = %dir.display(), %error, "the directory of an attempt could not be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// What remains of a room after an attempt that did this in it.
    fn after(attempt: impl FnOnce(&Room)) -> (usize, bool) {
        let root = tempfile::tempdir().expect("a directory");
        let rooms = Rooms::new(root.path().into(), 1);
        let room = rooms.take();
        room.furnish("echo secret").expect("furnished");
        attempt(&room);
        let script = room.script();
        drop(room);
        let free = rooms.free.lock().expect("not poisoned").len();
        assert!(fs::read(&script).unwrap_or_default().len() < 2, "the script is gone");
        assert_eq!(fs::read_dir(root.path()).expect("there").count(), free);
        let again = rooms.take();
        again.furnish("echo again").expect("furnished");
        assert_eq!(fs::read_to_string(again.script()).expect("there"), "echo again");
        assert_eq!(fs::read_dir(again.work()).expect("there").count(), 0);
        (free, again.script() == script)
    }

    #[test]
    fn a_room_left_as_it_was_found_is_used_again() {
        assert_eq!(after(|_| {}), (1, true));
        assert_eq!(after(|room| fs::write(room.output(), "a=1").expect("written")), (1, true));
    }

    #[test]
    fn any_other_is_removed() {
        let changes: [fn(&Room) -> io::Result<()>; 6] = [
            |room| fs::write(room.work().join("left"), ""),
            |room| fs::write(room.dir.join("left"), ""),
            |room| fs::create_dir(room.output()),
            |room| fs::set_permissions(room.work(), fs::Permissions::from_mode(0o777)),
            |room| fs::remove_dir(room.work()),
            |room| fs::remove_file(room.script()).and_then(|()| symlink("/dev/null", room.script())),
        ];
        for change in changes {
            assert_eq!(after(|room| change(room).expect("done")).0, 0);
        }
    }

    #[test]
    fn a_host_that_goes_leaves_no_rooms_and_a_new_one_clears_what_is_left() {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(root.path().join("1-7/work")).expect("made");
        let rooms = Rooms::new(root.path().into(), 2);
        let room = rooms.take();
        room.furnish("").expect("furnished");
        rooms.remove_former();
        drop(room);
        assert_eq!(fs::read_dir(root.path()).expect("there").count(), 1);
        drop(rooms);
        assert_eq!(fs::read_dir(root.path()).expect("there").count(), 0);
    }
}
