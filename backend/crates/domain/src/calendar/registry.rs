//! Calendars by name, and expressions over them made ready to ask.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Calendar,
    base::{Base, WeekMask, is_name},
    builtin,
    expr::CalendarExpr,
    function::Pick,
};
use crate::{bizdate::SyntaxError, error::Lang};

/// Why a calendar expression can't be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The text isn't an expression.
    #[error("calendar expression: {0}")]
    Syntax(#[from] SyntaxError),
    /// No calendar has this name. There is no default that would be used instead.
    #[error("there is no calendar named `{0}`")]
    Unknown(String),
    /// Derived calendars refer to each other in a circle.
    #[error("the calendar `{0}` is derived from itself")]
    Cycle(String),
    /// With everything that it names it has more parts than anybody means.
    #[error(
        "the expression has more than {MAX_PARTS} parts or {MAX_FUNCTIONS} functions in each other, with all that it names"
    )]
    TooLarge,
    /// A name that expressions would not read back.
    #[error("`{0}` can't name a calendar: use letters, digits and `_`, beginning with a letter, at most 64")]
    Name(String),
}

impl ResolveError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::Syntax(error), Lang::Zh) => format!("日历表达式：{}", error.text(lang)),
            (Self::Unknown(name), Lang::Zh) => format!("日历 `{name}` 不存在"),
            (Self::Cycle(name), Lang::Zh) => format!("日历 `{name}` 由其自身派生"),
            (Self::TooLarge, Lang::Zh) => {
                format!("表达式连同其引用的日历超过 {MAX_PARTS} 个部分，或函数嵌套超过 {MAX_FUNCTIONS} 层")
            }
            (Self::Name(name), Lang::Zh) => {
                format!("`{name}` 不能作为日历名称：以字母开头，只含字母、数字和 `_`，至多 64 个字符")
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Entry {
    Base(Arc<Base>),
    Derived(CalendarExpr),
    /// Another name of a calendar, whichever revision of it is there.
    Alias(String),
}

/// The calendars that can be named. Names are matched whatever their case.
#[derive(Debug, Clone)]
pub struct Calendars {
    entries: BTreeMap<String, Entry>,
}

/// The calendars of some names as they were at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// Base calendars and their revisions; 0 is what comes with the program.
    pub revisions: BTreeMap<String, u32>,
    /// Derived calendars, in capitals, and what they stand for.
    pub derived: BTreeMap<String, String>,
}

/// How many derived calendars may be nested.
const MAX_NESTING: usize = 16;

/// How many operators, functions and names an expression may have once all that it names is put in: nested definitions
/// that each name the one before twice would double the work with every one.
const MAX_PARTS: usize = 1_000;

/// How deep functions may stand in functions: each looks at a year or more of days of what is in it.
const MAX_FUNCTIONS: usize = 4;

/// An expression on its way to a calendar.
#[derive(Debug, Default)]
struct Walk {
    /// The derived calendars that are being looked into.
    path: Vec<String>,
    parts: usize,
    /// How many functions the part stands in.
    functions: usize,
}

