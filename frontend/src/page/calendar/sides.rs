//! Which calendars are compared: chosen from menus, swapped, exported, or made into an expression.

use std::sync::Arc;

use leptos::prelude::*;

use crate::browser;
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::calendar::compare::SIDES;
use crate::state::address::use_address;
use crate::state::calendars::use_calendars;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::compare::{self, Side};
use crate::view::calendar::{derive, facts};

#[component]
pub(crate) fn Bar(names: Memo<Vec<String>>, sides: Signal<Arc<Vec<Side>>>, year: Memo<i32>) -> impl IntoView {
    let address = use_address();
    let only = Memo::new(move |_| address.get("only").is_some());
    let swap = move |_| {
        let names = names.get_untracked();
        if let [a, b, ..] = names.as_slice() {
            address.set(&[("a", Some(b.clone())), ("b", Some(a.clone()))]);
        }
    };
    let export = move |_| {
        let sides = sides.get_untracked();
        let comparison = compare::compare(&sides, year.get_untracked(), false, lang());
        let name = sides.iter().map(|side| side.name.as_str()).collect::<Vec<_>>().join("-");
        browser::save_as(&format!("{name}-{}.csv", year.get_untracked()), &compare::csv(&sides, &comparison, lang()));
    };
    let choice = move |differences: bool, words: Word| {
        view! {
            <button
                type="button"
                aria-pressed=move || (only.get() == differences).to_string()
                on:click=move |_| address.set(&[("only", differences.then(|| "1".to_owned()))])
            >
                {move || words(lang())}
            </button>
        }
    };
    view! {
        <div class="fbar fbar--menus">
            <SideChoice index=0 names sides year />
            <button class="ibtn ibtn--s" type="button" title=move || t!(calendar_swap) aria-label=move || t!(calendar_swap) on:click=swap>
                <Ic icon=Icon::Sync />
            </button>
            <SideChoice index=1 names sides year />
            <SideChoice index=2 names sides year />
            <span class="push row">
                <div class="seg seg--s" role="group" aria-label=move || t!(calendar_shown_days)>
                    {choice(false, text::calendar_all_days)}
                    {choice(true, text::calendar_differences)}
                </div>
                <SaveAs names />
                <button class="btn btn--s" type="button" data-act="export" on:click=export>
                    <Ic icon=Icon::Dl />
                    {move || t!(calendar_export)}
                </button>
            </span>
        </div>
    }
}

/// One side, and the calendars it can be changed to.
#[component]
fn SideChoice(index: usize, names: Memo<Vec<String>>, sides: Signal<Arc<Vec<Side>>>, year: Memo<i32>) -> impl IntoView {
    let (key, letter, colour) = SIDES[index];
    let (address, calendars) = (use_address(), use_calendars());
    let name = Memo::new(move |_| names.with(|names| names.get(index).cloned()));
    let count = move || {
        sides.with(|sides| sides.get(index).map(|side| facts::number(facts::open_days(&side.calendar, year.get()))))
    };
    let button = move || match name.get() {
        Some(name) => view! {
            <i class="swatch" style:background=colour></i>
            <b>{letter}</b>
            {name}
            {move || count().map(|count| format!(" · {count}"))}
            <Ic icon=Icon::Down size="ic--xs" />
        }
        .into_any(),
        None => view! {
            <Ic icon=Icon::Plus size="ic--xs" />
            {move || t!(calendar_third)}
        }
        .into_any(),
    };
    let button = ViewFn::from(move || view! { {button} }.into_any());
    let options =
        move || {
            let (book, tenant) = (calendars.book(), calendars.tenant());
            let others: Vec<String> = book.usable_by(tenant.as_deref()).map(|entry| entry.row.name.clone()).collect();
            others.into_iter().map(|option| {
            let (value, chosen) = (option.clone(), name.with(|name| name.as_ref() == Some(&option)));
            view! {
                <button
                    type="button"
                    role="menuitemradio"
                    aria-checked=chosen.to_string()
                    on:click=move |_| address.set(&[(key, Some(value.clone()))])
                >
                    <span class="menu__c">{chosen.then(|| view! { <Ic icon=Icon::Check size="ic--s" /> })}</span>
                    {option}
                </button>
            }
        })
        .collect_view()
        };
    let class = move || if name.with(Option::is_some) { "chip chip--on" } else { "chip chip--add" };
    let none = move || index == 2 && name.with(Option::is_some);
    view! {
        {move || view! {
            <Menu button=button.clone() label=Signal::derive(move || t!(calendar_side, letter)) button_class=class()>
                <Show when=none>
                    <button type="button" role="menuitem" on:click=move |_| address.set(&[(key, None)])>
                        <span class="menu__c"></span>
                        {move || t!(calendar_no_third)}
                    </button>
                </Show>
                {options}
            </Menu>
        }}
    }
}

/// Leads to the expression that the comparison suggests.
#[component]
fn SaveAs(names: Memo<Vec<String>>) -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let button = || {
        view! {
            <Ic icon=Icon::Sigma />
            {move || t!(calendar_save_as)}
        }
    };
    let option = move |expression: String, words: String| {
        let target = format!("/calendars/new?expr={}", js_sys::encode_uri_component(&expression));
        view! {
            <button type="button" role="menuitem" on:click=move |_| address.go(&scope.href(&target))>
                <span class="mono">{derive::short(&expression)}</span>
                <span class="push dim">{words}</span>
            </button>
        }
    };
    let options = move || {
        let names = names.get();
        let all = |sign: &str| names.iter().map(|name| operand(name)).collect::<Vec<_>>().join(sign);
        let mut options =
            vec![(all(" & "), t!(calendar_all_open).to_owned()), (all(" | "), t!(calendar_any_open).to_owned())];
        for (index, name) in names.iter().enumerate() {
            let others = names.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, it)| operand(it));
            let except = others.fold(operand(name), |before, other| format!("{before} - {other}"));
            options.push((except, t!(calendar_only, name)));
        }
        options.into_iter().map(|(expression, words)| option(expression, words)).collect_view()
    };
    view! {
        <Menu
            button=button.into()
            label=Signal::derive(|| t!(calendar_save_as).to_owned())
            button_class="btn btn--s"
            place="menu-box--right"
        >
            {options}
        </Menu>
    }
}

/// A side within an expression.
fn operand(name: &str) -> String {
    if name.chars().all(|sign| sign.is_alphanumeric() || sign == '_') { name.to_owned() } else { format!("({name})") }
}
