//! Days without a fire: folded into ranges, each with its reason.

use chrono::NaiveDate;
use domain::bizdate::BizDate;
use domain::calendar::day::Reason;
use domain::schedule::SkipReason;

use super::forecast::Row;
use crate::format;
use crate::i18n::Lang;

/// The days from one on and before another.
pub(super) fn days(from: BizDate, until: BizDate) -> impl Iterator<Item = BizDate> {
    std::iter::successors(Some(from), |day| day.add_days(1)).take_while(move |day| *day < until)
}

/// Days in a row become one line; a weekend beside a holiday goes under its name.
pub(super) fn fold(days: Vec<(BizDate, SkipReason)>, calendar: &str, lang: Lang) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut days = days.into_iter().peekable();
    while let Some((first, reason)) = days.next() {
        let (mut last, mut reasons) = (first, vec![reason]);
        while let Some((day, reason)) = days.next_if(|(day, _)| last.add_days(1) == Some(*day)) {
            last = day;
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        let is_weekend = |reason: &SkipReason| matches!(reason, SkipReason::Closed { reason: Reason::Week, .. });
        if !reasons.iter().all(is_weekend) {
            reasons.retain(|reason| !is_weekend(reason));
        }
        let mut words: Vec<String> = reasons.iter().map(|reason| reason_words(reason, calendar, lang)).collect();
        words.dedup();
        rows.push(Row::LeftOut { first, last, reason: words.join(", ") });
    }
    rows
}

/// The reason; with the calendar it comes from where the schedule's has several parts.
fn reason_words(reason: &SkipReason, calendar: &str, lang: Lang) -> String {
    match reason {
        SkipReason::Closed { calendar: part, reason } if part != calendar && *reason != Reason::Week => {
            format!("{part}: {}", reason.text(lang))
        }
        SkipReason::Closed { reason, .. } => reason.text(lang),
        other => other.text(lang),
    }
}

/// `26 – 27 Dec`, `Sat 26 Dec`; the year where it isn't this one.
pub fn range_words(first: BizDate, last: BizDate, this_year: i32, lang: Lang) -> String {
    let day = |date: NaiveDate| format::day_words(date, lang);
    let year = if last.year() == this_year { String::new() } else { format!(" {}", last.year()) };
    match lang {
        Lang::En if first == last => format!("{}{year}", day(first.naive())),
        Lang::En if (first.year(), first.month()) == (last.year(), last.month()) => {
            format!("{} – {}{year}", first.day(), last.naive().format("%-d %b"))
        }
        Lang::En => format!("{} – {}{year}", first.naive().format("%-d %b"), last.naive().format("%-d %b")),
        Lang::Zh => {
            let year = if last.year() == this_year { String::new() } else { format!("{}-", last.year()) };
            let (one, other) = (first.naive().format("%m-%d"), last.naive().format("%m-%d"));
            if first == last { format!("{year}{}", day(first.naive())) } else { format!("{year}{one} – {other}") }
        }
    }
}
