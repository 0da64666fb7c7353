//! What answers are made of, and their JSON.

use serde::Serialize;

use super::Year;
use crate::{
    bizdate::BizDate,
    calendar::{Calendar, DayStatus, TimeOfDay, day::Reason},
    error::Lang,
    schedule::ScheduleSpec,
    workflow::Schedule,
};

/// An answer. Its JSON is that of its variant, without a word for which it is: the question says that.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the fields are named after what they hold, and documented where they aren't plain")]
pub enum Answer {
    /// The names of calendars.
    Calendars { calendars: Vec<String> },
    /// Whether a day is open.
    Open { open: bool },
    /// A day.
    Day(Day),
    /// A year.
    Year(Year),
    /// A date; `null` where a period has too few days.
    Date { date: Option<BizDate> },
    /// A number of days.
    Count { count: usize },
    /// Days in order, and whether the limit has cut off more.
    Days { days: Vec<BizDate>, more: bool },
    /// The days on which two calendars differ.
    Differences { differences: Vec<DayChange>, more: bool },
    /// What a schedule does.
    Fires {
        events: Vec<Fire>,
        more: bool,
        /// Why nothing can be said of what comes later.
        #[serde(skip_serializing_if = "Option::is_none")]
        hold: Option<Told>,
    },
    /// Why a schedule does what it does on a date.
    Explanation {
        date: BizDate,
        /// The number of fires on it.
        fires: usize,
        /// The next fire after it.
        next: Option<String>,
        text: Told,
    },
    /// A schedule in all its forms.
    Schedule { text: String, spec: Box<ScheduleSpec>, entry: Box<Schedule>, words: Told },
    /// A text.
    Text { text: String },
}

impl From<BizDate> for Answer {
    fn from(date: BizDate) -> Self {
        Self::Date { date: Some(date) }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Told {
    pub(super) fn by(text: impl Fn(Lang) -> String) -> Self {
        Self { en: text(Lang::En), zh: text(Lang::Zh) }
    }

    /// The text in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// Whether a day is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is open.
    Open,
    /// It is closed.
    Closed,
    /// Nobody has published it.
    Unset,
}

/// A day of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The day.
    pub date: BizDate,
    /// Its weekday, `Mon` to `Sun`.
    pub weekday: String,
    /// Whether it is open.
    pub status: Status,
    /// Open for a part of the usual hours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub half: bool,
    /// When it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<TimeOfDay>,
    /// When it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<TimeOfDay>,
    /// Why it is closed, or open against the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Told>,
}

impl Day {
    pub(super) fn of(calendar: &Calendar, date: BizDate) -> Self {
        Self::told(date, &calendar.status(date), calendar)
    }

    pub(super) fn told(date: BizDate, status: &DayStatus, calendar: &Calendar) -> Self {
        let plain = Self {
            date,
            weekday: date.weekday().to_string(),
            status: Status::Unset,
            half: false,
            opens: None,
            closes: None,
            reason: None,
        };
        match status {
            DayStatus::Unset => plain,
            DayStatus::Closed(Reason::Unnamed) => Self { status: Status::Closed, ..plain },
            DayStatus::Closed(reason) => {
                Self { status: Status::Closed, reason: Some(Told::by(|lang| reason.text(lang))), ..plain }
            }
            DayStatus::Open(session) => Self {
                status: Status::Open,
                half: session.half,
                opens: session.open,
                closes: session.close,
                reason: calendar.open_reason(date).map(|reason| Told::by(|lang| reason.text(lang))),
                ..plain
            },
        }
    }
}

/// A day on which two calendars differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayChange {
    /// The day.
    pub date: BizDate,
    /// What the first says.
    pub one: Day,
    /// What the second says.
    pub other: Day,
}

/// A fire, or a nominal date without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fire {
    /// Whether it fires; else this is a date that is left out.
    pub fires: bool,
    /// When, on the schedule's wall with its offset; for a date left out, when it would have been.
    pub at: String,
    /// The same instant in UTC.
    pub utc: String,
    /// The day that it is for.
    pub day: BizDate,
    /// The dates of the rule that it stands for.
    pub nominal_dates: Vec<BizDate>,
    /// Why it moved or is left out, and what the clocks did; absent when it fires as the rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Told>,
}
