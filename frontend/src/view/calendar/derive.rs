//! Expressions over calendars as the page takes them apart: tokens to edit, words, steps with their number of days, and
//! the year that comes of it.

use domain::bizdate::BizDate;
use domain::calendar::{Calendar, CalendarExpr, Calendars, Tri};

use super::year::{Cell, Month, months, open_note};
use super::{Kind, Wording, dated, days_of, look, words};
use crate::i18n::{Lang, text};

/// A piece of an expression's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As it is written.
    pub text: String,
    pub kind: TokenKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Calendar,
    /// A name followed by its arguments.
    Function,
    Operator,
    Bracket,
    /// A number, a date, a period, a weekday; or a sign that means nothing.
    Other,
}

/// The operators as they are inserted, with their sign.
pub const OPERATORS: &[(&str, &str)] = &[("|", "∪"), ("&", "∩"), ("-", "−")];

/// Functions with a gap for the calendar, each with an example. Those that expressions know are offered.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("last( , month)", "last(SSE, month)"),
    ("first( , week)", "first(SSE, week)"),
    ("nth( , 3, month)", "nth(SSE, 3, month)"),
    ("shift( , +2)", "shift(SSE, +2)"),
    ("weekday( , Mon)", "weekday(SSE, Mon)"),
    ("half( )", "half(HKEX)"),
    ("between( , 2026-01-01, 2026-06-30)", "between(SSE, 2026-01-01, 2026-06-30)"),
];

/// The functions to offer.
pub fn functions() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|(_, example)| CalendarExpr::parse(example).is_ok()).map(|(insert, _)| *insert)
}

/// Takes a text apart. Whatever it is, its tokens joined by spaces mean the same.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let starts_operand = found.last().is_none_or(|last| last.text == "(" || last.text == ",");
        let length = match first {
            sign if sign.is_alphabetic() => word(rest),
            sign if sign.is_ascii_digit() => number(rest, 0),
            '+' | '-' if starts_operand && rest[1..].starts_with(|next: char| next.is_ascii_digit()) => number(rest, 1),
            sign => sign.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        rest = after.trim_start();
        let kind = match first {
            '&' | '|' | '!' => TokenKind::Operator,
            '-' if length == 1 => TokenKind::Operator,
            '(' | ')' => TokenKind::Bracket,
            sign if sign.is_alphabetic() && rest.starts_with('(') => TokenKind::Function,
            sign if sign.is_alphabetic() && !is_argument(&found) => TokenKind::Calendar,
            _ => TokenKind::Other,
        };
        found.push(Token { text: text.to_owned(), kind });
    }
    found
}

/// A word after a comma is a period or a weekday, not a calendar.
fn is_argument(before: &[Token]) -> bool {
    before.last().is_some_and(|last| last.text == ",")
}

fn word(text: &str) -> usize {
    text.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(text.len())
}

/// A number or a date, whose parts are joined by hyphens.
fn number(text: &str, from: usize) -> usize {
    let end = text[from..].find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != ':');
    end.map_or(text.len(), |end| from + end)
}

/// The text of tokens, spaced as the domain writes expressions.
pub fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        let tight = before.is_none_or(|before| {
            matches!(before.text.as_str(), "(" | "!")
                || before.kind == TokenKind::Function
                || token.text == ")"
                || token.text == ","
        });
        if !tight {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

/// How a token is shown: operators by their sign.
pub fn sign(token: &Token) -> &str {
    let sign = OPERATORS.iter().find(|(text, _)| token.kind == TokenKind::Operator && *text == token.text);
    sign.map_or(token.text.as_str(), |(_, sign)| *sign)
}

/// The text with its operators as the domain reads them, for one who types or pastes the signs that are shown.
pub fn plain(source: &str) -> String {
    OPERATORS.iter().fold(source.to_owned(), |text, (piece, sign)| text.replace(sign, piece))
}

/// An expression in the list, with signs.
pub fn short(source: &str) -> String {
    source.replace('&', "∩").replace('|', "∪").replace(" - ", " − ")
}

/// A step of how an expression is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub label: String,
    pub meaning: &'static str,
    /// Days of the year after this step, when all are known.
    pub days: Option<usize>,
}

