//! Reads YAML (and so JSON) into a tree that knows the line and column of every node.
//!
//! Accepted is the part of YAML whose meaning nobody gets wrong: one document of maps, lists and scalars. Aliases,
//! tags and several documents are refused, so no document can grow when it is read. Plain scalars mean what they mean
//! in JSON: `true`, `null` and numbers as JSON writes them; everything else is text, also `yes`, `on`, `0600`, `1:30`
//! and `2026-10-01`, so that codes and times keep their spelling.
//!
//! A key that is given twice is reported and its second value dropped; other faults end the reading.

use std::{borrow::Cow, collections::HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::{
    MAX_PROBLEMS,
    problem::{Kind, Problem},
};

/// Deeper documents are no workflows.
const MAX_DEPTH: usize = 32;

/// A place in the text, both counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Place {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl From<Marker> for Place {
    fn from(marker: Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A text, and how it stands in the document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// Its lines stand as they are.
    Block,
    Folded,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(&text.value) } else { None }
    }

    /// The value without its places.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Int(value) => (*value).into(),
            Data::Float(value) => (*value).into(),
            Data::Text(text) => text.value.clone().into(),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// What a scalar without quotes means.
pub(crate) fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ => number(text).unwrap_or_else(|| Data::Text(Text { value: text.to_owned(), style: Style::Plain })),
    }
}

/// A number as JSON writes it; one that does not fit stays text.
fn number(text: &str) -> Option<Data> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") && !digits.starts_with("0e");
    if leading || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Data::Int);
    }
    let accepted =
        digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte)) && !digits.ends_with('.');
    let value: f64 = accepted.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(Data::Float(value))
}

/// Reads the one document of a text, and the keys that are given twice.
///
/// # Errors
/// The fault that ended the reading.
pub(crate) fn read(source: &str) -> Result<(Node, Vec<Problem>), Problem> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let source = join_surrogates(source);
    let mut reader = Reader::default();
    for event in Parser::new_from_str(&source) {
        let (event, span) = event.map_err(|error| syntax(&error, &source, &reader))?;
        reader.take(event, span.start.into())?;
    }
    let root = reader.root.ok_or_else(|| Problem::new("", Place::START, Kind::Empty))?;
    Ok((root, reader.problems))
}

/// The scanner's complaint, or the likely cause of it.
fn syntax(error: &ScanError, source: &str, reader: &Reader) -> Problem {
    let place = Place::from(*error.marker());
    // The scanner points before the line whose indentation it could not take.
    let suspects = source.lines().enumerate().skip(place.line.saturating_sub(1)).take(2);
    for (line, text) in suspects {
        let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = text[..indent].find('\t') {
            return Problem::new(&reader.path(), Place { line: line + 1, column: tab + 1 }, Kind::TabIndent);
        }
    }
    let kind = match error.info() {
        "recursion limit exceeded" => Kind::TooDeep { limit: MAX_DEPTH },
        info => Kind::Syntax { detail: info.to_owned() },
    };
    Problem::new(&reader.path(), place, kind)
}

/// JSON escapes a character beyond the first 65,536 as two halves, which YAML does not know.
pub(crate) fn join_surrogates(source: &str) -> Cow<'_, str> {
    if !source.trim_start().starts_with('{') || !source.contains("\\u") {
        return Cow::Borrowed(source);
    }
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut joined = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        joined.push_str(&rest[..at]);
        rest = &rest[at..];
        let pair = unit(rest).zip(rest.get(6..).and_then(unit)).and_then(|(high, low)| {
            char::decode_utf16([high, low]).next().and_then(Result::ok).filter(|c| c.len_utf16() == 2)
        });
        let taken = match pair {
            Some(c) => {
                joined.push(c);
                12
            }
            // An escaped backslash is taken whole, so that what follows it is not read as an escape.
            None => {
                let taken = rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end);
                joined.push_str(&rest[..taken]);
                taken
            }
        };
        rest = &rest[taken..];
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

/// A list or map whose end has not come yet.
enum Open {
    List { place: Place, items: Vec<Node> },
    Map { place: Place, entries: Vec<Entry>, seen: HashSet<String>, key: Option<(String, Place)> },
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    problems: Vec<Problem>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Problem> {
        let refuse = |reader: &Self, kind| Err(Problem::new(&reader.path(), place, kind));
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 { refuse(self, Kind::SeveralDocuments) } else { Ok(()) }
            }
            Event::Alias(_) => refuse(self, Kind::Alias),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                refuse(self, Kind::Alias)
            }
            Event::Scalar(.., Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                refuse(self, Kind::Tag)
            }
            Event::Scalar(text, style, ..) => {
                self.scalar(&text, style, place);
                Ok(())
            }
            Event::SequenceStart(..) => self.begin(Open::List { place, items: vec![] }, place),
            Event::MappingStart(..) => {
                self.begin(Open::Map { place, entries: vec![], seen: HashSet::new(), key: None }, place)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { place, items }) => {
                    self.put(Node { place, data: Data::List(items) });
                    Ok(())
                }
                Some(Open::Map { place, entries, .. }) => {
                    self.put(Node { place, data: Data::Map(entries) });
                    Ok(())
                }
                None => Ok(()),
            },
        }
    }

    fn begin(&mut self, open: Open, place: Place) -> Result<(), Problem> {
        let kind = match self.open.last() {
            Some(Open::Map { key: None, .. }) => Kind::ComplexKey,
            _ if self.open.len() >= MAX_DEPTH => Kind::TooDeep { limit: MAX_DEPTH },
            _ => {
                self.open.push(open);
                return Ok(());
            }
        };
        Err(Problem::new(&self.path(), place, kind))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) {
        if let Some(Open::Map { key: key @ None, .. }) = self.open.last_mut() {
            *key = Some((text.to_owned(), place));
            return;
        }
        let style = match style {
            ScalarStyle::Plain => return self.put(Node { place, data: plain(text) }),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal => Style::Block,
            ScalarStyle::Folded => Style::Folded,
        };
        self.put(Node { place, data: Data::Text(Text { value: text.to_owned(), style }) });
    }

    /// Hands a finished value to what it stands in.
    fn put(&mut self, node: Node) {
        let path = self.path();
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, seen, key, .. }) => {
                if let Some((key, place)) = key.take() {
                    if seen.insert(key.clone()) {
                        entries.push(Entry { key, place, value: node });
                    } else if self.problems.len() < MAX_PROBLEMS {
                        self.problems.push(Problem::new(&path, place, Kind::DuplicateKey { key }));
                    }
                }
            }
        }
    }

    /// Where the reader is, for problems.
    fn path(&self) -> String {
        self.open.iter().fold(String::new(), |path, open| match open {
            Open::List { items, .. } => format!("{path}[{}]", items.len()),
            Open::Map { key: Some((key, _)), .. } => join(&path, key),
            Open::Map { .. } => path,
        })
    }
}

/// The path of a field of what stands at a path.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
