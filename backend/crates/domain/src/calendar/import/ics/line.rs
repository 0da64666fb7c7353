//! The lines of iCalendar: folded text put together again, names and values told apart.

/// A content line: `NAME;PARAMETER=…:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: usize,
    /// In upper case.
    pub(super) name: String,
    pub(super) value: String,
}

/// Joins lines that begin with a space or tab to the one before; blank lines are left out.
pub(super) fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, open))) => open.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines
}

impl Line {
    /// Reads a line; nothing when it has no value.
    pub(super) fn read(number: usize, text: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = text.char_indices().find_map(|(at, c)| {
            quoted ^= c == '"';
            (c == ':' && !quoted).then_some(at)
        })?;
        let name = text[..colon].split(';').next()?.trim().to_ascii_uppercase();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        plain.then(|| Self { number, name, value: text[colon + 1..].trim().to_owned() })
    }
}

/// The text behind the escapes.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            _ => plain.push(c),
        }
    }
    plain.trim().to_owned()
}
