//! Times in the patterns of Java, as far as scripts use them.

use chrono::{NaiveDateTime, NaiveTime, Timelike};

/// Writes a time in a pattern; `None` when the pattern has no letter of a time at all.
pub(super) fn format(at: NaiveDateTime, pattern: &str) -> Result<Option<String>, &'static str> {
    let mut text = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern;
    let mut letters = false;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let inside = &rest[1..];
            let end = inside.find('\'').ok_or("a quote is not closed")?;
            text.push_str(if end == 0 { "'" } else { &inside[..end] });
            rest = &inside[end + 1..];
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(first).len();
        if first.is_ascii_alphabetic() {
            text.push_str(&at.format(strftime(first, run)?).to_string());
            letters = true;
        } else {
            text.push_str(&rest[..run]);
        }
        rest = &rest[run..];
    }
    Ok(letters.then_some(text))
}

/// The same field for chrono.
fn strftime(letter: char, count: usize) -> Result<&'static str, &'static str> {
    Ok(match (letter, count) {
        ('y' | 'u', 4) => "%Y",
        ('y' | 'u', 2) => "%y",
        ('M', 1) => "%-m",
        ('M', 2) => "%m",
        ('d', 1) => "%-d",
        ('d', 2) => "%d",
        ('D', 3) => "%j",
        ('H', 1) => "%-H",
        ('H', 2) => "%H",
        ('h', 2) => "%I",
        ('m', 1) => "%-M",
        ('m', 2) => "%M",
        ('s', 1) => "%-S",
        ('s', 2) => "%S",
        ('S', 3) => "%3f",
        ('a', 1) => "%p",
        _ => return Err("its pattern has letters without a meaning"),
    })
}

/// The time as far as the pattern shows it.
pub(super) fn cut(time: NaiveTime, pattern: &str) -> NaiveTime {
    let hour = if pattern.contains(['H', 'h']) { time.hour() } else { 0 };
    let minute = if pattern.contains('m') { time.minute() } else { 0 };
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}
