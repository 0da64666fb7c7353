//! States as glyph and word, and the progress of a run's tasks.

use leptos::prelude::*;

use crate::api::run::RunRow;
use crate::i18n::lang;
use crate::t;
use crate::view::state::Look;

/// The glyph alone; the word must stand elsewhere.
#[component]
pub(crate) fn Glyph(
    look: Look,
    #[prop(optional)]
    /// 16 instead of 14 px.
    large: bool,
) -> impl IntoView {
    let class = if large { format!("{} si--l", look.si()) } else { look.si() };
    view! {
        <svg class=class aria-hidden="true">
            <use_ href=look.icon.href()></use_>
        </svg>
    }
}

#[component]
pub(crate) fn StateText(
    look: Look,
    /// As a pill, in page heads.
    #[prop(optional)]
    pill: bool,
) -> impl IntoView {
    let class = if pill { format!("{} pill", look.st()) } else { look.st() };
    view! {
        <span class=class data-state=look.code>
            <Glyph look />
            {move || look.label(lang())}
        </span>
    }
}

/// How many of a run's tasks are done, running and failed.
#[component]
pub(crate) fn Progress(#[prop(into)] run: Signal<RunRow>) -> impl IntoView {
    let share =
        move |part: i32| format!("{:.1}%", f64::from(part) * 100.0 / f64::from(run.with(|run| run.task_total).max(1)));
    let words = move || run.with(|run| t!(run_progress, run.task_succeeded, run.task_total));
    view! {
        <span class="row row--s" role="img" aria-label=words title=words>
            <span class="meter meter--row">
                <i class="m-ok" style:--w=move || share(run.with(|run| run.task_succeeded))></i>
                <i class="m-run" style:--w=move || share(run.with(|run| run.task_running))></i>
                <i class="m-fail" style:--w=move || share(run.with(|run| run.task_failed))></i>
            </span>
            <span class="dim small">
                {move || run.with(|run| format!("{}/{}", run.task_succeeded, run.task_total))}
            </span>
        </span>
    }
}
