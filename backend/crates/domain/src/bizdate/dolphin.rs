//! The time placeholders of Apache DolphinScheduler, so that migrated scripts run unchanged:
//! `$[yyyyMMdd-1]`, `$[add_months(yyyyMMdd,-1)]`, `${system.biz.date}` and their kin.
//!
//! `$[…]` counts from the schedule's wall time; `${system.biz.date}` is the run's business date. There the business
//! date is always the day before the schedule; here it is the run's own, and a run that has only a business date
//! counts from the midnight that ends it, which gives the same texts.
//!
//! What isn't such a placeholder stays as it stands, as it does there: `$[1+2]` is the shell's. Oddities are kept:
//! numbers divide without a remainder, and `year_week` joins the calendar year to the number of the week.

use chrono::{NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::{BizDate, Period};
use crate::schedule::wall;

mod arithmetic;
mod format;

use arithmetic::value;

/// What the placeholders of a run count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    business_date: BizDate,
    wall: NaiveDateTime,
    zone: Tz,
}

impl Moment {
    /// Of a run that a schedule made.
    #[must_use]
    pub fn scheduled(business_date: BizDate, instant_ms: i64, zone: Tz) -> Self {
        Self { business_date, wall: wall(zone, instant_ms), zone }
    }

    /// Of a run for a business date, by hand or as a backfill: the midnight that ends the date.
    #[must_use]
    pub fn of_business_date(business_date: BizDate, zone: Tz) -> Self {
        Self { business_date, wall: business_date.succ().naive().and_time(NaiveTime::MIN), zone }
    }
}

/// A placeholder that looks like one and has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: `{placeholder}` has no value: {problem}", .at + 1)]
pub struct Fault {
    /// Characters before it.
    pub at: usize,
    /// The placeholder with its brackets.
    pub placeholder: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// The text with every placeholder replaced that has a value.
#[must_use]
pub fn substitute(text: &str, moment: &Moment) -> String {
    let mut done = String::with_capacity(text.len());
    walk(text, moment, |part| match part {
        Part::Text(text) => done.push_str(text),
        Part::Value(value) => done.push_str(&value),
        Part::Fault { placeholder, .. } => done.push_str(placeholder),
    });
    done
}

/// The placeholders that look like one and have no value: an editor's warnings.
#[must_use]
pub fn faults(text: &str) -> Vec<Fault> {
    // Any moment in the middle of the years would do: only one far off makes a fault of its own.
    let date = BizDate::MIN.add_years(200).unwrap_or(BizDate::MIN);
    let moment = Moment::of_business_date(date, Tz::UTC);
    let mut faults = Vec::new();
    walk(text, &moment, |part| {
        if let Part::Fault { start, placeholder, problem } = part {
            let at = text[..start].chars().count();
            faults.push(Fault { at, placeholder: placeholder.to_owned(), problem });
        }
    });
    faults
}

enum Part<'a> {
    Text(&'a str),
    Value(String),
    Fault { start: usize, placeholder: &'a str, problem: &'static str },
}

fn walk<'a>(text: &'a str, moment: &Moment, mut tell: impl FnMut(Part<'a>)) {
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let (before, from) = rest.split_at(start);
        tell(Part::Text(before));
        let (placeholder, outcome) = match (from.as_bytes().get(1), from.find(['\n', ']']), from.find(['\n', '}'])) {
            (Some(b'['), Some(end), _) if from.as_bytes()[end] == b']' => (&from[..=end], time(&from[2..end], moment)),
            (Some(b'{'), _, Some(end)) if from.as_bytes()[end] == b'}' => {
                (&from[..=end], Ok(builtin(&from[2..end], moment)))
            }
            _ => ("$", Ok(None)),
        };
        match outcome {
            Ok(Some(value)) => tell(Part::Value(value)),
            Ok(None) => tell(Part::Text(placeholder)),
            Err(problem) => {
                let start = text.len() - from.len();
                tell(Part::Fault { start, placeholder, problem });
            }
        }
        rest = &from[placeholder.len()..];
    }
    tell(Part::Text(rest));
}

/// The value of `${name}`, when it is a built-in one.
fn builtin(name: &str, moment: &Moment) -> Option<String> {
    match name {
        "system.biz.date" => Some(moment.business_date.compact()),
        "system.biz.curdate" => Some(moment.wall.format("%Y%m%d").to_string()),
        "system.datetime" => Some(moment.wall.format("%Y%m%d%H%M%S").to_string()),
        _ => None,
    }
}

type Outcome = Result<Option<String>, &'static str>;

const FUNCTIONS: [&str; 13] = [
    "timestamp",
    "year_week",
    "add_months",
    "month_begin",
    "month_end",
    "week_begin",
    "week_end",
    "month_first_day",
    "month_last_day",
    "week_first_day",
    "week_last_day",
    "this_day",
    "last_day",
];

