//! The examples of the page about workflows.

use super::{page::blocks, *};
use crate::bizdate::{Window, window::Span};

const PAGE: &str = include_str!("../../../../../../docs/workflow.md");

#[test]
fn its_documents_hold() {
    let blocks = blocks(PAGE);
    assert_eq!(blocks.len(), 12);
    for block in blocks {
        let source = if block.starts_with("apiVersion") {
            block.to_owned()
        } else {
            let block: String = block.lines().map(|line| format!("  {line}\n")).collect();
            format!("apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{project: p, name: w}}\nspec:\n{block}")
        };
        assert_eq!(problems(&source, Lang::En), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn its_windows_are_right() {
    let zone = chrono_tz::Asia::Shanghai;
    let at_ms = schedule::instant_of(zone, "2026-07-15T18:30:00".parse().expect("a wall time"));
    let date = "2026-07-15".parse().expect("a date");
    let wall = |ms, form: &str| schedule::wall(zone, ms).format(form).to_string();
    let section = PAGE.split("\n### Windows").nth(1).expect("a section");
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| `") && !line.starts_with("| `window`"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .take_while(|cells: &Vec<&str>| cells.len() == 5)
        .collect();
    assert_eq!(rows.len(), 25);
    for cells in rows {
        let window: Window = cells[1].parse().expect("a window");
        assert_eq!(cells[2].parse(), Ok(window), "{cells:?}");
        assert_eq!(window.to_string(), cells[1]);
        let told = match window.span(date, at_ms, zone) {
            Span::Dates(days) => match days[..] {
                [day] => day.to_string(),
                [first, .., last] => format!("{first} … {last}"),
                [] => String::new(),
            },
            Span::Instants(hours) => {
                let (first, last) = (hours.first().expect("an hour"), hours.last().expect("an hour"));
                format!("{}–{}", wall(first.start, "%F %H:%M"), wall(last.end, "%H:%M"))
            }
        };
        assert_eq!(told, cells[3], "{cells:?}");
    }
}
