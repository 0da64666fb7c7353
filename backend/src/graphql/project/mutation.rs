//! Making and changing projects.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::{
    error::{Error, Text},
    project::{Change, NewProject},
};

use crate::graphql::{context::Ask as _, error::UserError, id, project::Project, scalar::Json};

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

/// Changes of a project; what is absent stays.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateProjectInput {
    id: ID,
    /// Its name for people.
    title: Option<String>,
    /// All parameters by name, in place of those before: texts, numbers and truth values.
    params: Option<Json>,
    /// Why; audited.
    reason: Option<String>,
}

/// The project, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct UpdateProjectPayload {
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

    /// Changes a project's title or parameters.
    async fn update_project(&self, ctx: &Context<'_>, input: UpdateProjectInput) -> Result<UpdateProjectPayload> {
        let changed = async {
            let (tenant, id) = id::project(&input.id, "id")?;
            let params = input.params.map(|params| serde_json::from_value(params.0)).transpose().map_err(|_| {
                let text =
                    Text::new("The parameters are an object of names and values.", "参数须为名称与值组成的对象。");
                Error::invalid("params", text)
            })?;
            let change = Change { title: input.title, params, reason: input.reason };
            service::project::update(ctx.services(), &ctx.op(), tenant, id, change).await
        };
        let (project, user_errors) = ctx.settle(changed.await)?;
        Ok(UpdateProjectPayload { project: project.map(Project), user_errors })
    }
}
