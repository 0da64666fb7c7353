//! The calendars that come with the program: `data/*.txt`, whose origin `data/README.md` tells.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use super::{
    base::{Base, DayRule, Definition, RuleStatus, WeekMask},
    day::Session,
    registry::Calendars,
};
use crate::error::Lang;

static BUILTIN: LazyLock<Calendars> = LazyLock::new(load);

/// The built-in calendars, parsed once.
pub(super) fn builtin() -> &'static Calendars {
    &BUILTIN
}

/// What people call the built-in calendars.
const TITLES: [(&str, &str, &str); 10] = [
    ("SSE", "Shanghai Stock Exchange", "上海证券交易所"),
    ("SZSE", "Shenzhen Stock Exchange", "深圳证券交易所"),
    ("HKEX", "Hong Kong Exchange", "香港交易所"),
    ("NYSE", "New York Stock Exchange", "纽约证券交易所"),
    ("CN_WORKDAY", "Mainland working days", "中国大陆工作日"),
    ("CN_WORK", "Mainland working days", "中国大陆工作日"),
    ("CNIB", "Interbank market", "银行间市场"),
    ("DAILY", "Natural days", "自然日"),
    ("NATURAL", "Natural days", "自然日"),
    ("WEEKDAY", "Monday to Friday", "周一至周五"),
];

/// What people call a built-in calendar; `None` for any other.
#[must_use]
pub fn title(name: &str, lang: Lang) -> Option<&'static str> {
    let (_, en, zh) = TITLES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some(match lang {
        Lang::En => en,
        Lang::Zh => zh,
    })
}

fn load() -> Calendars {
    let mut calendars = Calendars::empty();
    let published = [
        (include_str!("../../data/sse.txt"), ["SSE", "SZSE"].as_slice()),
        (include_str!("../../data/hkex.txt"), &["HKEX"]),
        (include_str!("../../data/nyse.txt"), &["NYSE"]),
        (include_str!("../../data/cn.txt"), &["CN_WORKDAY", "CNIB"]),
    ];
    for (text, names) in published {
        let definition = unpack(text).expect("the packed files are written by pack.py and read by a test");
        for name in names {
            insert(&mut calendars, Definition { name: (*name).to_owned(), ..definition.clone() });
        }
    }
    for (name, week) in [("DAILY", WeekMask::DAILY), ("WEEKDAY", WeekMask::WEEKDAYS)] {
        insert(&mut calendars, computed(name, week));
    }
    calendars.alias("NATURAL", "DAILY");
    calendars.alias("CN_WORK", "CN_WORKDAY");
    calendars
}

fn insert(calendars: &mut Calendars, definition: Definition) {
    let base = Base::compile(definition).expect("the built-in calendars don't contradict themselves");
    calendars.insert(Arc::new(base));
}

fn computed(name: &str, week: WeekMask) -> Definition {
    Definition {
        name: name.to_owned(),
        revision: 0,
        zone: chrono_tz::UTC,
        week,
        session: Session::default(),
        years: None,
        days: Vec::new(),
        overrides: Vec::new(),
    }
}

/// Reads the packed form; `None` where a line doesn't follow it.
fn unpack(text: &'static str) -> Option<Definition> {
    let mut definition = computed("", WeekMask::WEEKDAYS);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = line.split_once(' ')?;
        match key {
            "zone" => definition.zone = value.parse().ok()?,
            "hours" => definition.session = hours(value, false)?,
            "years" => {
                let (first, last) = value.split_once(' ')?;
                definition.years = Some((first.parse().ok()?..=last.parse().ok()?).collect::<BTreeSet<i32>>());
            }
            date => definition.days.push(day(date, value)?),
        }
    }
    Some(definition)
}

fn day(date: &str, value: &'static str) -> Option<DayRule> {
    let (word, rest) = value.split_once(' ').unwrap_or((value, ""));
    let (status, reason) = match word {
        "open" => (RuleStatus::Open, rest),
        "closed" => (RuleStatus::Closed, rest),
        "half" => {
            let (times, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            (RuleStatus::Hours(hours(times, true)?), reason)
        }
        _ => return None,
    };
    Some(DayRule { date: date.parse().ok()?, status, reason: (!reason.is_empty()).then_some(Cow::Borrowed(reason)) })
}

fn hours(times: &str, half: bool) -> Option<Session> {
    let (open, close) = times.split_once('-')?;
    Some(Session { half, open: Some(open.parse().ok()?), close: Some(close.parse().ok()?) })
}
