//! The document of a schedule, and what in it would contradict itself.

use chrono::Weekday;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::text;
use crate::{
    bizdate::{BizDate, Period, SyntaxError},
    calendar::{CalendarExpr, Roll, TimeOfDay},
    cron::Cron,
};

/// A schedule as it is stored, exchanged and edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// Which dates, and with cron also which times.
    pub when: When,
    /// The zone of its wall times.
    pub timezone: Tz,
    /// The scheduling calendar (not the data's: that is the workflow's `business_date`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarExpr>,
    /// What a closed nominal date does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_closed: OnClosed,
    /// Moves the fire after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
    /// The times of day of a rule; a cron expression brings its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<TimeOfDay>,
    /// The first nominal date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BizDate>,
    /// The last nominal date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<BizDate>,
    /// Where the day ends, when not at midnight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_cut: Option<DayCut>,
    /// What happens past the calendar's horizon.
    #[serde(default, skip_serializing_if = "is_default")]
    pub beyond: Beyond,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What names the nominal dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// A cron expression.
    Cron(Cron),
    /// A calendar rule, with `times` of its own.
    Rule(Rule),
}

/// A calendar rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every natural day.
    EveryDay,
    /// Every open day of the calendar.
    EveryOpenDay,
    /// Every n-th open day, counted from the schedule's `from`.
    EveryOpenDays(u32),
    /// These weekdays.
    Weekdays(Vec<Weekday>),
    /// The n-th day of a kind in each period, from its end when negative.
    Ordinal {
        /// 1 is the first, −1 the last.
        n: i32,
        /// What is counted.
        of: DayKind,
        /// In what.
        period: Period,
    },
}

/// What an ordinal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Natural days.
    Day,
    /// Open days of the calendar.
    OpenDay,
    /// One weekday.
    Weekday(Weekday),
}

/// What becomes of a nominal date on which the calendar is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnClosed {
    /// No fire; the skip is recorded with its reason.
    #[default]
    Skip,
    /// Fires all the same.
    Run,
    /// Moves to the next open day.
    #[serde(alias = "next")]
    Following,
    /// Moves on within the month, else back.
    ModifiedFollowing,
    /// Moves on within the half month, else back.
    HalfMonthModifiedFollowing,
    /// Moves to the open day before.
    #[serde(alias = "previous")]
    Preceding,
    /// Moves back within the month, else on.
    ModifiedPreceding,
    /// Moves to whichever open day is nearer.
    Nearest,
}

impl OnClosed {
    /// The roll it performs, when it moves dates.
    #[must_use]
    pub fn roll(self) -> Option<Roll> {
        match self {
            Self::Skip | Self::Run => None,
            Self::Following => Some(Roll::Following),
            Self::ModifiedFollowing => Some(Roll::ModifiedFollowing),
            Self::HalfMonthModifiedFollowing => Some(Roll::HalfMonthModifiedFollowing),
            Self::Preceding => Some(Roll::Preceding),
            Self::ModifiedPreceding => Some(Roll::ModifiedPreceding),
            Self::Nearest => Some(Roll::Nearest),
        }
    }
}

/// Moves a fire away from its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// How many, back when negative.
    pub n: i64,
    /// Of what.
    pub unit: ShiftUnit,
    /// The calendar of the open days; the schedule's own when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CalendarExpr>,
}

/// What a shift counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftUnit {
    /// Open days.
    OpenDays,
    /// Natural days.
    Days,
}

/// Where the day ends, when not at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayCut {
    /// The wall time.
    pub at: TimeOfDay,
    /// To which day the times beyond it belong.
    #[serde(default)]
    pub side: CutSide,
}

/// To which day the times beyond the cut belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutSide {
    /// Times before the cut belong to the natural day before.
    #[default]
    Previous,
    /// Times from the cut on belong to the next open day.
    Next,
}

/// What happens past the calendar's horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// The schedule stops, with the reason.
    #[default]
    Hold,
    /// The week mask stands in for what isn't published, and every such fire is flagged.
    AssumeWeekMask,
}

