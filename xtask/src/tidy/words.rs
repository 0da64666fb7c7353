//! Words that belong in one room only, or nowhere.

use super::{Source, none, sources};

/// SQL that engines say differently or not at all.
const DIALECT: [&str; 6] = ["SKIP LOCKED", "ON CONFLICT", "ON DUPLICATE", "RETURNING", "PRAGMA", "FOR UPDATE"];

/// Where dialect words may stand: the dialect itself, the lint that looks for them, and tests that break the rules.
const DIALECT_ROOMS: [&str; 3] = ["backend/crates/store/src/dialect", "backend/crates/store/src/testing", "xtask/"];

/// The crates that may speak to the database, and the trial that looks at what is in it as nobody else would.
const DATABASE_ROOMS: [&str; 6] =
    ["entity/", "migration/", "backend/crates/store/", "xtask/", "tests/src/chaos", "tests/src/cluster"];

/// Where a test may let time pass: the one place that polls a condition with a deadline, the trials whose load and faults
/// come at random moments, and the simulation, whose time is its own.
const WAITING_ROOMS: [&str; 5] =
    ["tests/src/wait.rs", "tests/src/chaos", "tests/src/cluster", "tests/it/flow/acknowledged.rs", "tests/sim/"];

#[test]
fn dialect_words_stand_in_the_dialect() {
    let outside = |file: &Source| !file.is_test() && !DIALECT_ROOMS.iter().any(|room| file.is_in(room));
    let found = find(outside, |line| DIALECT.iter().any(|word| line.contains(word)));
    none(&found, "say it portably, or give the dialect a function (store/src/dialect)");
}

#[test]
fn only_the_store_speaks_to_the_database() {
    let outside = |file: &Source| !DATABASE_ROOMS.iter().any(|room| file.is_in(room));
    let found = find(outside, |line| line.contains("sea_orm") || line.contains("sea_query") || line.contains("sqlx::"));
    none(&found, "add a function to the store crate and call it");
}

#[test]
fn tests_do_not_sleep() {
    let mut found = Vec::new();
    for file in
        sources().into_iter().filter(|file| !file.is_in("xtask/") && !WAITING_ROOMS.iter().any(|room| file.is_in(room)))
    {
        let first = if file.is_test() { 0 } else { file.product_lines().len() };
        let sleeps = |line: &str| line.contains("sleep(") && !line.contains("sleep()");
        found.extend(
            file.code().filter(|(number, line)| *number > first && sleeps(line)).map(|(n, line)| at(&file, n, line)),
        );
    }
    none(&found, "wait for what you expect: an event, paused time, or `tests::wait::until`");
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt in two parts, so that this file does not find itself.
    let words = [concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
    let found =
        find(|_| true, |line| words.iter().any(|word| line.split(|c: char| !c.is_alphanumeric()).any(|w| w == *word)));
    let comments: Vec<String> = sources()
        .iter()
        .flat_map(|file| file.text.lines().enumerate().map(move |(index, line)| (file, index + 1, line)))
        .filter(|(_, _, line)| line.trim_start().starts_with("//") && words.iter().any(|word| line.contains(word)))
        .map(|(file, number, line)| at(file, number, line))
        .collect();
    none(&[found, comments].concat(), "do it now, or file an issue");
}

fn find(in_file: impl Fn(&Source) -> bool, in_line: impl Fn(&str) -> bool) -> Vec<String> {
    let files = sources();
    let found = files.iter().filter(|file| in_file(file)).flat_map(|file| {
        file.code().filter(|(_, line)| in_line(line)).map(|(number, line)| at(file, number, line)).collect::<Vec<_>>()
    });
    found.collect()
}

fn at(file: &Source, number: usize, line: &str) -> String {
    format!("{}:{number}: {}", file.path, line.trim())
}
