//! The last fourteen runs of a workflow as a strip of bars.

use leptos::prelude::*;

use crate::api::workflow::RecentRun;
use crate::i18n::lang;
use crate::state::clock;
use crate::t;
use crate::view::recent;

#[component]
pub(crate) fn Recent(runs: Vec<RecentRun>) -> impl IntoView {
    let runs = StoredValue::new(runs);
    // Bars grow by the minute at most; following the clock would redraw them each second.
    let now = untrack(clock::now);
    if runs.with_value(Vec::is_empty) {
        return view! { <span class="dim small">{move || t!(workflow_no_runs)}</span> }.into_any();
    }
    view! {
        <span class="r14" role="img" aria-label=move || runs.with_value(|runs| recent::sentence(runs, lang()))>
            {move || {
                let bars = runs.with_value(|runs| recent::bars(runs, now, lang()));
                let bar = |bar: recent::Bar| {
                    view! { <i class=bar.class title=bar.title style:--h=format!("{}%", bar.height)></i> }
                };
                bars.into_iter().map(bar).collect_view()
            }}
        </span>
    }
    .into_any()
}
