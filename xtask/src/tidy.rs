//! The rules of docs/STYLE.md that a machine can check, as tests: `cargo test -p xtask` runs them, so continuous
//! integration has nothing that a developer's own test run has not.
//!
//! A list of exceptions may only shrink: an entry that is no longer needed fails too.

mod imports;
mod pages;
mod size;
mod words;

use std::fs;
use std::path::Path;
use std::process::Command;

/// A Rust file of the work tree.
struct Source {
    /// From the root, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// A file that holds tests and nothing else.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.is_in("tests/")
    }

    /// The lines before the tests at the end of the file; all of them when it has none there.
    fn product_lines(&self) -> Vec<&str> {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].starts_with("mod tests {"));
        lines[..tests.unwrap_or(lines.len())].to_vec()
    }

    /// Numbered lines of code: comments and blank lines left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with("//")
        })
    }
}

/// Every file that is, or is about to be, in the repository.
fn files() -> Vec<String> {
    let root = crate::root();
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(&root)
        .output()
        .expect("git lists the files");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    // A file that is deleted and not yet committed is still listed.
    names.split('\0').filter(|name| !name.is_empty() && root.join(name).is_file()).map(str::to_owned).collect()
}

fn sources() -> Vec<Source> {
    let rust = files().into_iter().filter(|path| Path::new(path).extension().is_some_and(|ext| ext == "rs"));
    rust.map(|path| Source { text: read(&path), path }).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(crate::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with every finding at once, and what to do about them.
#[track_caller]
fn none(findings: &[String], advice: &str) {
    assert!(findings.is_empty(), "{advice}\n  {}\n", findings.join("\n  "));
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent: Vec<String> =
        sources().into_iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path).collect();
    none(&silent, "begin each of these with a `//!` header: what lives here, what it must not do, its invariant");
}

#[test]
fn modules_are_files_with_telling_names() {
    const VAGUE: [&str; 8] = ["mod", "util", "utils", "helper", "helpers", "common", "models", "types"];
    let vague: Vec<String> = sources()
        .into_iter()
        .map(|file| file.path)
        .filter(|path| VAGUE.contains(&path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs")))
        .collect();
    none(&vague, "name the file after what lives in it (`foo.rs` beside `foo/`, never mod.rs)");
}
