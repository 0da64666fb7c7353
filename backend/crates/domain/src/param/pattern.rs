//! Dates in the patterns of Java, which scripts of the trade use: `yyyyMMdd`, `yyyy-MM-dd`, `yyyy'Q'Q`.
//!
//! A business date is a day, so times are those of its first instant: `HH:mm:ss` is `00:00:00`.

use chrono::Datelike;

use crate::{bizdate::BizDate, error::Lang};

/// The longest pattern.
const MAX_LETTERS: usize = 200;

/// A pattern that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPattern {
    /// It has this letter, or so many of it.
    Letters(String),
    /// It says `YYYY`, the year of the week, which is another year around New Year.
    WeekYear,
    /// It says `mm`, minutes, where no hour stands.
    Minutes,
    /// A quote that is not closed.
    OpenQuote,
    /// It is too long.
    TooLong,
}

impl BadPattern {
    /// What is wrong, in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Letters(letters), Lang::En) => format!("the date pattern knows no `{letters}`"),
            (Self::Letters(letters), Lang::Zh) => format!("日期格式不支持 `{letters}`"),
            (Self::WeekYear, Lang::En) => "YYYY is the year of the week in date patterns; write yyyy".into(),
            (Self::WeekYear, Lang::Zh) => "日期格式中 YYYY 表示按周计的年，请写 yyyy".into(),
            (Self::Minutes, Lang::En) => "mm is minutes in date patterns; write MM for the month".into(),
            (Self::Minutes, Lang::Zh) => "日期格式中 mm 表示分钟，月份请写 MM".into(),
            (Self::OpenQuote, Lang::En) => "a quote in the date pattern is not closed".into(),
            (Self::OpenQuote, Lang::Zh) => "日期格式中的引号没有闭合".into(),
            (Self::TooLong, Lang::En) => format!("the date pattern is longer than {MAX_LETTERS} characters"),
            (Self::TooLong, Lang::Zh) => format!("日期格式超过 {MAX_LETTERS} 个字符"),
        }
    }
}

/// Writes a date in a pattern.
///
/// # Errors
/// When the pattern has letters without a meaning for a day.
pub fn format(date: BizDate, pattern: &str) -> Result<String, BadPattern> {
    if pattern.chars().count() > MAX_LETTERS {
        return Err(BadPattern::TooLong);
    }
    let has_hour = pattern.contains(['H', 'h', 'k', 'K']);
    let mut text = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(first).len();
        let count = run / first.len_utf8();
        if first == '\'' {
            rest = quoted(rest, &mut text)?;
            continue;
        }
        if first.is_ascii_alphabetic() {
            if first == 'm' && !has_hour {
                return Err(BadPattern::Minutes);
            }
            text.push_str(&field(date, first, count)?);
        } else {
            text.push_str(&rest[..run]);
        }
        rest = &rest[run..];
    }
    Ok(text)
}

/// Takes a quoted text; two quotes are one quote, inside and outside.
fn quoted<'a>(pattern: &'a str, text: &mut String) -> Result<&'a str, BadPattern> {
    if let Some(rest) = pattern.strip_prefix("''") {
        text.push('\'');
        return Ok(rest);
    }
    let mut rest = &pattern[1..];
    loop {
        let end = rest.find('\'').ok_or(BadPattern::OpenQuote)?;
        text.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None => return Ok(rest),
        }
    }
}

fn field(date: BizDate, letter: char, count: usize) -> Result<String, BadPattern> {
    let padded = |value: u32| Ok(format!("{value:0count$}"));
    let quarter = (date.month() - 1) / 3 + 1;
    match (letter, count) {
        ('y' | 'u', 4) => Ok(format!("{:04}", date.year())),
        ('y', 2) => Ok(format!("{:02}", date.year() % 100)),
        ('y', 1) => Ok(date.year().to_string()),
        ('Y', _) => Err(BadPattern::WeekYear),
        ('M' | 'L', 1 | 2) => padded(date.month()),
        ('M', 3) => Ok(date.naive().format("%b").to_string()),
        ('M', 4) => Ok(date.naive().format("%B").to_string()),
        ('d', 1 | 2) => padded(date.day()),
        ('D', 1..=3) => padded(date.naive().ordinal()),
        ('Q' | 'q', 1 | 2) => padded(quarter),
        ('E', 1..=3) => Ok(date.naive().format("%a").to_string()),
        ('E', 4) => Ok(date.naive().format("%A").to_string()),
        ('e', 1) | ('u', 1) => padded(date.weekday().number_from_monday()),
        ('H' | 'm' | 's', 1 | 2) | ('S', 1..=9) => padded(0),
        _ => Err(BadPattern::Letters(letter.to_string().repeat(count))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expect: &str) {
        let date = BizDate::new(2026, 3, 9).expect("a date");
        let text = format(date, pattern).unwrap_or_else(|error| error.text(Lang::En));
        assert_eq!(text, expect, "{pattern}");
    }

    #[test]
    fn dates_are_written() {
        check("yyyyMMdd", "20260309");
        check("yyyy-MM-dd", "2026-03-09");
        check("yyyy年M月d日", "2026年3月9日");
        check("yy/M/d", "26/3/9");
        check("yyyyMMddHHmmss", "20260309000000");
        check("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-03-09T00:00:00.000");
        check("yyyy'Q'Q", "2026Q1");
        check("DDD", "068");
        check("EEE d MMM", "Mon 9 Mar");
        check("'it''s' ''d", "it's '9");
        check("", "");
    }

    #[test]
    fn slips_are_named() {
        check("YYYYMMdd", "YYYY is the year of the week in date patterns; write yyyy");
        check("yyyymmdd", "mm is minutes in date patterns; write MM for the month");
        check("yyyy'", "a quote in the date pattern is not closed");
        check("yyyyMMddZ", "the date pattern knows no `Z`");
        check("ddd", "the date pattern knows no `ddd`");
        check(&"d".repeat(201), "the date pattern is longer than 200 characters");
    }
}
