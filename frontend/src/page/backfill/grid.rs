//! The dates of a backfill at a glance: one cell a date, one line a workflow.

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
            <For each=move || lines.get() key=|(name, positions)| (name.clone(), positions.clone()) let:line>
                <div class="bfg__l">
                    <span class="bfg__n mono clip">{line.0.clone()}</span>
                    <span class="bfg__c">
                        {line.1.into_iter().map(|position| view! { <Cell items position /> }).collect_view()}
                    </span>
                </div>
            </For>
        </div>
    }
}

/// The workflows in the order in which they come, with the positions of their dates.
fn lines(items: &[BackfillItem]) -> Vec<(String, Vec<i32>)> {
    let mut lines: Vec<(String, Vec<i32>)> = Vec::new();
    for item in items {
        match lines.iter_mut().find(|(name, _)| *name == item.workflow.name) {
            Some((_, positions)) => positions.push(item.position),
            None => lines.push((item.workflow.name.clone(), vec![item.position])),
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
