//! Where the parts of a document stand in its text. Offsets are bytes.
//!
//! The text has been read by [`crate::workflow::yaml`] before, so it holds nothing but maps, lists and scalars. What
//! looks otherwise here (a key without a colon, say) leads to a wrong edit, which [`super::set`] finds out and refuses.

use saphyr_parser::{Event, Parser, ScalarStyle};

/// A value in the text.
#[derive(Debug)]
pub(super) struct Piece {
    /// Behind the colon or dash that introduces it.
    pub(super) begin: usize,
    pub(super) start: usize,
    /// Behind its last sign; comments and blank lines after it are not part of it.
    pub(super) end: usize,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Lines of a block scalar begin below their key.
    Scalar { block: bool },
    Collection {
        list: bool,
        /// In brackets, as JSON has it.
        flow: bool,
        parts: Vec<Part>,
    },
}

/// An entry of a map, or an item of a list, whose key is empty.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) key: String,
    /// Where its key, dash or, between brackets, value starts.
    pub(super) start: usize,
    pub(super) value: Piece,
}

impl Piece {
    /// The document of a text; nothing when the text has none.
    pub(super) fn of(text: &str) -> Option<Self> {
        // The parser counts characters.
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let at = |index: usize| bytes.get(index).copied().unwrap_or(text.len());
        let mut events = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.ok()?;
            if !matches!(event, Event::Nothing | Event::StreamStart | Event::DocumentStart(_)) {
                events.push((event, at(span.start.index()), at(span.end.index())));
            }
        }
        Reader { text, events: events.into_iter().peekable() }.piece(0)
    }

    pub(super) fn parts(&self) -> &[Part] {
        if let Shape::Collection { parts, .. } = &self.shape { parts } else { &[] }
    }

    /// The part that a step of a path names: a key, or the number of an item.
    pub(super) fn find(&self, step: &str) -> Option<usize> {
        match &self.shape {
            Shape::Scalar { .. } => None,
            Shape::Collection { list: false, parts, .. } => parts.iter().position(|part| part.key == step),
            Shape::Collection { list: true, parts, .. } => step.parse().ok().filter(|index| *index < parts.len()),
        }
    }

    /// Whether nothing is written: `key:`.
    pub(super) fn is_blank(&self) -> bool {
        self.start == self.end
    }

    /// Whether it stands behind its key or dash, so that it can be exchanged without touching lines.
    pub(super) fn is_inline(&self) -> bool {
        !matches!(self.shape, Shape::Scalar { block: true } | Shape::Collection { flow: false, .. })
    }
}

struct Reader<'a, I: Iterator<Item = (Event<'a>, usize, usize)>> {
    text: &'a str,
    events: std::iter::Peekable<I>,
}

impl<'a, I: Iterator<Item = (Event<'a>, usize, usize)>> Reader<'a, I> {
    fn piece(&mut self, begin: usize) -> Option<Piece> {
        match self.events.next()? {
            (Event::Scalar(value, style, ..), start, end) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let end = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.end_of_block(end, &value),
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => self.end_of_quoted(start),
                    ScalarStyle::Plain => end,
                };
                // Where nothing is written the parser points at the sign before.
                let (start, end) = if start >= end { (begin, begin) } else { (start, end) };
                Some(Piece { begin, start, end: end.max(begin), shape: Shape::Scalar { block } })
            }
            // Only a bracket has a width.
            (Event::MappingStart(..), start, end) => self.collection(begin, start, false, start < end),
            (Event::SequenceStart(..), start, end) => self.collection(begin, start, true, start < end),
            _ => None,
        }
    }

    fn collection(&mut self, begin: usize, start: usize, list: bool, flow: bool) -> Option<Piece> {
        let mut parts: Vec<Part> = Vec::new();
        let mut cursor = if flow { start + 1 } else { begin };
        loop {
            if let (Event::MappingEnd | Event::SequenceEnd, at, _) = self.events.peek()? {
                let end = if flow { at + 1 } else { cursor };
                self.events.next();
                return Some(Piece { begin, start, end, shape: Shape::Collection { list, flow, parts } });
            }
            let part = match (list, flow) {
                (true, true) => {
                    let value = self.piece(cursor)?;
                    Part { key: String::new(), start: value.start, value }
                }
                (true, false) => {
                    let dash = self.seek(cursor, '-');
                    Part { key: String::new(), start: dash, value: self.piece(dash + 1)? }
                }
                (false, _) => {
                    let (Event::Scalar(key, ..), start, end) = self.events.next()? else { return None };
                    let colon = self.seek(end, ':');
                    Part { key: key.into_owned(), start, value: self.piece(colon + 1)? }
                }
            };
            cursor = part.value.end;
            parts.push(part);
        }
    }

    /// The place of a sign behind nothing but blanks and comments.
    fn seek(&self, from: usize, sign: char) -> usize {
        let mut at = from;
        loop {
            let rest = &self.text[at..];
            let blank = rest.len() - rest.trim_start().len();
            match rest[blank..].strip_prefix('#') {
                Some(comment) => at = self.text.len() - comment.len() + comment.find('\n').unwrap_or(comment.len()),
                None => return if rest[blank..].starts_with(sign) { at + blank } else { from },
            }
        }
    }

    /// Behind the closing quote; the parser's end may be behind a comment.
    fn end_of_quoted(&self, start: usize) -> usize {
        let quoted = &self.text[start..];
        let double = quoted.starts_with('"');
        let mut signs = quoted.char_indices().skip(1);
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\\' if double => drop(signs.next()),
                '\'' if !double && quoted[at + 1..].starts_with('\'') => drop(signs.next()),
                '"' if double => return start + at + 1,
                '\'' if !double => return start + at + 1,
                _ => {}
            }
        }
        self.text.len()
    }

    /// Behind the last line of a block scalar; the blank lines that belong to its value count.
    fn end_of_block(&self, end: usize, value: &str) -> usize {
        let mut at = self.text[..end].trim_end().len();
        let blank = value.len() - value.trim_end_matches('\n').len();
        for _ in 1..blank {
            at += self.text[at..].find('\n').map_or(0, |newline| newline + 1);
        }
        at
    }
}
