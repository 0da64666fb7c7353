//! Writes a document as YAML in one canonical way: fields in the order of the types, defaults left out, scripts as
//! blocks of lines, quotes only where a reader could take a text for something else.

use std::fmt::Write;

use serde_json::Value;

use super::{
    Document,
    yaml::{Data, plain},
};

/// A list of words up to so many characters stands on one line.
const MAX_FLOW: usize = 80;

/// The document as YAML; reads back as the same document.
#[must_use]
pub fn serialize(document: &Document) -> String {
    let value = serde_json::to_value(document).expect("a document has text keys and finite numbers");
    let mut text = String::new();
    fields(&value, 0, &mut text);
    text
}

/// What stands after the colon of an entry in the first column, to the end of its last line.
pub(super) fn entry(value: &Value) -> String {
    let mut text = String::new();
    field(value, 0, &mut text);
    text
}

/// What stands after a dash in the first column, to the end of its last line.
pub(super) fn item(value: &Value) -> String {
    let mut text = String::new();
    item_text(value, 0, &mut text);
    text
}

/// A value on one line, to stand between brackets.
pub(super) fn inline_text(value: &Value) -> String {
    let mut text = String::new();
    inline(value, &mut text);
    text
}

fn indent(depth: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// The entries of a map, each on lines of its own.
fn fields(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(map) = value else { return };
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            indent(depth, text);
        }
        text.push_str(&scalar_text(key));
        text.push(':');
        field(value, depth, text);
    }
}

/// What stands after a colon, up to the end of its last line.
fn field(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            indent(depth + 1, text);
            fields(value, depth + 1, text);
        }
        Value::Array(items) if !items.is_empty() && !fits_a_line(items) => {
            text.push('\n');
            for item in items {
                indent(depth + 1, text);
                text.push('-');
                item_text(item, depth + 1, text);
            }
        }
        Value::String(string) if is_block(string) => block(string, depth + 1, text),
        other => {
            text.push(' ');
            inline(other, text);
            text.push('\n');
        }
    }
}

/// What stands after a dash.
fn item_text(item: &Value, depth: usize, text: &mut String) {
    match item {
        Value::Object(map) if !map.is_empty() => {
            text.push(' ');
            fields(item, depth + 1, text);
        }
        other => field(other, depth, text),
    }
}

fn fits_a_line(items: &[Value]) -> bool {
    let scalars = items.iter().all(|item| !item.is_array() && !item.is_object());
    let length = |item: &Value| item.as_str().map_or(8, |it| it.chars().count()) + 2;
    scalars && items.iter().map(length).sum::<usize>() <= MAX_FLOW
}

fn inline(value: &Value, text: &mut String) {
    match value {
        Value::String(string) => text.push_str(&scalar_text(string)),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                inline(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                text.push_str(&scalar_text(key));
                text.push_str(": ");
                inline(value, text);
            }
            text.push('}');
        }
        // JSON is YAML; what is left are numbers and words.
        other => write!(text, "{other}").expect("a String takes all"),
    }
}

/// Whether a text is written as a block of lines. Only texts whose lines come back as they are.
fn is_block(text: &str) -> bool {
    let starts_plainly = !text.starts_with([' ', '\t', '\n']);
    let clean = text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control() && !is_unprintable(c));
    let no_blank_tail = text.lines().all(|line| line.is_empty() || !line.trim().is_empty());
    text.contains('\n') && starts_plainly && clean && no_blank_tail
}

/// Characters that YAML takes as a line break or may not hold as they are.
fn is_unprintable(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

fn block(string: &str, depth: usize, text: &mut String) {
    let body = string.trim_end_matches('\n');
    text.push_str(match string.len() - body.len() {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    for line in string.lines() {
        if !line.is_empty() {
            indent(depth, text);
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// A text on one line, in quotes where it needs them.
pub(super) fn scalar_text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    escaped(&serde_json::Value::from(text).to_string())
}

/// JSON in which every sign is one that YAML takes as it is.
pub(super) fn escaped(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut safe, c| {
        if is_unprintable(c) || c.is_control() && c != '\n' {
            write!(safe, "\\u{:04x}", u32::from(c)).expect("a String takes all");
        } else {
            safe.push(c);
        }
        safe
    })
}

/// Whether a text without quotes is read as the same text, by this and by other readers of YAML.
fn is_plain(text: &str) -> bool {
    let old_words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.chars().all(|c| c.is_ascii_hexdigit() || "xoXO.:_+-".contains(c));
    let starts = text.starts_with(|c: char| c.is_alphanumeric() || c == '/' || c == '_' || c == '.');
    let inside = text.chars().all(|c| c.is_alphanumeric() || "_-./+@()= ".contains(c));
    matches!(plain(text), Data::Text(_))
        && starts
        && inside
        && !numeric
        && !text.ends_with(' ')
        && !old_words.contains(&text.to_ascii_lowercase().as_str())
}
