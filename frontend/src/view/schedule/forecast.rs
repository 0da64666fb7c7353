//! The next fires as rows, with what lies between them: days left out with their reasons, clock changes, and the line
//! where the calendar's publication ends.

use chrono::NaiveDateTime;
use domain::bizdate::{BizDate, Period};
use domain::calendar::day::Reason;
use domain::calendar::{Calendar, CalendarError, Calendars, DayStatus};
use domain::schedule::{
    self, Beyond, Clock, Event, Fire, Hold, OnClosed, Rule, Schedule, ScheduleSpec, Skip, SkipReason, When,
};

use super::clock::{self, Change};
use super::date_rule::DateRule;
use super::left_out::{days, fold};
use crate::format;
use crate::i18n::{Lang, text};

/// A schedule that doesn't fire within so many days is taken for one that never does.
const SEARCH_DAYS: i64 = 400;

/// How far the rows of a rare schedule may reach.
const REACH_DAYS: i64 = 366 * 21;

/// More clock changes are no news: the times in UTC beside the fires tell them.
const MOST_CHANGES: usize = 2;

/// What a schedule will do.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub rows: Vec<Row>,
    pub end: End,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Fire(FireRow),
    /// Days without a fire, in a row.
    LeftOut {
        first: BizDate,
        last: BizDate,
        reason: String,
    },
    /// The clock of the zone changes.
    Clock {
        change: Change,
        words: String,
    },
    /// The last day that is published.
    Horizon {
        calendar: String,
        until: BizDate,
    },
}

/// One fire.
#[derive(Clone, Debug, PartialEq)]
pub struct FireRow {
    pub number: usize,
    pub fire: Fire,
    /// What the wall shows when it fires: later than was asked for where the clock skips that time.
    pub shows: NaiveDateTime,
    /// The business date, or why there is none.
    pub date: Result<BizDate, String>,
    /// What brought it here from its nominal dates.
    pub moved: Option<String>,
    /// The year is another than that of the fire before; of the first, than this one.
    pub new_year: bool,
    /// The longest period whose last open day the business date is.
    pub ends: Option<Period>,
    /// The session of the day is shorter than usual.
    pub half: bool,
}

/// What comes after the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    More,
    /// It has fired for the last time.
    Over,
    /// It can't be told further; until then it doesn't fire.
    Held(String),
    /// It doesn't fire at all for a long time.
    Never,
}

/// Which fires are foretold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub now_ms: i64,
    pub from_ms: i64,
    pub count: usize,
}

/// The next fires from an instant on, and what lies between them.
///
/// # Errors
/// The hold of a document that contradicts itself or names unknown calendars.
pub fn forecast(
    spec: &ScheduleSpec,
    calendars: &Calendars,
    dates: &DateRule,
    Span { now_ms, from_ms, count }: Span,
    lang: Lang,
) -> Result<Forecast, Hold> {
    let schedule = Schedule::compile(spec, calendars)?;
    let calendar = spec.calendar.as_ref().map(|expr| calendars.resolve(expr)).transpose()?;
    let day = |ms| BizDate::from_naive(schedule::wall(spec.timezone, ms).date()).unwrap_or(BizDate::MIN);
    let mut walk = Walk {
        spec,
        calendars,
        dates,
        calendar: calendar.map(|it| if spec.beyond == Beyond::Hold { it } else { it.assuming_week_mask() }),
        known_until: schedule.known_until(),
        lang,
        rows: Vec::new(),
        left_out: Vec::new(),
        at_ms: from_ms,
        filled: day(from_ms),
        year: day(now_ms).year(),
        fires: 0,
    };
    let mut end = End::Over;
    for event in schedule.events(from_ms, from_ms + REACH_DAYS * 86_400_000) {
        match event {
            Ok(Event::Skip(skip)) => walk.skip(&skip),
            Ok(Event::Fire(fire)) if walk.fires == 0 && fire.instant_ms - from_ms > SEARCH_DAYS * 86_400_000 => {
                end = End::Never;
                break;
            }
            Ok(Event::Fire(fire)) => {
                walk.fire(fire);
                if walk.fires == count {
                    end = End::More;
                    break;
                }
            }
            Err(hold) => {
                walk.hold(&hold);
                end = End::Held(hold.text(lang));
            }
        }
    }
    walk.flush();
    if walk.fires == 0 && end == End::Over && spec.until.is_none() {
        end = End::Never;
    }
    Ok(Forecast { rows: walk.rows, end })
}

/// The rows as far as they have been made.
struct Walk<'a> {
    spec: &'a ScheduleSpec,
    calendars: &'a Calendars,
    dates: &'a DateRule,
    calendar: Option<Calendar>,
    /// Taken when the line is drawn.
    known_until: Option<BizDate>,
    lang: Lang,
    rows: Vec<Row>,
    left_out: Vec<(BizDate, SkipReason)>,
    /// Clock changes up to here have been told.
    at_ms: i64,
    /// Closed days before this one have been told.
    filled: BizDate,
    /// The year of the row before.
    year: i32,
    fires: usize,
}

