//! A schedule as data: the tree behind its text, its form and its entry in a document.

use chrono::Weekday;
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// What becomes of a fire on a day on which the calendar is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(transform = with_short_words)]
pub enum OnClosed {
    /// It is left out, and the reason is recorded.
    #[default]
    Skip,
    /// It happens all the same.
    Run,
    /// It moves to the next open day.
    #[serde(alias = "next")]
    Following,
    /// It moves to the next open day of the same month, else to the one before.
    ModifiedFollowing,
    /// It moves to the next open day of the same half month, else to the one before.
    HalfMonthModifiedFollowing,
    /// It moves to the open day before.
    #[serde(alias = "previous")]
    Preceding,
    /// It moves to the open day before in the same month, else to the next.
    ModifiedPreceding,
    /// It moves to whichever open day is nearer.
    Nearest,
}

/// The aliases of [`OnClosed`], which the generated schema doesn't know of.
fn with_short_words(schema: &mut Schema) {
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        for (word, meaning) in [("next", "following"), ("previous", "preceding")] {
            choices.push(json!({"description": format!("The same as {meaning}."), "type": "string", "const": word}));
        }
    }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// The schedule stops, with the reason.
    #[default]
    Hold,
    /// The week mask stands in for what isn't published, and every such fire is flagged.
    AssumeWeekMask,
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

    /// The calendars that it names: its own, and that of its shift.
    pub fn calendars(&self) -> impl Iterator<Item = &CalendarExpr> {
        self.calendar.iter().chain(self.shift.iter().filter_map(|shift| shift.of.as_ref()))
    }
}

impl Rule {
    /// Whether it names open days only, so that no policy for closed ones is ever needed.
    #[must_use]
    pub fn counts_open_days(&self) -> bool {
        matches!(self, Self::EveryOpenDay | Self::EveryOpenDays(_) | Self::Ordinal { of: DayKind::OpenDay, .. })
    }
}
