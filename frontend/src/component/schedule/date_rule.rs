//! The business date of a workflow's runs: the calendar of its data, and the date seen from the day of the fire.

use std::sync::Arc;

use domain::calendar::Calendars;
use domain::workflow::spec::BusinessDate;
use leptos::prelude::*;

use super::calendar::resolved;
use super::choice::{Choice, Choices, Entered};
use crate::i18n::lang;
use crate::t;
use crate::view::schedule::phrase;

/// The rule that is the day of the fire itself.
const SAME_DAY: &str = "T";

#[component]
pub(crate) fn DateRuleChoice(
    calendars: Arc<Calendars>,
    value: Option<BusinessDate>,
    /// The calendar that is taken when none was chosen.
    usual: String,
    on_change: Callback<Option<BusinessDate>>,
) -> impl IntoView {
    let rule = value.as_ref().map_or_else(|| SAME_DAY.to_owned(), |value| value.rule.clone());
    let calendar = value.as_ref().map(|value| value.calendar.clone()).unwrap_or_default();
    let current = StoredValue::new((rule.clone(), calendar.clone()));
    let usual = StoredValue::new(usual);
    let tell = move |rule: String, calendar: String| {
        current.set_value((rule.clone(), calendar.clone()));
        // Without a calendar the date can only be the day of the fire.
        let none = calendar.is_empty() && rule == SAME_DAY;
        let calendar = if calendar.is_empty() { usual.get_value() } else { calendar };
        on_change.run((!none).then_some(BusinessDate { calendar, rule }));
    };
    let choose = Callback::new(move |rule: String| tell(rule, current.get_value().1));
    let take_rule = Callback::new(move |text: String| {
        phrase::check_date_rule(&text, lang())?;
        tell(text, current.get_value().1);
        Ok(())
    });
    let take_calendar = Callback::new(move |text: String| {
        if !text.is_empty() {
            resolved(&calendars, &text)?;
        }
        tell(current.get_value().0, text);
        Ok(())
    });
    let choices = || phrase::DATE_RULES.map(|rule| Choice::new(rule, phrase::date_rule(rule, lang()))).to_vec();
    view! {
        <Choices
            label=Signal::derive(|| t!(schedule_business_date).to_owned())
            choices=Signal::derive(choices)
            chosen=Signal::stored(rule.clone())
            on_choose=choose
        />
        <Entered label=Signal::derive(|| t!(schedule_date_expression).to_owned()) placeholder="T-1@HKEX" value=rule take=take_rule />
        <Entered label=Signal::derive(|| t!(schedule_data_calendar).to_owned()) placeholder="SSE" value=calendar take=take_calendar />
    }
}
