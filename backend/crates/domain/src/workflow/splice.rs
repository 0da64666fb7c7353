//! Changing one value of a document in its text, so that comments, the order of keys and everything else stay as
//! somebody wrote them. YAML and JSON alike.
//!
//! The value is found by the places that the parser tells, and only its signs are exchanged. What came out is read
//! again: when it doesn't say exactly what was asked for, the change is refused rather than made half.

mod layout;

use std::ops::Range;

use serde_json::{Map, Value};

use super::{emit, problem::Problem, schema, yaml};
use crate::error::Lang;
use layout::{Piece, Shape};

/// Why a document can't be changed in place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpliceError {
    /// The text is no document.
    #[error("the document can't be read: {}", .0.text(Lang::En))]
    Unreadable(Problem),
    /// The text is written in a way that can't be changed part by part.
    #[error("`{0}` is written in a way that can only be changed by hand")]
    ByHand(String),
}

impl SpliceError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::Unreadable(problem), Lang::Zh) => format!("无法读取文档：{}", problem.text(lang)),
            (Self::ByHand(path), Lang::Zh) => format!("`{path}` 的写法只能手工修改"),
        }
    }
}

/// The value at a path of keys and item numbers; nothing where there is none. Problems of the document other than of
/// its syntax don't matter.
///
/// # Errors
/// When the text can't be read.
pub fn get(source: &str, path: &[&str]) -> Result<Option<Value>, SpliceError> {
    let (root, _) = yaml::read(source).map_err(SpliceError::Unreadable)?;
    let root = root.to_json();
    Ok(path.iter().try_fold(&root, |at, step| inner(at, step)).cloned())
}

fn inner<'v>(at: &'v Value, step: &str) -> Option<&'v Value> {
    match at {
        Value::Object(map) => map.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The text with the value at a path exchanged, added or, for `None`, removed. A missing key is added behind those
/// that come before it in the schema, and with it the maps on the way to it; the item after the last adds to a list. A
/// map or list that a removal leaves empty goes too.
///
/// # Errors
/// When the text can't be read, or the value can't be exchanged alone.
pub fn set(source: &str, path: &[&str], value: Option<&Value>) -> Result<String, SpliceError> {
    let body = source.strip_prefix('\u{feff}').unwrap_or(source);
    let text = yaml::join_surrogates(body);
    let mut wanted = yaml::read(&text).map_err(SpliceError::Unreadable)?.0.to_json();
    let by_hand = || SpliceError::ByHand(path.join("."));
    let root = Piece::of(&text).ok_or_else(by_hand)?;
    let splice = Splice { text: &text, json: text.trim_start().starts_with('{') };
    let edit = splice.edit(&root, path, value).ok_or_else(by_hand)?;
    let Edit { range, mut text } = edit;
    if body.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let changed = format!("{}{text}{}", &splice.text[..range.start], &splice.text[range.end..]);
    change(&mut wanted, path, value);
    match yaml::read(&changed) {
        Ok((root, _)) if root.to_json() == wanted => Ok(format!("{}{changed}", &source[..source.len() - body.len()])),
        _ => Err(by_hand()),
    }
}

/// The same change of the value that the text stands for.
fn change(at: &mut Value, path: &[&str], value: Option<&Value>) {
    let Some((step, rest)) = path.split_first() else { return };
    if rest.is_empty() || child(at, step).is_none_or(|child| child.is_null()) {
        match (at, value) {
            (Value::Object(map), Some(value)) => drop(map.insert((*step).to_owned(), wrapped(rest, value))),
            (Value::Object(map), None) => drop(map.shift_remove(*step)),
            (Value::Array(items), value) => {
                let index: usize = step.parse().unwrap_or(usize::MAX);
                match value {
                    Some(value) if index < items.len() => items[index] = wrapped(rest, value),
                    Some(value) => items.push(wrapped(rest, value)),
                    None if index < items.len() => drop(items.remove(index)),
                    None => {}
                }
            }
            (at, Some(value)) => *at = wrapped(path, value),
            (_, None) => {}
        }
        return;
    }
    if let Some(inner) = child(at, step) {
        change(inner, rest, value);
        let is_left_empty = inner.as_object().is_some_and(Map::is_empty) || inner.as_array().is_some_and(Vec::is_empty);
        if value.is_none() && is_left_empty {
            change(at, &[step], None);
        }
    }
}

fn child<'v>(at: &'v mut Value, step: &str) -> Option<&'v mut Value> {
    match at {
        Value::Object(map) => map.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// A value within the maps and lists of a path.
fn wrapped(path: &[&str], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, step| match step.parse::<usize>() {
        Ok(_) => Value::Array(vec![inner]),
        Err(_) => Value::Object(Map::from_iter([((*step).to_owned(), inner)])),
    })
}

