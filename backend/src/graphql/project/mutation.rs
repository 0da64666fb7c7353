//! Making projects.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::project::NewProject;

use crate::graphql::{context::Ask as _, error::UserError, id, project::Project};

/// A project to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateProjectInput {
    tenant: ID,
    /// Its name in addresses: lower-case letters, digits and hyphens.
    slug: String,
    /// Its name for people.
    title: String,
}

/// The project, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreateProjectPayload {
    project: Option<Project>,
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Makes a project in a tenant.
    async fn create_project(&self, ctx: &Context<'_>, input: CreateProjectInput) -> Result<CreateProjectPayload> {
        let made = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            let new = NewProject { tenant, slug: input.slug, title: input.title };
            service::project::create(ctx.services(), &ctx.op(), new).await
        };
        let (project, user_errors) = ctx.settle(made.await)?;
        Ok(CreateProjectPayload { project: project.map(Project), user_errors })
    }
}
