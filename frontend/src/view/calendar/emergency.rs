//! A single day opened or closed by hand: what the calendar would be, and what follows from it.

use std::sync::Arc;

use domain::bizdate::BizDate;
use domain::calendar::base::{DayRule, RuleStatus};
use domain::calendar::{Base, Calendar, Calendars, Session, TimeOfDay};

use super::{Wording, look, words};
use crate::i18n::{Lang, text};

/// What the day shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Open,
    Half,
    Closed,
}

impl Wish {
    pub const ALL: [Self; 3] = [Self::Open, Self::Half, Self::Closed];

    pub fn text(self, wording: Wording, lang: Lang) -> &'static str {
        match self {
            Self::Open => wording.open_day(lang),
            Self::Half => text::calendar_half_day(lang),
            Self::Closed => text::calendar_closed(lang),
        }
    }

    /// The rule for a day; times only count for a half day.
    pub fn rule(self, date: BizDate, times: (Option<TimeOfDay>, Option<TimeOfDay>), reason: &str) -> DayRule {
        let status = match self {
            Self::Open => RuleStatus::Open,
            Self::Half => RuleStatus::Hours(Session { half: true, open: times.0, close: times.1 }),
            Self::Closed => RuleStatus::Closed,
        };
        let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()).map(Into::into);
        DayRule { date, status, reason }
    }
}

/// The override that holds on a day.
pub fn of(base: &Base, day: BizDate) -> Option<&DayRule> {
    base.definition().overrides.iter().find(|rule| rule.date == day)
}

/// The base with a rule for one day, in the place of what was overridden there before; without one the layers below
/// show again.
pub fn changed(base: &Base, day: BizDate, rule: Option<DayRule>) -> Option<Base> {
    let mut definition = base.definition().clone();
    definition.overrides.retain(|rule| rule.date != day);
    definition.overrides.extend(rule);
    Base::compile(definition).ok()
}

/// What follows from another base, each as a sentence: the day itself, the neighbours that count on it, and the derived
/// calendars that change with it.
pub fn consequences(calendars: &Calendars, after: Base, day: BizDate, derived: &[String], lang: Lang) -> Vec<String> {
    let name = after.definition().name.clone();
    let mut changed = calendars.clone();
    changed.insert(Arc::new(after));
    let (Ok(was), Ok(is)) = (calendars.get(&name), changed.get(&name)) else { return Vec::new() };
    let wording = Wording::of(&was, false);
    let said = |calendar: &Calendar| words(&look(calendar, None, day), wording, lang);
    let mut found = vec![text::calendar_turns(lang, super::dated(day, lang), said(&was), said(&is))];
    if let (Ok(before), Ok(one), Ok(other)) = (was.previous(day), next_of(&was, day), next_of(&is, day))
        && one != other
    {
        found.push(text::calendar_next_turns(lang, before, one, other));
    }
    let differs = |name: &&String| match (calendars.get(name), changed.get(name)) {
        (Ok(was), Ok(is)) => was.status(day) != is.status(day),
        _ => false,
    };
    let moved: Vec<&str> = derived.iter().filter(differs).map(String::as_str).collect();
    if !moved.is_empty() {
        found.push(text::calendar_derived_turn(lang, moved.join(text::calendar_comma(lang))));
    }
    found
}

/// The open day after the last one before `day`: `day` itself when it is open.
fn next_of(calendar: &Calendar, day: BizDate) -> Result<BizDate, domain::calendar::CalendarError> {
    calendar.roll(day, domain::calendar::Roll::Following)
}

#[cfg(test)]
mod tests {
    use domain::calendar::CalendarExpr;

    use super::*;

    fn sse() -> Base {
        let calendar = Calendars::builtin().get("SSE").expect("a calendar");
        calendar.bases().next().expect("a base").clone()
    }

    fn day() -> BizDate {
        "2026-11-25".parse().expect("a date")
    }

    fn closed() -> Base {
        changed(&sse(), day(), Some(Wish::Closed.rule(day(), (None, None), " Typhoon "))).expect("a base")
    }

    #[test]
    fn closing_a_day_says_what_follows() {
        let mut calendars = Calendars::builtin().clone();
        calendars.define("CONNECT", CalendarExpr::parse("SSE & HKEX").expect("an expression")).expect("defined");
        calendars.define("OTHER", CalendarExpr::parse("HKEX").expect("an expression")).expect("defined");
        let derived = ["CONNECT".to_owned(), "OTHER".to_owned()];
        let lines = consequences(&calendars, closed(), day(), &derived, Lang::En);
        assert_eq!(
            lines,
            [
                "2026-11-25 Wed: Trading day → Closed, Typhoon",
                "T+1 of 2026-11-24: 2026-11-25 → 2026-11-26",
                "Changes with it: CONNECT",
            ]
        );
    }

    #[test]
    fn a_day_closed_before_its_reason_is_written_is_no_weekend() {
        let base = changed(&sse(), day(), Some(Wish::Closed.rule(day(), (None, None), ""))).expect("a base");
        let lines = consequences(Calendars::builtin(), base, day(), &[], Lang::En);
        assert_eq!(lines.first().map(String::as_str), Some("2026-11-25 Wed: Trading day → Closed"));
    }

    #[test]
    fn an_override_is_replaced_and_taken_back() {
        let closed = closed();
        assert_eq!(of(&closed, day()).and_then(|rule| rule.reason.as_deref()), Some("Typhoon"));
        let times = ("09:30".parse().ok(), "11:30".parse().ok());
        let half = changed(&closed, day(), Some(Wish::Half.rule(day(), times, "Storm"))).expect("a base");
        assert_eq!(half.definition().overrides.len(), 1);
        let lines = consequences(Calendars::builtin(), half, day(), &[], Lang::Zh);
        assert_eq!(lines, ["2026-11-25 周三：交易日 → 半日市 09:30–11:30，Storm"]);
        let back = changed(&closed, day(), None).expect("a base");
        assert_eq!(back.definition(), sse().definition());
    }
}
