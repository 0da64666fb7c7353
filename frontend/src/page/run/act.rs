//! What an operator does to a run: each act shows its effect, asks for a reason, waits for the server and says what
//! came of it.

mod approval;
mod dialog;
mod lost;
mod values;

pub(crate) use dialog::listed;
pub(crate) use values::RANKS;

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::operate::{
    ApprovalDecision, DecideApproval, DecideApprovalInput, DecideApprovalVariables, OperateRuns, OperateRunsInput,
    OperateRunsVariables, RerunRun, RerunRunInput, RerunRunVariables, RunOperation, RunOperationInput,
};
use crate::api::run::RerunScope;
use crate::api::short_id;
use crate::api::task::{LostDecision, ResolveLostTask, ResolveLostTaskInput, ResolveLostTaskVariables, TaskRun};
use crate::i18n::{Word, text};
use crate::page::run::start::{StartDialog, Startable};
use crate::state::address::{Address, use_address};
use crate::state::live_run::LiveRun;
use crate::state::scope::{Scope, use_scope};
use crate::state::toast;
use crate::t;

/// A task that something is done to; of an item, the item itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) id: cynic::Id,
    pub(crate) name: String,
}

impl Target {
    pub(crate) fn of(task: &TaskRun) -> Self {
        let name = match task.item_index {
            Some(index) => format!("{}[{index}]", task.name),
            None => task.name.clone(),
        };
        Self { id: task.id.clone(), name }
    }
}

/// An act that is being asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Stop,
    Pause,
    Resume,
    Again,
    RerunFailed,
    RerunAll,
    RerunNewest,
    RerunFrom(String),
    RerunOnly(String),
    Priority,
    Params,
    Hold(Target),
    Release(Target),
    MarkDone(Target),
    Skip(Target),
    Decide(Target),
    Approval(Target, ApprovalDecision),
}

impl Act {
    /// The operation that the server is asked to do; `None` for acts that take another way.
    pub(crate) fn operation(&self) -> Option<RunOperationInput> {
        use RunOperation as Op;
        Some(match self {
            Self::Stop => RunOperationInput::plain(Op::Stop),
            Self::Pause => RunOperationInput::plain(Op::Pause),
            Self::Resume => RunOperationInput::plain(Op::Resume),
            Self::RerunFailed => RunOperationInput::rerun(RerunScope::Failed, None),
            Self::RerunAll => RunOperationInput::rerun(RerunScope::All, None),
            Self::RerunFrom(task) => RunOperationInput::rerun(RerunScope::FromTask, Some(task.clone())),
            Self::RerunOnly(task) => RunOperationInput::rerun(RerunScope::OnlyTask, Some(task.clone())),
            Self::Hold(target) => RunOperationInput::on_task(Op::HoldTask, target.id.clone()),
            Self::Release(target) => RunOperationInput::on_task(Op::ReleaseTask, target.id.clone()),
            Self::MarkDone(target) => RunOperationInput::on_task(Op::MarkTaskSucceeded, target.id.clone()),
            Self::Skip(target) => RunOperationInput::on_task(Op::MarkTaskSkipped, target.id.clone()),
            Self::Again | Self::RerunNewest | Self::Priority | Self::Params | Self::Decide(_) | Self::Approval(..) => {
                return None;
            }
        })
    }

    fn is_harm(&self) -> bool {
        matches!(self, Self::Stop)
    }

    /// The title of its dialog.
    pub(crate) fn title(&self, workflow: &str) -> String {
        match self {
            Self::Stop => t!(run_stop_title, workflow),
            Self::Pause => t!(run_pause_title, workflow),
            Self::Resume => t!(run_resume_title, workflow),
            Self::RerunFailed => t!(run_rerun_failed_title).to_owned(),
            Self::RerunAll => t!(run_rerun_all_title).to_owned(),
            Self::RerunNewest => t!(run_rerun_newest_title, workflow),
            Self::RerunFrom(task) => t!(run_rerun_from_title, task),
            Self::RerunOnly(task) => t!(run_rerun_only_title, task),
            Self::Priority => t!(run_priority_title).to_owned(),
            Self::Params => t!(run_set_params_title).to_owned(),
            Self::Hold(target) => t!(run_hold_title, &target.name),
            Self::Release(target) => t!(run_release_title, &target.name),
            Self::MarkDone(target) => t!(run_mark_title, &target.name),
            Self::Skip(target) => t!(run_skip_title, &target.name),
            Self::Decide(target) => t!(run_lost_title, &target.name),
            Self::Approval(target, ApprovalDecision::Approve) => t!(run_approve_title, &target.name),
            Self::Approval(target, ApprovalDecision::Reject) => t!(run_reject_title, &target.name),
            Self::Again => String::new(),
        }
    }

