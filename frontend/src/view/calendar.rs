//! Calendars as the pages show them: what is known by name, months, facts, one day, comparisons, expressions, changes.
//! Which days are open says the domain crate; here its answers become cells, numbers and words.

pub mod anew;
pub mod book;
pub mod change;
pub mod compare;
pub mod day;
pub mod derive;
pub mod emergency;
pub mod facts;
pub mod fires;
pub mod horizon;
pub mod origin;
pub mod year;

use chrono::{Datelike, Weekday};
use domain::bizdate::BizDate;
use domain::calendar::day::Reason;
use domain::calendar::{Calendar, DayStatus, Session};

use crate::format;
use crate::i18n::{Lang, text};

/// What a day of a calendar is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// The calendar of a market with trading hours.
    Trading,
    /// Days on which people work.
    Work,
    /// A set of days that stands for nothing else: an expression, natural days.
    Member,
}

impl Wording {
    pub fn of(calendar: &Calendar, derived: bool) -> Self {
        let mut bases = calendar.bases();
        match (bases.next(), bases.next()) {
            (Some(base), None) if !derived && base.definition().years.is_some() => {
                match base.definition().session.open {
                    Some(_) => Self::Trading,
                    None => Self::Work,
                }
            }
            _ => Self::Member,
        }
    }

    /// `Trading day`, `交易日`.
    pub fn open_day(self, lang: Lang) -> &'static str {
        match self {
            Self::Trading => text::calendar_trading_day(lang),
            Self::Work => text::calendar_work_day(lang),
            Self::Member => text::calendar_in_calendar(lang),
        }
    }

    /// `Trading days`, `交易日`.
    pub fn open_days(self, lang: Lang) -> &'static str {
        match self {
            Self::Trading => text::calendar_trading_days(lang),
            Self::Work => text::calendar_work_days(lang),
            Self::Member => text::calendar_days(lang),
        }
    }
}

/// How a day is, before its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Open,
    /// Open although the week says otherwise.
    Extra,
    Half,
    Weekend,
    /// A day from Monday to Friday that is closed for no reason of its own.
    Off,
    Holiday,
    /// People work on this weekend day, but the market stays closed.
    Makeup,
    Unset,
}

/// A day as it is: its kind, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct DayLook {
    pub kind: Kind,
    pub session: Option<Session>,
    pub reason: Option<Reason>,
}

/// The kind of a day. `work` is the calendar of working days of the same country, which tells of a closed weekend
/// whether it belongs to a holiday or is worked.
pub fn look(calendar: &Calendar, work: Option<&Calendar>, day: BizDate) -> DayLook {
    let weekend = is_weekend(day);
    match calendar.status(day) {
        DayStatus::Unset => DayLook { kind: Kind::Unset, session: None, reason: None },
        DayStatus::Open(session) => {
            let kind = match (session.half, weekend) {
                (true, _) => Kind::Half,
                (false, true) if calendar.open_reason(day).is_some() => Kind::Extra,
                _ => Kind::Open,
            };
            DayLook { kind, session: Some(session), reason: calendar.open_reason(day) }
        }
        DayStatus::Closed(reason) if weekend && is_week(&reason) => weekend_look(work, day, reason),
        DayStatus::Closed(reason) => {
            let kind = if is_nameless(&reason) { Kind::Off } else { Kind::Holiday };
            DayLook { kind, session: None, reason: Some(reason) }
        }
    }
}

fn weekend_look(work: Option<&Calendar>, day: BizDate, reason: Reason) -> DayLook {
    match work.map(|work| (work.status(day), work.open_reason(day))) {
        Some((DayStatus::Open(_), why)) => DayLook { kind: Kind::Makeup, session: None, reason: why },
        Some((DayStatus::Closed(holiday), _)) if !is_nameless(&holiday) => {
            DayLook { kind: Kind::Holiday, session: None, reason: Some(holiday) }
        }
        _ => DayLook { kind: Kind::Weekend, session: None, reason: Some(reason) },
    }
}

/// Reasons in published files that say no more than the week does.
const WEEKEND: [&str; 4] = ["周末", "双休日", "weekend", "weekends"];

fn is_week(reason: &Reason) -> bool {
    match innermost(reason) {
        Reason::Week => true,
        Reason::Named(name) => WEEKEND.iter().any(|it| name.trim().eq_ignore_ascii_case(it)),
        _ => false,
    }
}

