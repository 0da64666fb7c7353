//! What in a schedule would contradict itself.

use super::{Clause, DayKind, Rule, ScheduleSpec, ShiftUnit, When};
use crate::{bizdate::Period, error::Lang};

/// The most times of day.
pub(crate) const MAX_TIMES: usize = 96;
/// The farthest shift.
const MAX_SHIFT: i64 = 1_000;

/// A schedule that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A rule without times.
    #[error("a rule needs at least one time of day, such as `at 18:00`")]
    NoTimes,
    /// Times beside a cron expression.
    #[error("a cron expression brings its own times: leave the times of day out")]
    TimesWithCron,
    /// More times than anybody means.
    #[error("at most {0} times of day; use a cron expression for more")]
    TooManyTimes(usize),
    /// Open days of no calendar.
    #[error("the rule counts open days, so it needs a calendar")]
    NoCalendar,
    /// A shift by open days of no calendar.
    #[error("a shift by open days needs a calendar: the schedule's, or one of its own after `of`")]
    NoShiftCalendar,
    /// The counting of every n-th open day has no beginning.
    #[error("every n-th open day is counted from the first date, `from`, which is missing")]
    NoFrom,
    /// An interval that is none.
    #[error("every {0} open days can't be counted: write a number from 1 to 366")]
    Interval(u32),
    /// A shift beyond reason.
    #[error("a shift by {0} is too far: at most {MAX_SHIFT} days")]
    ShiftTooFar(i64),
    /// A day that no period has.
    #[error("no {} has a day number {n} of that kind", .period.text(Lang::En))]
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

impl SpecError {
    /// The clause that it is about; none when that is the rule itself.
    #[must_use]
    pub const fn clause(&self) -> Option<Clause> {
        match self {
            Self::NoTimes | Self::TimesWithCron | Self::TooManyTimes(_) => Some(Clause::Times),
            Self::NoShiftCalendar | Self::ShiftTooFar(_) => Some(Clause::Shift),
            Self::Empty => Some(Clause::Until),
            Self::NoCalendar | Self::NoFrom | Self::Interval(_) | Self::Never { .. } | Self::NoWeekdays => None,
        }
    }

    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::NoTimes, Lang::Zh) => "规则至少需要一个时刻，例如 `at 18:00`".into(),
            (Self::TimesWithCron, Lang::Zh) => "cron 表达式自带时刻，请去掉另写的时刻".into(),
            (Self::TooManyTimes(most), Lang::Zh) => format!("至多 {most} 个时刻；更多请用 cron 表达式"),
            (Self::NoCalendar, Lang::Zh) => "规则按开放日计数，需要指定日历".into(),
            (Self::NoShiftCalendar, Lang::Zh) => "按开放日偏移需要日历：定时的日历，或在 `of` 之后另写".into(),
            (Self::NoFrom, Lang::Zh) => "每 n 个开放日从起始日 `from` 数起，缺少 `from`".into(),
            (Self::Interval(n), Lang::Zh) => format!("无法按每 {n} 个开放日计数：请写 1 到 366"),
            (Self::ShiftTooFar(n), Lang::Zh) => format!("偏移 {n} 过大：至多 {MAX_SHIFT} 天"),
            (Self::Never { n, period }, Lang::Zh) => {
                format!("任何{}都没有第 {n} 个这样的日子", period.text(lang))
            }
            (Self::NoWeekdays, Lang::Zh) => "至少需要一个周几".into(),
            (Self::Empty, Lang::Zh) => "`until` 早于 `from`".into(),
        }
    }
}

impl ScheduleSpec {
    /// Whether the document makes sense, apart from the calendars that it names.
    ///
    /// # Errors
    /// With the first contradiction.
    pub fn check(&self) -> Result<(), SpecError> {
        self.contradictions().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything in it that makes no sense, apart from the calendars that it names.
    #[must_use]
    pub fn contradictions(&self) -> Vec<SpecError> {
        let mut found = Vec::new();
        match &self.when {
            When::Cron(_) if !self.times.is_empty() => found.push(SpecError::TimesWithCron),
            When::Cron(_) => {}
            When::Rule(rule) => {
                if self.times.is_empty() {
                    found.push(SpecError::NoTimes);
                }
                self.check_rule(rule, &mut found);
            }
        }
        if self.times.len() > MAX_TIMES {
            found.push(SpecError::TooManyTimes(MAX_TIMES));
        }
        if let Some(shift) = &self.shift {
            if !(-MAX_SHIFT..=MAX_SHIFT).contains(&shift.n) {
                found.push(SpecError::ShiftTooFar(shift.n));
            }
            if shift.unit == ShiftUnit::OpenDays && shift.of.is_none() && self.calendar.is_none() {
                found.push(SpecError::NoShiftCalendar);
            }
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| until < from) {
            found.push(SpecError::Empty);
        }
        found
    }

    fn check_rule(&self, rule: &Rule, found: &mut Vec<SpecError>) {
        match rule {
            Rule::EveryDay | Rule::EveryOpenDay => {}
            Rule::EveryOpenDays(n) => {
                if !(1..=366).contains(n) {
                    found.push(SpecError::Interval(*n));
                }
                if self.from.is_none() {
                    found.push(SpecError::NoFrom);
                }
            }
            Rule::Weekdays(days) if days.is_empty() => found.push(SpecError::NoWeekdays),
            Rule::Weekdays(_) => {}
            Rule::Ordinal { n, of, period } => {
                if *n == 0 || n.unsigned_abs() > most(*of, *period) {
                    found.push(SpecError::Never { n: *n, period: *period });
                }
            }
        }
        if rule.counts_open_days() && self.calendar.is_none() {
            found.push(SpecError::NoCalendar);
        }
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
