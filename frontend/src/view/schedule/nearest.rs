//! The cron expression that comes nearest to a rule, and what it would get wrong.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::bizdate::{BizDate, Period};
use domain::calendar::{Calendar, Calendars, TimeOfDay, Tri};
use domain::cron::Cron;
use domain::schedule::{self, DayKind, Rule, Schedule, ScheduleSpec, When};

/// How a cron expression departs from a rule within a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub year: i32,
    /// Days on which it would fire and the rule doesn't.
    pub extra: usize,
    /// Days of the rule that it would miss.
    pub missed: usize,
}

/// The nearest expression; nothing for a schedule that is one, or that none comes near to.
pub fn cron(spec: &ScheduleSpec) -> Option<Cron> {
    let When::Rule(rule) = &spec.when else { return None };
    let (day, month, weekday) = day_fields(rule)?;
    let first = spec.times.first()?.seconds();
    if spec.times.iter().any(|time| time.seconds() % 3_600 != first % 3_600) {
        return None;
    }
    let mut hours: Vec<u32> = spec.times.iter().map(|time| time.seconds() / 3_600).collect();
    hours.sort_unstable();
    let hours: Vec<String> = hours.iter().map(ToString::to_string).collect();
    let (minute, second) = (first / 60 % 60, first % 60);
    let unix = format!("{minute} {} {day} {month} {weekday}", hours.join(","));
    match second {
        0 => Cron::parse(&unix).ok(),
        // The form with seconds counts weekdays otherwise, so that only their names are safe.
        _ if weekday == "*" => Cron::parse(&format!("{second} {minute} {} {day} {month} ?", hours.join(","))).ok(),
        _ => None,
    }
}

/// Day of month, month and weekday.
fn day_fields(rule: &Rule) -> Option<(String, String, String)> {
    let fields = |day: &str, month: &str, weekday: &str| Some((day.to_owned(), month.to_owned(), weekday.to_owned()));
    match rule {
        Rule::EveryDay => fields("*", "*", "*"),
        Rule::EveryOpenDay => fields("*", "*", "1-5"),
        Rule::EveryOpenDays(_) => None,
        Rule::Weekdays(days) => {
            let days: Vec<String> = days.iter().map(|day| day.number_from_monday().to_string()).collect();
            fields("*", "*", &days.join(","))
        }
        Rule::Ordinal { n, of: DayKind::OpenDay, period: Period::Week } => match n {
            1..=5 => fields("*", "*", &n.to_string()),
            -5..=-1 => fields("*", "*", &(6 + n).to_string()),
            _ => None,
        },
        Rule::Ordinal { n, of, period } => {
            let month = months(*n, *period)?;
            match (n, of) {
                (1.., DayKind::Day) => fields(&n.to_string(), month, "*"),
                (-1, DayKind::Day) => fields("L", month, "*"),
                (_, DayKind::Day) => fields(&format!("L{}", n + 1), month, "*"),
                (1, DayKind::OpenDay) => fields("1W", month, "*"),
                (-1, DayKind::OpenDay) => fields("LW", month, "*"),
                (_, DayKind::OpenDay) => None,
                (-1, DayKind::Weekday(day)) => fields("*", month, &format!("{}L", day.number_from_monday())),
                (1..=5, DayKind::Weekday(day)) => fields("*", month, &format!("{}#{n}", day.number_from_monday())),
                _ => None,
            }
        }
    }
}

/// The months in which a period has the days that are counted from its begin or end.
fn months(n: i32, period: Period) -> Option<&'static str> {
    match (period, n > 0) {
        (Period::Month, _) => Some("*"),
        (Period::Quarter, true) => Some("1,4,7,10"),
        (Period::Quarter, false) => Some("3,6,9,12"),
        (Period::Half, true) => Some("1,7"),
        (Period::Half, false) => Some("6,12"),
        (Period::Year, true) => Some("1"),
        (Period::Year, false) => Some("12"),
        _ => None,
    }
}

