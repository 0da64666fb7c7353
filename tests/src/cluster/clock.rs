//! A server's clock on the wall, set by the test.
//!
//! The machine's own clock is everybody's, so a library that is loaded into the server shifts the time of day that it
//! is told. What counts from the machine's start, and all that its tasks see, stays as it is.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// The clock of one server.
pub struct HandClock {
    folder: TempDir,
    shift: File,
}

impl HandClock {
    /// A clock that is right.
    ///
    /// # Panics
    /// When there is no room for it.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let shift = File::create(folder.path().join("shift")).expect("a file");
        let clock = Self { folder, shift };
        clock.shift(0);
        clock
    }

    /// Sets it so far ahead of the right time, or behind it.
    ///
    /// # Panics
    /// When the file can't be written.
    pub fn shift(&self, ms: i64) {
        self.shift.write_all_at(&ms.to_ne_bytes(), 0).expect("written");
    }

    /// What makes a server go by it; nothing where it can't be built.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let Some(library) = library() else { return Vec::new() };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let file = self.folder.path().join("shift");
        vec![("LD_PRELOAD".to_owned(), text(library)), ("CLOCK_SHIFT_FILE".to_owned(), text(&file))]
    }
}

impl Default for HandClock {
    fn default() -> Self {
        Self::new()
    }
}

/// The library, built once per test process beside the tests.
fn library() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    let folder = std::env::current_exe().ok()?.parent()?.join("clock");
    fs::create_dir_all(&folder).ok()?;
    let id = std::process::id();
    let (source, made) = (folder.join(format!("{id}.c")), folder.join(format!("{id}.so")));
    fs::write(&source, include_str!("clock.c")).ok()?;
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&made).arg(&source).arg("-ldl").status();
    let _ = fs::remove_file(source);
    let library = folder.join("clock.so");
    // In one step, so that test processes that do the same don't see each other's half.
    (built.is_ok_and(|status| status.success()) && fs::rename(made, &library).is_ok()).then_some(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_goes_by_the_clock_that_was_set() {
        let clock = HandClock::new();
        let year = |shift_ms| {
            clock.shift(shift_ms);
            let date = Command::new("date").arg("+%s").envs(clock.environment()).output().expect("runs");
            String::from_utf8(date.stdout).expect("text").trim().parse::<i64>().expect("seconds")
        };
        let (now, later, before) = (year(0), year(7_200_500), year(-7_200_500));
        assert!((7_200..7_210).contains(&(later - now)) && (7_195..=7_201).contains(&(now - before)));
    }
}
