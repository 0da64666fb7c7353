//! Saving workflows, switching them on and off, deleting and restoring them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::{
    Error,
    workflow::{Removal, Save},
};

use crate::graphql::{
    context::Ask,
    error::UserError,
    id,
    workflow::{Workflow, problem::SpecProblem},
};

/// A workflow to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateWorkflowInput {
    /// Where it is made; the document's metadata.project must agree when it names one.
    project: ID,
    /// The document, YAML or JSON.
    source: String,
    /// Why it is made, for the list of versions.
    note: Option<String>,
}

/// The workflow, or what is wrong.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreateWorkflowPayload {
    workflow: Option<Workflow>,
    /// What is wrong with the document, all at once.
    problems: Vec<SpecProblem>,
    user_errors: Vec<UserError>,
}

/// A next version.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateWorkflowInput {
    id: ID,
    /// The document, YAML or JSON.
    source: String,
    /// The version the edit began from; refused when another was saved since.
    base_version: i32,
    /// Why it changed, for the list of versions.
    note: Option<String>,
}

/// The workflow as it is now, or what is wrong.
#[derive(Debug, SimpleObject)]
pub(crate) struct UpdateWorkflowPayload {
    workflow: Option<Workflow>,
    /// What is wrong with the document, all at once.
    problems: Vec<SpecProblem>,
    user_errors: Vec<UserError>,
}

/// Whether schedules are to fire.
#[derive(Debug, InputObject)]
pub(crate) struct SetWorkflowEnabledInput {
    id: ID,
    enabled: bool,
    /// Why; audited.
    reason: Option<String>,
}

/// The workflow, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct SetWorkflowEnabledPayload {
    workflow: Option<Workflow>,
    user_errors: Vec<UserError>,
}

/// A workflow to be deleted.
#[derive(Debug, InputObject)]
pub(crate) struct DeleteWorkflowInput {
    id: ID,
    /// Stop its runs that have not ended; without it there must be none.
    stop_runs: Option<bool>,
    /// Why; audited.
    reason: String,
}

/// The deleted workflow, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct DeleteWorkflowPayload {
    workflow: Option<Workflow>,
    /// How many runs were told to stop.
    stopped_runs: i32,
    user_errors: Vec<UserError>,
}

/// A deleted workflow to be taken back.
#[derive(Debug, InputObject)]
pub(crate) struct RestoreWorkflowInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// The workflow, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct RestoreWorkflowPayload {
    workflow: Option<Workflow>,
    user_errors: Vec<UserError>,
}

/// What came of a save: problems of the document stand in a list of their own, with their places.
struct Saved {
    workflow: Option<Workflow>,
    problems: Vec<SpecProblem>,
    user_errors: Vec<UserError>,
}

fn settle(ctx: &Context<'_>, saved: Result<service::workflow::Row, Error>) -> Result<Saved> {
    if let Err(Error::Spec(problems)) = &saved {
        let problems = problems.iter().map(|problem| SpecProblem::of(problem, ctx.lang())).collect();
        return Ok(Saved { workflow: None, problems, user_errors: Vec::new() });
    }
    let (workflow, user_errors) = ctx.settle(saved)?;
    Ok(Saved { workflow: workflow.map(Workflow), problems: Vec::new(), user_errors })
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct WorkflowMutation;

#[Object]
impl WorkflowMutation {
    /// Makes a workflow with its first version.
    async fn create_workflow(&self, ctx: &Context<'_>, input: CreateWorkflowInput) -> Result<CreateWorkflowPayload> {
        let saved = async {
            let (tenant, project) = id::project(&input.project, "project")?;
            let save = Save { source: input.source, note: input.note };
            service::workflow::create(ctx.services(), &ctx.op(), tenant, project, save).await
        };
        let Saved { workflow, problems, user_errors } = settle(ctx, saved.await)?;
        Ok(CreateWorkflowPayload { workflow, problems, user_errors })
    }

    /// Saves a new version.
    async fn update_workflow(&self, ctx: &Context<'_>, input: UpdateWorkflowInput) -> Result<UpdateWorkflowPayload> {
        let saved = async {
            let (tenant, id) = id::workflow(&input.id, "id")?;
            let save = Save { source: input.source, note: input.note };
            service::workflow::update(ctx.services(), &ctx.op(), tenant, id, input.base_version, save).await
        };
        let Saved { workflow, problems, user_errors } = settle(ctx, saved.await)?;
        Ok(UpdateWorkflowPayload { workflow, problems, user_errors })
    }

    /// Lets a workflow's schedules fire, or not.
    async fn set_workflow_enabled(
        &self,
        ctx: &Context<'_>,
        input: SetWorkflowEnabledInput,
    ) -> Result<SetWorkflowEnabledPayload> {
        let changed = async {
            let (tenant, id) = id::workflow(&input.id, "id")?;
            service::workflow::set_enabled(ctx.services(), &ctx.op(), tenant, id, input.enabled, input.reason).await
        };
        let (workflow, user_errors) = ctx.settle(changed.await)?;
        Ok(SetWorkflowEnabledPayload { workflow: workflow.map(Workflow), user_errors })
    }
    /// Deletes a workflow: its schedules end and its name is free, while its versions, runs and logs can be read, and it
    /// can be restored.
    async fn delete_workflow(&self, ctx: &Context<'_>, input: DeleteWorkflowInput) -> Result<DeleteWorkflowPayload> {
        let deleted = async {
            let (tenant, id) = id::workflow(&input.id, "id")?;
            let removal = Removal { stop_runs: input.stop_runs == Some(true), reason: input.reason };
            service::workflow::archive(ctx.services(), &ctx.op(), tenant, id, removal).await
        };
        let (archived, user_errors) = ctx.settle(deleted.await)?;
        let stopped = archived.as_ref().map_or(0, |archived| archived.stopped);
        let stopped_runs = i32::try_from(stopped).unwrap_or(i32::MAX);
        Ok(DeleteWorkflowPayload { workflow: archived.map(|it| Workflow(it.row)), stopped_runs, user_errors })
    }

    /// Takes a deleted workflow back under its name, switched off.
    async fn restore_workflow(&self, ctx: &Context<'_>, input: RestoreWorkflowInput) -> Result<RestoreWorkflowPayload> {
        let restored = async {
            let (tenant, id) = id::workflow(&input.id, "id")?;
            service::workflow::restore(ctx.services(), &ctx.op(), tenant, id, &input.reason).await
        };
        let (workflow, user_errors) = ctx.settle(restored.await)?;
        Ok(RestoreWorkflowPayload { workflow: workflow.map(Workflow), user_errors })
    }
}
