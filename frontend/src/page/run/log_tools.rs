//! What stands around a log: search, streams, how it is shown, how far it goes.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::task::LogStream;
use crate::browser;
use crate::component::icon::Ic;
use crate::component::log::{LogOptions, hits_words};
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::run::task_log::Source;
use crate::t;
use crate::view::log::LogBuffer;

#[component]
pub(crate) fn Tools(
    source: Source,
    options: LogOptions,
    attempt: i32,
    newest: Memo<i32>,
    chosen: RwSignal<Option<i32>>,
) -> impl IntoView {
    let toggle = |icon: Icon, label: Word, on: RwSignal<bool>| {
        view! {
            <button
                class="ibtn ibtn--s"
                class:is-on=move || on.get()
                type="button"
                aria-pressed=move || on.get().to_string()
                title=move || label(lang())
                aria-label=move || label(lang())
                on:click=move |_| on.update(|on| *on = !*on)
            >
                <Ic icon />
            </button>
        }
    };
    view! {
        <div class="rlog__f">
            <Search source options />
            <Streams options />
            <Show when=move || { newest.get() > 1 }>
                <Tries attempt newest chosen />
            </Show>
            {toggle(Icon::Wrap, text::log_wrap, options.wrap)}
            {toggle(Icon::Clock, text::log_times, options.times)}
            <CopyAll source />
        </div>
    }
}

/// Finds words in the lines at hand; Enter goes on, Shift+Enter back, Esc clears.
#[component]
fn Search(source: Source, options: LogOptions) -> impl IntoView {
    let found = Memo::new(move |_| {
        let words = options.words.get();
        source.buffer.with(|buffer| buffer.find(&words))
    });
    let step = move |forward: bool| {
        let here = options.hit.get_untracked();
        let next = found.with_untracked(|found| match (here, forward) {
            (Some(here), true) => found.iter().find(|line| **line > here).or(found.first()).copied(),
            (Some(here), false) => found.iter().rev().find(|line| **line < here).or(found.last()).copied(),
            (None, true) => found.first().copied(),
            (None, false) => found.last().copied(),
        });
        options.hit.set(next);
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => step(!event.shift_key()),
        "Escape" => {
            event.stop_propagation();
            options.words.set(String::new());
            options.hit.set(None);
        }
        _ => {}
    };
    let typed = move |event| {
        options.words.set(browser::input_value(&event));
        options.hit.set(found.with_untracked(|found| found.first().copied()));
    };
    view! {
        <div class="inp inp--s">
            <Ic icon=Icon::Search size="ic--s" />
            <input
                type="search"
                data-search
                placeholder=move || t!(log_search)
                aria-label=move || t!(log_search)
                prop:value=move || options.words.get()
                on:input=typed
                on:keydown=keys
            />
            <Show when=move || options.words.with(|words| !words.is_empty())>
                <span class="affix" role="status">
                    {move || found.with(|found| hits_words(found, options.hit.get()))}
                </span>
                <button class="ibtn ibtn--s" type="button" aria-label=move || t!(log_previous) on:click=move |_| step(false)>
                    <Ic icon=Icon::Up />
                </button>
                <button class="ibtn ibtn--s" type="button" aria-label=move || t!(log_next) on:click=move |_| step(true)>
                    <Ic icon=Icon::Down />
                </button>
            </Show>
        </div>
    }
}

/// All lines, or those of one stream.
#[component]
fn Streams(options: LogOptions) -> impl IntoView {
    let stream = |key: &'static str, value: Option<LogStream>, label: Signal<String>| {
        view! {
            <button
                type="button"
                data-stream=key
                aria-pressed=move || (options.stream.get() == value).to_string()
                on:click=move |_| options.stream.set(value)
            >
                {move || label.get()}
            </button>
        }
    };
    view! {
        <div class="seg seg--s" role="group" aria-label=move || t!(run_log)>
            {stream("all", None, Signal::derive(|| t!(log_all).to_owned()))}
            {stream("out", Some(LogStream::Stdout), Signal::stored("stdout".to_owned()))}
            {stream("err", Some(LogStream::Stderr), Signal::stored("stderr".to_owned()))}
        </div>
    }
}

/// Which attempt's log is shown.
#[component]
fn Tries(attempt: i32, newest: Memo<i32>, chosen: RwSignal<Option<i32>>) -> impl IntoView {
    let option = move |number: i32| {
        view! {
            <option value=number.to_string() selected=number == attempt>
                {move || t!(run_attempt_n, number)}
            </option>
        }
    };
    view! {
        <select
            class="inp inp--s inp--fit"
            aria-label=move || t!(log_attempt)
            on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
        >
            {move || (1..=newest.get()).map(option).collect_view()}
        </select>
    }
}

#[component]
fn CopyAll(source: Source) -> impl IntoView {
    let copy = move |_| {
        let text = source.buffer.with_untracked(LogBuffer::text);
        spawn_local(async move {
            if browser::copy(text).await {
                crate::state::toast::done(t!(app_copied));
            }
        });
    };
    view! {
        <button class="ibtn ibtn--s" type="button" title=move || t!(log_copy) aria-label=move || t!(log_copy) on:click=copy>
            <Ic icon=Icon::Copy />
        </button>
    }
}

#[component]
pub(crate) fn Foot(source: Source, options: LogOptions) -> impl IntoView {
    let buffer = source.buffer;
    let complete = move || buffer.with(|buffer| buffer.complete);
    let nothing = move || buffer.with(LogBuffer::is_empty) && !source.loading.get();
    let more = move || source.paging.get() && !complete();
    view! {
        <div class="foot rlog__b">
            {move || match (complete(), options.follow.get()) {
                (true, _) => view! { <span>{t!(log_ended)}</span> }.into_any(),
                (false, true) if !source.paging.get() => view! { <span class="live">{t!(log_following)}</span> }.into_any(),
                _ => ().into_any(),
            }}
            <span data-log-lines>
                {move || {
                    if nothing() {
                        (if complete() { t!(log_empty_done) } else { t!(log_empty) }).to_owned()
                    } else {
                        t!(log_lines, buffer.with(LogBuffer::len) as i64)
                    }
                }}
            </span>
            <Show when=move || buffer.with(|buffer| buffer.truncated)>
                <span class="tone-risk">{move || t!(log_truncated)}</span>
            </Show>
            <span class="push row">
                <Show when=more>
                    <button class="btn btn--s" type="button" disabled=move || source.loading.get() on:click=move |_| source.load_next()>
                        {move || t!(app_load_more)}
                    </button>
                </Show>
                <Show when=move || source.paging.get() || !options.follow.get()>
                    <button
                        class="btn btn--s"
                        type="button"
                        on:click=move |_| {
                            if source.paging.get_untracked() {
                                source.load(false);
                            }
                            options.follow.set(true);
                        }
                    >
                        {move || t!(log_to_end)}
                    </button>
                </Show>
            </span>
        </div>
    }
}
