//! How long what is over is kept.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::id::TenantId;
use service::retention::{Decision, Rule};

use super::{
    context::Ask as _,
    error::UserError,
    id,
    loader::{self, TenantKey},
    scalar::Instant,
    tenant::Tenant,
};

/// What is kept for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "service::retention::Kind")]
pub(crate) enum RetentionKind {
    /// Finished runs with their tasks and attempts.
    Runs,
    /// What attempts printed; their runs stay.
    Logs,
    /// What became of the instants of schedules.
    Fires,
    /// The audit trail.
    Audit,
}

/// Who decided how long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "service::retention::Source")]
pub(crate) enum RetentionSource {
    /// The tenant.
    Tenant,
    /// The platform, for all tenants that decided nothing.
    Platform,
    /// The configuration of the server.
    Configuration,
}

/// How long a tenant keeps what.
#[derive(Debug)]
pub(crate) struct Retention {
    tenant: TenantId,
    rules: Vec<Rule>,
}

/// How long a tenant keeps what.
#[Object]
impl Retention {
    /// The tenant; null for the platform.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        if self.tenant == TenantId::PLATFORM {
            return Ok(None);
        }
        loader::need(ctx, TenantKey(self.tenant), "tenant").await.map(|tenant| Some(Tenant(tenant)))
    }

    /// One of each kind.
    async fn rules(&self) -> Vec<RetentionRule> {
        self.rules.iter().map(|rule| RetentionRule { tenant: self.tenant, rule: rule.clone() }).collect()
    }
}

/// How long one kind is kept.
#[derive(Debug)]
pub(crate) struct RetentionRule {
    tenant: TenantId,
    rule: Rule,
}

/// How long one kind is kept.
#[Object]
impl RetentionRule {
    async fn kind(&self) -> RetentionKind {
        self.rule.kind.into()
    }

    /// What is older is deleted.
    async fn days(&self) -> i32 {
        self.rule.days
    }

    async fn source(&self) -> RetentionSource {
        self.rule.source.into()
    }

    /// How long without a decision of the tenant itself.
    async fn inherited_days(&self) -> i32 {
        self.rule.inherited_days
    }

    /// The fewest days that can be asked for.
    async fn least_days(&self) -> i32 {
        self.rule.kind.least_days()
    }

    async fn changed_at(&self) -> Option<Instant> {
        self.rule.changed.as_ref().map(|(at_ms, _)| Instant(*at_ms))
    }

    async fn changed_by(&self) -> Option<&str> {
        self.rule.changed.as_ref()?.1.as_deref()
    }

    /// How much would be deleted by now if it were kept for so many days.
    #[graphql(complexity = "50 + child_complexity")]
    async fn preview(&self, ctx: &Context<'_>, days: i32) -> Result<RetentionPreview> {
        let found = service::retention::preview(ctx.services(), &ctx.op(), self.tenant, self.rule.kind, days).await;
        let found = found.map_err(|error| ctx.fail(error))?;
        Ok(RetentionPreview { count: i32::try_from(found.count).unwrap_or(i32::MAX), capped: found.capped })
    }
}

/// How much would be deleted.
#[derive(Debug, SimpleObject)]
pub(crate) struct RetentionPreview {
    /// Runs, runs whose logs go, fires of schedules or audit events.
    count: i32,
    /// There are more than were counted.
    capped: bool,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct RetentionQuery;

#[Object]
impl RetentionQuery {
    /// How long a tenant keeps its runs, logs, schedule fires and audit trail.
    async fn retention(&self, ctx: &Context<'_>, tenant: ID) -> Result<Retention> {
        let found = async {
            let tenant = id::tenant(&tenant, "tenant")?;
            let rules = service::retention::rules(ctx.services(), &ctx.op(), tenant).await?;
            Ok(Retention { tenant, rules })
        };
        found.await.map_err(|error| ctx.fail(error))
    }
}

/// How long something is to be kept.
#[derive(Debug, InputObject)]
pub(crate) struct SetRetentionInput {
    /// The tenant; the platform decides for all tenants that decided nothing.
    tenant: ID,
    kind: RetentionKind,
    /// How long; without it, as without a decision.
    days: Option<i32>,
    /// Why; audited.
    reason: String,
}

/// What holds now, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct SetRetentionPayload {
    retention: Option<Retention>,
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct RetentionMutation;

#[Object]
impl RetentionMutation {
    /// Decides how long one kind is kept. What is older is deleted soon after.
    async fn set_retention(&self, ctx: &Context<'_>, input: SetRetentionInput) -> Result<SetRetentionPayload> {
        let changed = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            let decision = Decision { tenant, kind: input.kind.into(), days: input.days, reason: input.reason };
            let rules = service::retention::set(ctx.services(), &ctx.op(), decision).await?;
            Ok(Retention { tenant, rules })
        };
        let (retention, user_errors) = ctx.settle(changed.await)?;
        Ok(SetRetentionPayload { retention, user_errors })
    }
}
