//! The run beside the one before it: states and durations task by task.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::failure::Failure;
use crate::api::look::{LookVariables, MoreCompared, MoreComparedVariables, RunBefore, RunWithTasks};
use crate::api::task::TaskState;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::format;
use crate::page::run::waits::RunLink;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::state::load::{Load, load};
use crate::t;
use crate::view::path::{self, Pair};
use crate::view::state;

#[component]
pub(crate) fn Compare(run: LiveRun) -> impl IntoView {
    let id = run.row.with_untracked(|row| row.id.clone());
    let loader = load(move || id.clone(), fetch);
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_run).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(None) => view! {
            <Empty
                title=Signal::derive(|| t!(run_compare_none).to_owned())
                text=Signal::derive(|| t!(run_compare_none_text).to_owned())
            />
        }
        .into_any(),
        Load::Ready(Some(before)) => view! { <Beside run before /> }.into_any(),
    }
}

/// The run before with all its tasks: one that is missing would be told as not there.
async fn fetch(id: cynic::Id) -> Result<Option<RunWithTasks>, Failure> {
    let answer = client::send(RunBefore::build(LookVariables { id })).await?;
    let Some(mut before) = answer.run.and_then(|run| run.previous) else { return Ok(None) };
    while before.task_runs.page_info.has_next_page {
        let after = before.task_runs.page_info.end_cursor.clone();
        let variables = MoreComparedVariables { id: before.run.id.clone(), after };
        let Some(more) = client::send(MoreCompared::build(variables)).await?.run else { break };
        before.task_runs.nodes.extend(more.task_runs.nodes);
        before.task_runs.page_info = more.task_runs.page_info;
    }
    Ok(Some(before))
}

#[component]
fn Beside(run: LiveRun, before: RunWithTasks) -> impl IntoView {
    let RunWithTasks { run: other, task_runs } = before;
    let pairs = Memo::new(move |_| path::pairs(&run.snapshot(), &task_runs.nodes, clock::now()));
    let most = Memo::new(move |_| {
        let took = |side: &Option<(TaskState, Option<i64>)>| side.as_ref().and_then(|(_, took)| *took).unwrap_or(0);
        pairs.with(|pairs| pairs.iter().map(|pair| took(&pair.now).max(took(&pair.before))).max()).unwrap_or(0).max(1)
    });
    let version = other.version.number;
    let here = move || run.row.with(|row| row.version.number);
    view! {
        <div class="sheet">
            <p class="row">
                {move || t!(run_compare_with)}
                <RunLink run=other />
                <span class="dim">{format!("v{version}")}</span>
                {move || (here() != version).then(|| view! { <span class="tag tag--risk">{t!(run_compare_version, here())}</span> })}
            </p>
        </div>
        <table class="tbl tbl--m" data-compare>
            <thead>
                <tr>
                    <th>{move || t!(run_task)}</th>
                    <th>{move || t!(run_compare_here)}</th>
                    <th class="num">{move || t!(run_duration)}</th>
                    <th>{move || t!(run_compare_before)}</th>
                    <th class="num">{move || t!(run_duration)}</th>
                    <th class="num">{move || t!(run_compare_longer)}</th>
                    <th class="cmp__h"></th>
                </tr>
            </thead>
            <tbody>
                {move || pairs.get().into_iter().map(|pair| view! { <Row pair most=most.get() /> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Row(pair: Pair, most: i64) -> impl IntoView {
    let longer = pair.longer_ms();
    let side = |side: Option<(TaskState, Option<i64>)>| {
        let (look, took) = match side {
            Some((task, took)) => (Some(state::task(task)), took),
            None => (None, None),
        };
        view! {
            <td>
                {match look {
                    Some(look) => view! { <StateText look /> }.into_any(),
                    None => view! { <span class="dim">{move || t!(run_compare_absent)}</span> }.into_any(),
                }}
            </td>
            <td class="num">{took.map_or_else(|| "–".to_owned(), format::duration)}</td>
        }
    };
    // A second is noise; a fifth more, and at least that, is worth a look.
    let notable =
        longer.zip(pair.before.and_then(|(_, took)| took)).is_some_and(|(longer, took)| longer > 1_000.max(took / 5));
    let difference = longer.map(|ms| match ms {
        ..0 => format!("−{}", format::duration(-ms)),
        _ => format!("+{}", format::duration(ms)),
    });
    let width = |side: &Option<(TaskState, Option<i64>)>| {
        let took = side.as_ref().and_then(|(_, took)| *took).unwrap_or(0);
        format!("{:.1}%", took as f64 * 100.0 / most as f64)
    };
    let (now, before) = (width(&pair.now), width(&pair.before));
    view! {
        <tr>
            <td class="mono">{pair.name.clone()}</td>
            {side(pair.now)}
            {side(pair.before)}
            <td class="num" class:tone-risk=notable>{difference}</td>
            <td class="cmp" aria-hidden="true">
                <i class="cmp__n" style:--w=now></i>
                <i class="cmp__b" style:--w=before></i>
            </td>
        </tr>
    }
}
