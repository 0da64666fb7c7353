//! A draft that began before what is in force now: it says so, and can be begun anew.

use leptos::prelude::*;

use crate::api::calendar::change::SaveCalendarDraftInput;
use crate::api::calendar::{CalendarRevisionState, Revision};
use crate::api::session::Permission;
use crate::component::icon::Ic;
use crate::component::reason::Refusal;
use crate::icon::Icon;
use crate::page::calendar::send::Sending;
use crate::page::calendar::{Shown, lacks};
use crate::state::address::use_address;
use crate::t;
use crate::view::calendar::anew::anew;

/// Why a draft can't be activated any more: another revision is in force than the one it began from.
pub(crate) fn stale(entry: Shown, revision: StoredValue<Revision>) -> Option<String> {
    let active = entry.with(|entry| entry.row.active.as_ref().map(|active| active.number))?;
    let (state, based) = revision.with_value(|revision| (revision.state, revision.based_on));
    match based {
        _ if state != CalendarRevisionState::Draft => None,
        Some(based) if based == active => None,
        Some(based) => Some(t!(calendar_stale, based, active)),
        None => Some(t!(calendar_stale_first, active)),
    }
}

/// Says that a draft is stale, and offers one of the same days that begins from what is in force.
#[component]
pub(crate) fn Stale(
    entry: Shown,
    revision: StoredValue<Revision>,
    rows: StoredValue<Vec<Revision>>,
    why: String,
) -> impl IntoView {
    let (address, sending) = (use_address(), Sending::new());
    let needs = move || entry.with(|entry| lacks(entry, Permission::CalendarEdit));
    let save = move |_| {
        let draft = revision.get_value();
        let Some(active) = entry.with_untracked(|entry| entry.row.active.clone()) else { return };
        let began = rows.with_value(|rows| {
            rows.iter().find(|row| Some(row.number) == draft.based_on).map(|row| row.definition.clone())
        });
        let input = SaveCalendarDraftInput {
            calendar: entry.with_untracked(|entry| entry.row.id.clone()),
            definition: anew(&draft.definition, began.as_ref(), &active.definition),
            based_on: Some(active.number),
            source: draft.source,
            note: draft.note,
        };
        sending.save_draft(address, input, || {});
    };
    view! {
        <div class="banner banner--hold" data-stale>
            <Ic icon=Icon::StateRisk />
            <span class="grow">{why}</span>
            <button
                class="btn btn--s"
                type="button"
                data-act="anew"
                disabled=move || needs().is_some() || sending.busy.get()
                title=needs
                on:click=save
            >
                {move || t!(calendar_anew)}
            </button>
        </div>
        <Refusal refusal=sending.refusal />
    }
}