/// A schedule document that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A rule without times.
    #[error("a rule needs at least one time of day")]
    NoTimes,
    /// Times beside a cron expression.
    #[error("a cron expression brings its own times: leave `times` out")]
    TimesWithCron,
    /// More times than anybody means.
    #[error("at most {0} times of day; use a cron expression for more")]
    TooManyTimes(usize),
    /// Open days of no calendar.
    #[error("open days need a calendar")]
    NoCalendar,
    /// The counting of every n-th open day has no beginning.
    #[error("every n-th open day is counted from `from`, which is missing")]
    NoFrom,
    /// An ordinal or interval of zero, or a shift beyond reason.
    #[error("the number {0} is out of range")]
    Number(i64),
    /// A day that no period has.
    #[error("no {period} has a day number {n} of that kind")]
    Never {
        /// The number.
        n: i32,
        /// The kind of period.
        period: Period,
    },
    /// No weekdays.
    #[error("at least one weekday is needed")]
    NoWeekdays,
    /// `until` is before `from`.
    #[error("`until` is before `from`")]
    Empty,
}

impl ScheduleSpec {
    /// A schedule of nothing but this, in this zone.
    #[must_use]
    pub fn new(when: When, timezone: Tz) -> Self {
        Self {
            when,
            timezone,
            calendar: None,
            on_closed: OnClosed::default(),
            shift: None,
            times: Vec::new(),
            from: None,
            until: None,
            day_cut: None,
            beyond: Beyond::default(),
        }
    }

    /// Reads the text form: `last open day of month on SSE at 18:00 tz Asia/Shanghai`. Printing gives it back. Where
    /// no zone is written, `zone` holds.
    ///
    /// # Errors
    /// With the place and what was expected there.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, SyntaxError> {
        text::parse(text, zone)
    }

    /// Whether the document makes sense, apart from the calendars that it names.
    ///
    /// # Errors
    /// With the first contradiction.
    pub fn check(&self) -> Result<(), SpecError> {
        match &self.when {
            When::Cron(_) if !self.times.is_empty() => return Err(SpecError::TimesWithCron),
            When::Cron(_) => {}
            When::Rule(rule) => {
                if self.times.is_empty() {
                    return Err(SpecError::NoTimes);
                }
                self.check_rule(rule)?;
            }
        }
        if self.times.len() > MAX_TIMES {
            return Err(SpecError::TooManyTimes(MAX_TIMES));
        }
        if let Some(shift) = &self.shift {
            if shift.n.abs() > MAX_SHIFT {
                return Err(SpecError::Number(shift.n));
            }
            if shift.unit == ShiftUnit::OpenDays && shift.of.is_none() && self.calendar.is_none() {
                return Err(SpecError::NoCalendar);
            }
        }
        match (self.from, self.until) {
            (Some(from), Some(until)) if until < from => Err(SpecError::Empty),
            _ => Ok(()),
        }
    }

    fn check_rule(&self, rule: &Rule) -> Result<(), SpecError> {
        let counts_open = match rule {
            Rule::EveryDay => false,
            Rule::EveryOpenDay => true,
            Rule::EveryOpenDays(n) => {
                if !(1..=366).contains(n) {
                    return Err(SpecError::Number(i64::from(*n)));
                }
                if self.from.is_none() {
                    return Err(SpecError::NoFrom);
                }
                true
            }
            Rule::Weekdays(days) if days.is_empty() => return Err(SpecError::NoWeekdays),
            Rule::Weekdays(_) => false,
            Rule::Ordinal { n, of, period } => {
                if *n == 0 || n.unsigned_abs() > most(*of, *period) {
                    return Err(SpecError::Never { n: *n, period: *period });
                }
                *of == DayKind::OpenDay
            }
        };
        if counts_open && self.calendar.is_none() { Err(SpecError::NoCalendar) } else { Ok(()) }
    }
}

/// How many days of a kind the longest such period has.
fn most(of: DayKind, period: Period) -> u32 {
    let days = match period {
        Period::Week => 7,
        Period::TenDay => 11,
        Period::Month => 31,
        Period::Quarter => 92,
        Period::Half => 184,
        Period::Year | Period::FiscalYear(_) => 366,
    };
    if matches!(of, DayKind::Weekday(_)) { u32::div_ceil(days, 7) } else { days }
}

const MAX_TIMES: usize = 96;
const MAX_SHIFT: i64 = 1_000;
