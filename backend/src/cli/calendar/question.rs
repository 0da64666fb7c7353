//! The questions of the command line, each a command of its own.

use chrono_tz::Tz;
use clap::{Args, Subcommand};
use domain::{
    ask::{Question, ScheduleText},
    bizdate::{BizDate, Period},
    calendar::Roll,
};
use serde_json::Value;

/// A question. Wherever a calendar is named, an expression over calendars may stand.
#[derive(Debug, Subcommand)]
pub(super) enum Asked {
    /// Names the calendars
    List,
    /// Shows a year of a calendar
    Show {
        calendar: String,
        #[arg(long)]
        year: i32,
    },
    /// Says whether a day is open
    IsOpen { calendar: String, date: BizDate },
    /// Says all about a day: its hours, or why it is closed
    Day { calendar: String, date: BizDate },
    /// The first open day after a day
    Next { calendar: String, date: BizDate },
    /// The last open day before a day
    Previous { calendar: String, date: BizDate },
    /// The n-th open day after a day, before it when negative
    Offset {
        calendar: String,
        date: BizDate,
        #[arg(allow_negative_numbers = true)]
        n: i64,
        /// Roll a closed day first, and count from there
        #[arg(long)]
        roll: Option<Roll>,
    },
    /// The n-th open day of the period around a day, from its end when negative
    Nth {
        calendar: String,
        date: BizDate,
        /// week, ten_day, month, quarter, half, year or fiscal_year_04
        period: Period,
        #[arg(allow_negative_numbers = true)]
        n: i64,
    },
    /// Where a closed day moves to
    Roll {
        calendar: String,
        date: BizDate,
        /// following, modified_following, preceding, modified_preceding, nearest or half_month_modified_following
        roll: Roll,
    },
    /// How many open days there are from one day to another, both included
    Count { calendar: String, from: BizDate, to: BizDate },
    /// The open days from one day to another
    Range {
        calendar: String,
        from: BizDate,
        to: BizDate,
        /// At most so many days [default: 1000]
        #[arg(long)]
        limit: Option<usize>,
    },
    /// The days of a year on which two calendars differ
    Compare {
        calendar: String,
        other: String,
        #[arg(long, value_parser = clap::value_parser!(i32).range(1900..=2299))]
        year: i32,
    },
    /// When a schedule fires, and which dates it leaves out
    Fires {
        #[command(flatten)]
        schedule: ScheduleArgs,
        /// An instant such as 2026-01-01T00:00:00+08:00, or a date
        from: String,
        /// The same, exclusive; a date is included
        until: String,
        /// At most so many [default: 20]
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Why a schedule fires, moves, or doesn't on a date
    Explain {
        #[command(flatten)]
        schedule: ScheduleArgs,
        date: BizDate,
    },
    /// Writes a schedule as text and in words; with --json as a document's entry too
    Convert {
        #[command(flatten)]
        schedule: ScheduleArgs,
    },
    /// Evaluates a business-date expression such as T-1
    Date {
        /// Such as T-1@SSE, T.end(month) or T.nth(SSE, month, -1)
        expression: String,
        #[command(flatten)]
        at: DateArgs,
    },
    /// Renders a template
    Render {
        /// Such as /data/{{ T }}/nav.csv
        template: String,
        #[command(flatten)]
        at: DateArgs,
        /// A parameter; can be given several times
        #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::super::pair)]
        params: Vec<(String, String)>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    /// A rule's text, or a schedule as JSON
    #[arg(value_parser = schedule)]
    schedule: ScheduleText,
    /// The zone, where the schedule names none
    #[arg(long)]
    timezone: Option<Tz>,
}

#[derive(Debug, Args)]
pub(super) struct DateArgs {
    /// The business date T
    #[arg(long, value_name = "DATE")]
    t: BizDate,
    /// The calendar in which T-1 is counted; natural days without it
    #[arg(long)]
    calendar: Option<String>,
}

fn schedule(text: &str) -> Result<ScheduleText, String> {
    if !text.trim_start().starts_with('{') {
        return Ok(ScheduleText::Text(text.to_owned()));
    }
    serde_json::from_str(text).map(ScheduleText::Fields).map_err(|error| error.to_string())
}

impl Asked {
    /// The question as the rules know it.
    pub(super) fn into_question(self) -> Question {
        match self {
            Self::List => Question::Calendars {},
            Self::Show { calendar, year } => Question::Year { calendar, year },
            Self::IsOpen { calendar, date } => Question::IsOpen { calendar, date },
            Self::Day { calendar, date } => Question::Day { calendar, date },
            Self::Next { calendar, date } => Question::Next { calendar, date },
            Self::Previous { calendar, date } => Question::Previous { calendar, date },
            Self::Offset { calendar, date, n, roll: None } => Question::Offset { calendar, date, n },
            Self::Offset { calendar, date, n, roll: Some(roll) } => {
                Question::RollThenOffset { calendar, date, roll, n }
            }
            Self::Nth { calendar, date, period, n } => Question::Nth { calendar, date, period, n },
            Self::Roll { calendar, date, roll } => Question::Roll { calendar, date, roll },
            Self::Count { calendar, from, to } => Question::Count { calendar, from, to },
            Self::Range { calendar, from, to, limit } => Question::Range { calendar, from, to, limit },
            Self::Compare { calendar, other, year } => {
                let (from, to) = (BizDate::new(year, 1, 1), BizDate::new(year, 12, 31));
                let (from, to) = (from.unwrap_or(BizDate::MIN), to.unwrap_or(BizDate::MAX));
                Question::Compare { calendar, with: other, from, to, limit: None }
            }
            Self::Fires { schedule: ScheduleArgs { schedule, timezone }, from, until, limit } => {
                Question::Fires { schedule, timezone, from, until, limit }
            }
            Self::Explain { schedule: ScheduleArgs { schedule, timezone }, date } => {
                Question::Explain { schedule, timezone, date }
            }
            Self::Convert { schedule: ScheduleArgs { schedule, timezone } } => Question::Convert { schedule, timezone },
            Self::Date { expression, at: DateArgs { t, calendar } } => Question::Date { expression, t, calendar },
            Self::Render { template, at: DateArgs { t, calendar }, params } => {
                let params = params.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
                Question::Render { template, t, calendar, params }
            }
        }
    }
}
