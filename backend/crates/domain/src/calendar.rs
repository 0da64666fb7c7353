//! Named sets of days: which are open, which closed and why, and which nobody has decided yet.
//!
//! A day is open, closed, or *unset*. Every question that would have to look at an unset day is answered with
//! [`CalendarError::BeyondHorizon`], naming the calendar and the day; nothing here ever guesses. Three-valued logic
//! carries this through expressions: closed & unset is closed, open & unset is unset, open | unset is open.
//!
//! [`Calendars`] finds a [`Calendar`] by name or expression; a calendar answers [`Calendar::status`] and, in
//! `navigate`, next, previous, offset, n-th and count, and, in `roll`, where a closed day moves to. [`mod@import`]
//! reads published files, [`export`] writes them, [`merge()`] and [`diff()`] put revisions together and tell them apart.

use std::{collections::BTreeSet, sync::Arc};

pub mod base;
mod builtin;
pub mod content;
pub mod day;
pub mod day_set;
pub mod diff;
pub mod export;
pub mod expr;
mod function;
pub mod import;
mod merge;
mod navigate;
pub mod registry;
pub mod roll;

pub use base::{Base, Definition};
pub use builtin::title;
pub use content::{Content, ContentError, Derived};
pub use day::{DayStatus, Session, TimeOfDay, Tri};
pub use diff::{DayChange, Diff, diff};
pub use expr::CalendarExpr;
pub use import::{Imported, import};
pub use merge::merge;
pub use registry::{Calendars, Pins, ResolveError};
pub use roll::Roll;

use crate::{bizdate::BizDate, error::Lang};
use day::Reason;
use function::{Function, Pick};

/// Why a question to a calendar has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The answer depends on a day that the calendar doesn't know.
    #[error("{calendar} is not known on {day}{}", known_text(*.day, *.known_from, *.known_until, Lang::En))]
    BeyondHorizon {
        /// The base calendar that doesn't know the day.
        calendar: String,
        /// The first such day that had to be looked at.
        day: BizDate,
        /// The first day that calendar knows.
        known_from: Option<BizDate>,
        /// The last day that calendar knows.
        known_until: Option<BizDate>,
    },
    /// There is no open day for years: the expression excludes everything.
    #[error("{calendar} has no open day within {days} days of {from}")]
    NoOpenDay {
        /// The calendar or expression.
        calendar: String,
        /// Where the search began.
        from: BizDate,
        /// How far it went.
        days: u32,
    },
    /// The arithmetic left the years 1900 to 2299.
    #[error("the date would lie outside 1900 to 2299")]
    OutOfRange,
}

/// The end of what is known on whose other side a day lies.
fn known_text(day: BizDate, from: Option<BizDate>, until: Option<BizDate>, lang: Lang) -> String {
    match (from.filter(|from| day < *from), until, lang) {
        (Some(from), _, Lang::En) => format!(" (known from {from} on)"),
        (Some(from), _, Lang::Zh) => format!("（自 {from} 起有数据）"),
        (None, Some(until), Lang::En) => format!(" (known until {until})"),
        (None, Some(until), Lang::Zh) => format!("（已公布至 {until}）"),
        (None, None, _) => String::new(),
    }
}

impl CalendarError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::BeyondHorizon { calendar, day, known_from, known_until }, Lang::Zh) => {
                let unknown = if known_from.is_some_and(|from| *day < from) { "无从得知" } else { "尚未公布" };
                let known = known_text(*day, *known_from, *known_until, lang);
                format!("{calendar} 在 {day} 是否开市{unknown}{known}")
            }
            (Self::NoOpenDay { calendar, from, days }, Lang::Zh) => {
                format!("{calendar} 自 {from} 起 {days} 天内没有开放日")
            }
            (Self::OutOfRange, Lang::Zh) => "日期超出 1900 至 2299 年".into(),
        }
    }
}

/// A calendar or an expression over calendars, ready to be asked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calendar {
    name: Arc<str>,
    node: Arc<Node>,
    /// Take the week mask where nothing is published. Explicit, per schedule, and flagged on every fire.
    assume: bool,
}

#[derive(Debug)]
enum Node {
    Base(Arc<Base>),
    Not(Calendar),
    And(Calendar, Calendar),
    Or(Calendar, Calendar),
    Except(Calendar, Calendar),
    Function(Function),
}

