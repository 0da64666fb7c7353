//! From text to [`Cron`].

use super::{
    Cron, Form, Times,
    day::{Days, FIRST_YEAR},
    field::{self, Field, Kind},
    plain::{self, Fields},
};
use crate::{bizdate::BizDate, error::Lang};

/// Why a text is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// The number of fields fits neither form.
    #[error(
        "expected 5 fields (minute hour day month weekday), or 6 or 7 with seconds first and a year last; found {0}"
    )]
    FieldCount(usize),
    /// A field can't be read.
    #[error("{field}, at character {}: expected {expected}, found {}", .at + 1, or(.found, "nothing"))]
    Field {
        /// Which field.
        field: &'static str,
        /// Characters (not bytes) before the place.
        at: usize,
        /// What would have been right there.
        expected: String,
        /// The same in Chinese.
        expected_zh: String,
        /// What stands there; empty when nothing does.
        found: String,
    },
    /// The Quartz form with both day fields given.
    #[error("day of month and weekday are both given: put `?` in one of them")]
    BothDays,
    /// No day ever matches.
    #[error("its days never come: no {0} between 1970 and 2099 has such a day")]
    Never(&'static str),
    /// The text is too long to be one.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// `@…` that isn't known.
    #[error("`{0}` is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly")]
    Nickname(String),
}

impl CronError {
    /// Characters before the offending place, where there is one.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        if let Self::Field { at, .. } = self { Some(*at) } else { None }
    }

    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::FieldCount(found), Lang::Zh) => {
                format!("应为 5 段(分 时 日 月 周)，或以秒开头的 6 段、以年结尾的 7 段；实际 {found} 段")
            }
            (Self::Field { field, at, expected_zh, found, .. }, Lang::Zh) => {
                format!("{}段，第 {} 个字符：应为 {expected_zh}，实际为 {}", field_zh(field), at + 1, or(found, "空"))
            }
            (Self::BothDays, Lang::Zh) => "日和周不能同时指定：其中一段请写 `?`".into(),
            (Self::Never(_), Lang::Zh) => "这样的日期在 1970 至 2099 年间从不出现".into(),
            (Self::TooLong(limit), Lang::Zh) => format!("长度超过 {limit} 字节"),
            (Self::Nickname(name), Lang::Zh) => format!("`{name}` 不是可用的 @ 简写"),
        }
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

fn field_zh(field: &str) -> &str {
    match field {
        "second" => "秒",
        "minute" => "分",
        "hour" => "时",
        "day of month" => "日",
        "month" => "月",
        "weekday" => "周",
        "year" => "年",
        other => other,
    }
}

const MAX_LEN: usize = 256;

const UNIX: &[Kind] = &[Kind::Minute, Kind::Hour, Kind::MonthDay, Kind::Month, Kind::UnixWeekday];
const QUARTZ: &[Kind] =
    &[Kind::Second, Kind::Minute, Kind::Hour, Kind::MonthDay, Kind::Month, Kind::QuartzWeekday, Kind::Year];

const NICKNAMES: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

pub(super) fn parse(text: &str) -> Result<Cron, CronError> {
    if text.len() > MAX_LEN {
        return Err(CronError::TooLong(MAX_LEN));
    }
    let trimmed = text.trim();
    if trimmed.starts_with('@') {
        let found = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(trimmed));
        let (name, meaning) = found.ok_or_else(|| CronError::Nickname(trimmed.chars().take(24).collect()))?;
        return parse(meaning).map(|cron| Cron { source: (*name).to_owned(), ..cron });
    }
    let words = words(text);
    let (form, kinds) = match words.len() {
        5 => (Form::Unix, UNIX),
        6 | 7 => (Form::Quartz, QUARTZ),
        other => return Err(CronError::FieldCount(other)),
    };
    let mut fields = Vec::with_capacity(7);
    if form == Form::Unix {
        fields.push(field::read(Kind::Second, "0", 0)?);
    }
    for (kind, (at, word)) in kinds.iter().zip(&words) {
        fields.push(field::read(*kind, word, *at)?);
    }
    let source = words.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
    assemble(source, form, &fields)
}

/// The words and how many characters stand before each.
fn words(text: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| (text[..start(word)].chars().count(), word)).collect()
}

fn assemble(source: String, form: Form, fields: &[Field]) -> Result<Cron, CronError> {
    let [second, minute, hour, month_day, month, weekday, year @ ..] = fields else {
        return Err(CronError::FieldCount(fields.len()));
    };
    let both = !month_day.starred && !weekday.starred;
    if form == Form::Quartz && both {
        return Err(CronError::BothDays);
    }
    if month_day.unspecific && weekday.unspecific {
        return Err(CronError::Field {
            field: "weekday",
            at: source.chars().count() - 1,
            expected: "`*` or a weekday, as the day of month is `?` already".into(),
            expected_zh: "`*` 或周几(日已写作 `?`)".into(),
            found: "`?`".into(),
        });
    }
    let sets = plain::expand(&Fields { second, minute, hour, month_day, month, weekday, year: year.first() }).map_err(
        |complaint| CronError::Field {
            field: "expression",
            at: 0,
            expected_zh: complaint.clone(),
            expected: complaint,
            found: source.clone(),
        },
    )?;
    let days = Days {
        month_days: sets.month_days,
        month_specials: month_day.month_days.clone(),
        weekdays: sets.weekdays,
        weekday_specials: weekday.nth_days.clone(),
        months: sets.months,
        years: sets.years,
        either: both,
    };
    let first = BizDate::new(FIRST_YEAR, 1, 1).expect("1970 is within bounds");
    if days.next(first).is_none() {
        return Err(CronError::Never(if days.years.is_empty() { "month" } else { "given year" }));
    }
    let interval = (minute.stepped && sets.minutes.count_ones() > 1) || sets.hours.count_ones() == 24;
    let times = Times { seconds: sets.seconds, minutes: sets.minutes, hours: sets.hours, interval };
    Ok(Cron { source, form, times, days })
}
