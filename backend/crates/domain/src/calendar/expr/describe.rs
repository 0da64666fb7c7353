//! Calendar expressions in words: `days when both SSE and HKEX are open`, `SSE 每月最后一个开放日`.

use chrono::Weekday;

use super::CalendarExpr;
use crate::{cron::describe::english_rank, error::Lang};

const WEEKDAYS_EN: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
const WEEKDAYS_ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

impl CalendarExpr {
    /// Which days these are, as a phrase.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => spaced(&self.zh()),
        }
    }

    /// The names that this operator joins, when it joins nothing else: `A & B & C`.
    fn joined(&self) -> Option<Vec<&str>> {
        let same = |inner: &Self| std::mem::discriminant(inner) == std::mem::discriminant(self);
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut joined = match &**left {
                    Self::Name(name) => vec![name.as_str()],
                    inner if same(inner) => inner.joined()?,
                    _ => return None,
                };
                let Self::Name(name) = &**right else { return None };
                joined.push(name);
                Some(joined)
            }
            _ => None,
        }
    }

    fn en(&self) -> String {
        if let Some(names) = self.joined() {
            return match (self, &names[..]) {
                (Self::And(..), [one, other]) => format!("days when both {one} and {other} are open"),
                (Self::And(..), _) => format!("days when {} are all open", listed(&names, ", ", " and ")),
                _ => format!("days when {} is open", listed(&names, ", ", " or ")),
            };
        }
        match self {
            Self::Name(name) => format!("open days of {name}"),
            Self::Not(inner) => match inner.name() {
                Some(name) => format!("days when {name} is closed"),
                None => format!("all days except {}", inner.part_en()),
            },
            Self::And(left, right) => format!("{} that are also {}", left.part_en(), right.part_en()),
            Self::Or(left, right) => format!("{} as well as {}", left.part_en(), right.part_en()),
            Self::Except(left, right) => match (left.name(), right.name()) {
                (Some(open), Some(closed)) => format!("days when {open} is open and {closed} is closed"),
                _ => format!("{} except {}", left.part_en(), right.part_en()),
            },
            Self::Nth { days, n, period } => {
                let (rank, period) = (rank_en(*n), period.text(Lang::En));
                match days.name() {
                    Some(name) => format!("{rank} open day of each {period} on {name}"),
                    None => format!("{rank} day of each {period} among {}", days.part_en()),
                }
            }
            Self::Shift { days, n, by } => self.shift_en(days, *n, by.as_deref()),
            Self::Weekday(days, weekdays) => {
                let weekdays = listed(&names_of(weekdays, &WEEKDAYS_EN), ", ", " and ");
                match days.name() {
                    Some(name) => format!("{weekdays} when {name} is open"),
                    None => format!("{weekdays} among {}", days.part_en()),
                }
            }
            Self::Half(days) => match days.name() {
                Some(name) => format!("half days of {name}"),
                None => format!("half days among {}", days.part_en()),
            },
            Self::Between(days, from, to) => format!("{} from {from} to {to}", days.part_en()),
        }
    }

    fn shift_en(&self, days: &Self, n: i32, by: Option<&Self>) -> String {
        let by = by.cloned().unwrap_or_else(|| days.counted());
        let (count, plural) = (n.unsigned_abs(), if n.unsigned_abs() == 1 { "" } else { "s" });
        match n {
            0 => format!("{}, moved to the next open day of {by} when it is none", days.part_en()),
            1.. => format!("days that come {count} open day{plural} of {by} after {}", days.part_en()),
            _ => format!("days that come {count} open day{plural} of {by} before {}", days.part_en()),
        }
    }

    /// As a part of a longer phrase: what joins others by itself is set apart.
    fn part_en(&self) -> String {
        let joins = matches!(self, Self::And(..) | Self::Or(..) | Self::Except(..)) && self.joined().is_none();
        if joins { format!("({})", self.en()) } else { self.en() }
    }

    fn zh(&self) -> String {
        if let Some(names) = self.joined() {
            return match self {
                Self::And(..) => format!("{} 均开放的日子", listed(&names, "、", " 与 ")),
                _ => format!("{} 开放的日子", listed(&names, "、", " 或 ")),
            };
        }
        match self {
            Self::Name(name) => format!("{name} 开放日"),
            Self::Not(inner) => match inner.name() {
                Some(name) => format!("{name} 休市的日子"),
                None => format!("除{}以外的日子", inner.part_zh()),
            },
            Self::And(left, right) => format!("{}中同时属于{}的日子", left.part_zh(), right.part_zh()),
            Self::Or(left, right) => format!("{}以及{}", left.part_zh(), right.part_zh()),
            Self::Except(left, right) => match (left.name(), right.name()) {
                (Some(open), Some(closed)) => format!("{open} 开放而 {closed} 休市的日子"),
                _ => format!("{}（不含{}）", left.part_zh(), right.part_zh()),
            },
            Self::Nth { days, n, period } => {
                let (rank, period) = (rank_zh(*n), period.text(Lang::Zh));
                match days.name() {
                    Some(name) => format!("{name} 每{period}{}开放日", rank.replace(COUNTED_ZH, "个")),
                    None => format!("{}中每{period}的{}", days.part_zh(), rank.replace(COUNTED_ZH, "天")),
                }
            }
            Self::Shift { days, n, by } => {
                let by = by.as_deref().cloned().unwrap_or_else(|| days.counted());
                let count = n.unsigned_abs();
                match n {
                    0 => format!("{}（非 {by} 开放日则顺延）", days.part_zh()),
                    1.. => format!("{}之后第 {count} 个 {by} 开放日", days.part_zh()),
                    _ => format!("{}之前第 {count} 个 {by} 开放日", days.part_zh()),
                }
            }
            Self::Weekday(days, weekdays) => {
                let weekdays = names_of(weekdays, &WEEKDAYS_ZH).join("、");
                match days.name() {
                    Some(name) => format!("{name} 开放的{weekdays}"),
                    None => format!("{}中的{weekdays}", days.part_zh()),
                }
            }
            Self::Half(days) => match days.name() {
                Some(name) => format!("{name} 半日市"),
                None => format!("{}中的半日市", days.part_zh()),
            },
            Self::Between(days, from, to) => format!("{from} 至 {to} 的{}", days.part_zh()),
        }
    }

    fn part_zh(&self) -> String {
        let joins = matches!(self, Self::And(..) | Self::Or(..) | Self::Except(..)) && self.joined().is_none();
        if joins { format!("（{}）", self.zh()) } else { self.zh() }
    }

    fn name(&self) -> Option<&str> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }
}

