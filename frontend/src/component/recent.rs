//! The last fourteen runs of a workflow as a strip of bars.

use leptos::prelude::*;

use crate::api::workflow::RecentRun;
use crate::i18n::lang;
use crate::state::clock;
use crate::view::recent;

#[component]
pub(crate) fn Recent(runs: Vec<RecentRun>) -> impl IntoView {
    let runs = StoredValue::new(runs);
    // Bars grow by the minute at most; following the clock would redraw them each second.
    let now = untrack(clock::now);
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
}
