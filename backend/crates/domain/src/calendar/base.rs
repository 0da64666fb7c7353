//! A base calendar: layers of days, compiled to bit sets.
//!
//! The layers, the upper winning: the week mask → the published years (each lists where it departs from the mask) →
//! dated overrides, entered in an emergency. The mask alone decides nothing about a year that isn't published: its
//! days are [`DayStatus::Unset`]. Only a *computed* calendar (natural days, weekdays) knows all days.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    day::{DayStatus, Reason, Session, TimeOfDay, Tri},
    day_set::DaySet,
};
use crate::{bizdate::BizDate, error::Lang};

/// Which weekdays are open when nothing else is said, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekMask(pub [bool; 7]);

impl WeekMask {
    /// Every day.
    pub const DAILY: Self = Self([true; 7]);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self([true, true, true, true, true, false, false]);

    pub(super) fn is_open(self, day: BizDate) -> bool {
        self.0[day.weekday().num_days_from_monday() as usize]
    }
}

/// A day that departs from the layer below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRule {
    /// The day.
    pub date: BizDate,
    /// Open (with its hours, or the usual ones) or closed.
    pub status: RuleStatus,
    /// Why, as people will read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

impl DayRule {
    /// Whether it can be meant, with the calendar's usual hours where it gives none.
    fn check(&self, usual: Session) -> Result<(), DefinitionError> {
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
            return Err(DefinitionError::LongReason(self.date));
        }
        match self.status {
            RuleStatus::Hours(session) => match reversed(session, usual) {
                Some((open, close)) => Err(DefinitionError::HoursOf { date: self.date, open, close }),
                None => Ok(()),
            },
            RuleStatus::Open | RuleStatus::Closed | RuleStatus::Unset => Ok(()),
        }
    }
}

/// The hours that end before they begin, the usual ones standing in for what isn't given.
fn reversed(session: Session, usual: Session) -> Option<(TimeOfDay, TimeOfDay)> {
    let hours = session.open.or(usual.open).zip(session.close.or(usual.close));
    hours.filter(|(open, close)| close <= open)
}

/// What a [`DayRule`] makes of its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    /// Open with the calendar's usual hours.
    Open,
    /// Open with these hours.
    Hours(Session),
    /// Closed.
    Closed,
    /// Not decided, although its year is published.
    Unset,
}

/// A calendar as it is stored and exchanged; [`Base::compile`] makes it fast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name in expressions: letters, digits and `_`.
    pub name: String,
    /// The revision a run records; 0 for what is built in.
    #[serde(default)]
    pub revision: u32,
    /// The zone of its hours.
    pub zone: Tz,
    /// The lowest layer.
    pub week: WeekMask,
    /// The usual hours.
    #[serde(default)]
    pub session: Session,
    /// The years that are published; the mask and `days` hold in these only. `None`: it is computed, for all time.
    pub years: Option<BTreeSet<i32>>,
    /// Where the published years depart from the mask.
    #[serde(default)]
    pub days: Vec<DayRule>,
    /// The top layer, which may also decide days of years not published.
    #[serde(default)]
    pub overrides: Vec<DayRule>,
}

/// Why a [`Definition`] can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The name would not read back in an expression.
    #[error("`{0}` can't name a calendar: use letters, digits and `_`, beginning with a letter, at most 64")]
    Name(String),
    /// A layer says two things of one day.
    #[error("{0} is listed twice")]
    Duplicate(BizDate),
    /// A listed day isn't in a published year.
    #[error("{0} is listed, but its year isn't published")]
    OutsideYears(BizDate),
    /// A published year is outside 1900–2299.
    #[error("the year {0} is outside 1900 to 2299")]
    Year(i32),
    /// The usual hours end before they begin.
    #[error("the usual hours end at {close}, which is not after {open}")]
    Hours {
        /// When they begin.
        open: TimeOfDay,
        /// When they end.
        close: TimeOfDay,
    },
    /// The hours of a day end before they begin.
    #[error("the hours of {date} end at {close}, which is not after {open}")]
    HoursOf {
        /// The day.
        date: BizDate,
        /// When they begin, on the day or usually.
        open: TimeOfDay,
        /// When they end, on the day or usually.
        close: TimeOfDay,
    },
    /// A reason that nobody would read.
    #[error("the reason of {0} is longer than {MAX_REASON} characters")]
    LongReason(BizDate),
}

/// The most characters of a reason.
const MAX_REASON: usize = 200;

impl DefinitionError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::Name(name), Lang::Zh) => {
                format!("`{name}` 不能作为日历名：请用字母、数字和 `_`，以字母开头，最多 64 个字符")
            }
            (Self::Duplicate(day), Lang::Zh) => format!("{day} 重复出现"),
            (Self::OutsideYears(day), Lang::Zh) => format!("{day} 所在年份未列入已公布年份"),
            (Self::Year(year), Lang::Zh) => format!("{year} 年超出 1900 至 2299 年"),
            (Self::Hours { open, close }, Lang::Zh) => format!("通常收市时间 {close} 不晚于开市时间 {open}"),
            (Self::HoursOf { date, open, close }, Lang::Zh) => {
                format!("{date} 的收市时间 {close} 不晚于开市时间 {open}")
            }
            (Self::LongReason(date), Lang::Zh) => format!("{date} 的说明超过 {MAX_REASON} 个字符"),
        }
    }
}

/// A compiled base calendar.
#[derive(Debug, Clone)]
pub struct Base {
    definition: Definition,
    known: DaySet,
    open: DaySet,
    details: BTreeMap<BizDate, (RuleStatus, Option<Reason>)>,
}

/// Whether this can name a calendar, so that expressions read it back.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.chars().count() <= 64
}