impl Walk<'_> {
    fn skip(&mut self, skip: &Skip) {
        self.draw_horizon(skip.nominal_date);
        self.left_out.push((skip.nominal_date, skip.reason.clone()));
    }

    fn fire(&mut self, fire: Fire) {
        self.fill(fire.nominal_date);
        self.draw_horizon(fire.nominal_date);
        self.flush();
        for change in clock::changes(self.spec, self.at_ms, fire.instant_ms, MOST_CHANGES) {
            let words = change.words(self.spec, fire.wall, self.lang);
            self.rows.push(Row::Clock { change, words });
        }
        self.at_ms = fire.instant_ms;
        self.fires += 1;
        let date = self.dates.date(&fire, self.calendars, self.lang);
        let shows = match fire.reason.clock {
            Clock::Skipped => schedule::wall(self.spec.timezone, fire.instant_ms),
            _ => fire.wall,
        };
        let year = chrono::Datelike::year(&shows.date());
        let new_year = std::mem::replace(&mut self.year, year) != year;
        let row = FireRow {
            number: self.fires,
            shows,
            new_year,
            moved: self.moved(&fire),
            ends: date.as_ref().ok().and_then(|date| self.dates.ends(*date)),
            half: matches!(self.status(fire.day), Some(DayStatus::Open(session)) if session.half),
            date,
            fire,
        };
        self.rows.push(Row::Fire(row));
    }

    fn hold(&mut self, hold: &Hold) {
        let Hold::Calendar(CalendarError::BeyondHorizon { day, .. }) = hold else { return };
        self.fill(*day);
        self.draw_horizon(*day);
    }

    /// A rule that names open days says nothing of the closed ones between them: these are looked up.
    fn fill(&mut self, until: BizDate) {
        if matches!(self.spec.when, When::Rule(Rule::EveryOpenDay | Rule::EveryOpenDays(_))) {
            let (from, calendar) = (self.filled, self.calendar.clone());
            for day in days(from, until) {
                let Some(DayStatus::Closed(reason)) = calendar.as_ref().map(|it| it.status(day)) else { continue };
                self.draw_horizon(day);
                let reason = match reason {
                    Reason::Because { calendar, reason: Some(reason) } => {
                        SkipReason::Closed { calendar, reason: *reason }
                    }
                    reason => SkipReason::Closed { calendar: self.calendar_name(), reason },
                };
                self.left_out.push((day, reason));
            }
        }
        self.filled = self.filled.max(until.add_days(1).unwrap_or(until));
    }

    /// Draws the line before the first day that isn't published.
    fn draw_horizon(&mut self, day: BizDate) {
        if let Some(until) = self.known_until.filter(|until| *until < day) {
            self.flush();
            self.known_until = None;
            self.rows.push(Row::Horizon { calendar: self.calendar_name(), until });
        }
    }

    fn flush(&mut self) {
        let left_out = std::mem::take(&mut self.left_out);
        self.rows.extend(fold(left_out, &self.calendar_name(), self.lang));
    }

    fn calendar_name(&self) -> String {
        self.spec.calendar.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn status(&self, day: BizDate) -> Option<DayStatus> {
        self.calendar.as_ref().map(|calendar| calendar.status(day))
    }

    /// Why a day is closed that moves to another. Of a weekend within a holiday the holiday is told.
    fn closed_because(&self, day: BizDate, to: BizDate) -> Option<Reason> {
        let DayStatus::Closed(own) = self.status(day)? else { return None };
        let between = days(day.min(to), day.max(to)).filter_map(|day| match self.status(day) {
            Some(DayStatus::Closed(reason)) => Some(reason),
            _ => None,
        });
        let named = (own == Reason::Week).then(|| between.into_iter().find(|reason| *reason != Reason::Week));
        Some(named.flatten().unwrap_or(own))
    }

    /// `02-15 closed (Spring Festival) → following`.
    fn moved(&self, fire: &Fire) -> Option<String> {
        let roll = self.spec.on_closed.roll().map(|roll| roll.text(self.lang));
        let mut parts: Vec<String> = Vec::new();
        for day in fire.merged.iter().filter(|day| **day != fire.day) {
            if let (Some(reason), Some(roll)) = (self.closed_because(*day, fire.day), &roll) {
                let day = format::day_words(day.naive(), self.lang);
                parts.push(text::schedule_moved(self.lang, day, reason.text(self.lang), roll));
            }
        }
        if self.spec.on_closed == OnClosed::Run && fire.reason.policy.is_some() {
            let reason = match self.status(fire.day) {
                Some(DayStatus::Closed(reason)) => reason.text(self.lang),
                _ => String::new(),
            };
            parts.push(text::schedule_runs_closed(self.lang, reason));
        }
        if fire.wall.date() != fire.day.naive() {
            parts.push(text::schedule_for_day(self.lang, format::day_words(fire.day.naive(), self.lang)));
        }
        let clock = match fire.reason.clock {
            Clock::Skipped => text::schedule_clock_skipped(self.lang, fire.wall.format("%H:%M")),
            _ => fire.reason.clock_text(self.lang).trim().to_owned(),
        };
        parts.extend((!clock.is_empty()).then_some(clock));
        (!parts.is_empty()).then(|| parts.join(" · "))
    }
}
