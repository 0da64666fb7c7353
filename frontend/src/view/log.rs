//! The log of an attempt as rows of equal height, so that a window of it can be drawn whatever its length: long lines
//! are broken here, not by the browser, when wrapping is on.

use std::collections::VecDeque;
use std::ops::Range;

use crate::api::task::LogLine;

/// Lines kept in the page; older ones are dropped while following.
pub const MAX_LINES: usize = 5_000;

/// The lines at hand and how they are laid out.
#[derive(Clone, Debug, Default)]
pub struct LogBuffer {
    lines: VecDeque<LogLine>,
    /// Whether the first line at hand is the first of the log.
    pub from_start: bool,
    /// Where the next page begins.
    pub end_cursor: Option<String>,
    pub complete: bool,
    pub truncated: bool,
}

/// A row: a stretch of bytes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    pub bytes: Range<usize>,
}

impl LogBuffer {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn line(&self, index: usize) -> Option<&LogLine> {
        self.lines.get(index)
    }

    /// Adds lines at the end. Those at or before the last one are repeats after a reconnect and are passed over.
    pub fn append(&mut self, lines: Vec<LogLine>) {
        if self.is_empty() && lines.first().is_some_and(|line| line.offset.0 == 0) {
            self.from_start = true;
        }
        let last = self.lines.back().map(|line| line.offset.0);
        self.lines.extend(lines.into_iter().filter(|line| last.is_none_or(|last| line.offset.0 > last)));
        while self.lines.len() > MAX_LINES {
            self.lines.pop_front();
            self.from_start = false;
        }
    }

    /// The rows of all lines, broken at `columns` when given.
    pub fn rows(&self, columns: Option<usize>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.lines.len());
        for (line, content) in self.lines.iter().enumerate() {
            match columns {
                None => rows.push(Row { line, bytes: 0..content.text.len() }),
                Some(columns) => {
                    rows.extend(breaks(&content.text, columns).into_iter().map(|bytes| Row { line, bytes }));
                }
            }
        }
        rows
    }

    /// The lines that contain the words, without regard to the case of ASCII letters.
    pub fn find(&self, words: &str) -> Vec<usize> {
        if words.is_empty() {
            return Vec::new();
        }
        let hit = |(index, line): (usize, &LogLine)| (!matches(&line.text, words).is_empty()).then_some(index);
        self.lines.iter().enumerate().filter_map(hit).collect()
    }

    /// All text at hand, for copying.
    pub fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |all, line| all + &line.text + "\n")
    }
}

/// Where the words stand in a text, as byte ranges.
pub fn matches(text: &str, words: &str) -> Vec<Range<usize>> {
    if words.is_empty() {
        return Vec::new();
    }
    // Lowering ASCII only keeps every byte where it was.
    let (text, words) = (text.to_ascii_lowercase(), words.to_ascii_lowercase());
    text.match_indices(&words).map(|(at, found)| at..at + found.len()).collect()
}

/// A text cut into parts of at most `columns` columns; a wide sign takes two.
fn breaks(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(8);
    let (mut parts, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, sign) in text.char_indices() {
        let wide = if is_wide(sign) { 2 } else { 1 };
        if used + wide > columns {
            parts.push(start..at);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    parts.push(start..text.len());
    parts
}

/// East Asian wide signs and emoji, by block: exact enough to break lines.
fn is_wide(sign: char) -> bool {
    matches!(sign as u32, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
}

/// The rows to draw for a scroll position, with a few beyond either edge so that scrolling shows no gap.
pub fn window(rows: usize, scroll_top: f64, height: f64, row_height: f64) -> Range<usize> {
    const MARGIN: usize = 20;
    let first = (scroll_top / row_height).max(0.0) as usize;
    let shown = (height / row_height).max(0.0) as usize + 1;
    let start = first.saturating_sub(MARGIN).min(rows);
    start..(first + shown + MARGIN).min(rows)
}

/// A text cut at the hits within it: whether a part is a hit, and the part.
pub fn marked(text: &str, words: &str) -> Vec<(bool, String)> {
    let mut parts = Vec::new();
    let mut end = 0;
    for hit in matches(text, words) {
        if hit.start > end {
            parts.push((false, text[end..hit.start].to_owned()));
        }
        parts.push((true, text[hit.clone()].to_owned()));
        end = hit.end;
    }
    if end < text.len() || parts.is_empty() {
        parts.push((false, text[end..].to_owned()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::scalar::{Instant, Int64};
    use crate::api::task::LogStream;

    fn line(offset: i64, text: &str) -> LogLine {
        LogLine { offset: Int64(offset), at: Instant(0), stream: LogStream::Stdout, text: text.to_owned() }
    }

    #[test]
    fn repeats_after_a_reconnect_are_passed_over() {
        let mut log = LogBuffer::default();
        log.append(vec![line(0, "a"), line(10, "b")]);
        log.append(vec![line(10, "b"), line(20, "c")]);
        assert_eq!(log.text(), "a\nb\nc\n");
        assert!(log.from_start);
    }

    #[test]
    fn the_oldest_lines_give_way() {
        let mut log = LogBuffer::default();
        log.append((0..MAX_LINES as i64 + 10).map(|at| line(at, "x")).collect());
        assert_eq!(log.len(), MAX_LINES);
        assert!(!log.from_start);
        assert_eq!(log.line(0).map(|line| line.offset.0), Some(10));
    }

    #[test]
    fn wide_signs_take_two_columns_and_no_sign_is_cut() {
        let text = "产品 OP1107 缺少摊余成本标识";
        let parts = breaks(text, 10);
        assert_eq!(parts.iter().map(|part| &text[part.clone()]).collect::<String>(), text);
        assert_eq!(&text[parts[0].clone()], "产品 OP110");
        assert_eq!(breaks("", 10), vec![0..0]);
    }

    #[test]
    fn search_ignores_case_and_marks_every_hit() {
        let mut log = LogBuffer::default();
        log.append(vec![line(0, "Error: x"), line(9, "fine"), line(20, "an error, an ERROR")]);
        assert_eq!(log.find("error"), [0, 2]);
        let marked = marked("an error, an ERROR", "error");
        assert_eq!(marked.iter().filter(|(hit, _)| *hit).count(), 2);
        assert_eq!(marked.into_iter().map(|(_, text)| text).collect::<String>(), "an error, an ERROR");
        assert!(log.find("").is_empty());
    }

    #[test]
    fn the_window_stays_within_the_log() {
        assert_eq!(window(1000, 1800.0, 180.0, 18.0), 80..131);
        assert_eq!(window(5, 0.0, 400.0, 18.0), 0..5);
        assert_eq!(window(0, 500.0, 400.0, 18.0), 0..0);
    }
}
