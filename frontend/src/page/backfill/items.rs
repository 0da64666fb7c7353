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
pub(crate) fn Items(items: BackfillItemConnection) -> impl IntoView {
    let address = use_address();
    let next = items.page_info.has_next_page.then_some(items.page_info.end_cursor).flatten();
    let later = address.get("after").is_some();
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
                <tbody>{items.nodes.into_iter().map(|item| view! { <Row item /> }).collect_view()}</tbody>
            </table>
        </div>
        <div class="foot">
            {later.then(|| {
                view! {
                    <button class="btn btn--s" type="button" on:click=move |_| address.set(&[("after", None)])>
                        {move || t!(backfill_first_page)}
                    </button>
                }
            })}
            {next.map(|cursor| {
                view! {
                    <button
                        class="btn btn--s push"
                        type="button"
                        on:click=move |_| address.set(&[("after", Some(cursor.clone()))])
                    >
                        {move || t!(backfill_next_page)}
                    </button>
                }
            })}
        </div>
    }
}

#[component]
fn Row(item: BackfillItem) -> impl IntoView {
    let scope = use_scope();
    let action = item.action;
    let run = item.run.map(|run| {
        let path = format!("/runs/{}", short_id(&run.id));
        view! {
            <A href=move || scope.href(&path) attr:class="row row--s">
                <Glyph look=state::run(run.state) />
                <span class="mono">{run_number(&run.id).to_owned()}</span>
            </A>
        }
    });
    view! {
        <tr data-date=item.business_date.to_string()>
            <td class="mono">{item.business_date.to_string()}</td>
            <td>{item.workflow.name}</td>
            <td><StateText look=look::item(item.state) /></td>
            <td class="dim">{move || look::action(action, lang())}</td>
            <td>{run}</td>
            <td class="num dim">{(item.attempt > 0).then_some(item.attempt)}</td>
            <td class="dim clip" title=item.reason.clone()>{item.reason.clone()}</td>
        </tr>
    }
}