    /// What it means, whatever it comes to here.
    fn meaning(&self) -> Word {
        match self {
            Self::Stop => text::run_stop_text,
            Self::Pause => text::run_pause_text,
            Self::Resume => text::run_resume_text,
            Self::RerunNewest => text::run_rerun_newest_text,
            Self::Priority => text::run_priority_text,
            Self::Params => text::run_set_params_text,
            Self::Hold(_) => text::run_hold_text,
            Self::Release(_) => text::run_release_text,
            Self::MarkDone(_) => text::run_mark_text,
            Self::Skip(_) => text::run_skip_text,
            _ => text::run_rerun_text,
        }
    }

    /// The word on the button that does it.
    fn confirm(&self) -> Word {
        match self {
            Self::Stop => text::run_stop_do,
            Self::Pause => text::run_pause_do,
            Self::Resume => text::run_resume_do,
            Self::Priority => text::run_priority_do,
            Self::Params => text::run_set_params_do,
            Self::Hold(_) => text::run_hold_do,
            Self::Release(_) => text::run_release_do,
            Self::MarkDone(_) => text::run_mark_do,
            Self::Skip(_) => text::run_skip_do,
            _ => text::run_rerun_do,
        }
    }

    /// What is told when it is done.
    fn done(&self, workflow: &str) -> String {
        match self {
            Self::Stop => t!(run_stopping, workflow),
            Self::Pause => t!(run_paused_done, workflow),
            Self::Resume => t!(run_resumed_done, workflow),
            Self::Priority => t!(run_priority_done, workflow),
            Self::Params => t!(run_set_params_done, workflow),
            Self::Hold(target) => t!(run_hold_done, &target.name),
            Self::Release(target) => t!(run_release_done, &target.name),
            Self::MarkDone(target) => t!(run_mark_done_toast, &target.name),
            Self::Skip(target) => t!(run_skip_done, &target.name),
            _ => t!(run_rerun_done, workflow),
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) run: LiveRun,
    act: RwSignal<Option<Act>>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    decision: RwSignal<LostDecision>,
    address: Address,
    scope: Scope,
}

pub(crate) fn provide_acts(run: LiveRun) -> Asked {
    let asked = Asked {
        run,
        act: RwSignal::new(None),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        decision: RwSignal::new(LostDecision::Retry),
        address: use_address(),
        scope: use_scope(),
    };
    provide_context(asked);
    asked
}

pub(crate) fn use_acts() -> Asked {
    expect_context()
}

impl Asked {
    pub(crate) fn ask(self, act: Act) {
        self.refusal.set(None);
        self.busy.set(false);
        self.act.set(Some(act));
    }

    fn close(self) {
        let _ = self.act.try_set(None);
    }

    /// Ends the wait: closes on success, shows a refusal.
    fn finish(self, outcome: Result<Result<String, String>, Failure>) {
        let _ = self.busy.try_set(false);
        match outcome {
            Ok(Ok(done)) => {
                toast::done(done);
                self.close();
            }
            Ok(Err(text)) => drop(self.refusal.try_set(Some(text))),
            Err(failure) => drop(self.refusal.try_set(Some(failure.in_words()))),
        }
    }

    fn name(self) -> String {
        self.run.row.with_untracked(|row| row.workflow.title.clone().unwrap_or_else(|| row.workflow.name.clone()))
    }

