//! The runs of a list: pages as they are loaded, and what the server reports meanwhile. Rows that are shown change in
//! place and never move; new runs wait behind a chip while the list is in use.

use cynic::{QueryBuilder, SubscriptionBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::api::run::{PageInfo, RunFilter, RunRow, Runs, RunsChanged, RunsChangedVariables, RunsVariables};
use crate::api::{client, socket};
use crate::component::run_table::RunSignal;
use crate::i18n;
use crate::state::toast;

/// More runs than these are not kept waiting behind the chip; it then loads the list anew.
const MAX_WAITING: usize = 100;

#[derive(Clone, Copy)]
pub(crate) struct RunFeed {
    pub(crate) rows: RwSignal<Vec<RunSignal>>,
    pub(crate) loading: RwSignal<bool>,
    pub(crate) failure: RwSignal<Option<Failure>>,
    pub(crate) page: RwSignal<PageInfo>,
    /// New runs that match, newest first.
    pub(crate) waiting: RwSignal<Vec<RunRow>>,
    /// Whether new runs may be put in at once: nobody points at the list or reads further down.
    pub(crate) at_rest: RwSignal<bool>,
    filter: RwSignal<RunFilter>,
    round: RwSignal<u32>,
}

/// Loads and follows the runs of a filter, and anew when it changes.
pub(crate) fn follow(filter: impl Fn() -> RunFilter + 'static) -> RunFeed {
    let feed = RunFeed {
        rows: RwSignal::new(Vec::new()),
        loading: RwSignal::new(true),
        failure: RwSignal::new(None),
        page: RwSignal::new(PageInfo::default()),
        waiting: RwSignal::new(Vec::new()),
        at_rest: RwSignal::new(true),
        filter: RwSignal::new(RunFilter::default()),
        round: RwSignal::new(0),
    };
    Effect::new(move |before: Option<RunFilter>| {
        let filter = filter();
        // Sentences of the server come in the chosen language.
        i18n::lang();
        if before.as_ref() != Some(&filter) {
            feed.rows.set(Vec::new());
        }
        feed.filter.set(filter.clone());
        feed.reload();
        filter
    });
    let tenant = Memo::new(move |_| feed.filter.with(|filter| filter.tenant.clone()));
    Effect::new(move |_| {
        let tenant = tenant.get();
        socket::subscribe(
            move |after| RunsChanged::build(RunsChangedVariables { tenant: tenant.clone(), after }),
            // From now on: the list itself is loaded beside this.
            None,
            move |RunsChanged { runs_changed }| {
                feed.notice(runs_changed.run);
                Some(runs_changed.cursor)
            },
        );
    });
    feed
}

impl RunFeed {
    pub(crate) fn reload(self) {
        self.fetch(None);
    }

    pub(crate) fn load_more(self) {
        if !self.loading.get_untracked() {
            self.fetch(self.page.with_untracked(|page| page.end_cursor.clone()));
        }
    }

    fn fetch(self, after: Option<String>) {
        let number = self.round.get_untracked() + 1;
        self.round.set(number);
        self.loading.set(true);
        let variables = RunsVariables { filter: Some(self.filter.get_untracked()), after: after.clone() };
        spawn_local(async move {
            let answer = client::send(Runs::build(variables)).await;
            if self.round.try_get_untracked() != Some(number) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(Runs { runs }) => {
                    self.failure.set(None);
                    self.page.set(runs.page_info);
                    if after.is_none() {
                        self.waiting.set(Vec::new());
                        self.replace(runs.nodes);
                    } else {
                        self.rows.update(|rows| rows.extend(runs.nodes.into_iter().map(RwSignal::new)));
                    }
                }
                Err(failure) if self.rows.with_untracked(Vec::is_empty) => self.failure.set(Some(failure)),
                Err(failure) => toast::failed(&failure),
            }
        });
    }

    /// Takes a fresh first page, keeping the rows that stay so that they are not drawn anew.
    fn replace(self, runs: Vec<RunRow>) {
        let old = self.rows.get_untracked();
        let kept = |run: &RunRow| old.iter().copied().find(|row| row.with_untracked(|row| row.id == run.id));
        let rows = runs
            .into_iter()
            .map(|run| match kept(&run) {
                Some(row) => {
                    row.set(run);
                    row
                }
                None => RwSignal::new(run),
            })
            .collect();
        self.rows.set(rows);
    }

    fn notice(self, run: RunRow) {
        let Some(known) = self
            .rows
            .try_with_untracked(|rows| rows.iter().copied().find(|row| row.with_untracked(|row| row.id == run.id)))
        else {
            return;
        };
        if let Some(row) = known {
            if row.with_untracked(|old| *old != run) {
                row.set(run);
            }
            return;
        }
        // Only what is newer than the top belongs before it; older runs stand on a later page.
        let newer = self.rows.with_untracked(|rows| {
            rows.first().is_none_or(|top| top.with_untracked(|top| run.created_at >= top.created_at))
        });
        let settled = !self.loading.get_untracked() && self.failure.with_untracked(Option::is_none);
        if !newer || !settled || !self.filter.with_untracked(|filter| matches(filter, &run)) {
            return;
        }
        self.waiting.update(|waiting| {
            waiting.retain(|known| known.id != run.id);
            waiting.push(run);
            waiting.sort_by_key(|run| std::cmp::Reverse(run.created_at));
        });
        if self.at_rest.get_untracked() {
            self.show_waiting();
        }
    }

    /// Puts the waiting runs on top.
    pub(crate) fn show_waiting(self) {
        let waiting = self.waiting.try_update(std::mem::take).unwrap_or_default();
        if waiting.len() > MAX_WAITING {
            return self.reload();
        }
        self.rows.update(|rows| {
            rows.splice(0..0, waiting.into_iter().map(RwSignal::new));
        });
    }
}

fn matches(filter: &RunFilter, run: &RunRow) -> bool {
    filter.tenant.as_ref().is_none_or(|tenant| *tenant == run.tenant.id)
        && filter.workflow.as_ref().is_none_or(|workflow| *workflow == run.workflow.id)
        && filter.states.as_ref().is_none_or(|states| states.contains(&run.state))
        && filter.business_date.is_none_or(|date| date == run.business_date)
        && filter.business_date_from.is_none_or(|date| date <= run.business_date)
        && filter.business_date_to.is_none_or(|date| date >= run.business_date)
        && filter.causes.as_ref().is_none_or(|causes| causes.contains(&run.cause))
        && filter.started_by.as_ref().is_none_or(|name| run.started_by.as_ref() == Some(name))
}