impl Calendar {
    /// The calendar of a compiled base.
    #[must_use]
    pub fn of_base(base: Arc<Base>) -> Self {
        Self { name: base.definition().name.as_str().into(), node: Arc::new(Node::Base(base)), assume: false }
    }

    fn composed(name: &str, node: Node) -> Self {
        Self { name: name.into(), node: Arc::new(node), assume: false }
    }

    /// A composed part's name needs parentheses inside another expression.
    fn part_name(&self) -> String {
        let plain = base::is_name(&self.name) || matches!(*self.node, Node::Not(_) | Node::Function(_));
        if plain { self.name.to_string() } else { format!("({})", self.name) }
    }

    pub(crate) fn negated(self) -> Self {
        Self::composed(&format!("!{}", self.part_name()), Node::Not(self))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self::composed(&format!("{} & {}", self.part_name(), other.part_name()), Node::And(self, other))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self::composed(&format!("{} | {}", self.part_name(), other.part_name()), Node::Or(self, other))
    }

    pub(crate) fn except(self, other: Self) -> Self {
        Self::composed(&format!("{} - {}", self.part_name(), other.part_name()), Node::Except(self, other))
    }

    fn picked(name: &str, pick: Pick) -> Self {
        Self::composed(name, Node::Function(Function::new(pick)))
    }

    pub(crate) fn renamed(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The same calendar with the week mask on days that aren't published.
    #[must_use]
    pub fn assuming_week_mask(mut self) -> Self {
        self.assume = true;
        self
    }

    /// Its name, or the expression's text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Open, closed or unset, without details.
    #[must_use]
    pub fn tri(&self, day: BizDate) -> Tri {
        self.tri_with(day, self.assume)
    }

    fn tri_with(&self, day: BizDate, assume: bool) -> Tri {
        match &*self.node {
            Node::Base(base) => base.tri(day, assume),
            Node::Not(inner) => inner.tri_with(day, assume).negated(),
            Node::And(left, right) => match left.tri_with(day, assume) {
                Tri::Closed => Tri::Closed,
                known => known.and(right.tri_with(day, assume)),
            },
            Node::Or(left, right) => match left.tri_with(day, assume) {
                Tri::Open => Tri::Open,
                known => known.or(right.tri_with(day, assume)),
            },
            Node::Except(left, right) => match left.tri_with(day, assume) {
                Tri::Closed => Tri::Closed,
                known => known.and(right.tri_with(day, assume).negated()),
            },
            Node::Function(function) => function.tri(day, assume),
        }
    }

    /// The day with its hours or the reason why it is closed.
    #[must_use]
    pub fn status(&self, day: BizDate) -> DayStatus {
        self.status_with(day, self.assume)
    }

    fn status_with(&self, day: BizDate, assume: bool) -> DayStatus {
        match &*self.node {
            Node::Base(base) => base.status(day, assume),
            Node::Not(inner) => match inner.status_with(day, assume) {
                DayStatus::Open(_) => closed_because(inner, None),
                DayStatus::Closed(_) => DayStatus::Open(Session::default()),
                DayStatus::Unset => DayStatus::Unset,
            },
            Node::And(left, right) => both(left, right, day, assume),
            Node::Or(left, right) => either(left, right, day, assume),
            Node::Except(left, right) => match (left.status_with(day, assume), right.tri_with(day, assume)) {
                (DayStatus::Closed(reason), _) => closed_because(left, Some(reason)),
                (DayStatus::Open(_) | DayStatus::Unset, Tri::Open) => closed_because(right, None),
                (open @ DayStatus::Open(_), Tri::Closed) => open,
                _ => DayStatus::Unset,
            },
            Node::Function(function) => function.status(&self.name, day, assume),
        }
    }

    /// Why the day is open although the week says otherwise, where a base calendar gives a reason.
    #[must_use]
    pub fn open_reason(&self, day: BizDate) -> Option<Reason> {
        self.bases().find_map(|base| base.open_reason(day).cloned())
    }

    /// Whether the day is open.
    ///
    /// # Errors
    /// When that isn't known.
    pub fn is_open(&self, day: BizDate) -> Result<bool, CalendarError> {
        match self.tri(day) {
            Tri::Open => Ok(true),
            Tri::Closed => Ok(false),
            Tri::Unset => Err(self.beyond(day)),
        }
    }

    /// Whether only the week mask stands behind the answer for this day.
    #[must_use]
    pub fn is_assumed(&self, day: BizDate) -> bool {
        self.assume && self.tri_with(day, false) == Tri::Unset
    }

    pub(crate) fn beyond(&self, day: BizDate) -> CalendarError {
        let (base, unknown) = self.unknown(day).unzip();
        let (known_from, known_until) = base.and_then(Base::horizon).unzip();
        CalendarError::BeyondHorizon {
            calendar: base.map_or_else(|| self.name.to_string(), |base| base.definition().name.clone()),
            day: unknown.unwrap_or(day),
            known_from,
            known_until,
        }
    }

    /// The base calendar that leaves a day undecided, and which day of its own; for a function that is another day.
    fn unknown(&self, day: BizDate) -> Option<(&Base, BizDate)> {
        match &*self.node {
            Node::Base(base) => (base.tri(day, false) == Tri::Unset).then_some((&**base, day)),
            Node::Not(inner) => inner.unknown(day),
            Node::And(left, right) | Node::Or(left, right) | Node::Except(left, right) => {
                left.unknown(day).or_else(|| right.unknown(day))
            }
            Node::Function(function) => function.unknown(day),
        }
    }

    /// The base calendars it rests on, from left to right.
    pub fn bases(&self) -> impl Iterator<Item = &Base> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                match &*open.pop()?.node {
                    Node::Base(base) => return Some(&**base),
                    Node::Not(inner) => open.push(inner),
                    Node::And(left, right) | Node::Or(left, right) | Node::Except(left, right) => {
                        open.push(right);
                        open.push(left);
                    }
                    Node::Function(function) => {
                        let before = open.len();
                        open.extend(function.parts());
                        open[before..].reverse();
                    }
                }
            }
        })
    }

    /// The base calendars it rests on, with their revisions: what a run records.
    #[must_use]
    pub fn revisions(&self) -> BTreeSet<(String, u32)> {
        self.bases().map(|base| (base.definition().name.clone(), base.definition().revision)).collect()
    }

    /// The first day that every part knows; `None` when all parts are computed.
    #[must_use]
    pub fn known_from(&self) -> Option<BizDate> {
        self.horizon().0
    }

    /// The last day that every part knows ("known until"); `None` when all parts are computed.
    #[must_use]
    pub fn known_until(&self) -> Option<BizDate> {
        self.horizon().1
    }

    fn horizon(&self) -> (Option<BizDate>, Option<BizDate>) {
        match &*self.node {
            Node::Base(base) => base.horizon().unzip(),
            Node::Not(inner) => inner.horizon(),
            Node::And(left, right) | Node::Or(left, right) | Node::Except(left, right) => {
                let ((from, until), (other_from, other_until)) = (left.horizon(), right.horizon());
                (from.max(other_from), earlier(until, other_until))
            }
            Node::Function(function) => function.horizon(),
        }
    }
}

