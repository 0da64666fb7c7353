//! The items of a task that runs over a list: counts, a filter by state, and pages as they are asked for. There may be
//! ten thousand of them; the page holds those that were looked at.

use cynic::QueryBuilder;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::Failure;
use crate::api::run::PageInfo;
use crate::api::task::{ItemCounts, ItemRun, Items as ItemsQuery, ItemsVariables, TaskRun, TaskRunFilter, TaskState};
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::format;
use crate::i18n::{self, Lang, Word, lang, text};
use crate::page::run::timeline::took_words;
use crate::preview::plain;
use crate::state::address::use_address;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::{path, state};

/// A change of the counts is followed by a look at the items after this pause.
const FOLLOW_MS: u32 = 1_500;

/// Which items the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    All,
    Failed,
    UnderWay,
    Open,
    Done,
}

impl Shown {
    const ALL: [(Self, Word); 5] = [
        (Self::All, text::run_items_all),
        (Self::Failed, text::state_failed),
        (Self::UnderWay, text::state_running),
        (Self::Open, text::run_items_open),
        (Self::Done, text::state_succeeded),
    ];

    fn states(self) -> Option<Vec<TaskState>> {
        use TaskState::*;
        match self {
            Self::All => None,
            Self::Failed => Some(vec![Failed, TimedOut, Lost]),
            Self::UnderWay => Some(vec![Claimed, Running, Waiting, RetryWait]),
            Self::Open => Some(vec![Pending, Ready]),
            Self::Done => Some(vec![Succeeded]),
        }
    }

    fn count(self, items: ItemCounts) -> i32 {
        match self {
            Self::All => items.total,
            Self::Failed => items.failed,
            Self::UnderWay => items.under_way,
            Self::Open => items.total - items.ended - items.under_way,
            Self::Done => items.succeeded,
        }
    }
}

/// The pages that were asked for.
#[derive(Clone, Copy)]
struct Listed {
    run: StoredValue<cynic::Id>,
    parent: i32,
    shown: RwSignal<Shown>,
    rows: RwSignal<Vec<ItemRun>>,
    page: RwSignal<PageInfo>,
    loading: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
    round: StoredValue<u32>,
}

impl Listed {
    /// The first page again, or the next one.
    fn fetch(self, next: bool) {
        let number = self.round.get_value() + 1;
        self.round.set_value(number);
        self.loading.set(true);
        let after = self.page.with_untracked(|page| page.end_cursor.clone()).filter(|_| next);
        let filter = TaskRunFilter {
            items: None,
            parent_ordinal: Some(self.parent),
            states: self.shown.get_untracked().states(),
        };
        let variables = ItemsVariables { run: self.run.get_value(), filter, after };
        spawn_local(async move {
            let answer = client::send(ItemsQuery::build(variables)).await;
            if self.round.try_get_value() != Some(number) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(answer) => {
                    self.failure.set(None);
                    let Some(run) = answer.run else { return };
                    self.page.set(run.task_runs.page_info);
                    if next {
                        self.rows.update(|rows| rows.extend(run.task_runs.nodes));
                    } else {
                        self.rows.set(run.task_runs.nodes);
                    }
                }
                Err(failure) => self.failure.set(Some(failure)),
            }
        });
    }
}

