//! Who is signed in, and what a person chooses for themselves: theme, language, password, signing out.

use leptos::prelude::*;

use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::format;
use crate::i18n::{self, Lang, Word, lang};
use crate::icon::Icon;
use crate::layout::password::PasswordDialog;
use crate::state::preference::{Theme, use_preferences};
use crate::state::scope::use_scope;
use crate::state::session;
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Account() -> impl IntoView {
    let scope = use_scope();
    let changing = RwSignal::new(false);
    let name = Signal::derive(|| session::viewer().map(|viewer| viewer.account.display_name).unwrap_or_default());
    let role = move || {
        let viewer = session::viewer()?;
        let here = viewer.memberships.iter().find(|it| scope.slug().is_none_or(|slug| it.tenant.slug == slug));
        let role = here.and_then(|membership| membership.roles.first().copied());
        Some(role.map_or_else(|| viewer.account.username.clone(), |role| state::role(role, lang()).to_owned()))
    };
    let button = move || {
        view! {
            <span class="avatar avatar--l" aria-hidden="true">
                {move || format::initials(&name.get())}
            </span>
            <span class="side__me__t">
                <b class="clip">{move || name.get()}</b>
                <span>{role}</span>
            </span>
            <Ic icon=Icon::Updown size="ic--s" />
        }
    };
    view! {
        <Menu
            button=button.into()
            label=Signal::derive(move || format!("{}: {}", t!(app_account), name.get()))
            button_class="side__me"
            place="menu-box--up"
        >
            <Themes />
            <hr />
            <Languages />
            <hr />
            <button type="button" role="menuitem" on:click=move |_| changing.set(true)>
                <Ic icon=Icon::Key />
                {move || t!(app_change_password)}
            </button>
            <button type="button" role="menuitem" on:click=|_| session::sign_out()>
                <Ic icon=Icon::Logout />
                {move || t!(app_sign_out)}
            </button>
        </Menu>
        <Show when=move || changing.get()>
            <PasswordDialog on_close=Callback::new(move |()| changing.set(false)) />
        </Show>
    }
}

#[component]
fn Themes() -> impl IntoView {
    let preferences = use_preferences();
    let choice = move |theme: Theme, icon: Icon, label: Word| {
        let chosen = move || preferences.theme.get() == theme;
        view! {
            <button
                type="button"
                role="menuitemradio"
                aria-checked=move || chosen().to_string()
                on:click=move |_| preferences.choose_theme(theme)
            >
                <Ic icon />
                {move || label(lang())}
                <span class="push">{move || chosen().then(|| view! { <Ic icon=Icon::Check size="ic--s" /> })}</span>
            </button>
        }
    };
    view! {
        {choice(Theme::Light, Icon::Sun, i18n::text::app_theme_light)}
        {choice(Theme::Dark, Icon::Moon, i18n::text::app_theme_dark)}
        {choice(Theme::System, Icon::Half, i18n::text::app_theme_system)}
    }
}

#[component]
fn Languages() -> impl IntoView {
    let choice = |language: Lang, name: &'static str| {
        view! {
            <button
                type="button"
                role="menuitemradio"
                lang=i18n::tag(language)
                aria-checked=move || (lang() == language).to_string()
                on:click=move |_| i18n::set_lang(language)
            >
                <Ic icon=Icon::Lang />
                {name}
                <span class="push">{move || (lang() == language).then(|| view! { <Ic icon=Icon::Check size="ic--s" /> })}</span>
            </button>
        }
    };
    view! {
        {choice(Lang::En, "English")}
        {choice(Lang::Zh, "中文")}
    }
}
