//! Days worth looking at in the preview: the end of the month, the calendar's horizon, the next long holiday, the next
//! clock change.

use domain::bizdate::{BizDate, Period};
use domain::calendar::{Calendar, Calendars, DayStatus, day::Reason};
use domain::schedule::{self, ScheduleSpec};

use super::clock;
use crate::i18n::{Lang, text};

/// Closed days in a row that make a long holiday.
const LONG: usize = 4;

/// Days that are shown before the day that is jumped to.
const LEAD_DAYS: i64 = 4;

/// A day to jump to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    pub label: String,
    /// The first day of the preview; nothing for now.
    pub from: Option<BizDate>,
}

/// Where a schedule's preview can jump to.
pub fn jumps(spec: &ScheduleSpec, calendars: &Calendars, now_ms: i64, lang: Lang) -> Vec<Jump> {
    let today = BizDate::from_naive(schedule::wall(spec.timezone, now_ms).date()).unwrap_or(BizDate::MIN);
    let calendar = spec.calendar.as_ref().and_then(|expr| calendars.resolve(expr).ok());
    let before = |day: BizDate| Some(day.add_days(-LEAD_DAYS).unwrap_or(day).max(today));
    let month_end = today.end(Period::Month);
    let mut found = vec![
        Jump { label: text::schedule_jump_now(lang).to_owned(), from: None },
        Jump { label: text::schedule_jump_month_end(lang).to_owned(), from: before(month_end) },
    ];
    if let Some(calendar) = &calendar {
        if let Some(until) = calendar.known_until().filter(|until| *until >= today) {
            found.push(Jump { label: text::schedule_jump_horizon(lang).to_owned(), from: before(until) });
        }
        if let Some((day, reason)) = long_holiday(calendar, today) {
            found.push(Jump { label: reason.text(lang), from: before(day) });
        }
    }
    let year_ms = now_ms + 366 * 86_400_000;
    if let Some(change) = clock::changes(spec, now_ms, year_ms, 1).first() {
        let day = BizDate::from_naive(schedule::wall(spec.timezone, change.at_ms).date());
        found.push(Jump { label: text::schedule_jump_clock(lang).to_owned(), from: day.and_then(before) });
    }
    found
}

/// The next long run of closed days with a name, and that name.
fn long_holiday(calendar: &Calendar, today: BizDate) -> Option<(BizDate, Reason)> {
    let mut run: Vec<(BizDate, Reason)> = Vec::new();
    let has_name = |reason: &Reason| !matches!(reason, Reason::Week | Reason::Unnamed);
    let named = |run: &[(BizDate, Reason)]| run.iter().find(|(_, reason)| has_name(reason)).cloned();
    for day in std::iter::successors(Some(today), |day| day.add_days(1)) {
        match calendar.status(day) {
            DayStatus::Closed(reason) => run.push((day, reason)),
            DayStatus::Open(_) | DayStatus::Unset => {
                if let Some((_, reason)) = named(&run).filter(|_| run.len() >= LONG) {
                    return Some((run[0].0, reason));
                }
                run.clear();
            }
        }
        // A calendar that is never open or never ends is left alone.
        if calendar.status(day) == DayStatus::Unset || day.add_days(-500).is_some_and(|start| start > today) {
            return None;
        }
    }
    None
}
