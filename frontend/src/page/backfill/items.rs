//! The dates of a backfill with their runs, page by page.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::{BackfillItem, BackfillItemConnection};
use crate::api::{run_number, short_id};
use crate::component::state::{Glyph, StateText};
use crate::i18n::lang;
use crate::state::address::use_address;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::backfill as look;
use crate::view::state;

#[component]
pub(crate) fn Items(items: Memo<BackfillItemConnection>) -> impl IntoView {
    let address = use_address();
    let next =
        Memo::new(move |_| items.with(|it| it.page_info.end_cursor.clone().filter(|_| it.page_info.has_next_page)));
    let later = move || address.get("after").is_some();
    view! {
        <div class="scroll">
            <table class="tbl tbl--m">
                <thead>
                    <tr>
                        <th>{move || t!(backfill_date)}</th>
                        <th>{move || t!(backfill_workflow)}</th>
                        <th>{move || t!(backfill_state)}</th>
                        <th>{move || t!(backfill_action)}</th>
                        <th>{move || t!(backfill_item)}</th>
                        <th class="num">{move || t!(backfill_attempt)}</th>
                        <th>{move || t!(backfill_why)}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || items.with(|it| it.nodes.clone()) key=|item| item.position let:first>
                        <Row items first />
                    </For>
                </tbody>
            </table>
        </div>
        <div class="foot">
            <Show when=later>
                <button class="btn btn--s" type="button" on:click=move |_| address.set(&[("after", None)])>
                    {move || t!(backfill_first_page)}
                </button>
            </Show>
            <Show when=move || next.with(Option::is_some)>
                <button class="btn btn--s push" type="button" on:click=move |_| address.set(&[("after", next.get_untracked())])>
                    {move || t!(backfill_next_page)}
                </button>
            </Show>
        </div>
    }
}

/// A row; each cell follows what it shows by itself, so that the keyboard stays where it is while states change.
#[component]
fn Row(items: Memo<BackfillItemConnection>, first: BackfillItem) -> impl IntoView {
    let scope = use_scope();
    let BackfillItem { position, business_date, workflow, .. } = first.clone();
    let item = Memo::new(move |_| {
        let now = items.with(|it| it.nodes.iter().find(|item| item.position == position).cloned());
        now.unwrap_or_else(|| first.clone())
    });
    let (stands, action) = (move || item.with(|it| it.state), move || item.with(|it| it.action));
    let tried = move || item.with(|it| (it.attempt > 0).then_some(it.attempt));
    let reason = move || item.with(|it| it.reason.clone());
    let run = Memo::new(move |_| item.with(|it| it.run.as_ref().map(|run| run.id.clone())));
    let glyph = move || item.with(|it| it.run.as_ref().map(|run| view! { <Glyph look=state::run(run.state) /> }));
    let link = move || {
        run.get().map(|id| {
            let path = format!("/runs/{}", short_id(&id));
            view! {
                <A href=move || scope.href(&path) attr:class="row row--s">
                    {glyph}
                    <span class="mono">{run_number(&id).to_owned()}</span>
                </A>
            }
        })
    };
    view! {
        <tr data-date=business_date.to_string()>
            <td class="mono">{business_date.to_string()}</td>
            <td>{workflow.name}</td>
            <td>{move || view! { <StateText look=look::item(stands()) /> }}</td>
            <td class="dim">{move || look::action(action(), lang())}</td>
            <td>{link}</td>
            <td class="num dim">{tried}</td>
            <td class="dim clip" title=reason>{reason}</td>
        </tr>
    }
}
