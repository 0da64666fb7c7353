//! What the tabs of a run ask for when they are opened: its events, the run before it, the runs of its tasks.

use super::run::{PageInfo, RunRef, RunState};
use super::scalar::Instant;
use super::schema;
use super::task::{AttemptState, TaskState};

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct LookVariables {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "LookVariables")]
pub struct RunEvents {
    #[arguments(id: $id)]
    pub run: Option<EventsOfRun>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Run")]
pub struct EventsOfRun {
    pub events: Vec<RunEvent>,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEventKind {
    Made,
    Began,
    Overdue,
    Ended,
    Claimed,
    Tried,
    TaskBegan,
    TaskEnded,
    Acted,
}

/// Something that happened in a run.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct RunEvent {
    pub at: Instant,
    pub kind: RunEventKind,
    pub task_run: Option<EventTask>,
    pub attempt: Option<EventAttempt>,
    pub actor: Option<String>,
    pub action: Option<String>,
    pub result: Option<String>,
    pub reason: Option<String>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct EventTask {
    pub name: String,
    pub state: TaskState,
    pub item_index: Option<i32>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Attempt")]
pub struct EventAttempt {
    pub number: i32,
    pub state: AttemptState,
    pub node: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "LookVariables")]
pub struct RunRelated {
    #[arguments(id: $id)]
    pub run: Option<RelatedOfRun>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RelatedOfRun {
    pub children: Vec<RunRef>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "LookVariables")]
pub struct RunBefore {
    #[arguments(id: $id)]
    pub run: Option<BeforeOfRun>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct BeforeOfRun {
    pub previous: Option<RunWithTasks>,
}

/// A run to compare with.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunWithTasks {
    #[cynic(spread)]
    pub run: RunRef,
    #[arguments(first: 200, filter: { items: false })]
    pub task_runs: ComparedTasks,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRunConnection")]
pub struct ComparedTasks {
    pub nodes: Vec<ComparedTask>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct ComparedTask {
    pub name: String,
    pub state: TaskState,
    pub attempt: i32,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct MoreComparedVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

/// The tasks that come after those of a page.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "MoreComparedVariables")]
pub struct MoreCompared {
    #[arguments(id: $id)]
    pub run: Option<MoreComparedRun>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Run", variables = "MoreComparedVariables")]
pub struct MoreComparedRun {
    #[arguments(first: 200, after: $after, filter: { items: false })]
    pub task_runs: ComparedTasks,
}

/// The state that an event tells: of the try, else of the run.
pub fn told_state(event: &RunEvent) -> Option<AttemptState> {
    event.attempt.as_ref().filter(|_| event.kind == RunEventKind::Tried).map(|attempt| attempt.state)
}

/// Whether a run still changes.
pub fn goes_on(run: &RunRef) -> bool {
    !matches!(run.state, RunState::Succeeded | RunState::Failed | RunState::Stopped | RunState::Skipped)
}
