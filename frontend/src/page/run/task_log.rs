//! The log of a task's attempt: its end as it grows, or read from its start.

use cynic::{QueryBuilder, SubscriptionBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::api::task::{LogPage, LogTail, LogTailVariables, LogVariables, TaskLog as LogQuery, TaskRun};
use crate::api::{client, socket};
use crate::component::log::{LogOptions, LogView};
use crate::component::pane::Failed;
use crate::page::run::log_tools::{Foot, Tools};
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
    let beside = RwSignal::new(false);
    let (left, left_chosen) = (Memo::new(move |_| (attempt.get() - 1).max(1)), RwSignal::new(None::<i32>));
    let left = Memo::new(move |_| left_chosen.get().unwrap_or_else(|| left.get()));
    view! {
        <Show
            when=move || { attempt.get() > 0 }
            fallback=|| view! { <p class="hint rlog__hint">{move || t!(log_no_log)}</p> }
        >
            <Show when=move || { newest.get() > 1 }>
                <label class="opt rlog__two">
                    <input type="checkbox" prop:checked=move || beside.get() on:change=move |event| beside.set(event_target_checked(&event)) />
                    <span class="small">{move || t!(log_beside)}</span>
                </label>
            </Show>
            <div class="logs">
                <Show when=move || beside.get() && (newest.get() > 1)>
                    <div class="col">
                        {move || {
                            let attempt = left.get();
                            view! { <AttemptLog task attempt newest chosen=left_chosen /> }
                        }}
                    </div>
                </Show>
                <div class="col">
                    {move || {
                        let attempt = attempt.get();
                        view! { <AttemptLog task attempt newest chosen /> }
                    }}
                </div>
            </div>
        </Show>
    }
}

#[component]
fn AttemptLog(
    task: RwSignal<TaskRun>,
    attempt: i32,
    newest: Memo<i32>,
    chosen: RwSignal<Option<i32>>,
) -> impl IntoView {
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
pub(crate) struct Source {
    task: StoredValue<cynic::Id>,
    attempt: i32,
    pub(crate) buffer: RwSignal<LogBuffer>,
    failure: RwSignal<Option<Failure>>,
    pub(crate) loading: RwSignal<bool>,
    /// Reads from the start, page by page, rather than following the end.
    pub(crate) paging: RwSignal<bool>,
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
    pub(crate) fn load(self, from_start: bool) {
        let (first, last) = if from_start { (Some(PAGE), None) } else { (None, Some(PAGE)) };
        self.paging.set(from_start);
        self.end_tail();
        self.ask(first, last, None, true);
    }

    /// The next page, when reading from the start.
    pub(crate) fn load_next(self) {
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
            move |after| LogTail::build(LogTailVariables { task_run: task.clone(), attempt: Some(attempt), after }),
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
