//! A calendar by its name, or an expression over several.

use std::sync::Arc;

use domain::calendar::{CalendarExpr, Calendars};
use leptos::prelude::*;

use super::choice::{Choice, Choices, Entered};
use crate::i18n::lang;
use crate::t;

/// The choice that means none.
const NONE: &str = "";

#[component]
pub(crate) fn CalendarChoice(
    calendars: Arc<Calendars>,
    value: Option<CalendarExpr>,
    /// Whether there may be none.
    optional: bool,
    on_change: Callback<Option<CalendarExpr>>,
) -> impl IntoView {
    let written = value.as_ref().map(ToString::to_string).unwrap_or_default();
    let chosen = written.clone();
    let known = Arc::clone(&calendars);
    let choices = move || {
        let none = optional.then(|| Choice::new(NONE, t!(schedule_no_calendar)));
        let named = known.choices().map(|name| {
            let until = known.get(name).ok().and_then(|calendar| calendar.known_until());
            let hint = until.map(|until| t!(schedule_known_until, until)).unwrap_or_default();
            Choice::new(name, name).hint(hint)
        });
        none.into_iter().chain(named).collect::<Vec<_>>()
    };
    let choose = Callback::new(move |name: String| {
        on_change.run(Some(name).filter(|name| name != NONE).map(CalendarExpr::Name));
    });
    let take = Callback::new(move |text: String| {
        if text.is_empty() && optional {
            on_change.run(None);
            return Ok(());
        }
        on_change.run(Some(resolved(&calendars, &text)?));
        Ok(())
    });
    view! {
        <Choices
            label=Signal::derive(|| t!(schedule_calendar).to_owned())
            choices=Signal::derive(choices)
            chosen=Signal::stored(chosen)
            on_choose=choose
        />
        <Entered
            label=Signal::derive(|| t!(schedule_expression).to_owned())
            placeholder="SSE & HKEX"
            value=written
            take
        />
    }
}

/// The expression of a text whose calendars exist, or what is wrong with it.
pub(crate) fn resolved(calendars: &Calendars, text: &str) -> Result<CalendarExpr, String> {
    let expr = CalendarExpr::parse(text).map_err(|error| error.text(lang()))?;
    calendars.resolve(&expr).map_err(|error| error.text(lang()))?;
    Ok(expr)
}