/// The value of what stands in `$[…]`; `None` when it is none of ours.
fn time(inside: &str, moment: &Moment) -> Outcome {
    let call = inside.split_once('(').filter(|(name, _)| FUNCTIONS.contains(name));
    match call {
        None if inside.contains('(') || !inside.contains(['y', 'M', 'd', 'H', 'm', 's']) => Ok(None),
        None => {
            let (at, pattern) = shifted(inside, moment.wall)?;
            format::format(at, pattern)
        }
        Some((name, arguments)) => {
            let arguments = arguments.strip_suffix(')').ok_or("`)` is missing at its end")?;
            match name {
                "timestamp" => timestamp(arguments, moment).map(Some),
                "year_week" => year_week(arguments, moment).map(Some),
                _ => {
                    let (at, pattern) = called(name, arguments, moment.wall)?;
                    format::format(at, pattern)
                }
            }
        }
    }
}

/// `yyyyMMdd-1`, `HHmmss+1/24`: the time moved by days and parts of days, and the pattern.
fn shifted(text: &str, at: NaiveDateTime) -> Result<(NaiveDateTime, &str), &'static str> {
    // As there: the last plus or, without one, the last minus; what follows has to begin with a digit.
    let sign = if text.contains('+') { '+' } else { '-' };
    let Some((pattern, amount)) =
        text.rsplit_once(sign).filter(|(_, amount)| amount.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Ok((at, text));
    };
    let (days, parts) = amount.find('/').map_or((amount, ""), |slash| amount.split_at(slash));
    let minutes = value(&format!("60*24*({days}){parts}"))?;
    let minutes = if sign == '-' { -minutes } else { minutes };
    let moved = chrono::TimeDelta::try_minutes(minutes).and_then(|by| at.checked_add_signed(by));
    Ok((moved.filter(|at| is_near(*at)).ok_or(FAR)?, pattern))
}

const FAR: &str = "it lies outside the years 1900 to 2299";

fn is_near(at: NaiveDateTime) -> bool {
    BizDate::from_naive(at.date()).is_some()
}

/// A function of a pattern and an optional number: the time it means, and the pattern.
fn called<'a>(name: &str, arguments: &'a str, wall: NaiveDateTime) -> Result<(NaiveDateTime, &'a str), &'static str> {
    let (pattern, number) = match arguments.split_once(',') {
        Some((pattern, number)) => (pattern, Some(value(number)?)),
        None => (arguments, None),
    };
    let day = BizDate::from_naive(wall.date()).ok_or(FAR)?;
    let needed = || number.ok_or("it needs a number after the pattern");
    let given = number.unwrap_or(0);
    let moved = match name {
        "add_months" => day.add_months(needed()?),
        "month_begin" => day.start(Period::Month).add_days(needed()?),
        "month_end" => day.end(Period::Month).add_days(needed()?),
        "week_begin" => day.start(Period::Week).add_days(needed()?),
        "week_end" => day.end(Period::Week).add_days(needed()?),
        "month_first_day" => day.start(Period::Month).add_months(given),
        "month_last_day" => day.add_months(given).map(|day| day.end(Period::Month)),
        "week_first_day" => day.start(Period::Week).add_days(given.saturating_mul(7)),
        "week_last_day" => day.end(Period::Week).add_days(given.saturating_mul(7)),
        "this_day" => Some(day),
        "last_day" => day.add_days(-1),
        _ => None,
    };
    Ok((moved.ok_or(FAR)?.naive().and_time(wall.time()), pattern))
}

/// Seconds since 1970 of the time inside, cut to what its pattern shows.
fn timestamp(inside: &str, moment: &Moment) -> Result<String, &'static str> {
    let (at, pattern) = match inside.split_once('(') {
        None => shifted(inside, moment.wall)?,
        Some((name, arguments)) => {
            called(name, arguments.strip_suffix(')').ok_or("`)` is missing at its end")?, moment.wall)?
        }
    };
    let time = if pattern.contains('s') { at.time() } else { format::cut(at.time(), pattern) };
    Ok((crate::schedule::instant_of(moment.zone, at.date().and_time(time)) / 1_000).to_string())
}

/// `2022-34`: the calendar year and the number of the week, whose first day is Monday or the given one.
fn year_week(arguments: &str, moment: &Moment) -> Result<String, &'static str> {
    let (pattern, first) = match arguments.split_once(',') {
        Some((pattern, number)) => (pattern, value(number)?),
        None => (arguments, 1),
    };
    let day = BizDate::from_naive(moment.wall.date()).ok_or(FAR)?;
    let first = if (2..=7).contains(&first) { first } else { 1 };
    let back = (i64::from(day.weekday().number_from_monday()) + 7 - first) % 7;
    // A week belongs to the year that has four of its days: that of its fourth.
    let fourth = day.add_days(3 - back).ok_or(FAR)?;
    let week = (fourth.number() - fourth.start(Period::Year).number()) / 7 + 1;
    let hyphen = if pattern.contains('-') { "-" } else { "" };
    Ok(format!("{}{hyphen}{week:02}", day.year()))
}

#[cfg(test)]
mod tests;
