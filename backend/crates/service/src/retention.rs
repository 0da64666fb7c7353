//! How long what is over is kept: by tenant and kind, with defaults of the platform and least times that nobody can go
//! below. What is older is deleted by [`sweep`], in small steps.
//!
//! A tenant's own decision counts before the platform's, and that before the configuration's.

mod sweep;

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::TenantId;
use serde_json::json;
use store::retention;

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};

pub use sweep::{Due, tick};

/// A day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The longest that can be asked for: a hundred years.
pub const MOST_DAYS: i32 = 36_500;

/// What is kept for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Finished runs with their tasks and attempts.
    Runs,
    /// What attempts printed; their runs stay.
    Logs,
    /// What became of the instants of schedules.
    Fires,
    /// The audit trail.
    Audit,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Runs, Self::Logs, Self::Fires, Self::Audit];

    /// The spelling in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Logs => "logs",
            Self::Fires => "fires",
            Self::Audit => "audit",
        }
    }

    /// The fewest days that can be asked for.
    #[must_use]
    pub const fn least_days(self) -> i32 {
        match self {
            Self::Runs => 7,
            Self::Logs => 1,
            // What had its run is known from its fires for 62 days: a changed calendar must not make it run again.
            Self::Fires => 92,
            // Six months.
            Self::Audit => 183,
        }
    }
}

/// Days by kind, where nobody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Of runs.
    pub runs_days: i32,
    /// Of logs.
    pub logs_days: i32,
    /// Of the fires of schedules.
    pub fires_days: i32,
    /// Of the audit trail.
    pub audit_days: i32,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { runs_days: 400, logs_days: 90, fires_days: 400, audit_days: 400 }
    }
}

impl Defaults {
    const fn days(&self, kind: Kind) -> i32 {
        match kind {
            Kind::Runs => self.runs_days,
            Kind::Logs => self.logs_days,
            Kind::Fires => self.fires_days,
            Kind::Audit => self.audit_days,
        }
    }
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The tenant.
    Tenant,
    /// The platform, for all tenants that decided nothing.
    Platform,
    /// The configuration.
    Configuration,
}

/// How long a tenant keeps one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Of what.
    pub kind: Kind,
    /// How long.
    pub days: i32,
    /// Who decided.
    pub source: Source,
    /// How long without a decision of the tenant itself.
    pub inherited_days: i32,
    /// When it was decided, and by whom.
    pub changed: Option<(i64, Option<String>)>,
}

/// What is to be decided.
#[derive(Clone, Debug)]
pub struct Decision {
    /// For whom; the platform decides for all tenants that decided nothing.
    pub tenant: TenantId,
    /// About what.
    pub kind: Kind,
    /// How long; `None`: as without a decision.
    pub days: Option<i32>,
    /// Why.
    pub reason: String,
}

/// How long a tenant keeps what.
///
/// # Errors
/// [`Error::NotFound`] when the actor may not know of the tenant; [`Error::Denied`]; the database's.
pub async fn rules(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<Vec<Rule>> {
    readable(services, ctx, tenant).await?;
    effective(services, tenant).await
}

/// Decides how long a tenant keeps one kind. What is older is deleted within the hour.
///
/// # Errors
/// [`Error::Invalid`] below the least or above the most days, or without a reason; [`Error::Denied`],
/// [`Error::NotFound`], [`Error::Conflict`].
pub async fn set(services: &Services, ctx: &OpCtx, decision: Decision) -> Result<Vec<Rule>> {
    let Decision { tenant, kind, days, reason } = decision;
    let entry = AuditEntry::new(tenant, "retention.set", "retention").name(kind.as_str()).reason(Some(reason.clone()));
    audit::attempt(services, ctx, entry.clone(), async {
        let permission =
            if tenant == TenantId::PLATFORM { Permission::PlatformManage } else { Permission::TenantManage };
        ctx.require(services, permission, Scope::tenant(tenant)).await?;
        let reason = crate::run::reason(&reason)?;
        check(kind, days)?;
        let known = retention::list(services.store().read(), &[tenant]).await?;
        let old = known.into_iter().find(|row| row.kind == kind.as_str());
        let entry = entry
            .reason(Some(reason.to_owned()))
            .before(json!({ "days": old.as_ref().map(|row| row.days) }))
            .after(json!({ "days": days }));
        let row = days.map(|days| retention::Row {
            tenant_id: tenant.0,
            kind: kind.as_str().to_owned(),
            days,
            changed_ms: ctx.now_ms,
            changed_by_name: Some(ctx.actor.name().to_owned()),
            revision: 1,
        });
        let (old, row, entry) = (&old, &row, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    match (old, row) {
                        (None, Some(row)) => retention::insert(tx, row.clone()).await?,
                        (Some(old), Some(row)) => retention::save(tx, old.revision, row).await?,
                        (Some(old), None) => retention::delete(tx, old).await?,
                        (None, None) => {}
                    }
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| match error {
            Error::Store(store::Error::Conflict { .. }) => Error::Conflict { kind: "retention" },
            error => error.or_changed("retention"),
        })?;
        effective(services, tenant).await
    })
    .await
}

fn check(kind: Kind, days: Option<i32>) -> Result<()> {
    let least = kind.least_days();
    if days.is_none_or(|days| (least..=MOST_DAYS).contains(&days)) {
        return Ok(());
    }
    let text = Text::new(
        format!("Ask for {least} to {MOST_DAYS} days; less is never kept of this kind."),
        format!("请填写 {least} 到 {MOST_DAYS} 天；此类记录的保留期不得更短。"),
    );
    Err(Error::Invalid(vec![FieldError::new("days", ErrorCode::InvalidInput, text)]))
}

/// How much would be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Runs, runs whose logs go, fires or audit events.
    pub count: u64,
    /// There are more than were counted.
    pub capped: bool,
}