    fn id(self) -> cynic::Id {
        self.run.row.with_untracked(|row| row.id.clone())
    }

    fn operate(self, act: &Act, operation: RunOperationInput, reason: String) {
        let (name, ends) = (self.name(), operation.operation == RunOperation::Stop);
        let done = untrack(|| act.done(&name));
        let input = OperateRunsInput { ids: Some(vec![self.id()]), operation, reason };
        self.send(async move {
            let payload = client::send(OperateRuns::build(OperateRunsVariables { input })).await?.operate_runs;
            let outcome = payload.outcomes.first();
            let refused = outcome.and_then(|outcome| refusal(&outcome.user_errors));
            Ok(match refusal(&payload.user_errors).or(refused) {
                Some(refusal) => Err(refusal),
                None if ends && outcome.is_some_and(|outcome| !outcome.changed) => Ok(t!(run_already_finished, name)),
                None => Ok(done),
            })
        });
    }

    /// As a new run, whose page is opened.
    fn rerun_newest(self, reason: String) {
        let input = RerunRunInput { id: self.id(), scope: RerunScope::NewestVersion, task: None, reason };
        let name = self.name();
        self.send(async move {
            let payload = client::send(RerunRun::build(RerunRunVariables { input })).await?.rerun_run;
            Ok(match (refusal(&payload.user_errors), payload.run) {
                (Some(refusal), _) => Err(refusal),
                (None, Some(run)) => {
                    let href = untrack(|| self.scope.href(&format!("/runs/{}", short_id(&run.id))));
                    self.address.go(&href);
                    Ok(t!(run_started_toast, name))
                }
                (None, None) => Ok(t!(run_started_toast, name)),
            })
        });
    }

    fn decide(self, target: Target, reason: String) {
        let input = ResolveLostTaskInput { task_run: target.id, decision: self.decision.get_untracked(), reason };
        self.send(async move {
            let answer = client::send(ResolveLostTask::build(ResolveLostTaskVariables { input })).await?;
            Ok(match refusal(&answer.resolve_lost_task.user_errors) {
                Some(refusal) => Err(refusal),
                None => Ok(t!(run_lost_done, target.name)),
            })
        });
    }

    fn approve(self, target: Target, decision: ApprovalDecision, reason: String) {
        let input = DecideApprovalInput { task_run: target.id, decision, reason };
        self.send(async move {
            let answer = client::send(DecideApproval::build(DecideApprovalVariables { input })).await?;
            Ok(match (refusal(&answer.decide_approval.user_errors), decision) {
                (Some(refusal), _) => Err(refusal),
                (None, ApprovalDecision::Approve) => Ok(t!(run_approve_done, target.name)),
                (None, ApprovalDecision::Reject) => Ok(t!(run_reject_done, target.name)),
            })
        });
    }

    fn send(self, work: impl Future<Output = Result<Result<String, String>, Failure>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move { self.finish(work.await) });
    }
}

/// The dialog of the act that is asked about.
#[component]
pub(crate) fn Acts(acts: Asked) -> impl IntoView {
    let close = Callback::new(move |()| acts.close());
    move || {
        let act = acts.act.get()?;
        Some(match act {
            Act::Again => {
                let run = acts.run.row.get_untracked();
                let params: Value = acts.run.now.with_untracked(|now| now.params.clone());
                let startable = acts.run.basis.with_value(|basis| Startable {
                    workflow: run.workflow.id.clone(),
                    title: acts.name(),
                    document: basis.version.spec.clone(),
                    of_run: Some((run, params)),
                });
                view! { <StartDialog startable on_close=close /> }.into_any()
            }
            Act::Decide(target) => view! { <lost::Decide acts close target /> }.into_any(),
            Act::Approval(target, decision) => view! { <approval::Decide acts close target decision /> }.into_any(),
            Act::RerunNewest => view! { <dialog::Newest acts close /> }.into_any(),
            Act::Priority => view! { <values::Priority acts close /> }.into_any(),
            Act::Params => view! { <values::Params acts close /> }.into_any(),
            act => view! { <dialog::Operate acts close act /> }.into_any(),
        })
    }
}
