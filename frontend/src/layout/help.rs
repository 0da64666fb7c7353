//! The keyboard, explained.

use leptos::prelude::*;

use crate::component::dialog::Dialog;
use crate::i18n::{Word, lang, text};
use crate::t;

#[component]
pub(crate) fn Help(on_close: Callback<()>) -> impl IntoView {
    let line = |keys: &'static [&'static str], label: Word| {
        view! {
            <li>
                <span>{move || label(lang())}</span>
                <span class="keys push">{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</span>
            </li>
        }
    };
    view! {
        <Dialog
            title=Signal::derive(|| t!(help_title).to_owned())
            on_close
            on_confirm=on_close
            footer=move || {
                view! {
                    <button class="btn" type="button" autofocus on:click=move |_| on_close.run(())>
                        {move || t!(app_close)}
                        <kbd>"Esc"</kbd>
                    </button>
                }
            }
        >
            <h3>{move || t!(help_everywhere)}</h3>
            <ul class="help">
                {line(&["/"], text::help_search)}
                {line(&["G", "R"], text::help_go_runs)}
                {line(&["G", "M"], text::help_go_monitoring)}
                {line(&["G", "W"], text::help_go_workflows)}
                {line(&["G", "C"], text::help_go_calendars)}
                {line(&["G", "B"], text::help_go_backfills)}
                {line(&["["], text::help_side)}
                {line(&["Shift", "D"], text::help_theme)}
                {line(&["?"], text::help_help)}
                {line(&["Esc"], text::help_close)}
            </ul>
            <h3>{move || t!(help_graph)}</h3>
            <ul class="help">
                {line(&["↑", "↓", "←", "→"], text::help_walk)}
                {line(&["↵"], text::help_open)}
                {line(&["F"], text::help_fit)}
                {line(&["+", "−"], text::help_zoom)}
            </ul>
            <h3>{move || t!(help_run)}</h3>
            <ul class="help">
                {line(&["P"], text::help_run_pause)}
                {line(&["R"], text::help_run_rerun)}
                {line(&["Shift", "R"], text::help_run_from)}
                {line(&["M"], text::help_run_mark)}
                {line(&["L"], text::help_run_log)}
            </ul>
            <h3>{move || t!(help_calendar)}</h3>
            <ul class="help">
                {line(&["↑", "↓", "←", "→"], text::help_days)}
                {line(&["PgUp", "PgDn"], text::help_months)}
                {line(&["Home", "End"], text::help_month_ends)}
                {line(&["T"], text::help_today)}
                {line(&["C"], text::help_compare)}
                {line(&["I"], text::help_import)}
            </ul>
        </Dialog>
    }
}
