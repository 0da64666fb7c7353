//! Pages agree with the code: every error code has its page, and links between pages lead somewhere.

use std::collections::BTreeSet;
use std::path::Path;

use super::{files, none, read};

#[test]
fn every_error_code_has_a_page() {
    let source = read("backend/crates/domain/src/error.rs");
    // A code is declared as `Variant = "CODE", "English", "中文";`.
    let codes: BTreeSet<String> = source.lines().filter_map(declared).map(str::to_owned).collect();
    assert!(codes.len() > 10, "the declarations of the codes look different now: teach this test to read them");
    let pages: BTreeSet<String> = files()
        .iter()
        .filter_map(|path| path.strip_prefix("docs/error/")?.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let missing = codes.difference(&pages).map(|code| format!("{code}: no docs/error/{code}.md"));
    let stray = pages.difference(&codes).map(|page| format!("docs/error/{page}.md: no such code"));
    none(&missing.chain(stray).collect::<Vec<_>>(), "each error code has a page that says what to do");
}

fn declared(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().split_once(" = \"")?;
    let (code, texts) = rest.split_once('"')?;
    let camel = name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
    let wire = code.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
    (camel && wire && texts.starts_with(',')).then_some(code)
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for page in files().into_iter().filter(|path| path.ends_with(".md")) {
        let folder = Path::new(&page).parent().expect("a file is in a folder").to_path_buf();
        for target in links(&read(&page)) {
            if !crate::root().join(&folder).join(&target).exists() {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    none(&broken, "a link to a file that is not there");
}

/// The relative targets of a page's links, without their anchors.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets
        .filter(|target| !target.contains("://") && !target.starts_with(['#', '<']) && !target.starts_with("mailto:"))
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let mut numbers: Vec<usize> =
        files().iter().filter_map(|path| path.strip_prefix("docs/adr/")?.split('-').next()?.parse().ok()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "docs/adr: NNNN-title.md, one number each");
}
