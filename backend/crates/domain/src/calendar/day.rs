//! What a calendar says of one day.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::Lang;

/// A wall-clock time of day, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u32);

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of day: write 18:00 or 18:00:30")]
pub struct InvalidTime(String);

impl TimeOfDay {
    /// This many seconds after midnight, when that is still the same day.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds < 86_400 { Some(Self(seconds)) } else { None }
    }

    /// Seconds after midnight, as a clock without changes shows them.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hour:02}:{minute:02}")?;
        if second > 0 { write!(f, ":{second:02}") } else { Ok(()) }
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let parse = || {
            let mut seconds = 0;
            let mut parts = 0;
            for (part, limit) in text.split(':').zip([24, 60, 60]) {
                let two = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
                let value = part.parse::<u32>().ok().filter(|value| two && *value < limit)?;
                seconds = seconds * 60 + value;
                parts += 1;
            }
            let whole = (2..=3).contains(&parts) && text.split(':').count() == parts;
            whole.then_some(if parts == 2 { seconds * 60 } else { seconds })
        };
        parse().map(Self).ok_or_else(|| InvalidTime(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTime;

    fn try_from(text: String) -> Result<Self, InvalidTime> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// The hours of an open day, on the market's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Session {
    /// Shorter than usual.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub half: bool,
    /// When it opens, where the calendar has hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<TimeOfDay>,
    /// When it closes, where the calendar has hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<TimeOfDay>,
}

/// Why a day is closed, or open against the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The week mask says so.
    Week,
    /// A layer over the week says so, and gives no name.
    Unnamed,
    /// A published or entered reason, such as `Spring Festival`.
    Named(Cow<'static, str>),
    /// Closed because of another calendar in the expression.
    Because {
        /// The name of that calendar.
        calendar: String,
        /// Its own reason; `None` when it is open and the expression leaves its days out.
        reason: Option<Box<Reason>>,
    },
    /// A function doesn't pick the day, although it is open.
    Outside {
        /// The function, or the name of the calendar that is derived by it.
        calendar: String,
    },
}

/// One day of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayStatus {
    /// Open, with its hours.
    Open(Session),
    /// Closed, and why.
    Closed(Reason),
    /// Not decided: outside what is published. Never to be taken for open or closed.
    Unset,
}

/// A day's status without its details; `Unset` is a value of its own in the logic of expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tri {
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// Not decided.
    Unset,
}

impl Tri {
    /// Open only if both are; one closed side decides.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Closed, _) | (_, Self::Closed) => Self::Closed,
            (Self::Open, Self::Open) => Self::Open,
            _ => Self::Unset,
        }
    }

    /// Open if either is; one open side decides.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Closed, Self::Closed) => Self::Closed,
            _ => Self::Unset,
        }
    }

    /// Open where this is closed.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Open => Self::Closed,
            Self::Closed => Self::Open,
            Self::Unset => Self::Unset,
        }
    }
}

/// The names that appear in the built-in data, in Chinese.
const REASONS_ZH: &[(&str, &str)] = &[
    ("New Year's Day", "元旦"),
    ("Spring Festival", "春节"),
    ("Tomb-sweeping Day", "清明节"),
    ("Labour Day", "劳动节"),
    ("Dragon Boat Festival", "端午节"),
    ("Mid-autumn Festival", "中秋节"),
    ("National Day", "国庆节"),
    ("Anti-Fascist 70th Day", "抗战胜利 70 周年纪念日"),
    ("Exchange holiday", "交易所休市"),
    ("Lunar New Year", "农历新年"),
    ("Good Friday", "耶稣受难日"),
    ("Easter Monday", "复活节星期一"),
    ("Buddha's Birthday", "佛诞"),
    ("Establishment Day", "香港特别行政区成立纪念日"),
    ("Chung Yeung Festival", "重阳节"),
    ("Christmas", "圣诞节"),
    ("Typhoon or black rainstorm", "台风或黑色暴雨"),
    ("Martin Luther King Jr. Day", "马丁·路德·金纪念日"),
    ("Presidents' Day", "总统日"),
    ("Memorial Day", "阵亡将士纪念日"),
    ("Juneteenth", "六月节"),
    ("Independence Day", "美国独立日"),
    ("Labor Day", "美国劳动节"),
    ("Thanksgiving", "感恩节"),
    ("Day of mourning", "国家哀悼日"),
];

impl Reason {
    /// The reason as words: `Spring Festival`, `春节`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Week, Lang::En) => "weekend".into(),
            (Self::Week, Lang::Zh) => "周末".into(),
            (Self::Unnamed, Lang::En) => "closed".into(),
            (Self::Unnamed, Lang::Zh) => "休市".into(),
            (Self::Named(name), Lang::En) => name.to_string(),
            (Self::Named(name), Lang::Zh) => {
                REASONS_ZH.iter().find(|(en, _)| en == name).map_or_else(|| name.to_string(), |(_, zh)| (*zh).into())
            }
            (Self::Because { calendar, reason: Some(reason) }, _) => format!("{calendar}: {}", reason.text(lang)),
            (Self::Because { calendar, reason: None }, Lang::En) => format!("left out with {calendar}"),
            (Self::Because { calendar, reason: None }, Lang::Zh) => format!("随 {calendar} 排除"),
            (Self::Outside { calendar }, Lang::En) => format!("not one of {calendar}"),
            (Self::Outside { calendar }, Lang::Zh) => format!("不属于 {calendar}"),
        }
    }
}