/// With a space wherever a Chinese sign and a Latin letter or digit meet.
fn spaced(text: &str) -> String {
    let is_han = |sign: char| ('\u{4e00}'..='\u{9fff}').contains(&sign);
    let meet = |one: char, other: char| is_han(one) && other.is_ascii_alphanumeric();
    let mut found = String::with_capacity(text.len());
    let mut before = None;
    for sign in text.chars() {
        if before.is_some_and(|before| meet(before, sign) || meet(sign, before)) {
            found.push(' ');
        }
        found.push(sign);
        before = Some(sign);
    }
    found
}

/// `A, B and C`.
fn listed(names: &[&str], between: &str, last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [begin @ .., end] => format!("{}{last}{end}", begin.join(between)),
    }
}

fn names_of<'n>(days: &[Weekday], names: &[&'n str; 7]) -> Vec<&'n str> {
    days.iter().map(|day| names[day.num_days_from_monday() as usize]).collect()
}

fn rank_en(n: i32) -> String {
    match n {
        1 => "first".into(),
        -1 => "last".into(),
        2.. => english_rank(n.unsigned_abs()),
        _ => format!("{} last", english_rank(n.unsigned_abs())),
    }
}

/// Where the word for what is counted goes.
const COUNTED_ZH: char = '〇';

fn rank_zh(n: i32) -> String {
    match n {
        1 => format!("第一{COUNTED_ZH}"),
        -1 => format!("最后一{COUNTED_ZH}"),
        2.. => format!("第 {n} {COUNTED_ZH}"),
        _ => format!("倒数第 {} {COUNTED_ZH}", n.unsigned_abs()),
    }
}
