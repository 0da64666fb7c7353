//! A symbol of the sprite. Hidden from assistive technology: the words stand beside it or in a label.

use leptos::prelude::*;

use crate::icon::Icon;

#[component]
pub(crate) fn Ic(
    icon: Icon,
    /// `ic--s` for 14 px, `ic--xs` for 12 px.
    #[prop(optional)]
    size: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("ic {size}") aria-hidden="true">
            <use_ href=icon.href()></use_>
        </svg>
    }
}

/// The product's mark.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="side__mark" viewBox="0 0 24 24" aria-hidden="true">
            <rect width="24" height="24" rx="6" fill="var(--accent)"></rect>
            <path d="M6.5 13a5.5 5.5 0 0 1 11 0z" fill="var(--knock)"></path>
            <path d="M4.5 15.5h15" stroke="var(--knock)" stroke-width="1.5" stroke-linecap="round"></path>
            <path
                d="M7 18.7h2M11 18.7h2M15 18.7h2"
                stroke="var(--knock)"
                stroke-width="1.5"
                stroke-linecap="round"
                opacity=".7"
            ></path>
        </svg>
    }
}
