//! Rules that many workflows have, one click away.

use domain::bizdate::Period;
use domain::calendar::{CalendarExpr, TimeOfDay};
use domain::cron::Cron;
use domain::schedule::{DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When};

use crate::i18n::{Lang, text};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    EveryOpenDay,
    LastOfMonth,
    FirstOfMonth,
    ThirdOfMonth,
    LastOfWeek,
    TwoBeforeMonthEnd,
    QuarterEnd,
    FifteenthElseNext,
    MorningAfter,
    EveryQuarterHour,
}

impl Recipe {
    pub const ALL: [Self; 10] = [
        Self::EveryOpenDay,
        Self::LastOfMonth,
        Self::FirstOfMonth,
        Self::ThirdOfMonth,
        Self::LastOfWeek,
        Self::TwoBeforeMonthEnd,
        Self::QuarterEnd,
        Self::FifteenthElseNext,
        Self::MorningAfter,
        Self::EveryQuarterHour,
    ];

    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::EveryOpenDay => text::schedule_recipe_open_day(lang),
            Self::LastOfMonth => text::schedule_recipe_last_of_month(lang),
            Self::FirstOfMonth => text::schedule_recipe_first_of_month(lang),
            Self::ThirdOfMonth => text::schedule_recipe_third_of_month(lang),
            Self::LastOfWeek => text::schedule_recipe_last_of_week(lang),
            Self::TwoBeforeMonthEnd => text::schedule_recipe_before_month_end(lang),
            Self::QuarterEnd => text::schedule_recipe_quarter_end(lang),
            Self::FifteenthElseNext => text::schedule_recipe_fifteenth(lang),
            Self::MorningAfter => text::schedule_recipe_morning_after(lang),
            Self::EveryQuarterHour => text::schedule_recipe_quarter_hour(lang),
        }
    }

    /// The name of a schedule that is made of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::EveryOpenDay => "daily",
            Self::LastOfMonth => "month-end",
            Self::FirstOfMonth => "month-begin",
            Self::ThirdOfMonth => "third-day",
            Self::LastOfWeek => "week-end",
            Self::TwoBeforeMonthEnd => "before-month-end",
            Self::QuarterEnd => "quarter-end",
            Self::FifteenthElseNext => "fifteenth",
            Self::MorningAfter => "morning-after",
            Self::EveryQuarterHour => "quarter-hourly",
        }
    }

    /// The rule in place of another's, whose zone, calendar, times and limits stay.
    pub fn apply(self, old: &ScheduleSpec, calendar: &CalendarExpr) -> ScheduleSpec {
        let month = |n, of| Rule::Ordinal { n, of, period: Period::Month };
        let rule = match self {
            Self::EveryOpenDay | Self::MorningAfter => Rule::EveryOpenDay,
            Self::LastOfMonth => month(-1, DayKind::OpenDay),
            Self::FirstOfMonth => month(1, DayKind::OpenDay),
            Self::ThirdOfMonth => month(3, DayKind::OpenDay),
            Self::LastOfWeek => Rule::Ordinal { n: -1, of: DayKind::OpenDay, period: Period::Week },
            Self::TwoBeforeMonthEnd => month(-3, DayKind::OpenDay),
            Self::QuarterEnd => Rule::Ordinal { n: -1, of: DayKind::OpenDay, period: Period::Quarter },
            Self::FifteenthElseNext => month(15, DayKind::Day),
            Self::EveryQuarterHour => {
                let cron = Cron::parse("*/15 9-14 * * *").expect("the recipe is an expression");
                let calendar = Some(old.calendar.clone().unwrap_or_else(|| calendar.clone()));
                return ScheduleSpec {
                    when: When::Cron(cron),
                    times: Vec::new(),
                    calendar,
                    shift: None,
                    ..old.clone()
                };
            }
        };
        let mut spec = ScheduleSpec { when: When::Rule(rule), shift: None, on_closed: OnClosed::Skip, ..old.clone() };
        spec.calendar.get_or_insert_with(|| calendar.clone());
        match self {
            Self::FifteenthElseNext => spec.on_closed = OnClosed::ModifiedFollowing,
            Self::MorningAfter => {
                spec.shift = Some(Shift { n: 1, unit: ShiftUnit::OpenDays, of: None });
                spec.times = vec![time(7, 30)];
            }
            _ => {}
        }
        if spec.times.is_empty() {
            spec.times = vec![time(18, 0)];
        }
        spec
    }
}

/// A time of day.
pub fn time(hour: u32, minute: u32) -> TimeOfDay {
    TimeOfDay::from_seconds(hour * 3_600 + minute * 60).expect("the time is within a day")
}
