//! No file grows beyond what one reads in a sitting, and nothing large enters the repository.

use std::fs;

use super::{files, none, sources};

/// Lines of a file without its tests.
const MOST_LINES: usize = 600;

/// Files that are longer, each with its length: it may shrink and must not grow.
const LONGER: [(&str, usize); 0] = [];

/// Bytes of any file.
const MOST_BYTES: u64 = 256 * 1024;

/// Data that is larger by its nature.
const LARGER: [&str; 0] = [];

#[test]
fn files_are_short() {
    let mut findings = Vec::new();
    for file in sources() {
        let lines = file.product_lines().len();
        let allowed = LONGER.iter().find(|(path, _)| *path == file.path).map(|(_, lines)| *lines);
        match allowed {
            None if lines > MOST_LINES => findings.push(format!("{}: {lines} lines", file.path)),
            Some(allowed) if lines > allowed => findings.push(format!("{}: grew from {allowed} to {lines}", file.path)),
            Some(_) if lines <= MOST_LINES => findings.push(format!("{}: short now, take it off the list", file.path)),
            _ => {}
        }
    }
    none(&findings, &format!("at most {MOST_LINES} lines a file, tests aside: move a topic to a file of its own"));
}

#[test]
fn files_are_small() {
    let mut findings = Vec::new();
    for path in files() {
        let bytes = fs::metadata(crate::root().join(&path)).map_or(0, |meta| meta.len());
        match (bytes > MOST_BYTES, LARGER.contains(&path.as_str())) {
            (true, false) => findings.push(format!("{path}: {} KiB", bytes / 1024)),
            (false, true) => findings.push(format!("{path}: small now, take it off the list")),
            _ => {}
        }
    }
    none(&findings, "the repository keeps no file over 256 KiB: generate it, or shrink it");
}
