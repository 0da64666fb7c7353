//! The audit trail: who did what, when, from where, with what result; one hash chain per tenant.
//!
//! Rules:
//!  - **In the same transaction.** [`record`] runs in the transaction of the act; when the row can't be written, the act
//!    does not happen.
//!  - **Refused and failed attempts too.** [`attempt`] wraps a use case and records, in a transaction of its own, what
//!    was refused or failed. What somebody tried in a tenant that he may not know of is recorded on the platform's
//!    chain, so that strangers can't write into a tenant's.
//!  - **No secrets.** Values whose name says that they are secret are masked before anything is stored ([`mask`]).
//!  - **Provable.** Each row's hash covers its canonical text, which holds the hash of the row before ([`canonical`]);
//!    [`verify()`] finds change, deletion, insertion and, with a head known from before, a cut tail.

use std::{fmt::Display, future::Future};

use domain::{access::Permission, error::ErrorCode, id::TenantId};
use serde_json::Value;
pub use store::audit::{AuditEvent, Head};
use store::{Page, Tx};

pub mod canonical;
pub mod mask;
mod verify;

pub use verify::{Fault, Verdict, verify};

use crate::{
    Services,
    authz::Scope,
    ctx::OpCtx,
    error::{Error, Result},
};

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Succeeded,
    /// The actor may not.
    Denied,
    /// Tried, and refused by a rule or failed.
    Failed,
}

impl Outcome {
    /// The spelling in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// What is to be told of an act; who and when is in the context.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Whose chain.
    pub tenant: TenantId,
    /// What was done, as `object.verb`: `run.stop`.
    pub action: &'static str,
    /// The kind of object.
    pub object_kind: &'static str,
    /// The object.
    pub object_id: Option<String>,
    /// The object's name.
    pub object_name: Option<String>,
    /// How it ended.
    pub result: Outcome,
    /// The code of a refusal or failure.
    pub error_code: Option<ErrorCode>,
    /// The reason that the actor gave.
    pub reason: Option<String>,
    /// The object before.
    pub before: Option<Value>,
    /// The object after.
    pub after: Option<Value>,
}

impl AuditEntry {
    /// An act that succeeds, on an object yet to be named.
    #[must_use]
    pub const fn new(tenant: TenantId, action: &'static str, object_kind: &'static str) -> Self {
        Self {
            tenant,
            action,
            object_kind,
            object_id: None,
            object_name: None,
            result: Outcome::Succeeded,
            error_code: None,
            reason: None,
            before: None,
            after: None,
        }
    }

    /// An act that succeeds, on a known object.
    #[must_use]
    pub fn done(
        tenant: TenantId,
        action: &'static str,
        object_kind: &'static str,
        id: impl Display,
        name: &str,
    ) -> Self {
        Self::new(tenant, action, object_kind).id(id).name(name)
    }

    /// Names the object by its id.
    #[must_use]
    pub fn id(self, id: impl Display) -> Self {
        Self { object_id: Some(id.to_string()), ..self }
    }

    /// Names the object for people.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { object_name: Some(name.into()), ..self }
    }

    /// The reason that the actor gave.
    #[must_use]
    pub fn reason(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// The object before the act.
    #[must_use]
    pub fn before(self, value: Value) -> Self {
        Self { before: Some(value), ..self }
    }

    /// The object after the act.
    #[must_use]
    pub fn after(self, value: Value) -> Self {
        Self { after: Some(value), ..self }
    }

    /// The same act, refused or failed.
    #[must_use]
    pub fn refused(self, error: &Error) -> Self {
        let result = match error {
            Error::Denied { .. } | Error::NotFound { .. } | Error::PasswordChangeRequired => Outcome::Denied,
            _ => Outcome::Failed,
        };
        Self { result, error_code: Some(error.code()), ..self }
    }
}

/// Writes the row of an act in the act's transaction. Call it last: it holds the chain of the tenant until the commit.
///
/// # Errors
/// The database's; the act must then not be committed.
pub async fn record(tx: &Tx<'_>, ctx: &OpCtx, entry: &AuditEntry) -> Result<()> {
    let link = store::audit::lock_head(tx, entry.tenant, &canonical::genesis(entry.tenant)).await?;
    let event = canonical::event(ctx, entry, link);
    store::audit::insert(tx, &event).await?;
    let head = Head { seq: event.seq, hash: event.hash };
    Ok(store::audit::save_head(tx, entry.tenant, &head).await?)
}

/// Runs a use case; when it is refused or fails, records that under `entry`.
///
/// # Errors
/// Those of the use case.
pub async fn attempt<T>(
    services: &Services,
    ctx: &OpCtx,
    entry: AuditEntry,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let outcome = work.await;
    if let Err(error) = &outcome {
        record_refusal(services, ctx, entry, error).await;
    }
    outcome
}

/// Records that an act was refused or failed, in a transaction of its own. When that fails it is logged: the act has
/// not happened, and its caller learns why by its own error.
pub async fn record_refusal(services: &Services, ctx: &OpCtx, entry: AuditEntry, error: &Error) {
    // Requests of nobody would let anybody fill the trail; with the database gone there is nowhere to write.
    if matches!(error, Error::Unauthenticated | Error::Store(_)) {
        return;
    }
    let written = async {
        let entry = &in_known_tenant(services, ctx, entry.refused(error), error).await?;
        services.store().write(|tx| Box::pin(record(tx, ctx, entry))).await
    };
    if let Err(failure) = written.await {
        tracing::error!(request_id = ctx.request_id, %failure, refusal = %error, "a refusal could not be audited");
    }
}

/// The entry on the chain where it belongs: the platform's, when the actor may not know of the tenant.
async fn in_known_tenant(services: &Services, ctx: &OpCtx, entry: AuditEntry, error: &Error) -> Result<AuditEntry> {
    let hidden = matches!(error, Error::NotFound { kind: "tenant" });
    let scope = Scope::tenant(entry.tenant);
    if entry.tenant == TenantId::PLATFORM
        || !hidden && ctx.permissions(services, scope).await?.contains(Permission::TenantRead)
    {
        return Ok(entry);
    }
    let asked = serde_json::json!({ "tenant": entry.tenant.to_string() });
    Ok(AuditEntry { tenant: TenantId::PLATFORM, before: None, after: Some(asked), ..entry })
}

/// A page of a tenant's trail, newest first, before the number given.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] without [`Permission::AuditRead`] there.
pub async fn list(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    before_seq: Option<i64>,
    limit: u64,
) -> Result<Page<AuditEvent>> {
    ctx.require(services, Permission::AuditRead, Scope::tenant(tenant)).await?;
    Ok(store::audit::list(services.store().read(), tenant, before_seq, limit).await?)
}
