//! The tenant switch: what the lists show, kept in the address.

use leptos::prelude::*;

use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::format;
use crate::icon::Icon;
use crate::state::address::use_address;
use crate::state::scope::use_scope;
use crate::t;

#[component]
pub(crate) fn TenantSwitch() -> impl IntoView {
    let scope = use_scope();
    let sub = move || match scope.slug() {
        Some(slug) => slug,
        None if !scope.is_known() => String::new(),
        None => t!(app_tenant_count, scope.tenants().len() as i64),
    };
    let button = move || {
        view! {
            <span class="avatar avatar--sq" aria-hidden="true">
                {move || match scope.slug() {
                    Some(_) => format::initials(&scope.label()).into_any(),
                    None => view! { <Ic icon=Icon::Org size="ic--s" /> }.into_any(),
                }}
            </span>
            <span class="tenant__t">
                <b class="clip">{move || scope.label()}</b>
                <span>{sub}</span>
            </span>
            <Ic icon=Icon::Updown size="ic--s" />
        }
    };
    view! {
        <Menu button=button.into() label=Signal::derive(|| t!(app_switch_tenant).to_owned()) button_class="tenant">
            <Choice slug=None label=Signal::derive(|| t!(app_all_tenants).to_owned()) />
            <hr />
            {move || {
                let choice = |tenant: crate::api::tenant::Tenant| {
                    view! { <Choice slug=Some(tenant.slug) label=Signal::stored(tenant.title) /> }
                };
                scope.tenants().into_iter().map(choice).collect_view()
            }}
        </Menu>
    }
}

#[component]
fn Choice(slug: Option<String>, label: Signal<String>) -> impl IntoView {
    let scope = use_scope();
    let address = use_address();
    let slug = StoredValue::new(slug);
    let chosen = move || slug.with_value(|slug| scope.slug() == *slug);
    let choose = move |_| {
        let slug = slug.get_value();
        // A page of one object belongs to its tenant: the switch leads to the list it stands in.
        let path = address.path();
        let list = ["/runs", "/workflows", "/calendars"].into_iter().find(|list| path.starts_with(&format!("{list}/")));
        match (list, &slug) {
            (Some(list), Some(slug)) => address.go(&format!("{list}?scope={slug}")),
            (Some(list), None) => address.go(list),
            // What is filtered by an object of the old tenant would be empty in the new one.
            (None, _) => address.set(&[("scope", slug), ("workflow", None)]),
        }
    };
    view! {
        <button type="button" role="menuitemradio" aria-checked=move || chosen().to_string() on:click=choose>
            <span class="menu__c">{move || chosen().then(|| view! { <Ic icon=Icon::Check size="ic--s" /> })}</span>
            <span class="clip">{move || label.get()}</span>
            <span class="push mono dim">{slug.get_value()}</span>
        </button>
    }
}
