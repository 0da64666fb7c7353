//! The dates of a page of a backfill at a glance: one cell a date, one line a workflow.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::{BackfillItem, BackfillItemConnection};
use crate::api::short_id;
use crate::component::state::Glyph;
use crate::i18n::lang;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::backfill as look;

#[component]
pub(crate) fn Grid(items: Memo<BackfillItemConnection>) -> impl IntoView {
    let lines = Memo::new(move |_| items.with(|it| lines(&it.nodes)));
    view! {
        <div class="bfg" role="group" aria-label=move || t!(backfill_progress)>
            <For each=move || lines.get() key=Clone::clone let:line>
                <div class="bfg__l">
                    <span class="bfg__n mono clip">{line.name}</span>
                    <span class="bfg__c">
                        {line.positions.into_iter().map(|position| view! { <Cell items position /> }).collect_view()}
                    </span>
                </div>
            </For>
        </div>
    }
}

/// A workflow with the positions of its dates. Workflows of two projects may have the same name.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Line {
    workflow: String,
    name: String,
    positions: Vec<i32>,
}

/// The workflows in the order in which they come.
fn lines(items: &[BackfillItem]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for item in items {
        let (workflow, name) = (item.workflow.id.inner().to_owned(), item.workflow.name.clone());
        match lines.iter_mut().find(|line| line.workflow == workflow) {
            Some(line) => line.positions.push(item.position),
            None => lines.push(Line { workflow, name, positions: vec![item.position] }),
        }
    }
    lines
}

/// A date: its state, and its run behind it once there is one.
#[component]
fn Cell(items: Memo<BackfillItemConnection>, position: i32) -> impl IntoView {
    let scope = use_scope();
    let item = Memo::new(move |_| items.with(|it| it.nodes.iter().find(|item| item.position == position).cloned()));
    move || {
        let item = item.get()?;
        let shown = look::item(item.state);
        let title = format!("{} {}", item.business_date, shown.label(lang()));
        let glyph = view! { <Glyph look=shown /> };
        Some(match item.run {
            Some(run) => {
                let path = format!("/runs/{}", short_id(&run.id));
                view! {
                    <A href=move || scope.href(&path) attr:class="bfg__d" attr:title=title.clone() attr:aria-label=title>
                        {glyph}
                    </A>
                }
                .into_any()
            }
            None => {
                view! { <span class="bfg__d" role="img" title=title.clone() aria-label=title>{glyph}</span> }.into_any()
            }
        })
    }
}