/// A stretch of the text and what takes its place.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// How a text is changed.
struct Splice<'a> {
    text: &'a str,
    json: bool,
}

impl Splice<'_> {
    /// The edit that sets or removes a value; nothing when there is none that touches the value alone.
    fn edit(&self, root: &Piece, path: &[&str], value: Option<&Value>) -> Option<Edit> {
        let mut trail: Vec<(&Piece, usize)> = Vec::new();
        let mut at = root;
        for (depth, step) in path.iter().enumerate() {
            let Some(index) = at.find(step) else {
                let Some(value) = value else { return Some(Edit { range: 0..0, text: String::new() }) };
                let value = wrapped(&path[depth + 1..], value);
                return match &at.shape {
                    Shape::Collection { parts, .. } if !parts.is_empty() => {
                        self.insert(at, &path[..depth], step, &value)
                    }
                    Shape::Scalar { .. } if !at.is_blank() => None,
                    _ => {
                        let (within, index) = trail.pop()?;
                        Some(self.replace(within, index, &wrapped(&[step], &value)))
                    }
                };
            };
            trail.push((at, index));
            at = &at.parts()[index].value;
        }
        if let Some(value) = value {
            let (within, index) = trail.pop()?;
            return Some(self.replace(within, index, value));
        }
        // What would be left empty goes as a whole.
        while trail.len() > 1 && trail.last().is_some_and(|(within, _)| within.parts().len() == 1) {
            trail.pop();
        }
        let (within, index) = trail.pop()?;
        Some(self.remove(within, index))
    }

    fn replace(&self, within: &Piece, index: usize, value: &Value) -> Edit {
        let part = &within.parts()[index];
        let Piece { begin, start, end, .. } = part.value;
        if is_flow(within) {
            let lead = if start == begin { " " } else { "" };
            return Edit { range: start..end, text: lead.to_owned() + &self.flow_text(within, value) };
        }
        let text = block_text(&part.key, value);
        let text = self.at_column(&text, self.column(part.start));
        match text.split_once('\n') {
            // On one line before and after: what stands around it stays.
            None if part.value.is_inline() && !part.value.is_blank() => {
                Edit { range: start..end, text: text.trim_start().to_owned() }
            }
            None => Edit { range: begin..end, text },
            // A comment behind the old value stays on the line of its key.
            Some((first, lines)) if part.value.is_inline() => {
                let line_end = self.line_end(end);
                let rest = self.text[end..line_end].trim_end();
                Edit { range: begin..line_end, text: format!("{first}{rest}\n{lines}") }
            }
            Some(_) => Edit { range: begin..end, text },
        }
    }

    fn insert(&self, into: &Piece, path: &[&str], key: &str, value: &Value) -> Option<Edit> {
        let parts = into.parts();
        let is_list = matches!(into.shape, Shape::Collection { list: true, .. });
        let before = if is_list {
            (key.parse() == Ok(parts.len())).then_some(parts.len())?
        } else {
            place_of(key, &schema::fields_at(path), parts.iter().map(|part| part.key.as_str()))
        };
        let first = parts.first()?;
        if is_flow(into) {
            let name = if is_list { String::new() } else { self.flow_key(key) + ": " };
            let entry = name + &self.flow_text(into, value);
            let gap = if self.is_spread(into) { format!("\n{}", spaces(self.column(first.start))) } else { " ".into() };
            return Some(match before.checked_sub(1).map(|last| parts[last].value.end) {
                Some(end) => Edit { range: end..end, text: format!(",{gap}{entry}") },
                None => Edit { range: first.start..first.start, text: format!("{entry},{gap}") },
            });
        }
        let column = self.column(first.start);
        let name = if is_list { "-".to_owned() } else { emit::scalar_text(key) + ":" };
        let entry = self.at_column(&format!("{name}{}", block_text(if is_list { "" } else { key }, value)), column);
        Some(match before.checked_sub(1).map(|last| self.line_end(parts[last].value.end)) {
            Some(end) => Edit { range: end..end, text: format!("\n{}{entry}", spaces(column)) },
            None => Edit { range: first.start..first.start, text: format!("{entry}\n{}", spaces(column)) },
        })
    }

    fn remove(&self, within: &Piece, index: usize) -> Edit {
        let parts = within.parts();
        let part = &parts[index];
        let next = parts.get(index + 1).map(|next| next.start);
        let line = self.text[..part.start].rfind('\n').map_or(0, |newline| newline + 1);
        let is_own_line = self.text[line..part.start].trim().is_empty();
        let range = match (is_flow(within), next) {
            (false, _) if is_own_line => {
                let rest = &self.text[part.value.end..];
                line..part.value.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1)
            }
            (_, Some(next)) => part.start..next,
            (_, None) => index.checked_sub(1).map_or(part.start, |last| parts[last].value.end)..part.value.end,
        };
        Edit { range, text: String::new() }
    }

    /// A value between brackets, spread over lines where its neighbours are.
    fn flow_text(&self, within: &Piece, value: &Value) -> String {
        if !self.json {
            return emit::inline_text(value);
        }
        let spread = self.is_spread(within);
        let text = if spread { format!("{value:#}") } else { value.to_string() };
        let column = within.parts().first().map_or(0, |part| self.column(part.start));
        self.at_column(&emit::escaped(&text), column)
    }

    fn flow_key(&self, key: &str) -> String {
        if self.json { emit::escaped(&Value::from(key).to_string()) } else { emit::scalar_text(key) }
    }

    /// Whether each part between the brackets has its own line.
    fn is_spread(&self, piece: &Piece) -> bool {
        piece.parts().first().is_some_and(|part| self.text[piece.start..part.start].contains('\n'))
    }

    /// The text with its lines after the first indented.
    fn at_column(&self, text: &str, column: usize) -> String {
        let indent = spaces(column);
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, line| if line.is_empty() { text + "\n" } else { format!("{text}\n{indent}{line}") })
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[line..at].chars().count()
    }

    /// The end of the line before its break.
    fn line_end(&self, at: usize) -> usize {
        let line = self.text[at..].split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }
}

fn is_flow(piece: &Piece) -> bool {
    matches!(piece.shape, Shape::Collection { flow: true, .. })
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}

/// What stands behind a colon or, without a key, a dash.
fn block_text(key: &str, value: &Value) -> String {
    if key.is_empty() { emit::item(value) } else { emit::entry(value) }
}

/// Before which of the present keys a new one goes: behind the nearest that comes before it in the order, at the end
/// when the order doesn't know it.
fn place_of<'k>(key: &str, order: &[&str], present: impl Iterator<Item = &'k str>) -> usize {
    let rank = |key: &str| order.iter().position(|name| *name == key);
    let present: Vec<&str> = present.collect();
    let Some(own) = rank(key) else { return present.len() };
    let earlier = present.iter().enumerate().filter_map(|(at, name)| Some((rank(name).filter(|it| *it < own)?, at)));
    earlier.max().map_or(0, |(_, at)| at + 1)
}

#[cfg(test)]
mod tests;
