//! One run as it goes on: the answer of the first load, then the changes that the server reports, a signal per task so
//! that a change repaints what it is about and nothing else.

use std::collections::BTreeMap;

use cynic::{QueryBuilder, SubscriptionBuilder};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::Failure;
use crate::api::run::{
    MoreTasks, MoreTasksVariables, RunBasis, RunById, RunChange, RunChanged, RunChangedVariables, RunDetail, RunNow,
    RunRow, RunVariables,
};
use crate::api::socket;
use crate::api::task::TaskRun;
use crate::view::graph::{self, Drawing};
use crate::view::path;

/// Changes are painted at most this often, however fast tasks end.
const PAINT_MS: u32 = 400;

/// A run that follows the server while its owner lives.
#[derive(Clone, Copy)]
pub(crate) struct LiveRun {
    pub(crate) row: RwSignal<RunRow>,
    pub(crate) now: RwSignal<RunNow>,
    pub(crate) basis: StoredValue<RunBasis>,
    pub(crate) drawing: StoredValue<Drawing>,
    /// By ordinal.
    tasks: StoredValue<BTreeMap<i32, RwSignal<TaskRun>>>,
    pending: StoredValue<Vec<RunChange>>,
    painting: StoredValue<bool>,
}

/// Loads a run with all its tasks; `None` when there is none that the viewer may see.
pub(crate) async fn fetch(id: cynic::Id) -> Result<Option<RunDetail>, Failure> {
    let Some(mut run) = client::send(RunById::build(RunVariables { id: id.clone() })).await?.run else {
        return Ok(None);
    };
    while run.task_runs.page_info.has_next_page {
        let after = run.task_runs.page_info.end_cursor.clone();
        let more = client::send(MoreTasks::build(MoreTasksVariables { id: id.clone(), after })).await?;
        let Some(more) = more.run else { break };
        run.task_runs.nodes.extend(more.task_runs.nodes);
        run.task_runs.page_info = more.task_runs.page_info;
    }
    Ok(Some(run))
}

impl LiveRun {
    /// Shows a loaded run and follows it.
    pub(crate) fn follow(detail: RunDetail) -> Self {
        let RunDetail { row, now, basis, task_runs } = detail;
        let (id, cursor) = (row.id.clone(), basis.cursor.clone());
        let drawing = graph::draw(&basis.version.graph.tasks).unwrap_or_default();
        let tasks = task_runs.nodes.into_iter().map(|task| (task.ordinal, RwSignal::new(task))).collect();
        let run = Self {
            row: RwSignal::new(row),
            now: RwSignal::new(now),
            basis: StoredValue::new(basis),
            drawing: StoredValue::new(drawing),
            tasks: StoredValue::new(tasks),
            pending: StoredValue::new(Vec::new()),
            painting: StoredValue::new(false),
        };
        socket::subscribe(
            move |after| RunChanged::build(RunChangedVariables { id: id.clone(), after }),
            Some(cursor),
            move |RunChanged { run_changed }| {
                let cursor = run_changed.cursor.clone();
                run.receive(run_changed);
                Some(cursor)
            },
        );
        run
    }

    /// The task of a node of the drawing.
    pub(crate) fn task(self, ordinal: i32) -> Option<RwSignal<TaskRun>> {
        self.tasks.try_with_value(|tasks| tasks.get(&ordinal).copied()).flatten()
    }

    /// All tasks in the order of the document.
    pub(crate) fn tasks(self) -> Vec<RwSignal<TaskRun>> {
        self.tasks.try_with_value(|tasks| tasks.values().copied().collect()).unwrap_or_default()
    }

    pub(crate) fn task_named(self, name: &str) -> Option<RwSignal<TaskRun>> {
        self.tasks().into_iter().find(|task| task.with_untracked(|task| task.name == name))
    }

    /// All tasks as they are, followed.
    pub(crate) fn snapshot(self) -> Vec<TaskRun> {
        self.tasks().into_iter().map(|task| task.get()).collect()
    }

    /// The nodes on the critical path, followed.
    pub(crate) fn critical(self) -> Vec<usize> {
        let tasks = self.snapshot().into_iter().map(|task| (task.ordinal, task)).collect();
        self.drawing.with_value(|drawing| path::critical(drawing, &tasks))
    }

    /// The task to show when nobody chose one: where the trouble is, else what runs, else what ended last.
    pub(crate) fn telling_task(self) -> Option<String> {
        let tasks: Vec<TaskRun> = self.tasks().into_iter().map(|task| task.get_untracked()).collect();
        let bad = tasks.iter().find(|task| task.state.is_bad());
        let going = || tasks.iter().find(|task| task.state.is_active());
        let last = || tasks.iter().max_by_key(|task| (task.started_at, task.ordinal));
        bad.or_else(going).or_else(last).map(|task| task.name.clone())
    }

    fn receive(self, change: RunChange) {
        let first = self.painting.try_update_value(|painting| !std::mem::replace(painting, true));
        match first {
            Some(true) => {
                self.apply(change);
                spawn_local(async move {
                    TimeoutFuture::new(PAINT_MS).await;
                    self.flush();
                });
            }
            Some(false) => self.pending.update_value(|pending| pending.push(change)),
            // The page has gone.
            None => {}
        }
    }

    fn flush(self) {
        let Some(mut changes) = self.pending.try_update_value(std::mem::take) else { return };
        self.painting.set_value(false);
        // In the order in which they came: a later one replaces what an earlier one said.
        let last = changes.pop();
        changes.into_iter().for_each(|change| self.apply(change));
        if let Some(last) = last {
            self.receive(last);
        }
    }

    fn apply(self, change: RunChange) {
        for task in change.task_runs {
            let known = self.task(task.ordinal);
            match known {
                Some(signal) if signal.try_with_untracked(|old| *old != task) == Some(true) => signal.set(task),
                _ => {}
            }
        }
        if self.row.try_with_untracked(|old| *old != change.run.row) == Some(true) {
            self.row.set(change.run.row);
        }
        if self.now.try_with_untracked(|old| *old != change.run.now) == Some(true) {
            self.now.set(change.run.now);
        }
    }
}