/// Whether there is nothing to say of a closed day but that it is closed.
fn is_nameless(reason: &Reason) -> bool {
    is_week(reason) || *innermost(reason) == Reason::Unnamed
}

fn innermost(reason: &Reason) -> &Reason {
    match reason {
        Reason::Because { reason: Some(inner), .. } => innermost(inner),
        reason => reason,
    }
}

/// The working days of the calendar's own country, unless it is that calendar: where all its parts keep the same zone.
pub fn companion(calendar: &Calendar, work: Option<Calendar>) -> Option<Calendar> {
    let work = work?;
    let zone = work.bases().next()?.definition().zone;
    let alike = |base: &domain::calendar::Base| {
        let definition = base.definition();
        definition.zone == zone && definition.session.open.is_some()
    };
    let mut bases = calendar.bases().peekable();
    (bases.peek().is_some() && bases.all(alike)).then_some(work)
}

/// A day in words: `Trading day`, `Closed, National Day`.
pub fn words(look: &DayLook, wording: Wording, lang: Lang) -> String {
    let why = look.reason.as_ref().map(|reason| reason.text(lang));
    match look.kind {
        Kind::Open => wording.open_day(lang).to_owned(),
        Kind::Extra => joined(text::calendar_extra_day(lang), why, lang),
        Kind::Half => joined(&half_words(look.session, lang), why, lang),
        Kind::Weekend => text::calendar_weekend(lang).to_owned(),
        Kind::Off => text::calendar_closed(lang).to_owned(),
        Kind::Holiday => joined(text::calendar_closed(lang), why, lang),
        Kind::Makeup => text::calendar_makeup_closed(lang).to_owned(),
        Kind::Unset => text::calendar_unset(lang).to_owned(),
    }
}

fn half_words(session: Option<Session>, lang: Lang) -> String {
    match session.map(|session| (session.open, session.close)) {
        Some((Some(open), Some(close))) => format!("{} {open}–{close}", text::calendar_half_day(lang)),
        _ => text::calendar_half_day(lang).to_owned(),
    }
}

fn joined(what: &str, why: Option<String>, lang: Lang) -> String {
    match why {
        Some(why) => text::calendar_because(lang, what, why),
        None => what.to_owned(),
    }
}

/// The date that an instant has on the clock of a calendar; none for computed ones, which keep no zone.
pub fn today_of(calendar: &Calendar, now_ms: i64) -> Option<BizDate> {
    let zone = calendar.bases().map(domain::calendar::Base::definition).find(|it| it.years.is_some())?.zone;
    let now = chrono::DateTime::from_timestamp_millis(now_ms)?;
    BizDate::from_naive(now.with_timezone(&zone).date_naive())
}

/// The last open day up to today: the business date of what runs tonight.
pub fn current(calendar: &Calendar, today: BizDate) -> Option<BizDate> {
    calendar.roll(today, domain::calendar::Roll::Preceding).ok()
}

pub fn is_weekend(day: BizDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// `2026-09-30 Wed`, `2026-09-30 周三`.
pub fn dated(day: BizDate, lang: Lang) -> String {
    format!("{day} {}", format::weekday(day.weekday(), lang))
}

/// `02-16 Mon`, `02-16 周一`.
pub fn short_date(day: BizDate, lang: Lang) -> String {
    format!("{:02}-{:02} {}", day.month(), day.day(), format::weekday(day.weekday(), lang))
}

/// `10-02`.
pub fn month_day(day: BizDate) -> String {
    format!("{:02}-{:02}", day.month(), day.day())
}

/// The days from one to another, both included.
pub fn days(from: BizDate, to: BizDate) -> impl Iterator<Item = BizDate> {
    let naive = from.naive().iter_days().map_while(BizDate::from_naive);
    naive.take_while(move |day| *day <= to)
}

/// The days of a year; none outside the years that dates may lie in.
pub fn days_of(year: i32) -> impl Iterator<Item = BizDate> {
    let ends = BizDate::new(year, 1, 1).zip(BizDate::new(year, 12, 31));
    ends.into_iter().flat_map(|(first, last)| days(first, last))
}

/// How many days after the Monday of its week a day lies.
pub fn days_from_monday(day: BizDate) -> usize {
    day.naive().weekday().num_days_from_monday() as usize
}

#[cfg(test)]
mod tests;
