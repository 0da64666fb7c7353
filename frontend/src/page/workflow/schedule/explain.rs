//! Why the schedule fires on a date, fires on another instead, or doesn't.

use domain::bizdate::BizDate;
use domain::schedule::Schedule;
use leptos::prelude::*;

use super::builder::Builder;
use crate::browser;
use crate::i18n::lang;
use crate::t;

#[component]
pub(crate) fn Explain(builder: Builder) -> impl IntoView {
    let date = RwSignal::new(None::<BizDate>);
    let answer = move || {
        let (date, spec) = (date.get()?, builder.spec()?);
        Some(match Schedule::compile(&spec, &builder.calendars()) {
            Ok(schedule) => schedule.explain(date).text(lang()),
            Err(hold) => hold.text(lang()),
        })
    };
    view! {
        <div class="sched__d">
            <h3>{move || t!(schedule_explain)}</h3>
            <label class="chip chip--s sched__e">
                {move || t!(schedule_explain_date)}
                <input
                    type="date"
                    data-field="explain"
                    on:change=move |event| date.set(browser::input_value(&event).parse().ok())
                />
            </label>
            <p class="small" role="status" data-answer="">{answer}</p>
        </div>
    }
}
