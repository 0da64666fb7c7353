//! The top bar: where one is, what time it is on the server, help.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser;
use crate::component::icon::Ic;
use crate::format;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::state::clock;
use crate::state::crumb::{Crumb, use_crumbs};
use crate::t;

#[component]
pub(crate) fn Top(help: RwSignal<bool>) -> impl IntoView {
    let crumbs = use_crumbs();
    let step = |(index, Crumb { label, href, is_area }): (usize, Crumb)| {
        let mark = (index > 0).then(|| view! { <Ic icon=Icon::Right size="ic--xs" /> });
        let text = match href {
            Some(href) => view! { <A href=href>{label}</A> }.into_any(),
            None if is_area => view! { <span>{label}</span> }.into_any(),
            None => view! { <b class="clip" aria-current="page">{label}</b> }.into_any(),
        };
        view! {
            {mark}
            {text}
        }
    };
    view! {
        <header class="top">
            <nav class="crumb" aria-label=move || t!(app_breadcrumb)>
                {move || crumbs.get().into_iter().enumerate().map(step).collect_view()}
            </nav>
            <div class="top__r">
                <Clock />
                <button
                    class="ibtn"
                    type="button"
                    title=move || format!("{} ?", t!(app_help))
                    aria-label=move || t!(app_help)
                    on:click=move |_| help.set(true)
                >
                    <Ic icon=Icon::Help />
                </button>
            </div>
        </header>
    }
}

#[component]
fn Clock() -> impl IntoView {
    let day = Memo::new(|_| {
        let now = clock::now();
        let offset = browser::offset_min(now);
        (format::day_words(format::civil(now, offset).date(), lang()), format::zone(offset))
    });
    view! {
        <span class="clock" title=move || t!(app_clock_now)>
            {move || day.get().0}
            " "
            <b>{move || clock::at_secs(clock::now())}</b>
            " "
            {move || day.get().1}
        </span>
    }
}
