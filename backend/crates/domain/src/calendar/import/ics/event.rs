//! One event: its days, and what it makes of them.

use super::{
    At, BizDate, Kind, Problem,
    line::{Line, unescape},
    rule::Rule,
};
use crate::calendar::{
    base::RuleStatus,
    day::{Session, TimeOfDay},
};

/// An event as it stands in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Event {
    pub(super) line: usize,
    start: Option<Line>,
    end: Option<Line>,
    duration: Option<Line>,
    rule: Option<Line>,
    excluded: Vec<BizDate>,
    summary: String,
    categories: Vec<String>,
    workday: bool,
    cancelled: bool,
    /// A property that would change its days and isn't understood.
    strange: Option<Line>,
}

/// The longest event: no holiday lasts for more than a year.
const MAX_DAYS: i64 = 366;

impl Event {
    /// An event that begins on a line.
    pub(super) fn on(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    pub(super) fn set(&mut self, line: Line) {
        match line.name.as_str() {
            "DTSTART" => self.start = Some(line),
            "DTEND" => self.end = Some(line),
            "DURATION" => self.duration = Some(line),
            "RRULE" => self.rule = Some(line),
            "RDATE" | "RECURRENCE-ID" => self.strange = Some(line),
            "EXDATE" => self.excluded.extend(line.value.split(',').filter_map(day)),
            "SUMMARY" => self.summary = unescape(&line.value).chars().take(200).collect(),
            "CATEGORIES" => self.categories.extend(line.value.split(',').map(|word| word.trim().to_ascii_uppercase())),
            "X-APPLE-SPECIAL-DAY" => self.workday = line.value.eq_ignore_ascii_case("ALTERNATE-WORKDAY"),
            "STATUS" => self.cancelled = line.value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    /// Why its days are as they are.
    pub(super) fn reason(&self) -> Option<String> {
        Some(self.summary.clone()).filter(|summary| !summary.is_empty())
    }

    /// Its days with what it makes of them, and whether they come along with a day of another year; none when it is
    /// cancelled.
    pub(super) fn days(&self) -> Result<Vec<(BizDate, RuleStatus, bool)>, Problem> {
        if self.cancelled {
            return Ok(Vec::new());
        }
        if let Some(line) = &self.strange {
            return Err(self.wrong(line.number, Kind::RulePart(line.name.clone())));
        }
        let start = self.start.as_ref().ok_or_else(|| self.wrong(self.line, Kind::NoStart))?;
        let first = day(&start.value).ok_or_else(|| self.wrong(start.number, Kind::BadDate(short(&start.value))))?;
        let (length, status) = match self.session(start)? {
            Some(session) => (1, RuleStatus::Hours(session)),
            None => (self.length(first)?, self.status()),
        };
        let starts = match &self.rule {
            None => vec![first],
            Some(line) => {
                let rule = Rule::parse(&line.value, first).map_err(|kind| self.wrong(line.number, kind))?;
                rule.dates(first).map_err(|kind| self.wrong(line.number, kind))?
            }
        };
        let starts = starts.into_iter().filter(|date| !self.excluded.contains(date));
        let days = starts.flat_map(|from| {
            let along =
                from.year() != first.year() || from.add_days(length - 1).is_none_or(|to| to.year() != from.year());
            (0..length).filter_map(move |n| Some((from.add_days(n)?, along)))
        });
        Ok(days.map(|(date, along)| (date, status.clone(), along)).collect())
    }

    /// What an all-day event makes of its days.
    fn status(&self) -> RuleStatus {
        if self.has("UNSET") {
            RuleStatus::Unset
        } else if self.is_half() {
            RuleStatus::Hours(Session { half: true, ..Session::default() })
        } else if self.is_open() {
            RuleStatus::Open
        } else {
            RuleStatus::Closed
        }
    }

    /// The hours of an event with times; nothing for an all-day event.
    fn session(&self, start: &Line) -> Result<Option<Session>, Problem> {
        let end = self.end.as_ref().unwrap_or(start);
        let midnight = |line: &Line| line.value.len() == 8 || line.value.ends_with("T000000");
        if midnight(start) && midnight(end) {
            return Ok(None);
        }
        let refused = || self.wrong(start.number, Kind::TimedEvent);
        let (open, close) = (time(&start.value).ok_or_else(refused)?, time(&end.value).ok_or_else(refused)?);
        let half = self.is_half();
        if !(half || self.has("OPEN")) || day(&start.value) != day(&end.value) {
            return Err(refused());
        }
        if close <= open {
            return Err(self.wrong(end.number, Kind::HoursReversed));
        }
        Ok(Some(Session { half, open: Some(open), close: Some(close) }))
    }

    /// How many days it lasts.
    fn length(&self, first: BizDate) -> Result<i64, Problem> {
        let (line, days) = match (&self.end, &self.duration) {
            (Some(end), _) => {
                let last = day(&end.value).ok_or_else(|| self.wrong(end.number, Kind::BadDate(short(&end.value))))?;
                // Some programs end a day on itself instead of on the next one.
                let days = i64::from(last.number() - first.number());
                (end.number, if days == 0 { 1 } else { days })
            }
            (None, Some(line)) => (line.number, duration(&line.value).unwrap_or(0)),
            (None, None) => return Ok(1),
        };
        if (1..=MAX_DAYS).contains(&days) { Ok(days) } else { Err(self.wrong(line, Kind::EventEnd)) }
    }

    fn has(&self, category: &str) -> bool {
        self.categories.iter().any(|word| word == category)
    }

    fn is_open(&self) -> bool {
        let summary = self.summary.trim_end_matches([')', '）']);
        self.workday || self.has("OPEN") || summary.ends_with('班')
    }

    fn is_half(&self) -> bool {
        let begins = self.summary.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("half"));
        self.has("HALF") || begins || self.summary.contains("半日")
    }

    fn wrong(&self, line: usize, kind: Kind) -> Problem {
        Problem::at(At { line, column: 0 }, kind)
    }
}

/// The day of `20260101` or `20260101T093000`.
pub(super) fn day(text: &str) -> Option<BizDate> {
    let text = text.trim();
    let day = text.get(..8)?;
    let rest = &text[8..];
    (rest.is_empty() || rest.starts_with('T')).then(|| day.parse().ok()).flatten()
}

/// The local time of `20260101T093000`; none in UTC, whose day depends on the zone.
fn time(text: &str) -> Option<TimeOfDay> {
    let digits = text.trim().get(8..)?.strip_prefix('T')?;
    let plain = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| format!("{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..]).parse().ok()).flatten()
}

/// The days of `P3D` or `P1W`.
fn duration(text: &str) -> Option<i64> {
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (number, days) = match (text.strip_suffix('D'), text.strip_suffix('W')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 7),
        _ => return None,
    };
    let plain = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Some(number.parse::<i64>().ok()? * days) } else { None }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
