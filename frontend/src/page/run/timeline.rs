//! The tasks of a run as lanes over time.

use leptos::prelude::*;

use crate::api::task::TaskRun;
use crate::browser;
use crate::component::state::Glyph;
use crate::format;
use crate::i18n::lang;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::gantt::{self, Span};
use crate::view::path::item_words;
use crate::view::state;

/// How long a task took or has taken; follows the clock only while it runs.
pub(crate) fn took_words(task: &TaskRun) -> String {
    let now = if !task.state.is_final() { clock::now_exact() } else { 0 };
    gantt::took(task, now).map_or_else(|| "–".to_owned(), format::duration)
}

#[component]
pub(crate) fn Timeline(run: LiveRun, selected: Signal<Option<String>>, select: Callback<String>) -> impl IntoView {
    let span = Memo::new(move |_| {
        run.row.with(|row| {
            let over = row.state.is_final();
            // A run that was rerun began before its newest round: its own times span all of it.
            let start = row.started_at.unwrap_or(row.created_at).0;
            let end = if over { row.finished_at.map(|at| at.0) } else { None };
            Span::of(start, end, if over { 0 } else { clock::now_exact() })
        })
    });
    let ticks = move || {
        let span = span.get();
        let tick = |(x, label): (f64, String)| view! { <span class="ax" style:--x=format!("{x:.2}%")>{label}</span> };
        span.ticks(browser::offset_min(span.from_ms)).into_iter().map(tick).collect_view()
    };
    let over = Memo::new(move |_| run.row.with(|row| row.state.is_final()));
    let critical = Memo::new(move |_| {
        let ordinal =
            |index: &usize| run.drawing.with_value(|drawing| drawing.nodes.get(*index).map(|node| node.task.ordinal));
        run.critical().iter().filter_map(ordinal).collect::<Vec<i32>>()
    });
    view! {
        <div class="gt gt--h" aria-hidden="true">
            <span class="gt__n">{move || t!(run_task)}</span>
            <span class="gt__a">{move || t!(run_try)}</span>
            <span class="gt__d">{move || t!(run_duration)}</span>
            <div class="gt__t">{ticks}</div>
        </div>
        <div class="gts" role="list" aria-label=move || t!(run_timeline)>
            {run.tasks().into_iter().map(|task| view! { <Lane task span critical selected select /> }).collect_view()}
            <Show when=move || !over.get()>
                <div class="gnow" aria-hidden="true">
                    <div>
                        <i style:--x=move || format!("{:.2}%", span.get().place(clock::now_exact()))></i>
                    </div>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Lane(
    task: RwSignal<TaskRun>,
    span: Memo<Span>,
    critical: Memo<Vec<i32>>,
    selected: Signal<Option<String>>,
    select: Callback<String>,
) -> impl IntoView {
    let name = task.with_untracked(|task| task.name.clone());
    let look = Memo::new(move |_| task.with(state::task_run));
    let going = Memo::new(move |_| task.with(|task| !task.state.is_final()));
    let ordinal = task.with_untracked(|task| task.ordinal);
    let decides = move || critical.with(|critical| critical.contains(&ordinal));
    let words = Memo::new(move |_| task.with(took_words));
    let sentence = {
        let name = name.clone();
        move || t!(run_lane_label, &name, look.get().label(lang()), words.get())
    };
    let chosen = {
        let name = name.clone();
        move || selected.with(|selected| selected.as_deref() == Some(&name))
    };
    let open = name.clone();
    let bars = move || {
        let now = if going.get() { clock::now_exact() } else { 0 };
        let bar = |bar: gantt::Bar| {
            view! { <div class=bar.class style:--x=format!("{:.2}%", bar.x) style:--w=format!("{:.2}%", bar.w)></div> }
        };
        task.with(|task| gantt::bars(task, span.get(), now)).into_iter().map(bar).collect_view()
    };
    view! {
        <div role="listitem">
            <button class="gt" class:is-sel=chosen class:is-crit=decides title=move || decides().then(|| t!(run_on_critical)) type="button" aria-label=sentence data-lane=name.clone() on:click=move |_| select.run(open.clone())>
                <span class="gt__n">
                    {move || view! { <Glyph look=look.get() /> }}
                    <span class="mono clip">{name.clone()}</span>
                    {move || task.with(|task| task.items).map(|items| view! { <span class="dim small">{item_words(items)}</span> })}
                </span>
                <span class="gt__a">{move || task.with(|task| if task.attempt == 0 { "–".to_owned() } else { task.attempt.to_string() })}</span>
                <span class="gt__d">{move || words.get()}</span>
                <span class="gt__t">{bars}</span>
            </button>
        </div>
    }
}
