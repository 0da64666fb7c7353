//! Expands the plain items of all fields to sets, with the crate `cron`.
//!
//! The items come checked and in canonical numbers, so that what the crate reads differently (weekdays, `?`, ranges
//! that go round) never reaches it.

use std::str::FromStr;

use cron::{Schedule, TimeUnitSpec};

use super::field::{Field, Item};

/// Every plain set, one bit a value; years as a list, empty for all.
pub(super) struct Sets {
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) month_days: u64,
    pub(super) months: u64,
    /// Bit 0 is Sunday.
    pub(super) weekdays: u64,
    pub(super) years: Vec<i32>,
}

/// The fields in the crate's order.
pub(super) struct Fields<'a> {
    pub(super) second: &'a Field,
    pub(super) minute: &'a Field,
    pub(super) hour: &'a Field,
    pub(super) month_day: &'a Field,
    pub(super) month: &'a Field,
    pub(super) weekday: &'a Field,
    pub(super) year: Option<&'a Field>,
}

fn text(field: &Field) -> String {
    // A field of specials only: the crate needs some value there, and the caller empties that set.
    let item = |item: &Item| format!("{}-{}/{}", item.from, item.to, item.step);
    if field.items.is_empty() { "1".into() } else { field.items.iter().map(item).collect::<Vec<_>>().join(",") }
}

fn bits(unit: &impl TimeUnitSpec) -> u64 {
    unit.iter().fold(0, |bits, value| bits | 1 << value)
}

/// The sets, or the crate's complaint, which would be a mistake of ours.
pub(super) fn expand(fields: &Fields<'_>) -> Result<Sets, String> {
    let six = [fields.second, fields.minute, fields.hour, fields.month_day, fields.month, fields.weekday];
    let mut line = six.map(text).join(" ");
    if let Some(year) = fields.year {
        line = format!("{line} {}", text(year));
    }
    let schedule = Schedule::from_str(&line).map_err(|error| error.to_string())?;
    let unless_special = |field: &Field, bits: u64| if field.items.is_empty() { 0 } else { bits };
    Ok(Sets {
        seconds: bits(schedule.seconds()),
        minutes: bits(schedule.minutes()),
        hours: bits(schedule.hours()),
        month_days: unless_special(fields.month_day, bits(schedule.days_of_month())),
        months: bits(schedule.months()),
        weekdays: unless_special(fields.weekday, bits(schedule.days_of_week()) >> 1),
        years: match fields.year {
            Some(year) if !year.starred || year.items.iter().any(|item| item.step > 1) => {
                schedule.years().iter().filter_map(|year| i32::try_from(year).ok()).collect()
            }
            _ => Vec::new(),
        },
    })
}
