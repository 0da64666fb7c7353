//! The examples of the page about business dates.

use std::sync::Arc;

use super::*;
use crate::{
    bizdate::{
        BizDate, Expr,
        dolphin::{self, Moment},
    },
    param::{Scope, render},
};

const PAGE: &str = include_str!("../../../../../../docs/business-dates.md");

/// The documents of a page.
pub(super) fn blocks(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The cells of the rows whose first cell is code, in the table under a heading.
fn rows(heading: &str) -> Vec<(String, String)> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).expect("a section");
    let cells = |line: &str| {
        let line = line.replace("\\|", "\u{0}");
        let mut cells =
            line.strip_prefix("| `")?.split(" | ").map(|cell| cell.trim_end_matches(" |").replace('\u{0}', "|"));
        Some((cells.next()?.trim_end_matches('`').to_owned(), cells.next()?))
    };
    let rows: Vec<_> = section.lines().filter_map(cells).collect();
    assert!(rows.len() > 5, "{heading}");
    rows
}

fn date(text: &str) -> BizDate {
    text.parse().expect("a date")
}

#[test]
fn its_documents_hold() {
    let blocks = blocks(PAGE);
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let block: String = block.lines().map(|line| format!("  {line}\n")).collect();
        let tasks = if block.contains("tasks:") { "" } else { "  tasks: {a: {type: noop}}\n" };
        let source = format!("apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n{block}{tasks}");
        assert_eq!(problems(&source, Lang::En), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn its_dates_are_right() {
    let sse = Calendars::builtin().get("SSE").expect("built in");
    for (text, expected) in rows("The business date") {
        let found = Expr::parse(&text).map(|expr| expr.evaluate(date("2026-10-09"), Some(&sse), Calendars::builtin()));
        assert_eq!(found, Ok(Ok(date(&expected))), "{text}");
    }
    let mut scope = Scope::new(date("2026-10-09"), Arc::new(Calendars::builtin().clone()));
    scope.calendar = Some("SSE".to_owned());
    for (template, expected) in rows("In templates") {
        assert_eq!(render(&template, &scope), Ok(expected), "{template}");
    }
    // 2022-08-26T18:30:05 in Shanghai.
    let moment = Moment::scheduled(date("2022-08-25"), 1_661_509_805_000, chrono_tz::Asia::Shanghai);
    for (placeholder, expected) in rows("Placeholders") {
        assert_eq!(dolphin::substitute(&placeholder, &moment), expected, "{placeholder}");
    }
}
