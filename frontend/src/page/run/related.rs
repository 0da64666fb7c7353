//! The runs around a run: who started it, what it repeats, what its tasks started.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::look::{LookVariables, RunRelated, goes_on};
use crate::api::run::RunRef;
use crate::browser;
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::format;
use crate::i18n;
use crate::page::run::waits::RunLink;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::state::load::{Load, load};
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Related(run: LiveRun) -> impl IntoView {
    let key = move || (run.row.with(|row| (row.id.clone(), row.state, row.task_running)), i18n::lang());
    let loader = load(key, |((id, ..), _)| async move {
        let answer = client::send(RunRelated::build(LookVariables { id })).await?;
        Ok(answer.run.map(|run| run.children).unwrap_or_default())
    });
    let (parent, repeats) = run.basis.with_value(|basis| (basis.parent.clone(), basis.rerun_of.clone()));
    move || {
        let (parent, repeats) = (parent.clone(), repeats.clone());
        match loader.state.get() {
            Load::Pending => view! { <SkeletonPane /> }.into_any(),
            Load::Failed(failure) => {
                let title = Signal::derive(|| t!(error_load_run).to_owned());
                view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
            }
            Load::Ready(children) => {
                let none = children.is_empty() && parent.is_none() && repeats.is_none();
                view! {
                    <div class="sheet">
                        {none.then(|| view! { <p class="muted">{move || t!(run_related_none)}</p> })}
                        {parent.map(|parent| view! { <Group label=Signal::derive(|| t!(run_parent).to_owned()) runs=vec![parent] /> })}
                        {repeats.map(|repeats| view! { <Group label=Signal::derive(|| t!(run_rerun_of).to_owned()) runs=vec![repeats] /> })}
                        {(!children.is_empty()).then(|| view! { <Group label=Signal::derive(|| t!(run_children).to_owned()) runs=children /> })}
                    </div>
                }
                .into_any()
            }
        }
    }
}

#[component]
fn Group(label: Signal<String>, runs: Vec<RunRef>) -> impl IntoView {
    let row = |run: RunRef| {
        let took = run.started_at.map(|start| {
            let end = run
                .finished_at
                .map_or_else(|| if goes_on(&run) { browser::server_now_ms() } else { start.0 }, |at| at.0);
            format::duration(end - start.0)
        });
        let look = state::run(run.state);
        let started = run.started_at.unwrap_or(run.created_at).0;
        view! {
            <tr>
                <td>
                    <StateText look />
                </td>
                <td>
                    <RunLink run />
                </td>
                <td class="num">{move || clock::at_moment(started)}</td>
                <td class="num">{took}</td>
            </tr>
        }
    };
    view! {
        <section>
            <h3>{move || label.get()}</h3>
            <table class="tbl tbl--m tbl--flush">
                <tbody>{runs.into_iter().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
}