#[component]
pub(crate) fn Items(run: LiveRun, task: RwSignal<TaskRun>) -> impl IntoView {
    let listed = Listed {
        run: StoredValue::new(run.row.with_untracked(|row| row.id.clone())),
        parent: task.with_untracked(|task| task.ordinal),
        shown: RwSignal::new(Shown::All),
        rows: RwSignal::new(Vec::new()),
        page: RwSignal::new(PageInfo::default()),
        loading: RwSignal::new(true),
        failure: RwSignal::new(None),
        round: StoredValue::new(0),
    };
    let counts = Memo::new(move |_| task.with(|task| task.items));
    Effect::new(move |before: Option<(Shown, Lang)>| {
        let key = (listed.shown.get(), i18n::lang());
        if before.is_none_or(|before| before != key) {
            listed.rows.set(Vec::new());
            listed.fetch(false);
        }
        key
    });
    // While only the first page is shown it follows the counts; further down nothing moves under the reader.
    Effect::new(move |before: Option<Option<ItemCounts>>| {
        let now = counts.get();
        if before.is_some_and(|before| before != now) {
            let number = listed.round.get_value();
            spawn_local(async move {
                TimeoutFuture::new(FOLLOW_MS).await;
                let first = listed.rows.try_with_untracked(|rows| rows.len() <= 100) == Some(true);
                if first && listed.round.try_get_value() == Some(number) {
                    listed.fetch(false);
                }
            });
        }
        now
    });
    view! {
        <Head counts shown=listed.shown />
        <div class="scroll">
            {move || listed.failure.get().map(|failure| {
                let title = Signal::derive(|| t!(error_load_task).to_owned());
                view! { <Failed title failure on_retry=Callback::new(move |()| listed.fetch(false)) /> }
            })}
            <Show when=move || listed.loading.get() && listed.rows.with(Vec::is_empty)>
                <SkeletonPane />
            </Show>
            <Show when=move || {
                !listed.loading.get() && listed.rows.with(Vec::is_empty) && listed.failure.with(Option::is_none)
            }>
                <p class="hint rlog__hint">{move || t!(run_items_none)}</p>
            </Show>
            <table class="tbl tbl--s">
                <tbody>
                    {move || listed.rows.get().into_iter().map(|item| view! { <Row item /> }).collect_view()}
                </tbody>
            </table>
            <Show when=move || listed.page.with(|page| page.has_next_page) && !listed.rows.with(Vec::is_empty)>
                <div class="row items__m">
                    <button class="btn btn--s" type="button" disabled=move || listed.loading.get() on:click=move |_| listed.fetch(true)>
                        {move || t!(app_load_more)}
                    </button>
                </div>
            </Show>
        </div>
    }
}

/// How all items stand, and which of them are listed.
#[component]
fn Head(counts: Memo<Option<ItemCounts>>, shown: RwSignal<Shown>) -> impl IntoView {
    let chip = move |(which, label): (Shown, Word)| {
        view! {
            <button
                type="button"
                aria-pressed=move || (shown.get() == which).to_string()
                on:click=move |_| shown.set(which)
            >
                {move || label(lang())}
                <span class="n">{move || counts.get().map(|counts| format::count(i64::from(which.count(counts))))}</span>
            </button>
        }
    };
    view! {
        <div class="items__f">
            {move || counts.get().map(|counts| view! { <ItemBar counts /> })}
            <div class="seg seg--s" role="group" aria-label=move || t!(run_items)>
                {Shown::ALL.into_iter().map(chip).collect_view()}
            </div>
        </div>
    }
}

/// How the items stand as a bar.
#[component]
pub(crate) fn ItemBar(counts: ItemCounts) -> impl IntoView {
    let width = |part: i32| format!("{:.2}%", path::share(part, counts));
    view! {
        <span class="meter" role="img" aria-label=path::item_words(counts)>
            <i class="m-ok" style:--w=width(counts.succeeded)></i>
            <i class="m-run" style:--w=width(counts.under_way)></i>
            <i class="m-fail" style:--w=width(counts.failed)></i>
        </span>
    }
}

#[component]
fn Row(item: ItemRun) -> impl IntoView {
    let address = use_address();
    let ItemRun { task, item } = item;
    let (index, ordinal) = (task.item_index.unwrap_or(0), task.ordinal);
    let look = state::task_run(&task);
    let words = item.map(|item| plain(&item)).unwrap_or_default();
    let reason = task.reason.clone().filter(|_| task.state != TaskState::Succeeded);
    view! {
        <tr data-item=index>
            <td class="num dim">{format::count(i64::from(index))}</td>
            <td class="items__n">
                <button class="name mono clip" type="button" title=words.clone() on:click=move |_| address.set(&[("item", Some(ordinal.to_string())), ("panel", None)])>
                    {words.clone()}
                </button>
                {reason.map(|reason| view! { <span class="small dim clip block" title=reason.clone()>{reason.clone()}</span> })}
            </td>
            <td>
                <StateText look />
            </td>
            <td class="num">{took_words(&task)}</td>
        </tr>
    }
}
