//! One field of a cron expression: its items, checked with their places.

use super::{
    day::{FIRST_YEAR, LAST_YEAR, MonthDay, NthDay},
    parse::CronError,
};
use crate::bizdate::scan::Wanted;

/// The fields an expression can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Second,
    Minute,
    Hour,
    MonthDay,
    Month,
    /// 0 or 7 is Sunday.
    UnixWeekday,
    /// 1 is Sunday.
    QuartzWeekday,
    Year,
}

pub(super) const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::MonthDay => "day of month",
            Self::Month => "month",
            Self::UnixWeekday | Self::QuartzWeekday => "weekday",
            Self::Year => "year",
        }
    }

    /// The numbers as written.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::MonthDay => (1, 31),
            Self::Month => (1, 12),
            Self::UnixWeekday => (0, 7),
            Self::QuartzWeekday => (1, 7),
            Self::Year => (FIRST_YEAR.unsigned_abs(), LAST_YEAR.unsigned_abs()),
        }
    }

    fn is_weekday(self) -> bool {
        matches!(self, Self::UnixWeekday | Self::QuartzWeekday)
    }

    fn expected(self) -> (String, String) {
        let (low, high) = self.bounds();
        let names = match self {
            Self::Month => "JAN–DEC",
            Self::UnixWeekday | Self::QuartzWeekday => "SUN–SAT",
            _ => return (format!("{low}–{high}"), format!("{low}–{high}")),
        };
        (format!("{low}–{high} or {names}"), format!("{low}–{high} 或 {names}"))
    }
}

/// A plain item, in the numbers the crate `cron` counts in (weekdays from Sunday 1); `None` bounds are the whole field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) step: u32,
}

/// A field as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Field {
    /// It begins with `*`, or is `?`: it was not given, for the either-day rule.
    pub(super) starred: bool,
    /// It is `?`.
    pub(super) unspecific: bool,
    /// It has a `*` or a step: "every so often".
    pub(super) stepped: bool,
    /// Empty when there are only specials.
    pub(super) items: Vec<Item>,
    pub(super) month_days: Vec<MonthDay>,
    pub(super) nth_days: Vec<NthDay>,
}

/// Reads one field; `at` is the number of characters before it.
pub(super) fn read(kind: Kind, text: &str, at: usize) -> Result<Field, CronError> {
    let mut field = Field { starred: text.starts_with(['*', '?']), ..Field::default() };
    if text == "?" {
        if kind != Kind::MonthDay && !kind.is_weekday() {
            return Err(error(kind, at, kind.expected(), text));
        }
        field.unspecific = true;
        field.items.push(whole(kind, 1));
        return Ok(field);
    }
    let mut place = at;
    for item in text.split(',') {
        read_item(kind, item, place, &mut field)?;
        place += item.chars().count() + 1;
    }
    Ok(field)
}

fn error(kind: Kind, at: usize, expected: impl Into<Wanted>, found: &str) -> CronError {
    let Wanted { en, zh } = expected.into();
    let short = || format!("`{}`", found.chars().take(24).collect::<String>());
    let found = if found.is_empty() { String::new() } else { short() };
    CronError::Field { field: kind.name(), at, expected: en, expected_zh: zh, found }
}

fn whole(kind: Kind, step: u32) -> Item {
    let (low, high) = kind.bounds();
    // In the canonical weekdays, 1 to 7.
    let low = if kind.is_weekday() { 1 } else { low };
    Item { from: low, to: high, step }
}

fn read_item(kind: Kind, item: &str, at: usize, field: &mut Field) -> Result<(), CronError> {
    let upper = item.to_ascii_uppercase();
    match kind {
        Kind::MonthDay if upper.starts_with('L') || upper.ends_with('W') => {
            field.month_days.push(month_special(&upper, at, item)?);
            return Ok(());
        }
        Kind::UnixWeekday | Kind::QuartzWeekday if upper.contains('#') || upper.ends_with('L') => {
            field.nth_days.push(weekday_special(kind, &upper, at, item)?);
            return Ok(());
        }
        _ => {}
    }
    let (base, step) = match upper.split_once('/') {
        None => (upper.as_str(), None),
        Some((base, step)) => {
            let place = at + base.chars().count() + 1;
            let (low, high) = kind.bounds();
            let most = high - low + 1;
            let step = number(step).filter(|step| (1..=most).contains(step));
            let step = step.ok_or_else(|| {
                let wanted = (format!("a step of 1–{most}"), format!("1–{most} 的步长"));
                error(kind, place, wanted, item.split_once('/').map_or("", |(_, step)| step))
            })?;
            (base, Some(step))
        }
    };
    field.stepped |= step.is_some() || base == "*";
    if base == "*" {
        field.items.push(whole(kind, step.unwrap_or(1)));
        return Ok(());
    }
    range(kind, base, step, at, field)
}

