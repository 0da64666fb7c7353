//! Signing in, and choosing a new password when the one given was for one use. Leads on to the address that was asked.

use chrono::Datelike;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::browser;
use crate::component::icon::{Ic, Mark};
use crate::component::reason::Refusal;
use crate::format;
use crate::i18n::{self, Lang, lang};
use crate::icon::Icon;
use crate::layout::password::{PasswordFields, PasswordForm};
use crate::layout::side::Environment;
use crate::state::session::{self, Session};
use crate::state::toast;
use crate::t;

#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let (query, navigate) = (use_query_map(), use_navigate());
    // Read once: while this page is being left, the address is already the next one.
    let next = asked_address(&query.read_untracked().get("next").unwrap_or_default());
    Effect::new(move |_| {
        if matches!(session::session(), Session::SignedIn(viewer) if !viewer.must_change_password) {
            navigate(&next, NavigateOptions { replace: true, ..Default::default() });
        }
    });
    Effect::new(move |_| document().set_title(t!(signin_title)));
    let known = RwSignal::new(String::new());
    let must_change = Memo::new(|_| matches!(session::session(), Session::SignedIn(_)));
    view! {
        <main class="signin">
            <Ring />
            <div class="signin__c">
                <div class="signin__b">
                    <Mark />
                    <b>{move || t!(app_name)}</b>
                    <span class="push">
                        {move || session::system().map(|system| view! { <Environment name=system.environment /> })}
                    </span>
                </div>
                {move || match must_change.get() {
                    true => view! { <NewPassword known /> }.into_any(),
                    false => view! { <Credentials known /> }.into_any(),
                }}
            </div>
            <Foot />
        </main>
    }
    .into_any()
}

/// Where to go on. Only addresses of this site: `//elsewhere` would leave it.
fn asked_address(next: &str) -> String {
    let here = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/signin");
    if here { next.to_owned() } else { "/".to_owned() }
}

#[component]
fn Credentials(known: RwSignal<String>) -> impl IntoView {
    let username = RwSignal::new(String::new());
    let (shown, busy) = (RwSignal::new(false), RwSignal::new(false));
    let refusal = RwSignal::new(None::<String>);
    let ended = matches!(untrack(session::session), Session::Nobody { ended: true });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (name, password) = (username.get_untracked().trim().to_owned(), known.get_untracked());
        if name.is_empty() || password.is_empty() {
            return refusal.set(Some(t!(signin_missing).to_owned()));
        }
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = session::sign_in(name, password).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(Ok(())) => {}
                Ok(Err(text)) => drop(refusal.try_set(Some(text))),
                Err(failure) => drop(refusal.try_set(Some(failure.in_words()))),
            }
        });
    };
    view! {
        <form class="signin__f1" on:submit=submit>
            <h1>{move || t!(signin_title)}</h1>
            <Show when=move || ended>
                <p class="note">{move || t!(signin_ended)}</p>
            </Show>
            <div class="field">
                <label for="username">{move || t!(signin_username)}</label>
                <div class="inp">
                    <Ic icon=Icon::Users />
                    <input
                        id="username"
                        name="username"
                        autocomplete="username"
                        autocapitalize="off"
                        spellcheck="false"
                        autofocus
                        required
                        on:input=move |event| username.set(browser::input_value(&event))
                    />
                </div>
            </div>
            <div class="field">
                <label for="password">{move || t!(signin_password)}</label>
                <div class="inp">
                    <Ic icon=Icon::Lock />
                    <input
                        id="password"
                        name="password"
                        autocomplete="current-password"
                        required
                        type=move || if shown.get() { "text" } else { "password" }
                        on:input=move |event| known.set(browser::input_value(&event))
                    />
                    <button
                        class="ibtn ibtn--s"
                        type="button"
                        aria-pressed=move || shown.get().to_string()
                        aria-label=move || if shown.get() { t!(signin_hide) } else { t!(signin_show) }
                        on:click=move |_| shown.update(|shown| *shown = !*shown)
                    >
                        <Ic icon=Icon::Eye />
                    </button>
                </div>
            </div>
            <Refusal refusal />
            <button class="btn btn--primary btn--wide" type="submit" disabled=move || busy.get()>
                {move || if busy.get() { t!(signin_busy) } else { t!(signin_submit) }}
            </button>
            <p class="small dim signin__n">{move || t!(signin_note)}</p>
        </form>
    }
}

/// The step after a password for one use. It was just typed, so it is not asked for again, unless the page was reloaded.
#[component]
fn NewPassword(known: RwSignal<String>) -> impl IntoView {
    let form = PasswordForm::new();
    let current = known.get_untracked();
    let ask_current = current.is_empty();
    form.current.set(current);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        form.submit(|| toast::done(t!(signin_changed)));
    };
    view! {
        <form class="signin__f1" on:submit=submit>
            <h1>{move || t!(signin_change_title)}</h1>
            <p class="muted">{move || t!(signin_change_text)}</p>
            <PasswordFields form ask_current />
            <button class="btn btn--primary btn--wide" type="submit" disabled=move || form.busy.get()>
                {move || t!(signin_change)}
            </button>
            <button class="btn btn--ghost btn--wide" type="button" on:click=|_| session::sign_out()>
                {move || t!(app_sign_out)}
            </button>
        </form>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let other = move || if lang() == Lang::En { (Lang::Zh, "中文") } else { (Lang::En, "English") };
    let version = || {
        let version = session::system().and_then(|system| system.version);
        version.map(|version| view! { <span>{t!(signin_server_version, version)}</span> })
    };
    view! {
        <footer class="signin__f">
            <button type="button" on:click=move |_| i18n::set_lang(untrack(other).0) lang=move || i18n::tag(other().0)>
                <Ic icon=Icon::Lang size="ic--s" />
                {move || other().1}
            </button>
            {version}
        </footer>
    }
}

/// The days of this year as a half ring of ticks: long on weekdays, short at weekends, today marked. Decoration.
#[component]
fn Ring() -> impl IntoView {
    let now = browser::now_ms();
    let today = format::civil(now, browser::offset_min(now)).date();
    let days = if today.leap_year() { 366 } else { 365 };
    let tick = |number: u32| {
        let day = chrono::NaiveDate::from_yo_opt(today.year(), number + 1).unwrap_or(today);
        let weekend = day.weekday().number_from_monday() > 5;
        let (class, length) = match (day == today, weekend) {
            (true, _) => ("tk tk--t", 46.0),
            (false, true) => ("tk", 8.0),
            (false, false) => ("tk tk--o", 24.0),
        };
        let angle = std::f64::consts::PI * (1.0 + f64::from(number) / f64::from(days - 1));
        let (cos, sin) = (angle.cos(), angle.sin());
        let at = |radius: f64| format!("{:.1} {:.1}", 600.0 + radius * cos, 612.0 + radius * sin);
        view! { <path class=class d=format!("M{}L{}", at(560.0), at(560.0 + length))></path> }
    };
    view! {
        <svg class="signin__arc" viewBox="0 0 1200 620" aria-hidden="true">
            {(0..days).map(tick).collect_view()}
        </svg>
    }
}
