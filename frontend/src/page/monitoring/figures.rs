//! The strip of sums over all nodes.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::system::Platform;
use crate::component::state::StateText;
use crate::i18n::lang;
use crate::page::monitoring::scheduler::NodeList;
use crate::state::load::load;
use crate::t;
use crate::view::cluster::{Figures as Sums, span};

#[component]
pub(crate) fn Figures(nodes: NodeList) -> impl IntoView {
    let sums = Memo::new(move |_| nodes.with(|nodes| Sums::of(nodes)));
    let look = Memo::new(move |_| sums.with(Sums::look));
    let platform = load(|| (), |()| async { client::send(Platform::build(())).await });
    view! {
        <dl class="facts clusfacts">
            <div>
                <dt>{move || t!(cluster_nodes)}</dt>
                <dd class="row row--s">
                    {move || view! { <StateText look=look.get() /> }}
                    <span data-figure="nodes">{move || sums.with(|sums| sums.words(lang()))}</span>
                </dd>
            </div>
            <div>
                <dt>{move || t!(cluster_slots)}</dt>
                <dd class="row row--s">
                    {move || sums.with(|sums| view! { <Slots busy=sums.busy slots=sums.slots /> })}
                </dd>
            </div>
            {move || {
                let held = sums.with(|sums| sums.held)?;
                Some(view! {
                    <div>
                        <dt>{t!(cluster_held)}</dt>
                        <dd>
                            <b class="strong">{held}</b>
                        </dd>
                    </div>
                })
            }}
            {move || {
                let ((troubled, health), lag) = sums.with(|sums| Some((sums.troubled?, sums.lag.clone())))?;
                let words = if troubled == 0 { t!(cluster_all_on_time).to_owned() } else { t!(cluster_troubled, troubled as i64) };
                let lag = match lag {
                    Some((lag_ms @ 1.., name, node)) => t!(cluster_lag_of, span(lag_ms), name, node),
                    _ => t!(cluster_lag_none).to_owned(),
                };
                Some(view! {
                    <div>
                        <dt>{t!(cluster_loops)}</dt>
                        <dd class="row row--s">
                            <StateText look=health.look() />
                            <span>{words}</span>
                        </dd>
                    </div>
                    <div>
                        <dt>{t!(cluster_lag_max)}</dt>
                        <dd>{lag}</dd>
                    </div>
                })
            }}
            {move || {
                let database = platform.ready()?.system.database?;
                Some(view! {
                    <div>
                        <dt>{t!(cluster_database)}</dt>
                        <dd class="mono small">{database}</dd>
                    </div>
                })
            }}
        </dl>
    }
}

/// How many of some slots are taken.
#[component]
pub(crate) fn Slots(busy: i32, slots: i32, #[prop(optional, into)] title: Option<String>) -> impl IntoView {
    let share = format!("{:.1}%", f64::from(busy) * 100.0 / f64::from(slots.max(1)));
    let words = t!(cluster_slots_of, busy, slots);
    view! {
        <span class="row row--s" role="img" aria-label=words.clone() title=title.unwrap_or(words)>
            <span class="meter meter--row">
                <i class="m-run" style:--w=share></i>
            </span>
            <span>{format!("{busy}/{slots}")}</span>
        </span>
    }
}
