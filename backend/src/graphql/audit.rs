//! The audit trail.

use async_graphql::{Context, ID, Object, Result};

use super::{
    context::Ask as _,
    id,
    limits::page_cost,
    page::{self, Nodes, Window},
    scalar::{Instant, Int64, Json},
};

/// One act: who, what, when, from where, with what result.
#[derive(Debug, Clone)]
pub(crate) struct AuditEvent(service::audit::AuditEvent);

/// One act: who, what, when, from where, with what result.
#[Object]
impl AuditEvent {
    /// Its number in the tenant's chain, without gaps.
    async fn seq(&self) -> Int64 {
        Int64(self.0.seq)
    }

    async fn at(&self) -> Instant {
        Instant(self.0.at_ms)
    }

    async fn actor(&self) -> &str {
        &self.0.actor_name
    }

    /// The way the request came in: ui, api, cli or system.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// What was done, as `object.verb`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    async fn object_kind(&self) -> &str {
        &self.0.object_kind
    }

    async fn object_id(&self) -> Option<&str> {
        self.0.object_id.as_deref()
    }

    async fn object_name(&self) -> Option<&str> {
        self.0.object_name.as_deref()
    }

    /// succeeded, denied or failed.
    async fn result(&self) -> &str {
        &self.0.result
    }

    async fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The reason that the actor gave.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The object before the act.
    async fn before(&self) -> Option<Json> {
        self.0.before_json.as_deref().map(Json::of_text)
    }

    /// The object after the act.
    async fn after(&self) -> Option<Json> {
        self.0.after_json.as_deref().map(Json::of_text)
    }

    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    async fn client_address(&self) -> Option<&str> {
        self.0.client_addr.as_deref()
    }
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What was done in a tenant, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        tenant: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<AuditEvent>> {
        let listed = async {
            let tenant = id::tenant(&tenant, "tenant")?;
            let window = Window::<i64>::of(first, after.as_deref())?;
            service::audit::list(ctx.services(), &ctx.op(), tenant, window.after, window.size).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        Ok(page::connection((listed.items, listed.has_next), after.is_some(), |row| (row.seq, AuditEvent(row))))
    }
}