/// The schedule with a cron expression in place of its rule, and nothing of what only rules have.
pub fn as_cron(spec: &ScheduleSpec, cron: Cron) -> ScheduleSpec {
    ScheduleSpec { when: When::Cron(cron), times: Vec::new(), ..spec.clone() }
}

/// How the expression alone departs from the schedule in the year, as far as its calendars know it.
pub fn departure(spec: &ScheduleSpec, cron: &Cron, calendars: &Calendars, year: i32) -> Option<Departure> {
    let rule = Schedule::compile(spec, calendars).ok()?;
    let alone = Schedule::compile(&ScheduleSpec::new(When::Cron(cron.clone()), spec.timezone), calendars).ok()?;
    let until = rule.known_until().filter(|until| until.year() == year);
    let (wanted, found) = (dates(&rule, spec, year, until), dates(&alone, spec, year, until));
    let departure =
        Departure { year, extra: found.difference(&wanted).count(), missed: wanted.difference(&found).count() };
    (departure.extra + departure.missed > 0).then_some(departure)
}

/// The dates of a year on which a schedule fires.
fn dates(schedule: &Schedule, spec: &ScheduleSpec, year: i32, until: Option<BizDate>) -> BTreeSet<NaiveDate> {
    let midnight = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
    let [from, end] = [year, year + 1].map(|year| schedule::instant_of(spec.timezone, midnight(year)));
    let mut found = BTreeSet::new();
    let mut at = from - 1;
    while let Ok(Some(fire)) = schedule.next_fire(at) {
        if fire.instant_ms >= end || until.is_some_and(|until| fire.wall.date() > until.naive()) {
            break;
        }
        let date = fire.wall.date();
        found.insert(date);
        // On to the next date: the other times of this one say nothing new.
        let next = date.succ_opt().unwrap_or(date).and_time(chrono::NaiveTime::MIN);
        at = (schedule::instant_of(spec.timezone, next) - 1).max(fire.instant_ms);
    }
    found
}

/// The days of a year on which a cron expression without a calendar fires although a calendar is closed.
pub fn closed_days(spec: &ScheduleSpec, calendar: &Calendar, calendars: &Calendars, year: i32) -> usize {
    let alone = matches!(spec.when, When::Cron(_)) && spec.calendar.is_none();
    let Some(schedule) = Schedule::compile(spec, calendars).ok().filter(|_| alone) else { return 0 };
    let days = dates(&schedule, spec, year, calendar.known_until());
    days.into_iter().filter_map(BizDate::from_naive).filter(|day| calendar.tri(*day) == Tri::Closed).count()
}

/// The times of day of a schedule: those of its rule, or those that its cron expression names on its next day, when
/// they are few.
pub fn times(spec: &ScheduleSpec, calendars: &Calendars, now_ms: i64) -> Vec<TimeOfDay> {
    let When::Cron(cron) = &spec.when else { return spec.times.clone() };
    let usual = || vec![TimeOfDay::from_seconds(18 * 3_600).expect("the time is within a day")];
    let alone = ScheduleSpec::new(When::Cron(cron.clone()), spec.timezone);
    let Ok(schedule) = Schedule::compile(&alone, calendars) else { return usual() };
    let Ok(Some(first)) = schedule.next_fire(now_ms) else { return usual() };
    // The whole of the day after: today may be half over.
    let midnight = first.wall.date().succ_opt().unwrap_or(first.wall.date()).and_time(chrono::NaiveTime::MIN);
    let Ok(Some(next)) = schedule.next_fire(schedule::instant_of(spec.timezone, midnight) - 1) else { return usual() };
    let date = next.wall.date();
    let fires = schedule.fires(next.instant_ms, next.instant_ms + 86_400_000).map_while(Result::ok);
    let times = fires.take_while(|fire| fire.wall.date() == date).take(MOST_TIMES + 1);
    let times: Vec<TimeOfDay> = times
        .filter_map(|fire| TimeOfDay::from_seconds(chrono::Timelike::num_seconds_from_midnight(&fire.wall.time())))
        .collect();
    if times.len() > MOST_TIMES { usual() } else { times }
}

/// More times a day are a pattern, not a list.
const MOST_TIMES: usize = 12;
