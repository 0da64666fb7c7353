//! The log of a task's attempt: its end as it grows, or read from its start.

use cynic::{QueryBuilder, SubscriptionBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::api::task::{LogPage, LogStream, LogTail, LogTailVariables, LogVariables, TaskLog as LogQuery, TaskRun};
use crate::api::{client, socket};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::log::{LogOptions, LogView, hits_words};
use crate::component::pane::Failed;
use crate::icon::Icon;
use crate::state::preference::use_preferences;
use crate::t;
use crate::view::log::LogBuffer;

/// Lines asked for at once.
const PAGE: i32 = 1_000;

#[component]
pub(crate) fn TaskLog(task: RwSignal<TaskRun>) -> impl IntoView {
    let newest = Memo::new(move |_| task.with(|task| task.attempt));
    let chosen = RwSignal::new(None::<i32>);
    let attempt = Memo::new(move |_| chosen.get().unwrap_or_else(|| newest.get()));
    view! {
        <Show
            when=move || { attempt.get() > 0 }
            fallback=|| view! { <p class="hint rlog__hint">{move || t!(log_no_log)}</p> }
        >
            {move || {
                let attempt = attempt.get();
                view! { <AttemptLog task attempt newest chosen /> }
            }}
        </Show>
    }
}

#[component]
fn AttemptLog(task: RwSignal<TaskRun>, attempt: i32, newest: Memo<i32>, chosen: RwSignal<Option<i32>>) -> impl IntoView {
    let preferences = use_preferences();
    let source = Source::open(task.with_untracked(|task| task.id.clone()), attempt);
    let options = LogOptions {
        wrap: preferences.log_wrap,
        times: preferences.log_times,
        follow: RwSignal::new(true),
        words: RwSignal::new(String::new()),
        hit: RwSignal::new(None),
        stream: RwSignal::new(None),
    };
    let name = task.with_untracked(|task| task.name.clone());
    let label = Signal::derive(move || t!(log_label, &name, attempt));
    view! {
        <Tools source options attempt newest chosen />
        {move || {
            source
                .failure
                .get()
                .map(|failure| {
                    let title = Signal::derive(|| t!(error_load_log).to_owned());
                    view! { <Failed title failure on_retry=Callback::new(move |()| source.load(false)) /> }
                })
        }}
        <Show when=move || source.buffer.with(|buffer| !buffer.from_start && !buffer.is_empty())>
            <p class="log__cut">
                {move || t!(log_earlier)}
                <button class="link" type="button" on:click=move |_| source.load(true)>
                    {move || t!(log_from_start)}
                </button>
            </p>
        </Show>
        <LogView buffer=source.buffer options label />
        <Foot source options />
    }
}

/// Where the lines come from.
#[derive(Clone, Copy)]
struct Source {
    task: StoredValue<cynic::Id>,
    attempt: i32,
    buffer: RwSignal<LogBuffer>,
    failure: RwSignal<Option<Failure>>,
    loading: RwSignal<bool>,
    /// Reads from the start, page by page, rather than following the end.
    paging: RwSignal<bool>,
    tail: StoredValue<Option<socket::Subscription>>,
}

impl Source {
    fn open(task: cynic::Id, attempt: i32) -> Self {
        let source = Self {
            task: StoredValue::new(task),
            attempt,
            buffer: RwSignal::new(LogBuffer::default()),
            failure: RwSignal::new(None),
            loading: RwSignal::new(true),
            paging: RwSignal::new(false),
            tail: StoredValue::new(None),
        };
        source.load(false);
        source
    }

    /// Loads the end and follows it, or the start.
    fn load(self, from_start: bool) {
        let (first, last) = if from_start { (Some(PAGE), None) } else { (None, Some(PAGE)) };
        self.paging.set(from_start);
        self.end_tail();
        self.ask(first, last, None, true);
    }

    /// The next page, when reading from the start.
    fn load_next(self) {
        let after = self.buffer.with_untracked(|buffer| buffer.end_cursor.clone());
        self.ask(Some(PAGE), None, after, false);
    }

    fn ask(self, first: Option<i32>, last: Option<i32>, after: Option<String>, fresh: bool) {
        self.loading.set(true);
        let variables = LogVariables { id: self.task.get_value(), attempt: Some(self.attempt), after, first, last };
        let owner = Owner::current();
        spawn_local(async move {
            let answer = client::send(LogQuery::build(variables)).await;
            // Another attempt may have been chosen meanwhile.
            if self.loading.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    self.failure.set(None);
                    if fresh {
                        self.buffer.set(LogBuffer::default());
                    }
                    if let Some(task) = answer.task_run {
                        self.take(task.log);
                    }
                    let follow = move || {
                        if !self.paging.get_untracked() && !self.buffer.with_untracked(|buffer| buffer.complete) {
                            self.begin_tail();
                        }
                    };
                    // The subscription must end with this view, though it begins after an answer.
                    match owner {
                        Some(owner) => owner.with(follow),
                        None => follow(),
                    }
                }
                Err(failure) => self.failure.set(Some(failure)),
            }
        });
    }

    fn begin_tail(self) {
        let (task, attempt) = (self.task.get_value(), self.attempt);
        let after = self.buffer.with_untracked(|buffer| buffer.end_cursor.clone());
        let subscription = socket::subscribe(
            move |after| {
                LogTail::build(LogTailVariables { task_run: task.clone(), attempt: Some(attempt), after })
            },
            after,
            move |LogTail { log_tail }| {
                let cursor = log_tail.end_cursor.clone();
                if !self.buffer.is_disposed() {
                    self.take(log_tail);
                }
                Some(cursor)
            },
        );
        self.tail.set_value(Some(subscription));
    }

    fn end_tail(self) {
        if let Some(subscription) = self.tail.try_update_value(Option::take).flatten() {
            subscription.end();
        }
    }

    fn take(self, page: LogPage) {
        self.buffer.update(|buffer| {
            buffer.append(page.lines);
            buffer.end_cursor = Some(page.end_cursor);
            buffer.complete = page.complete;
            buffer.truncated |= page.truncated;
        });
    }
}

