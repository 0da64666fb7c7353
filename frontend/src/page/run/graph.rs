//! The graph of a run: nodes by state, by critical path or by duration, and a search among them.

use leptos::prelude::*;

use crate::api::task::TaskRun;
use crate::browser;
use crate::component::canvas::{Canvas, NodeFace};
use crate::component::icon::Ic;
use crate::format;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::run::timeline;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::{gantt, path, state};

/// Room for the tools above the drawing.
const TOOLS: f64 = 52.0;

/// What the colours of the graph tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paint {
    State,
    Path,
    Time,
}

impl Paint {
    const ALL: [(Self, &'static str, Word); 3] = [
        (Self::State, "state", text::run_paint_state),
        (Self::Path, "path", text::run_paint_path),
        (Self::Time, "time", text::run_paint_time),
    ];
}

#[component]
pub(crate) fn RunGraph(run: LiveRun, selected: Signal<Option<String>>, select: Callback<String>) -> impl IntoView {
    let address = use_address();
    let paint = Memo::new(move |_| {
        let wire = address.get("paint");
        let named = Paint::ALL.into_iter().find(|(_, name, _)| wire.as_deref() == Some(name));
        named.map_or(Paint::State, |(paint, ..)| paint)
    });
    let words = RwSignal::new(String::new());
    let critical = Memo::new(move |_| if paint.get() == Paint::Path { run.critical() } else { Vec::new() });
    let longest = Memo::new(move |_| match paint.get() {
        Paint::Time => path::longest(&run.snapshot(), clock::now()),
        _ => 1,
    });
    let task = move |index: usize| {
        let ordinal = run.drawing.with_value(|drawing| drawing.nodes.get(index).map(|node| node.task.ordinal));
        ordinal.and_then(|ordinal| run.task(ordinal))
    };
    let needs = move |index: usize| {
        run.drawing
            .with_value(|drawing| drawing.nodes.get(index).map(|node| node.task.needs.clone()))
            .unwrap_or_default()
    };
    let face = Callback::new(move |index: usize| match task(index) {
        Some(task) => task.with(|task| {
            let colour = match paint.get() {
                Paint::State => String::new(),
                Paint::Path if critical.with(|critical| critical.contains(&index)) => "node--crit".to_owned(),
                Paint::Path => "node--off".to_owned(),
                Paint::Time => format!("node--w{}", path::weight(gantt::took(task, clock::now()), longest.get())),
            };
            let missed = words.with(|words| !words.is_empty() && !task.name.contains(words.as_str()));
            NodeFace {
                look: Some(state::task_run(task)),
                detail: detail(task, &needs(index)),
                class: if missed { format!("{colour} node--off") } else { colour },
                items: task.items,
            }
        }),
        None => NodeFace::default(),
    });
    let edge_state = Callback::new(move |index: usize| task(index).map(|task| task.with(|task| task.state)));
    let tools = move || view! { <Tools run words select chosen=paint /> };
    view! { <Canvas drawing=run.drawing face edge_state selected on_select=select path=critical tools top=TOOLS /> }
}

/// What the colours tell, and the search.
#[component]
fn Tools(run: LiveRun, words: RwSignal<String>, select: Callback<String>, chosen: Memo<Paint>) -> impl IntoView {
    let find = move || {
        let found = words.with_untracked(|words| {
            let names = run.tasks().into_iter().map(|task| task.with_untracked(|task| task.name.clone()));
            names.into_iter().find(|name| !words.is_empty() && name.contains(words.as_str()))
        });
        if let Some(name) = found {
            select.run(name);
        }
    };
    let address = use_address();
    let seg = move |(which, wire, label): (Paint, &'static str, Word)| {
        view! {
            <button
                type="button"
                aria-pressed=move || (chosen.get() == which).to_string()
                on:click=move |_| address.replace(&[("paint", (which != Paint::State).then(|| wire.to_owned()))])
            >
                {move || label(lang())}
            </button>
        }
    };
    view! {
        <div class="ctool ctool--tl">
            <div class="seg seg--s" role="group" aria-label=move || t!(run_paint)>
                {Paint::ALL.into_iter().map(seg).collect_view()}
            </div>
            <label class="inp inp--s ctool__f">
                <Ic icon=Icon::Search size="ic--s" />
                <input
                    type="search"
                    data-find-task
                    placeholder=move || t!(run_find_task)
                    aria-label=move || t!(run_find_task)
                    on:input=move |event| words.set(browser::input_value(&event).trim().to_owned())
                    on:keydown=move |event| {
                        if event.key() == "Enter" {
                            find();
                        }
                        // The keys of the graph are letters here.
                        event.stop_propagation();
                    }
                />
            </label>
        </div>
    }
}

/// The second line of a node: when and how long, or what it waits for.
fn detail(task: &TaskRun, needs: &[String]) -> String {
    use crate::api::task::TaskState::*;
    if let Some(items) = task.items.filter(|_| !matches!(task.state, Succeeded | Skipped)) {
        let words = path::item_words(items);
        return if items.failed > 0 { t!(run_node_items_failed, words, items.failed) } else { words };
    }
    let at = |instant: Option<crate::api::scalar::Instant>| {
        instant.map_or_else(String::new, |at| format::clock(at.0, browser::offset_min(at.0)))
    };
    let took = || timeline::took_words(task);
    match task.state {
        Succeeded if task.marked => task.reason.clone().unwrap_or_else(|| t!(state_forced).to_owned()),
        Succeeded if task.started_at.is_some() => match task.items {
            Some(items) => format!("{} · {}", path::item_words(items), took()),
            None => t!(run_at_done, at(task.started_at), took()),
        },
        Running | Claimed if task.started_at.is_some() => t!(run_at_running, at(task.started_at), took()),
        Failed | TimedOut => match task.exit_code {
            Some(code) => t!(run_at_failed_exit, code, at(task.finished_at), task.attempt),
            None => task.reason.clone().unwrap_or_else(|| t!(run_at_failed, task.attempt, at(task.finished_at))),
        },
        RetryWait => t!(run_at_retry, task.retry_at.map_or_else(String::new, |at| clock::at_secs(at.0))),
        Pending | Ready if task.held => task.reason.clone().unwrap_or_else(|| t!(state_held).to_owned()),
        Ready => match task.ready_at {
            Some(ready) => t!(run_at_queued, format::duration(clock::now() - ready.0)),
            None => state::task(task.state).label(lang()).to_owned(),
        },
        Pending if task.reason.is_none() && !needs.is_empty() => t!(run_node_needs, needs.join(", ")),
        Pending if task.reason.is_none() => t!(run_node_first).to_owned(),
        _ => task.reason.clone().unwrap_or_else(|| state::task_run(task).label(lang()).to_owned()),
    }
}