impl Base {
    /// Lays the layers over each other.
    ///
    /// # Errors
    /// When the definition contradicts itself.
    pub fn compile(definition: Definition) -> Result<Self, DefinitionError> {
        if !is_name(&definition.name) {
            return Err(DefinitionError::Name(definition.name.chars().take(80).collect()));
        }
        if let Some((open, close)) = reversed(definition.session, Session::default()) {
            return Err(DefinitionError::Hours { open, close });
        }
        let (first, last) = span(&definition)?;
        let mut base = Self {
            known: DaySet::spanning(first, last),
            open: DaySet::spanning(first, last),
            details: BTreeMap::new(),
            definition,
        };
        base.lay_years()?;
        base.lay(|definition| &definition.days, true)?;
        base.lay(|definition| &definition.overrides, false)?;
        Ok(base)
    }

    fn lay_years(&mut self) -> Result<(), DefinitionError> {
        for &year in self.definition.years.iter().flatten() {
            let mut day = BizDate::new(year, 1, 1).ok_or(DefinitionError::Year(year))?;
            while day.year() == year {
                self.known.set(day, true);
                self.open.set(day, self.definition.week.is_open(day));
                if day == BizDate::MAX {
                    break;
                }
                day = day.succ();
            }
        }
        Ok(())
    }

    fn lay(&mut self, layer: fn(&Definition) -> &Vec<DayRule>, published: bool) -> Result<(), DefinitionError> {
        let mut seen = BTreeSet::new();
        for rule in layer(&self.definition) {
            let computed = self.definition.years.is_none();
            if !seen.insert(rule.date) {
                return Err(DefinitionError::Duplicate(rule.date));
            }
            if published && !computed && !self.is_published(rule.date.year()) {
                return Err(DefinitionError::OutsideYears(rule.date));
            }
            rule.check(self.definition.session)?;
            self.known.set(rule.date, rule.status != RuleStatus::Unset);
            self.open.set(rule.date, matches!(rule.status, RuleStatus::Open | RuleStatus::Hours(_)));
            self.details.insert(rule.date, (rule.status.clone(), rule.reason.clone().map(Reason::Named)));
        }
        Ok(())
    }

    /// What it was compiled from.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    pub(super) fn is_computed(&self) -> bool {
        self.definition.years.is_none()
    }

    /// The status without details. With `assume`, days not published follow the week mask.
    pub(super) fn tri(&self, day: BizDate, assume: bool) -> Tri {
        let number = day.number();
        if self.known.has(number) {
            if self.open.has(number) { Tri::Open } else { Tri::Closed }
        } else if assume || (self.is_computed() && !self.details.contains_key(&day)) {
            if self.definition.week.is_open(day) { Tri::Open } else { Tri::Closed }
        } else {
            Tri::Unset
        }
    }

    pub(super) fn status(&self, day: BizDate, assume: bool) -> DayStatus {
        let detail = self.details.get(&day);
        match self.tri(day, assume) {
            Tri::Unset => DayStatus::Unset,
            Tri::Open => DayStatus::Open(match detail {
                Some((RuleStatus::Hours(session), _)) => *session,
                _ => self.definition.session,
            }),
            Tri::Closed => {
                let plain = if self.definition.week.is_open(day) { Reason::Unnamed } else { Reason::Week };
                DayStatus::Closed(detail.and_then(|(_, reason)| reason.clone()).unwrap_or(plain))
            }
        }
    }

    /// The reason that a layer gives for the day, whatever its status.
    pub(super) fn reason(&self, day: BizDate) -> Option<&Reason> {
        self.details.get(&day).and_then(|(_, reason)| reason.as_ref())
    }

    /// Why an open day is open against the week: a make-up workday, an extra session.
    #[must_use]
    pub fn open_reason(&self, day: BizDate) -> Option<&Reason> {
        self.details.get(&day).filter(|_| self.open.contains(day)).and_then(|(_, reason)| reason.as_ref())
    }

    /// The number of open days in `from..=to`, when all of them are known.
    pub(super) fn count(&self, from: BizDate, to: BizDate) -> Option<usize> {
        let days = usize::try_from(to.number() - from.number() + 1).unwrap_or(0);
        (self.known.count(from, to) == days).then(|| self.open.count(from, to))
    }

    fn is_published(&self, year: i32) -> bool {
        self.definition.years.as_ref().is_some_and(|years| years.contains(&year))
    }

    /// The first and the last day that publication has decided; `None` on a computed calendar.
    pub(super) fn horizon(&self) -> Option<(BizDate, BizDate)> {
        let years = self.definition.years.as_ref()?;
        let (first, last) = (BizDate::new(*years.first()?, 1, 1)?, BizDate::new(*years.last()?, 12, 31)?);
        let decided = |day: &BizDate| self.known.contains(*day);
        let walk = |from: BizDate, step: fn(BizDate) -> BizDate| {
            std::iter::successors(Some(from), move |day| Some(step(*day))).take(366).find(decided)
        };
        Some((walk(first, BizDate::succ)?, walk(last, BizDate::pred)?))
    }
}

/// The days that the bit sets must have room for.
fn span(definition: &Definition) -> Result<(BizDate, BizDate), DefinitionError> {
    let years = definition.years.iter().flatten().copied();
    let listed = definition.days.iter().chain(&definition.overrides).map(|rule| rule.date.year());
    let all: BTreeSet<i32> = years.chain(listed).collect();
    let (Some(&first), Some(&last)) = (all.first(), all.last()) else { return Ok((BizDate::MIN, BizDate::MIN)) };
    let first = BizDate::new(first, 1, 1).ok_or(DefinitionError::Year(first))?;
    let last = BizDate::new(last, 12, 31).ok_or(DefinitionError::Year(last))?;
    Ok((first, last))
}