impl Calendars {
    /// The calendars that come with the program: SSE, SZSE, HKEX, NYSE, CN_WORKDAY (CN_WORK), CNIB, DAILY (NATURAL), WEEKDAY.
    #[must_use]
    pub fn builtin() -> &'static Self {
        builtin::builtin()
    }

    /// No calendars at all.
    #[must_use]
    pub fn empty() -> Self {
        Self { entries: BTreeMap::new() }
    }

    /// Adds a base calendar, or a newer revision of it.
    pub fn insert(&mut self, base: Arc<Base>) {
        self.entries.insert(base.definition().name.to_uppercase(), Entry::Base(base));
    }

    /// Adds a derived calendar, or replaces it.
    ///
    /// # Errors
    /// When the name is none, or the expression names what doesn't exist or leads back to this calendar. Then nothing
    /// has changed.
    pub fn define(&mut self, name: &str, expr: CalendarExpr) -> Result<(), ResolveError> {
        if !is_name(name) {
            return Err(ResolveError::Name(name.chars().take(80).collect()));
        }
        let key = name.to_uppercase();
        let before = self.entries.insert(key.clone(), Entry::Derived(expr));
        let checked = self.get(&key).map(drop);
        if checked.is_err() {
            match before {
                Some(entry) => self.entries.insert(key, entry),
                None => self.entries.remove(&key),
            };
        }
        checked
    }

    /// Makes `alias` another name of `name`.
    pub(super) fn alias(&mut self, alias: &str, name: &str) {
        self.entries.insert(alias.to_owned(), Entry::Alias(name.to_owned()));
    }

    /// What a name stands for when it is derived or another name of a calendar.
    pub(super) fn meaning(&self, name: &str) -> Option<CalendarExpr> {
        match self.entries.get(&name.to_uppercase())? {
            Entry::Base(_) => None,
            Entry::Derived(expr) => Some(expr.clone()),
            Entry::Alias(name) => Some(CalendarExpr::Name(name.clone())),
        }
    }

    /// The base calendars, in alphabetical order of their names.
    pub fn bases(&self) -> impl Iterator<Item = &Arc<Base>> {
        self.entries.values().filter_map(|entry| if let Entry::Base(base) = entry { Some(base) } else { None })
    }

    /// Whether a calendar has this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_uppercase())
    }

    /// Every name, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The names to choose from: all but those that only stand for another.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        let own = self.entries.iter().filter(|(_, entry)| !matches!(entry, Entry::Alias(_)));
        own.map(|(name, _)| name.as_str())
    }

    /// The calendar of this name.
    ///
    /// # Errors
    /// When there is none, or it is derived from one that doesn't exist.
    pub fn get(&self, name: &str) -> Result<Calendar, ResolveError> {
        self.named(name, &mut Walk::default())
    }

    /// Reads an expression such as `SSE & HKEX` (or a plain name) and looks up what it names.
    ///
    /// # Errors
    /// When the text isn't an expression, or names what doesn't exist.
    pub fn resolve_text(&self, text: &str) -> Result<Calendar, ResolveError> {
        self.resolve(&CalendarExpr::parse(text)?)
    }

    /// Looks up what the expression names.
    ///
    /// # Errors
    /// When it names what doesn't exist.
    pub fn resolve(&self, expr: &CalendarExpr) -> Result<Calendar, ResolveError> {
        self.expanded(expr, &mut Walk::default())
    }

    fn named(&self, name: &str, walk: &mut Walk) -> Result<Calendar, ResolveError> {
        let key = name.to_uppercase();
        match self.entries.get(&key) {
            None => Err(ResolveError::Unknown(name.chars().take(80).collect())),
            Some(Entry::Base(base)) => Ok(Calendar::of_base(Arc::clone(base))),
            Some(Entry::Alias(name)) => self.named(name, walk),
            Some(Entry::Derived(expr)) => {
                if walk.path.contains(&key) || walk.path.len() >= MAX_NESTING {
                    return Err(ResolveError::Cycle(name.to_owned()));
                }
                walk.path.push(key);
                let calendar = self.expanded(expr, walk)?;
                walk.path.pop();
                Ok(calendar.renamed(name))
            }
        }
    }

    fn expanded(&self, expr: &CalendarExpr, walk: &mut Walk) -> Result<Calendar, ResolveError> {
        walk.parts += 1;
        let function = matches!(expr, CalendarExpr::Nth { .. } | CalendarExpr::Shift { .. });
        walk.functions += usize::from(function);
        if walk.parts > MAX_PARTS || walk.functions > MAX_FUNCTIONS {
            return Err(ResolveError::TooLarge);
        }
        let calendar = self.composed(expr, walk)?;
        walk.functions -= usize::from(function);
        Ok(calendar)
    }

    fn composed(&self, expr: &CalendarExpr, walk: &mut Walk) -> Result<Calendar, ResolveError> {
        let picked = |pick: Pick| Calendar::picked(&expr.to_string(), pick);
        Ok(match expr {
            CalendarExpr::Name(name) => self.named(name, walk)?,
            CalendarExpr::Not(inner) => self.expanded(inner, walk)?.negated(),
            CalendarExpr::And(left, right) => self.expanded(left, walk)?.and(self.expanded(right, walk)?),
            CalendarExpr::Or(left, right) => self.expanded(left, walk)?.or(self.expanded(right, walk)?),
            CalendarExpr::Except(left, right) => self.expanded(left, walk)?.except(self.expanded(right, walk)?),
            CalendarExpr::Nth { days, n, period } => {
                picked(Pick::Nth { days: self.expanded(days, walk)?, n: *n, period: *period })
            }
            CalendarExpr::Shift { days, n, by } => {
                let by = by.as_deref().cloned().unwrap_or_else(|| days.counted());
                picked(Pick::Shift { days: self.expanded(days, walk)?, n: *n, by: self.expanded(&by, walk)? })
            }
            CalendarExpr::Weekday(days, weekdays) => {
                let mut mask = WeekMask([false; 7]);
                weekdays.iter().for_each(|day| mask.0[day.num_days_from_monday() as usize] = true);
                picked(Pick::Weekday { days: self.expanded(days, walk)?, weekdays: mask })
            }
            CalendarExpr::Half(days) => picked(Pick::Half(self.expanded(days, walk)?)),
            CalendarExpr::Between(days, from, to) => picked(Pick::Between(self.expanded(days, walk)?, *from, *to)),
        })
    }

    /// What is needed to ask the calendars of some names again as they are now: the revisions of the base calendars on
    /// which they rest, and what derived ones stand for. Words that name nothing are passed over.
    #[must_use]
    pub fn pins<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Pins {
        let mut pins = Pins::default();
        let known = names.into_iter().filter(|name| self.contains(name));
        for name in known {
            let expr = CalendarExpr::Name(name.to_owned());
            pins.revisions.extend(self.revisions(&expr).into_iter().flatten());
            for name in self.rests_on(&expr) {
                pins.derived.extend(self.meaning(&name).map(|meaning| (name, meaning.to_string())));
            }
        }
        pins
    }

    /// Whether these calendars are what some pins say.
    #[must_use]
    pub fn hold(&self, pins: &Pins) -> bool {
        let revision = |name: &str| match self.entries.get(&name.to_uppercase()) {
            Some(Entry::Base(base)) => Some(base.definition().revision),
            _ => None,
        };
        let meaning = |name: &str| self.meaning(name).map(|meaning| meaning.to_string());
        pins.revisions.iter().all(|(name, pinned)| revision(name) == Some(*pinned))
            && pins.derived.iter().all(|(name, pinned)| meaning(name).as_ref() == Some(pinned))
    }

    /// The base calendars an expression rests on, with their revisions: what a run records.
    ///
    /// # Errors
    /// When it names what doesn't exist.
    pub fn revisions(&self, expr: &CalendarExpr) -> Result<BTreeSet<(String, u32)>, ResolveError> {
        Ok(self.resolve(expr)?.revisions())
    }
}