#[component]
fn Tools(
    source: Source,
    options: LogOptions,
    attempt: i32,
    newest: Memo<i32>,
    chosen: RwSignal<Option<i32>>,
) -> impl IntoView {
    let found = Memo::new(move |_| {
        let words = options.words.get();
        source.buffer.with(|buffer| buffer.find(&words))
    });
    let step = move |forward: bool| {
        let found = found.get_untracked();
        let here = options.hit.get_untracked();
        let next = match (here, forward) {
            (Some(here), true) => found.iter().find(|line| **line > here).or(found.first()),
            (Some(here), false) => found.iter().rev().find(|line| **line < here).or(found.last()),
            (None, true) => found.first(),
            (None, false) => found.last(),
        };
        options.hit.set(next.copied());
    };
    let keys = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => step(!event.shift_key()),
        "Escape" => {
            event.stop_propagation();
            options.words.set(String::new());
            options.hit.set(None);
        }
        _ => {}
    };
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
    let toggle = |icon: Icon, label: fn(crate::i18n::Lang) -> &'static str, on: RwSignal<bool>| {
        view! {
            <button
                class="ibtn ibtn--s"
                class:is-on=move || on.get()
                type="button"
                aria-pressed=move || on.get().to_string()
                title=move || label(crate::i18n::lang())
                aria-label=move || label(crate::i18n::lang())
                on:click=move |_| on.update(|on| *on = !*on)
            >
                <Ic icon />
            </button>
        }
    };
    use crate::i18n::text;
    let others = move || newest.get() > 1;
    view! {
        <div class="rlog__f">
            <div class="inp inp--s">
                <Ic icon=Icon::Search size="ic--s" />
                <input
                    type="search"
                    data-search
                    placeholder=move || t!(log_search)
                    aria-label=move || t!(log_search)
                    prop:value=move || options.words.get()
                    on:input=move |event| {
                        options.words.set(browser::input_value(&event));
                        options.hit.set(found.get_untracked().first().copied());
                    }
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
            <div class="seg seg--s" role="group" aria-label=move || t!(run_log)>
                {stream("all", None, Signal::derive(|| t!(log_all).to_owned()))}
                {stream("out", Some(LogStream::Stdout), Signal::stored("stdout".to_owned()))}
                {stream("err", Some(LogStream::Stderr), Signal::stored("stderr".to_owned()))}
            </div>
            <Show when=others>
                <select
                    class="inp inp--s inp--fit"
                    aria-label=move || t!(log_attempt)
                    on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
                >
                    {move || {
                        (1..=newest.get())
                            .map(|number| {
                                view! {
                                    <option value=number.to_string() selected=number == attempt>
                                        {t!(run_attempt_n, number)}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </Show>
            {toggle(Icon::Wrap, text::log_wrap, options.wrap)}
            {toggle(Icon::Clock, text::log_times, options.times)}
            <CopyAll source />
        </div>
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
fn Foot(source: Source, options: LogOptions) -> impl IntoView {
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
