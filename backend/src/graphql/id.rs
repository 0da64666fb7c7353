//! Global ids: `kind:decimal`, and for what belongs to a tenant `kind:<tenant>.<id>`.
//!
//! To clients an id is opaque. The tenant in it is an address, not a right: it is checked like everything else, so a
//! guessed id answers as one that does not exist.

use async_graphql::ID;
use domain::{
    error::ErrorCode,
    id::{AccountId, BackfillId, CalendarId, NodeId, ProjectId, RunId, ScheduleId, TenantId, WorkflowId},
};
use service::error::{Error, FieldError, Text};

/// What a global id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum GlobalId {
    /// A person or program that signs in.
    Account(AccountId),
    /// A department.
    Tenant(TenantId),
    /// A folder of workflows.
    Project(TenantId, ProjectId),
    /// A workflow.
    Workflow(TenantId, WorkflowId),
    /// A version of a workflow, by its number.
    Version(TenantId, WorkflowId, i32),
    /// A schedule of a workflow.
    Schedule(TenantId, ScheduleId),
    /// A calendar.
    Calendar(TenantId, CalendarId),
    /// A revision of a calendar, by its number.
    CalendarRevision(TenantId, CalendarId, i32),
    /// An execution of a workflow.
    Run(TenantId, RunId),
    /// A task within a run, by its ordinal.
    TaskRun(TenantId, RunId, i32),
    /// The runs of a workflow for a range of business dates.
    Backfill(TenantId, BackfillId),
    /// A server process.
    Node(NodeId),
}

impl GlobalId {
    /// Reads an id of any kind; `None` when the text is none that this server makes.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        // A number is written in one way only, so that two texts never name one thing.
        let number = |part: &str| part.parse::<i64>().ok().filter(|it| *it >= 0 && it.to_string() == part);
        let parts: Vec<i64> = rest.split('.').take(4).map(number).collect::<Option<_>>()?;
        let small = |part: i64| i32::try_from(part).ok();
        Some(match (kind, parts.as_slice()) {
            ("account", &[id]) => Self::Account(AccountId(id)),
            ("tenant", &[id]) => Self::Tenant(TenantId(id)),
            ("project", &[tenant, id]) => Self::Project(TenantId(tenant), ProjectId(id)),
            ("workflow", &[tenant, id]) => Self::Workflow(TenantId(tenant), WorkflowId(id)),
            ("version", &[tenant, id, number]) => Self::Version(TenantId(tenant), WorkflowId(id), small(number)?),
            ("schedule", &[tenant, id]) => Self::Schedule(TenantId(tenant), ScheduleId(id)),
            ("calendar", &[tenant, id]) => Self::Calendar(TenantId(tenant), CalendarId(id)),
            ("calendarRevision", &[tenant, id, number]) => {
                Self::CalendarRevision(TenantId(tenant), CalendarId(id), small(number)?)
            }
            ("run", &[tenant, id]) => Self::Run(TenantId(tenant), RunId(id)),
            ("taskRun", &[tenant, id, ordinal]) => Self::TaskRun(TenantId(tenant), RunId(id), small(ordinal)?),
            ("backfill", &[tenant, id]) => Self::Backfill(TenantId(tenant), BackfillId(id)),
            ("node", &[id]) => Self::Node(NodeId(id)),
            _ => return None,
        })
    }
}

impl From<GlobalId> for ID {
    fn from(id: GlobalId) -> Self {
        Self(match id {
            GlobalId::Account(id) => format!("account:{id}"),
            GlobalId::Tenant(id) => format!("tenant:{id}"),
            GlobalId::Project(tenant, id) => format!("project:{tenant}.{id}"),
            GlobalId::Workflow(tenant, id) => format!("workflow:{tenant}.{id}"),
            GlobalId::Version(tenant, id, number) => format!("version:{tenant}.{id}.{number}"),
            GlobalId::Schedule(tenant, id) => format!("schedule:{tenant}.{id}"),
            GlobalId::Calendar(tenant, id) => format!("calendar:{tenant}.{id}"),
            GlobalId::CalendarRevision(tenant, id, number) => format!("calendarRevision:{tenant}.{id}.{number}"),
            GlobalId::Run(tenant, id) => format!("run:{tenant}.{id}"),
            GlobalId::TaskRun(tenant, id, ordinal) => format!("taskRun:{tenant}.{id}.{ordinal}"),
            GlobalId::Backfill(tenant, id) => format!("backfill:{tenant}.{id}"),
            GlobalId::Node(id) => format!("node:{id}"),
        })
    }
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($($part:ident),+) -> $type:ty, $kind:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// When the id, which stands in `field`, is malformed or names another kind of object.
        pub(crate) fn $name(id: &ID, field: &str) -> Result<$type, Error> {
            match GlobalId::parse(id) {
                Some(GlobalId::$variant($($part),+)) => Ok(($($part),+)),
                _ => Err(not_an_id_of($kind, id, field)),
            }
        }
    )+};
}

