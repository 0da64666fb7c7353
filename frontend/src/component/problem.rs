//! The problems of a document, each leading to its line.

use leptos::prelude::*;

use crate::api::workflow::SpecProblem;
use crate::t;

#[component]
pub(crate) fn Problems(#[prop(into)] problems: Signal<Vec<SpecProblem>>, on_go: Callback<i32>) -> impl IntoView {
    let row = move |problem: SpecProblem| {
        let warning = problem.severity.eq_ignore_ascii_case("warning");
        let (icon, class) = if warning {
            (crate::icon::Icon::StateRisk, "si si-risk")
        } else {
            (crate::icon::Icon::StateFail, "si si-fail")
        };
        let line = problem.line;
        let place = move || match (line, problem.column) {
            (Some(line), Some(column)) => t!(editor_place, line, column),
            (Some(line), None) => t!(editor_line, line),
            _ => String::new(),
        };
        view! {
            <li>
                <button
                    type="button"
                    class="problem"
                    disabled=line.is_none()
                    on:click=move |_| {
                        if let Some(line) = line {
                            on_go.run(line);
                        }
                    }
                >
                    <svg class=class aria-hidden="true">
                        <use_ href=icon.href()></use_>
                    </svg>
                    <span class="problem__p">{place}</span>
                    <span class="grow">{problem.message.clone()}</span>
                    <span class="mono dim">{problem.path.clone()}</span>
                </button>
            </li>
        }
    };
    view! {
        <ul class="problems" aria-label=move || problems.with(|all| t!(editor_problems, all.len() as i64))>
            {move || problems.get().into_iter().map(row).collect_view()}
        </ul>
    }
}
