//! Views of the list that a person saved: the filters of the address under a name, kept for the account in this browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::page::run::filter::{NAMES, clear, is_filtered};
use crate::state::address::{Address, use_address};
use crate::state::session;
use crate::t;

/// More than these do not fit above the list.
const MOST: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedView {
    name: String,
    /// The parameters of the address.
    filters: Vec<(String, String)>,
}

fn place() -> String {
    let account = session::viewer().map(|viewer| viewer.account.id.inner().to_owned()).unwrap_or_default();
    format!("runs.views.{account}")
}

fn read() -> Vec<SavedView> {
    browser::kept(&place()).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn write(views: &[SavedView]) {
    if let Ok(text) = serde_json::to_string(views) {
        browser::keep(&place(), &text);
    }
}

/// What the address filters, in one order.
fn filters(address: Address) -> Vec<(String, String)> {
    NAMES.into_iter().filter_map(|name| Some((name.to_owned(), address.get(name)?))).collect()
}

fn open(address: Address, view: &SavedView) {
    let value = |name: &str| view.filters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    address.set(&NAMES.map(|name| (name, value(name))));
}

#[component]
pub(crate) fn Views() -> impl IntoView {
    let address = use_address();
    let views = RwSignal::new(untrack(read));
    let naming = RwSignal::new(false);
    let forget = move |name: String| {
        views.update(|views| views.retain(|view| view.name != name));
        views.with_untracked(|views| write(views));
    };
    let chip = move |view: SavedView| {
        let (shown, gone) = (view.name.clone(), view.name.clone());
        let own = view.filters.clone();
        let on = Memo::new(move |_| filters(address) == own);
        let named = view.name.clone();
        view! {
            <span class="chip chip--s viewchip" class:chip--on=move || on.get() data-view=named>
                <button type="button" aria-pressed=move || on.get().to_string() on:click=move |_| open(address, &view)>
                    {shown}
                </button>
                <button type="button" class="viewchip__x" title=move || t!(run_view_forget) aria-label=move || t!(run_view_forget) on:click=move |_| forget(gone.clone())>
                    <Ic icon=Icon::X size="ic--xs" />
                </button>
            </span>
        }
    };
    let new = move || {
        is_filtered(address)
            && views.with(|views| views.len() < MOST && views.iter().all(|view| view.filters != filters(address)))
    };
    view! {
        <Show when=move || views.with(|views| !views.is_empty()) || new()>
            <div class="views" role="group" aria-label=move || t!(run_views)>
                <button class="chip chip--s" class:chip--on=move || !is_filtered(address) type="button" on:click=move |_| clear(address)>
                    {move || t!(run_view_all)}
                </button>
                {move || views.get().into_iter().map(chip).collect_view()}
                <Show when=new>
                    <button class="chip chip--s chip--add" type="button" data-act="save-view" on:click=move |_| naming.set(true)>
                        <Ic icon=Icon::Plus size="ic--xs" />
                        {move || t!(run_view_save)}
                    </button>
                </Show>
            </div>
        </Show>
        <Show when=move || naming.get()>
            <Name views address on_close=Callback::new(move |()| naming.set(false)) />
        </Show>
    }
}

#[component]
fn Name(views: RwSignal<Vec<SavedView>>, address: Address, on_close: Callback<()>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let save = Callback::new(move |()| {
        let name = name.with_untracked(|name| name.trim().to_owned());
        if name.is_empty() {
            return browser::focus("#view-name");
        }
        let view = SavedView { name, filters: untrack(|| filters(address)) };
        views.update(|views| {
            views.retain(|known| known.name != view.name);
            views.push(view);
        });
        views.with_untracked(|views| write(views));
        on_close.run(());
    });
    view! {
        <Dialog
            title=Signal::derive(|| t!(run_view_title).to_owned())
            on_close
            on_confirm=save
            footer=move || {
                view! { <DialogButtons confirm=Signal::derive(|| t!(run_view_do).to_owned()) busy=Signal::stored(false) on_close /> }
            }
        >
            <div class="field">
                <label for="view-name">{move || t!(run_view_name)}</label>
                <input id="view-name" class="inp" autofocus maxlength="40" on:input=move |event| name.set(browser::input_value(&event)) />
                <span class="hint">{move || t!(run_view_hint)}</span>
            </div>
        </Dialog>
    }
}