/// Most that a preview counts.
const MOST_COUNTED: u64 = 10_000;

/// Most tenants over which the platform's preview counts.
const MOST_TENANTS: usize = 500;

/// How much would be deleted if a tenant kept one kind for so many days; for the platform, of all tenants that decided
/// nothing about it.
///
/// # Errors
/// As [`rules`].
pub async fn preview(services: &Services, ctx: &OpCtx, tenant: TenantId, kind: Kind, days: i32) -> Result<Preview> {
    readable(services, ctx, tenant).await?;
    check(kind, Some(days))?;
    let db = services.store().read();
    let mut tenants = vec![tenant];
    if tenant == TenantId::PLATFORM {
        let all = store::tenant::list_ids(db).await?;
        let own = retention::list(db, &all).await?;
        let decided = |id: &TenantId| own.iter().any(|row| row.tenant_id == id.0 && row.kind == kind.as_str());
        tenants.extend(all.into_iter().filter(|id| *id != TenantId::PLATFORM && !decided(id)));
    }
    let left_out = tenants.len() > MOST_TENANTS;
    tenants.truncate(MOST_TENANTS);
    let before_ms = services.store().db_now_ms() - i64::from(days) * DAY_MS;
    let mut count = 0;
    for tenant in tenants {
        let room = MOST_COUNTED + 1 - count;
        count += match kind {
            Kind::Runs => retention::old::count_finished(db, tenant, (0, before_ms), room).await?,
            Kind::Logs => {
                let from_ms = sweep::logs_deleted_until(services, tenant).await?;
                retention::old::count_finished(db, tenant, (from_ms, before_ms), room).await?
            }
            Kind::Fires => retention::old::count_fires(db, tenant, before_ms, room).await?,
            Kind::Audit => store::audit::count_before(db, tenant, before_ms, room).await?,
        };
        if count > MOST_COUNTED {
            break;
        }
    }
    Ok(Preview { count: count.min(MOST_COUNTED), capped: count > MOST_COUNTED || left_out })
}

async fn readable(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<()> {
    let permission = if tenant == TenantId::PLATFORM { Permission::PlatformRead } else { Permission::TenantRead };
    ctx.require(services, permission, Scope::tenant(tenant)).await
}

/// How long a tenant keeps what; asks for no permission.
async fn effective(services: &Services, tenant: TenantId) -> Result<Vec<Rule>> {
    let rows = retention::list(services.store().read(), &[TenantId::PLATFORM, tenant]).await?;
    let of =
        |tenant: TenantId, kind: Kind| rows.iter().find(|row| row.tenant_id == tenant.0 && row.kind == kind.as_str());
    let rule = |kind: Kind| {
        let configured = services.config().retention.days(kind);
        let platform = of(TenantId::PLATFORM, kind);
        let own = of(tenant, kind).filter(|_| tenant != TenantId::PLATFORM);
        let inherited_days = match (tenant, platform) {
            (TenantId::PLATFORM, _) | (_, None) => configured,
            (_, Some(row)) => row.days,
        };
        let (source, row) = match (own, platform) {
            (Some(row), _) => (Source::Tenant, Some(row)),
            (None, Some(row)) => (Source::Platform, Some(row)),
            (None, None) => (Source::Configuration, None),
        };
        Rule {
            kind,
            // Whatever is written somewhere, nobody goes below the least.
            days: row.map_or(configured, |row| row.days).max(kind.least_days()),
            source,
            inherited_days,
            changed: row.map(|row| (row.changed_ms, row.changed_by_name.clone())),
        }
    };
    Ok(Kind::ALL.into_iter().map(rule).collect())
}
