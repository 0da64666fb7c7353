//! Lines of text into rows of cells.

use super::{
    Cell,
    listing::At,
    problem::{Kind, Problem, Problems},
    table::Row,
};

/// The rows of a text, blank lines left out. The separator is the one of `,` `;` and tab that the first line has most.
pub(super) fn rows(text: &str, problems: &mut Problems) -> Vec<Row> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|it| count(*it)).unwrap_or(',');
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match cells(line, separator) {
            Ok(cells) => rows.push(Row { line: index + 1, cells }),
            Err(column) => problems.add(Problem::at(At { line: index + 1, column }, Kind::OpenQuote)),
        }
    }
    rows
}

/// The cells of a line with their columns; the column of a quote that doesn't end.
fn cells(line: &str, separator: char) -> Result<Vec<(usize, Cell)>, usize> {
    let mut cells = Vec::new();
    let mut chars = line.chars().enumerate().peekable();
    loop {
        let start = chars.peek().map_or(line.chars().count(), |(index, _)| *index) + 1;
        let mut text = String::new();
        let mut quoted = false;
        loop {
            match chars.next() {
                Some((_, '"')) if quoted && chars.next_if(|(_, c)| *c == '"').is_some() => text.push('"'),
                Some((_, '"')) if quoted => quoted = false,
                // Within an unquoted text a quote is a character like others.
                Some((_, '"')) if text.trim().is_empty() => {
                    text.clear();
                    quoted = true;
                }
                None if quoted => return Err(start),
                Some((_, c)) if quoted || c != separator => text.push(c),
                ended => {
                    cells.push((start, cell(&text)));
                    if ended.is_none() {
                        return Ok(cells);
                    }
                    break;
                }
            }
        }
    }
}

fn cell(text: &str) -> Cell {
    let text = text.trim();
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}
