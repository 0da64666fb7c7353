//! The demo firm, Hengyuan Wealth: four departments with projects, people and workflows that really work.
//!
//! [`seed`] may run at every start: it writes the scripts, makes what is missing through the same services as any
//! client, and leaves alone what a person has changed since. Everything lies below `demo/` of the data directory.

mod firm;
mod people;
mod script;

use std::path::{Path, PathBuf};

use domain::id::{ProjectId, TenantId};
use service::{Services, account::Issued, calendar, ctx::OpCtx, project, tenant, workflow};

pub use self::people::SignIn;
use self::{firm::Department, people::People, script::Scripts};

/// Who the audit trail says has made it all.
const ACTOR: &str = "demo";

/// Why the demo firm could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A service refused or failed.
    #[error("making {what} of the demo firm: {source}")]
    Service {
        /// What was being made.
        what: String,
        /// Why not.
        source: service::Error,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Makes what is missing of the demo firm and gives the people who can sign in.
///
/// `first` is the administrator that this start made, who is then among them; one of an earlier start keeps his
/// password.
///
/// # Errors
/// A service's or a file's; a later call goes on from there.
pub async fn seed(
    services: &Services,
    data_dir: &Path,
    first: Option<&Issued>,
    now_ms: i64,
) -> Result<Vec<SignIn>, Error> {
    let scripts = Scripts::write(&data_dir.join("demo"))?;
    let ctx = OpCtx::system(ACTOR, now_ms);
    let mut people = People::open(services, &ctx, scripts.home())?;
    people.administrator(first).await?;
    connect(services, &ctx).await.map_err(|source| failed(CONNECT, source))?;
    for department in firm::DEPARTMENTS {
        make(services, &ctx, department, &scripts).await?;
    }
    people.of_departments(firm::DEPARTMENTS).await?;
    Ok(people.into_sign_ins())
}

/// The calendar of the days on which both Shanghai and Hong Kong trade.
const CONNECT: &str = "CONNECT";

/// Of what it is derived.
const CONNECT_DAYS: &str = "SSE & HKEX";

/// Makes the firm's derived calendar and puts it in force.
async fn connect(services: &Services, ctx: &OpCtx) -> service::Result<()> {
    let known = calendar::list(services, ctx, Some(TenantId::PLATFORM)).await?;
    let made = match known.into_iter().find(|it| it.row.name == CONNECT) {
        Some(made) => made,
        None => {
            let content = serde_json::json!({ "expression": CONNECT_DAYS });
            let draft = calendar::Draft { content, source: None, note: Some(ACTOR.to_owned()) };
            let (name, title) = (CONNECT.to_owned(), Some("沪港共同交易日 Stock Connect".to_owned()));
            let new = calendar::NewCalendar { tenant: TenantId::PLATFORM, name, title, draft };
            calendar::create(services, ctx, new).await?
        }
    };
    if made.active.is_none() {
        let why = (ACTOR.to_owned(), [].as_slice());
        calendar::activate(services, ctx, made.tenant(), made.id(), made.row.last_revision, why).await?;
    }
    Ok(())
}

async fn make(services: &Services, ctx: &OpCtx, department: &Department, scripts: &Scripts) -> Result<(), Error> {
    let tenant = match tenant::find_by_slug(services, ctx, department.slug).await {
        Err(service::Error::NotFound { .. }) => {
            let new = tenant::NewTenant { slug: department.slug.to_owned(), title: department.title.to_owned() };
            tenant::create(services, ctx, new).await
        }
        found => found,
    };
    let tenant = tenant.map_err(|source| failed(department.slug, source))?.id;
    for folder in department.projects {
        let project = match project::find_by_slug(services, ctx, tenant, folder.slug).await {
            Err(service::Error::NotFound { .. }) => {
                let (slug, title) = (folder.slug.to_owned(), folder.title.to_owned());
                project::create(services, ctx, project::NewProject { tenant, slug, title }).await
            }
            found => found,
        };
        let project = project.map_err(|source| failed(folder.slug, source))?.id;
        for document in folder.workflows {
            let save = workflow::Save { source: scripts.fill(document.source), note: Some("demo".to_owned()) };
            let saved = keep(services, ctx, (tenant, project), document.name, save).await;
            saved.map_err(|source| failed(document.name, source))?;
        }
    }
    Ok(())
}

/// Makes a workflow, or brings it up to date unless a person has saved it since.
async fn keep(
    services: &Services,
    ctx: &OpCtx,
    (tenant, project): (TenantId, ProjectId),
    name: &str,
    save: workflow::Save,
) -> service::Result<()> {
    let Some(row) = workflow::find_by_name(services, ctx, tenant, project, name).await? else {
        return workflow::create(services, ctx, tenant, project, save).await.map(drop);
    };
    let id = domain::id::WorkflowId(row.id);
    let current = workflow::find_version(services, ctx, tenant, id, row.current_version).await?;
    let untouched = current.created_by.is_none() && current.created_by_name.as_deref() == Some(ACTOR);
    if untouched && current.source != save.source {
        workflow::update(services, ctx, tenant, id, row.current_version, save).await?;
    }
    Ok(())
}

fn failed(what: &str, source: service::Error) -> Error {
    Error::Service { what: what.to_owned(), source }
}

#[cfg(test)]
mod tests;