fn closed_because(part: &Calendar, reason: Option<Reason>) -> DayStatus {
    DayStatus::Closed(match reason {
        Some(nested @ (Reason::Because { .. } | Reason::Outside { .. })) => nested,
        reason => Reason::Because { calendar: part.name.to_string(), reason: reason.map(Box::new) },
    })
}

fn both(left: &Calendar, right: &Calendar, day: BizDate, assume: bool) -> DayStatus {
    match (left.status_with(day, assume), right.status_with(day, assume)) {
        (DayStatus::Closed(reason), _) => closed_because(left, Some(reason)),
        (_, DayStatus::Closed(reason)) => closed_because(right, Some(reason)),
        (DayStatus::Open(one), DayStatus::Open(other)) => DayStatus::Open(Session {
            half: one.half || other.half,
            open: one.open.max(other.open),
            close: earlier(one.close, other.close),
        }),
        _ => DayStatus::Unset,
    }
}

fn either(left: &Calendar, right: &Calendar, day: BizDate, assume: bool) -> DayStatus {
    match (left.status_with(day, assume), right.status_with(day, assume)) {
        (DayStatus::Open(one), DayStatus::Open(other)) => DayStatus::Open(Session {
            half: one.half && other.half,
            open: earlier(one.open, other.open),
            close: one.close.max(other.close),
        }),
        (open @ DayStatus::Open(_), _) | (_, open @ DayStatus::Open(_)) => open,
        (DayStatus::Closed(reason), DayStatus::Closed(_)) => closed_because(left, Some(reason)),
        _ => DayStatus::Unset,
    }
}

/// The earlier of two, where none counts as later than any.
fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests;
