//! The attempts of a task and what it left behind.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::task::{Attempt, TaskById, TaskDetail, TaskRun, TaskVariables};
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::format;
use crate::i18n;
use crate::preview::plain;
use crate::state::clock;
use crate::state::load::{Load, load};
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Attempts(task: RwSignal<TaskRun>) -> impl IntoView {
    // Asked again whenever the task changes: its state and number of tries tell.
    let key = move || task.with(|task| (task.id.clone(), task.state, task.attempt, i18n::lang()));
    let loader = load(key, |(id, ..)| async move {
        let answer = client::send(TaskById::build(TaskVariables { id })).await?;
        Ok(answer.task_run.unwrap_or(TaskDetail { outputs: None, attempts: Vec::new() }))
    });
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_task).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(detail) => view! { <Listed detail /> }.into_any(),
    }
}

#[component]
fn Listed(detail: TaskDetail) -> impl IntoView {
    let TaskDetail { outputs, attempts } = detail;
    let none = attempts.is_empty();
    let outputs = outputs.and_then(|outputs| outputs.as_object().cloned()).filter(|outputs| !outputs.is_empty());
    let output = |(name, value): (String, serde_json::Value)| {
        view! {
            <dt class="mono">{name}</dt>
            <dd class="mono wrap">{plain(&value)}</dd>
        }
    };
    view! {
        <div class="sheet scroll">
            {none.then(|| view! { <p class="muted">{move || t!(run_no_attempt)}</p> })}
            {attempts.into_iter().rev().map(|attempt| view! { <One attempt /> }).collect_view()}
            {outputs.map(|outputs| {
                view! {
                    <section class="try">
                        <h3>{move || t!(run_outputs)}</h3>
                        <dl class="kv">{outputs.into_iter().map(output).collect_view()}</dl>
                    </section>
                }
            })}
        </div>
    }
}

#[component]
fn One(attempt: Attempt) -> impl IntoView {
    let Attempt { number, generation, .. } = attempt;
    let took = attempt.started_at.zip(attempt.finished_at).map(|(start, end)| format::duration(end.0 - start.0));
    let line = |label: fn(i18n::Lang) -> &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{move || label(i18n::lang())}</dt>
                <dd class="wrap">{value}</dd>
            }
        })
    };
    use i18n::text;
    view! {
        <section class="try" data-attempt=number>
            <h3 class="row">
                {move || t!(run_attempt_n, number)}
                <StateText look=state::attempt(attempt.state) />
                {(generation > 1).then(|| view! { <span class="tag">{move || t!(run_attempt_round, generation)}</span> })}
            </h3>
            {attempt.reason.clone().map(|reason| view! { <p class="muted">{reason}</p> })}
            <dl class="kv">
                {line(text::run_started, attempt.started_at.map(|at| clock::at_full(at.0)))}
                {line(text::run_finished, attempt.finished_at.map(|at| clock::at_full(at.0)))}
                {line(text::run_duration, took)}
                {line(text::run_node, Some(attempt.node.clone()))}
                {line(text::run_pool, Some(attempt.pool.clone()))}
                {line(text::run_pid, attempt.pid.map(|pid| pid.to_string()))}
                {line(text::run_exit, attempt.exit_code.map(|code| code.to_string()))}
                {line(text::run_signal, attempt.signal.map(|signal| signal.to_string()))}
                {line(text::run_cpu, attempt.cpu_ms.map(|cpu| format::duration(cpu.0)))}
                {line(text::run_memory, attempt.peak_rss_kb.map(|memory| format::bytes(memory.0.saturating_mul(1024))))}
                {line(text::run_log_size, Some(format::bytes(attempt.log_bytes.0)))}
            </dl>
        </section>
    }
}