fn range(kind: Kind, base: &str, step: Option<u32>, at: usize, field: &mut Field) -> Result<(), CronError> {
    let Some((from, to)) = base.split_once('-') else {
        let from = value(kind, base, at)?;
        // `5/15` runs from 5 to the end, as in Quartz.
        let to = if step.is_some() { whole(kind, 1).to } else { from };
        field.items.push(Item { from, to, step: step.unwrap_or(1) });
        return Ok(());
    };
    let step = step.unwrap_or(1);
    let low = value(kind, from, at)?;
    let to_at = at + from.chars().count() + 1;
    let high = value(kind, to, to_at)?;
    if low <= high && !(kind == Kind::UnixWeekday && to == "7" && from != to) {
        field.items.push(Item { from: low, to: high, step });
        return Ok(());
    }
    if !kind.is_weekday() {
        return Err(error(
            kind,
            at,
            ("a range that runs forwards (split it in two)", "由小到大的范围(请拆成两段)"),
            base,
        ));
    }
    // Weekdays go round: FRI-MON, and in the Unix form 5-7 and 0-7, whose last Sunday begins the canonical week.
    let days = (low..=high + 7).step_by(step as usize).map(|day| (day - 1) % 7 + 1);
    field.items.extend(days.map(|day| Item { from: day, to: day, step: 1 }));
    Ok(())
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// One number or name, in canonical numbers.
fn value(kind: Kind, text: &str, at: usize) -> Result<u32, CronError> {
    let position = |names: &[&str]| names.iter().position(|name| *name == text).map(|index| index as u32 + 1);
    let named = match kind {
        Kind::Month => position(&MONTHS),
        Kind::UnixWeekday | Kind::QuartzWeekday => position(&WEEKDAYS),
        _ => None,
    };
    if let Some(value) = named {
        return Ok(value);
    }
    let (low, high) = kind.bounds();
    let value = number(text).filter(|value| (low..=high).contains(value));
    let value = value.ok_or_else(|| error(kind, at, kind.expected(), text))?;
    Ok(if kind == Kind::UnixWeekday { value % 7 + 1 } else { value })
}

fn month_special(upper: &str, at: usize, item: &str) -> Result<MonthDay, CronError> {
    let wrong = || {
        error(
            Kind::MonthDay,
            at,
            ("L, L-1 to L-30, LW, or a day with W such as 15W", "L、L-1 至 L-30、LW，或带 W 的日(例如 15W)"),
            item,
        )
    };
    match upper {
        "L" => Ok(MonthDay::FromLast(0)),
        "LW" | "WL" => Ok(MonthDay::LastWeekday),
        _ => {
            if let Some(back) = upper.strip_prefix("L-") {
                let back = number(back).filter(|back| (1..=30).contains(back));
                return back.map(MonthDay::FromLast).ok_or_else(wrong);
            }
            let day = upper.strip_suffix('W').and_then(number).filter(|day| (1..=31).contains(day));
            day.map(MonthDay::NearestWeekday).ok_or_else(wrong)
        }
    }
}

fn weekday_special(kind: Kind, upper: &str, at: usize, item: &str) -> Result<NthDay, CronError> {
    if let Some((day, nth)) = upper.split_once('#') {
        let day = value(kind, day, at)?;
        let nth = number(nth).filter(|nth| (1..=5).contains(nth));
        return nth.map(|nth| NthDay::Nth(day - 1, nth)).ok_or_else(|| {
            error(kind, at, ("a weekday, `#` and 1–5, such as FRI#2", "周几加 `#` 加 1–5，例如 FRI#2"), item)
        });
    }
    match upper.strip_suffix('L') {
        Some(day) if !day.is_empty() => Ok(NthDay::Last(value(kind, day, at)? - 1)),
        // Quartz reads a lone L as every Saturday, which nobody who writes it expects.
        _ => Err(error(
            kind,
            at,
            ("a weekday before L, such as FRIL (or SAT for every Saturday)", "L 前写周几，例如 FRIL(每周六请写 SAT)"),
            item,
        )),
    }
}