readers! {
    /// The tenant that an id names.
    tenant: Tenant(id) -> TenantId, "tenant";
    /// The project that an id names, with its tenant.
    project: Project(tenant, id) -> (TenantId, ProjectId), "project";
    /// The workflow that an id names, with its tenant.
    workflow: Workflow(tenant, id) -> (TenantId, WorkflowId), "workflow";
    /// The calendar that an id names, with its tenant.
    calendar: Calendar(tenant, id) -> (TenantId, CalendarId), "calendar";
    /// The revision that an id names: its tenant, calendar and number.
    calendar_revision: CalendarRevision(tenant, id, number) -> (TenantId, CalendarId, i32), "calendarRevision";
    /// The run that an id names, with its tenant.
    run: Run(tenant, id) -> (TenantId, RunId), "run";
    /// The server process that an id names.
    node: Node(id) -> NodeId, "node";
    /// The backfill that an id names, with its tenant.
    backfill: Backfill(tenant, id) -> (TenantId, BackfillId), "backfill";
    /// The task run that an id names: its tenant, run and ordinal.
    task_run: TaskRun(tenant, id, ordinal) -> (TenantId, RunId, i32), "taskRun";
}

/// The tenant and project of a filter; a project says its tenant itself, so the two must agree.
///
/// # Errors
/// When one of them can't be read, or they don't agree.
pub(crate) fn place(tenant: Option<&ID>, project: Option<&ID>) -> Result<(Option<TenantId>, Option<ProjectId>), Error> {
    let tenant = tenant.map(|id| self::tenant(id, "tenant")).transpose()?;
    let Some(project) = project.map(|id| self::project(id, "project")).transpose()? else { return Ok((tenant, None)) };
    if tenant.is_some_and(|tenant| tenant != project.0) {
        return Err(Error::NotFound { kind: "project" });
    }
    Ok((Some(project.0), Some(project.1)))
}

fn not_an_id_of(kind: &str, id: &ID, field: &str) -> Error {
    // What was sent is quoted in part only: it may be long.
    let quoted: String = id.chars().take(60).collect();
    let text = Text::new(
        format!("“{quoted}” is not the id of a {kind} (it would begin with “{kind}:”)."),
        format!("“{quoted}”不是 {kind} 的标识（应以“{kind}:”开头）。"),
    );
    Error::Invalid(vec![FieldError::new(field, ErrorCode::InvalidInput, text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back() {
        let (tenant, run, workflow) = (TenantId(7), RunId(i64::MAX), WorkflowId(3));
        for id in [
            GlobalId::Account(AccountId(1)),
            GlobalId::Tenant(TenantId::PLATFORM),
            GlobalId::Project(tenant, ProjectId(12)),
            GlobalId::Workflow(tenant, workflow),
            GlobalId::Version(tenant, workflow, 2),
            GlobalId::Schedule(tenant, ScheduleId(9)),
            GlobalId::Calendar(TenantId::PLATFORM, CalendarId(8)),
            GlobalId::CalendarRevision(tenant, CalendarId(8), 3),
            GlobalId::Run(tenant, run),
            GlobalId::TaskRun(tenant, run, 4),
            GlobalId::Backfill(tenant, BackfillId(6)),
            GlobalId::Node(NodeId(5)),
        ] {
            assert_eq!(GlobalId::parse(&ID::from(id)), Some(id));
        }
        assert_eq!(ID::from(GlobalId::TaskRun(tenant, RunId(123), 4)).as_str(), "taskRun:7.123.4");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "run",
            "run:",
            "run:1",
            "run:1.2.3",
            "run:-1.2",
            "run:+1.2",
            "run:01.2",
            "run:1.2.",
            "Run:1.2",
            "run:1.x",
            "run:9223372036854775808.1",
            "taskRun:1.2.2147483648",
            "tenant:1.2",
            "run:1.2.3.4.5.6.7.8",
            "run:１.2",
        ] {
            assert_eq!(GlobalId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_of_another_kind_says_what_was_expected() {
        let error = run(&ID::from("workflow:1.2"), "id").expect_err("refused");
        assert_eq!(error.code(), ErrorCode::InvalidInput);
        let errors = error.field_errors().expect("the user's");
        assert_eq!(errors[0].path, ["id"]);
        assert!(errors[0].message(domain::error::Lang::En).contains("“run:”"));
    }
}