/// The steps from left to right: what it begins with, and what each operator adds or takes away.
pub fn steps(expr: &CalendarExpr, calendars: &Calendars, year: i32, lang: Lang) -> Vec<Step> {
    let mut found = Vec::new();
    let mut rest = expr;
    loop {
        let calendar = calendars.resolve(rest).ok();
        let days = calendar.and_then(|calendar| super::facts::open_days(&calendar, year));
        let (label, meaning, before) = match rest {
            CalendarExpr::And(left, right) => (format!("∩ {}", part(right)), text::calendar_step_and(lang), Some(left)),
            CalendarExpr::Or(left, right) => (format!("∪ {}", part(right)), text::calendar_step_or(lang), Some(left)),
            CalendarExpr::Except(left, right) => {
                (format!("− {}", part(right)), text::calendar_step_except(lang), Some(left))
            }
            CalendarExpr::Nth { days, .. }
            | CalendarExpr::Shift { days, .. }
            | CalendarExpr::Weekday(days, _)
            | CalendarExpr::Half(days)
            | CalendarExpr::Between(days, ..) => (picked(rest, days), text::calendar_step_pick(lang), Some(days)),
            base => (short(&base.to_string()), text::calendar_step_base(lang), None),
        };
        found.push(Step { label, meaning, days });
        match before {
            Some(before) => rest = before,
            None => break,
        }
    }
    found.reverse();
    found
}

/// A function without what it is applied to, which is the step before.
fn picked(expr: &CalendarExpr, days: &CalendarExpr) -> String {
    expr.to_string().replacen(&days.to_string(), "…", 1)
}

fn part(expr: &CalendarExpr) -> String {
    let text = short(&expr.to_string());
    let composed = matches!(expr, CalendarExpr::And(..) | CalendarExpr::Or(..) | CalendarExpr::Except(..));
    if composed { format!("({text})") } else { text }
}

/// The base that is known for the shortest time, when there are several.
pub fn shortest(calendar: &Calendar) -> Option<(BizDate, Option<String>)> {
    let until = calendar.known_until()?;
    let alone = |name: &str| {
        let years = calendar.bases().find(|base| base.definition().name == name)?.definition().years.as_ref()?;
        BizDate::new(*years.last()?, 12, 31)
    };
    let names: Vec<&str> = calendar.bases().map(|base| base.definition().name.as_str()).collect();
    let several = names.iter().any(|name| Some(*name) != names.first().copied());
    let name = several.then(|| names.iter().find(|name| alone(name) == Some(until)).map(|name| (*name).to_owned()));
    Some((until, name.flatten()))
}

/// The year that comes of an expression. Where it takes days away from a part, these are struck out; a function picks so
/// few that the others need no mark.
pub fn year(expr: &CalendarExpr, calendar: &Calendar, year: i32, lang: Lang) -> Vec<Month> {
    let takes = matches!(expr, CalendarExpr::And(..) | CalendarExpr::Except(..));
    let parts: Vec<Calendar> =
        calendar.bases().map(|base| Calendar::of_base(std::sync::Arc::new(base.clone()))).collect();
    let cell = |date: BizDate| {
        let look = look(calendar, None, date);
        let (class, mark) = match look.kind {
            Kind::Open | Kind::Extra => ("d d--o", None),
            Kind::Half => ("d d--f", Some("½")),
            Kind::Unset => ("d d--u", None),
            _ if takes && parts.iter().any(|part| part.tri(date) == Tri::Open) => ("d d--x", None),
            _ => ("d d--w", None),
        };
        Cell { date, class, mark, title: format!("{} · {}", dated(date, lang), words(&look, Wording::Member, lang)) }
    };
    months(days_of(year).map(cell).collect(), lang, |cells| open_note(calendar, cells, lang))
}

#[cfg(test)]
mod tests;
