//! Repetitions of events: every n days, every n weeks on some weekdays, every n years, up to a date or a count.
//!
//! What has no end is refused: it would publish years that nobody has decided. So is every part beyond these, rather
//! than taken for something like it.

use chrono::{Datelike as _, Weekday};

use super::{BizDate, Kind, event::day};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Yearly,
}

/// A repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    frequency: Frequency,
    interval: i64,
    until: Option<BizDate>,
    count: Option<usize>,
    weekdays: Vec<Weekday>,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

/// More than any file means: fifty years of days.
const MAX_DATES: usize = 50 * 366;

impl Rule {
    /// Reads the rule of an event that first begins on a day.
    pub(super) fn parse(text: &str, first: BizDate) -> Result<Self, Kind> {
        let mut frequency = None;
        let mut rule =
            Self { frequency: Frequency::Daily, interval: 1, until: None, count: None, weekdays: Vec::new() };
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let strange = || Kind::RulePart(part.chars().take(40).collect());
            let (name, value) = part.split_once('=').ok_or_else(strange)?;
            let value = value.trim();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => frequency = Some(Frequency::parse(value).ok_or_else(strange)?),
                "INTERVAL" => rule.interval = number(value).filter(|n| *n > 0).ok_or_else(strange)?,
                "COUNT" => {
                    let count = number(value).filter(|n| *n > 0).ok_or_else(strange)?;
                    rule.count = Some(usize::try_from(count).map_err(|_| strange())?);
                }
                "UNTIL" => rule.until = Some(day(value).ok_or_else(strange)?),
                "BYDAY" => rule.weekdays = weekdays(value).ok_or_else(strange)?,
                "WKST" => {}
                // What repeats the first day's own month and day says nothing new.
                "BYMONTH" if number(value) == Some(i64::from(first.month())) => {}
                "BYMONTHDAY" if number(value) == Some(i64::from(first.day())) => {}
                _ => return Err(strange()),
            }
        }
        rule.frequency = frequency.ok_or_else(|| Kind::RulePart(text.chars().take(40).collect()))?;
        if !rule.weekdays.is_empty() && rule.frequency != Frequency::Weekly {
            return Err(Kind::RulePart("BYDAY".into()));
        }
        if rule.until.is_none() && rule.count.is_none() { Err(Kind::EndlessRule) } else { Ok(rule) }
    }

    /// The days on which the event begins.
    pub(super) fn dates(&self, first: BizDate) -> Result<Vec<BizDate>, Kind> {
        let most = self.count.unwrap_or(MAX_DATES + 1).min(MAX_DATES + 1);
        let mut dates = Vec::new();
        for n in 0.. {
            let Some(round) = self.round(first, n) else { break };
            for date in round.into_iter().filter(|date| *date >= first) {
                if dates.len() == most || self.until.is_some_and(|until| date > until) {
                    return if dates.len() > MAX_DATES { Err(Kind::RulePart("COUNT".into())) } else { Ok(dates) };
                }
                dates.push(date);
            }
        }
        Ok(dates)
    }

    /// The days of its n-th round; nothing past the last date there is.
    fn round(&self, first: BizDate, n: i64) -> Option<Vec<BizDate>> {
        let step = n.checked_mul(self.interval)?;
        match self.frequency {
            Frequency::Daily => first.add_days(step).map(|date| vec![date]),
            Frequency::Weekly => {
                let monday =
                    first.add_days(step.checked_mul(7)? - i64::from(first.weekday().num_days_from_monday()))?;
                let days = if self.weekdays.is_empty() { vec![first.weekday()] } else { self.weekdays.clone() };
                Some(days.iter().filter_map(|day| monday.add_days(i64::from(day.num_days_from_monday()))).collect())
            }
            Frequency::Yearly => {
                let year =
                    i64::from(first.naive().year()).checked_add(step).and_then(|year| i32::try_from(year).ok())?;
                // 29 February is there in leap years only.
                (year <= BizDate::MAX.year())
                    .then(|| BizDate::new(year, first.month(), first.day()).into_iter().collect())
            }
        }
    }
}

impl Frequency {
    fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "DAILY" => Some(Self::Daily),
            "WEEKLY" => Some(Self::Weekly),
            "YEARLY" => Some(Self::Yearly),
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<i64> {
    let plain = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Weekdays in the order of the week.
fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let find = |name: &str| WEEKDAYS.iter().find(|(known, _)| name.trim().eq_ignore_ascii_case(known));
    let mut days = text.split(',').map(|name| find(name).map(|(_, day)| *day)).collect::<Option<Vec<_>>>()?;
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    Some(days)
}
