//! Puts imported years into a calendar that is there.

use std::borrow::Cow;

use super::{
    base::{Base, DayRule, Definition, DefinitionError, RuleStatus},
    day::{DayStatus, Reason, Session},
};
use crate::bizdate::{BizDate, Period};

/// The base with the years of the import.
///
///  - The imported years replace the base's; the base's other years, its name, zone, week and hours stay. A day on
///    which the import's week or hours differ from the base's is listed, so that no day changes its meaning.
///  - An override of an imported year is dropped when the published year now says the same of its day, whatever the
///    reason: publication has caught up with it. One that says otherwise is kept, as is every override of other years:
///    only a person may take back what a person entered in an emergency.
///  - An import that is computed for all time replaces every year.
///
/// # Errors
/// When one of the two contradicts itself.
pub fn merge(base: &Definition, imported: &Definition) -> Result<Definition, DefinitionError> {
    let published = Base::compile(Definition { overrides: Vec::new(), ..imported.clone() })?;
    Base::compile(base.clone())?;
    let Some(years) = &imported.years else {
        let overrides = kept(base, &published, |_| true);
        let identity = (base.name.clone(), base.revision, base.zone);
        let (name, revision, zone) = identity;
        return Ok(Definition { name, revision, zone, overrides, ..published.definition().clone() });
    };
    let mut merged = base.clone();
    merged.days.retain(|rule| !years.contains(&rule.date.year()));
    for date in years.iter().filter_map(|year| BizDate::new(*year, 1, 1)).flat_map(days_of_year) {
        merged.days.extend(rule(base, &published, date));
    }
    merged.days.sort_by_key(|rule| rule.date);
    merged.overrides = kept(base, &published, |year| years.contains(&year));
    if let Some(known) = &mut merged.years {
        known.extend(years);
    }
    Ok(merged)
}

fn days_of_year(first: BizDate) -> impl Iterator<Item = BizDate> {
    (first.number()..=first.end(Period::Year).number()).filter_map(BizDate::from_number)
}

/// What the import says of a day, told apart from the base's week and hours.
fn rule(base: &Definition, published: &Base, date: BizDate) -> Option<DayRule> {
    let (status, reason) = match published.status(date, false) {
        // Hours that the file doesn't know are the base's.
        DayStatus::Open(session) if session == Session::default() => (RuleStatus::Open, published.open_reason(date)),
        DayStatus::Open(session) => (RuleStatus::Hours(session), published.open_reason(date)),
        DayStatus::Closed(_) => (RuleStatus::Closed, published.reason(date)),
        DayStatus::Unset => (RuleStatus::Unset, published.reason(date)),
    };
    let reason = reason.and_then(|reason| match reason {
        Reason::Named(name) => Some(Cow::Owned(name.to_string())),
        Reason::Week | Reason::Unnamed | Reason::Because { .. } | Reason::Outside { .. } => None,
    });
    base.departure(date, status, reason)
}

/// The overrides that still say something: all but those that agree with what is published for a replaced year.
fn kept(base: &Definition, published: &Base, replaced: impl Fn(i32) -> bool) -> Vec<DayRule> {
    let agrees = |rule: &DayRule| match (published.status(rule.date, false), &rule.status) {
        (DayStatus::Open(session), RuleStatus::Open) => session == Session::default() || session == base.session,
        (DayStatus::Open(session), RuleStatus::Hours(hours)) => session == *hours,
        (DayStatus::Closed(_), RuleStatus::Closed) | (DayStatus::Unset, RuleStatus::Unset) => true,
        _ => false,
    };
    base.overrides.iter().filter(|rule| !(replaced(rule.date.year()) && agrees(rule))).cloned().collect()
}
