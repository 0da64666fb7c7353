//! Expressions made at random, against an evaluator that shares nothing with the one under test: every minute of some
//! weeks is looked at by itself, and every field is asked whether it allows that minute.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use proptest::prelude::*;

use super::*;

/// An item of a field, with what it means for a value.
#[derive(Debug, Clone)]
enum Item {
    One(u32),
    Range(u32, u32, u32),
    /// The whole field, from its least value on.
    Every(u32),
    /// `L`, `L-2`.
    FromLast(u32),
    LastWorkday,
    Nearest(u32),
    /// Of weekdays.
    Nth(u32, u32),
    Last(u32),
}

#[derive(Debug, Clone)]
struct Field {
    least: u32,
    items: Vec<Item>,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<String> = self.items.iter().map(ToString::to_string).collect();
        f.write_str(&items.join(","))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => write!(f, "{value}"),
            Self::Range(from, to, 1) => write!(f, "{from}-{to}"),
            Self::Range(from, to, step) => write!(f, "{from}-{to}/{step}"),
            Self::Every(1) => write!(f, "*"),
            Self::Every(step) => write!(f, "*/{step}"),
            Self::FromLast(0) => write!(f, "L"),
            Self::FromLast(back) => write!(f, "L-{back}"),
            Self::LastWorkday => write!(f, "LW"),
            Self::Nearest(day) => write!(f, "{day}W"),
            Self::Nth(weekday, nth) => write!(f, "{weekday}#{nth}"),
            Self::Last(weekday) => write!(f, "{weekday}L"),
        }
    }
}

impl Field {
    fn starred(&self) -> bool {
        matches!(self.items[0], Item::Every(_))
    }

    fn allows(&self, value: u32, day: NaiveDate) -> bool {
        self.items.iter().any(|item| match *item {
            Item::One(one) => one == value,
            Item::Range(from, to, step) => (from..=to).step_by(step as usize).any(|it| it == value),
            Item::Every(step) => (value - self.least).is_multiple_of(step),
            Item::FromLast(back) => value + back == last_of(day),
            Item::LastWorkday => (1..=last_of(day)).rev().find(|it| is_workday(day, *it)) == Some(value),
            Item::Nearest(wanted) => nearest(day, wanted) == Some(value),
            Item::Nth(weekday, nth) => weekday == value && (day.day() - 1) / 7 + 1 == nth,
            Item::Last(weekday) => weekday == value && day.day() + 7 > last_of(day),
        })
    }
}

fn last_of(day: NaiveDate) -> u32 {
    (28..=31).rev().find(|it| day.with_day(*it).is_some()).unwrap()
}

fn is_workday(day: NaiveDate, number: u32) -> bool {
    day.with_day(number).is_some_and(|day| day.weekday().num_days_from_monday() < 5)
}

/// The Monday-to-Friday day nearest to one of the month, which is not left.
fn nearest(day: NaiveDate, wanted: u32) -> Option<u32> {
    let on = day.with_day(wanted)?;
    let near = match on.weekday() {
        chrono::Weekday::Sat => [-1, 2],
        chrono::Weekday::Sun => [1, -2],
        _ => return Some(wanted),
    };
    near.iter().map(|days| on + TimeDelta::days(*days)).find(|near| near.month() == on.month()).map(|it| it.day())
}

/// Fields in the order of the five-field form, whose day fields both count when both are given.
#[derive(Debug, Clone)]
struct Expression {
    minute: Field,
    hour: Field,
    month_day: Field,
    month: Field,
    weekday: Field,
}

impl Expression {
    fn text(&self) -> String {
        format!("{} {} {} {} {}", self.minute, self.hour, self.month_day, self.month, self.weekday)
    }

    fn names(&self, at: NaiveDateTime) -> bool {
        let day = at.date();
        let by_number = self.month_day.allows(day.day(), day);
        let by_weekday = self.weekday.allows(day.weekday().num_days_from_sunday(), day);
        let either = !self.month_day.starred() && !self.weekday.starred();
        let of_day = if either { by_number || by_weekday } else { by_number && by_weekday };
        of_day
            && self.month.allows(day.month(), day)
            && self.hour.allows(at.hour(), day)
            && self.minute.allows(at.minute(), day)
    }
}

fn plain(least: u32, most: u32) -> impl Strategy<Value = Item> {
    let range = (least..=most, least..=most, 1_u32..5)
        .prop_map(|(one, other, step)| Item::Range(one.min(other), one.max(other), step));
    prop_oneof![3 => (least..=most).prop_map(Item::One), 1 => range]
}

fn field(least: u32, item: impl Strategy<Value = Item> + 'static) -> impl Strategy<Value = Field> {
    let items = prop_oneof![
        2 => (1_u32..5).prop_map(|step| vec![Item::Every(step)]),
        3 => prop::collection::vec(item, 1..4),
    ];
    items.prop_map(move |items| Field { least, items })
}

prop_compose! {
    fn any_expression()(
        minute in field(0, plain(0, 59)),
        hour in field(0, plain(0, 23)),
        month_day in field(1, prop_oneof![
            4 => plain(1, 31),
            1 => (0_u32..4).prop_map(Item::FromLast),
            1 => Just(Item::LastWorkday),
            1 => (1_u32..=31).prop_map(Item::Nearest),
        ]),
        month in field(1, plain(1, 12)),
        weekday in field(0, prop_oneof![
            4 => plain(0, 6),
            1 => (0_u32..=6, 1_u32..=5).prop_map(|(day, nth)| Item::Nth(day, nth)),
            1 => (0_u32..=6).prop_map(Item::Last),
        ]),
    ) -> Expression {
        Expression { minute, hour, month_day, month, weekday }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_a_walk_over_every_minute(expression in any_expression(), start in 0_i64..2_000) {
        let text = expression.text();
        let cron = match Cron::parse(&text) {
            Ok(cron) => cron,
            Err(CronError::Never(_)) => {
                let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
                let days = (0..3_000).map(|days| first + TimeDelta::days(days));
                let comes = |day: NaiveDate| (0..1_440).any(|it| expression.names(day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(it)));
                prop_assert!(!days.step_by(1).any(comes), "{} is refused, and comes", text);
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error}"))),
        };
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + TimeDelta::days(start);
        for days in 0..70 {
            let day = first + TimeDelta::days(days);
            let named = BizDate::from_naive(day).unwrap();
            let mut found = Vec::new();
            if cron.next_day(named) == Some(named) {
                let mut next = cron.times().next(0);
                while let Some(second) = next {
                    found.push(second);
                    next = cron.times().next(second + 1);
                }
            }
            let midnight = day.and_time(chrono::NaiveTime::MIN);
            let walked: Vec<u32> = (0..1_440).filter(|it| expression.names(midnight + TimeDelta::minutes(i64::from(*it)))).map(|it| it * 60).collect();
            prop_assert_eq!(&found, &walked, "{} on {}", text, day);
        }
    }
}
