//! Limits of a tenant: named numbers of slots that its tasks share, whatever workflow they are of.
//!
//! A limit protects what several workflows use: connections of a database, licences, a slow file server. The slots that
//! a task needs are taken by its claim and freed by its end ([`store::limit`]); here people make, change and look at
//! limits, and a loop finds what was missed ([`tick()`]).
//!
//! A change counts for what is claimed from then on: whatever waits for the limit is looked at anew, and what runs keeps
//! its slots. A limit that is taken away is waited for until it is made again.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::{RunId, TenantId};
use domain::workflow::{Document, Problem};
use serde_json::json;
use store::job::parked;
use store::{limit, run, task_run};

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};

mod tick;

pub use store::limit::{Row, SlotRow};
pub use tick::tick;

/// Most limits of a tenant.
const MOST: u64 = 500;

/// Most slots of a limit.
pub const MOST_SLOTS: u32 = 10_000;

/// Longest name of a limit, as documents have it.
const NAME_LENGTH: usize = 100;

/// Longest note.
const NOTE_LENGTH: usize = 500;

const NOT_FOUND: Error = Error::NotFound { kind: "limit" };

/// A limit to be made.
#[derive(Clone, Debug)]
pub struct NewLimit {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name in documents.
    pub name: String,
    /// Its slots; 0 keeps what needs it waiting.
    pub slots: u32,
    /// What it is for.
    pub note: Option<String>,
}

/// What may be changed of a limit; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Its slots.
    pub slots: Option<u32>,
    /// What it is for; `Some(None)` takes the note away.
    pub note: Option<Option<String>>,
}

/// A limit, and how it stands.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The limit.
    pub row: Row,
    /// Slots that are taken.
    pub used: u64,
    /// Tasks that wait for it.
    pub waiting: u64,
}

/// An attempt that holds slots.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The slots.
    pub slot: SlotRow,
    /// Its run.
    pub run: run::Row,
    /// Its task.
    pub task: task_run::Row,
}

/// Makes a limit.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] without [`Permission::TenantManage`]; [`Error::Invalid`];
/// [`Error::NameTaken`].
pub async fn create(services: &Services, ctx: &OpCtx, new: NewLimit) -> Result<Row> {
    let entry = AuditEntry::new(new.tenant, "limit.create", "limit").id(&new.name).name(&new.name);
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::TenantManage, Scope::tenant(new.tenant)).await?;
        let note = tidy(new.note);
        let faults = [check_name(&new.name), check_slots(new.slots), check_note(note.as_deref())].concat();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if store::tenant::find(services.store().read(), new.tenant).await?.is_none() {
            return Err(Error::NotFound { kind: "tenant" });
        }
        if limit::list(services.store().read(), new.tenant, MOST).await?.len() as u64 == MOST {
            let text = Text::new(
                format!("A department has at most {MOST} limits."),
                format!("一个部门最多 {MOST} 个并发限额。"),
            );
            return Err(Error::Invalid(vec![FieldError::new("name", ErrorCode::TooMany, text)]));
        }
        let row = Row {
            tenant_id: new.tenant.0,
            name: new.name,
            slots: small(new.slots),
            note,
            turn: 0,
            created_ms: ctx.now_ms,
            changed_ms: ctx.now_ms,
            revision: 1,
        };
        let (made, entry) = (&row, &entry.after(state(&row)));
        let write = services.store().write(|tx| {
            Box::pin(async move {
                limit::insert(tx, made.clone()).await?;
                // Documents that name it may be older than it.
                parked::release_all(tx, TenantId(made.tenant_id), &made.name).await?;
                audit::record(tx, ctx, entry).await
            })
        });
        write.await.map_err(|error: Error| error.or_name_taken("limit", "name", &row.name))?;
        services.hints().jobs.notify_one();
        Ok(row)
    })
    .await
}

/// Changes a limit.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] without [`Permission::TenantManage`]; [`Error::Invalid`], also without a
/// reason; [`Error::Conflict`].
pub async fn update(
    services: &Services,
    ctx: &OpCtx,
    (tenant, name): (TenantId, &str),
    change: Change,
    why: &str,
) -> Result<Row> {
    let entry = entry(tenant, "limit.update", name, why);
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, name).await?;
        let slots = change.slots.unwrap_or(old.slots.unsigned_abs());
        let note = change.note.map_or_else(|| old.note.clone(), tidy);
        let faults = [check_slots(slots), check_note(note.as_deref()), check_reason(why)].concat();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let new = Row { slots: small(slots), note, changed_ms: ctx.now_ms, ..old.clone() };
        let entry = &entry.before(state(&old)).after(state(&new));
        let (before, after) = (&old, &new);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    limit::save(tx, before.revision, after).await?;
                    if before.slots != after.slots {
                        parked::release_all(tx, tenant, &after.name).await?;
                    }
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("limit"))?;
        services.hints().jobs.notify_one();
        Ok(Row { revision: old.revision + 1, ..new })
    })
    .await
}

/// Takes a limit away. What needs it waits until it is made again.
///
/// # Errors
/// As [`update`].
pub async fn delete(services: &Services, ctx: &OpCtx, (tenant, name): (TenantId, &str), why: &str) -> Result<()> {
    let entry = entry(tenant, "limit.delete", name, why);
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, name).await?;
        let faults = check_reason(why);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let (old, entry) = (&old, &entry.before(state(&old)));
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    limit::delete(tx, tenant, name, old.revision).await?;
                    parked::release_all(tx, tenant, name).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("limit"))?;
        services.hints().jobs.notify_one();
        Ok(())
    })
    .await
}

/// The limits of a tenant by name, and how they stand.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of the tenant.
pub async fn list(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<Vec<Usage>> {
    readable(services, ctx, tenant).await?;
    let db = services.store().read();
    let rows = limit::list(db, tenant, MOST).await?;
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let used = limit::count_used(db, tenant, &names).await?;
    let waiting: BTreeMap<String, u64> = parked::count(db, tenant).await?.into_iter().collect();
    let usage = |row: Row| Usage {
        used: used.get(&row.name).copied().unwrap_or_default(),
        waiting: waiting.get(&row.name).copied().unwrap_or_default(),
        row,
    };
    Ok(rows.into_iter().map(usage).collect())
}

/// The attempts that hold slots of a limit, the longest first, as far as the actor may see their runs.
///
/// # Errors
/// As [`list`].
pub async fn holders(services: &Services, ctx: &OpCtx, row: &Row, most: u64) -> Result<Vec<Holder>> {
    let tenant = TenantId(row.tenant_id);
    readable(services, ctx, tenant).await?;
    let slots = limit::list_slots(services.store().read(), tenant, &row.name, most).await?;
    let ids: Vec<RunId> = slots.iter().map(|slot| RunId(slot.run_id)).collect::<BTreeSet<_>>().into_iter().collect();
    let runs = crate::run::get_many(services, ctx, tenant, &ids).await?;
    let runs: BTreeMap<i64, run::Row> = runs.into_iter().map(|run| (run.id, run)).collect();
    let mut holders = Vec::with_capacity(slots.len());
    for slot in slots {
        let Some(run) = runs.get(&slot.run_id) else { continue };
        let task = task_run::find(services.store().read(), tenant, RunId(run.id), slot.ordinal).await?;
        holders.extend(task.map(|task| Holder { slot, run: run.clone(), task }));
    }
    Ok(holders)
}

/// What is wrong with the limits that a document names.
///
/// # Errors
/// The database's.
pub(crate) async fn problems(
    services: &Services,
    tenant: TenantId,
    document: &Document,
    source: &str,
) -> Result<Vec<Problem>> {
    let names: Vec<&str> = document.spec.limit_names().into_iter().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // All of them, so that a misspelt one can be told.
    let rows = limit::list(services.store().read(), tenant, MOST).await?;
    let limits = rows.into_iter().map(|row| (row.name, row.slots.unsigned_abs())).collect();
    Ok(domain::workflow::check_limits(source, &limits))
}

async fn readable(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<()> {
    let asked = ctx.require(services, Permission::TenantRead, Scope::tenant(tenant)).await;
    asked.map_err(|error| error.or_hidden("tenant"))
}

/// The limit, if the actor may change it.
async fn authorised(services: &Services, ctx: &OpCtx, tenant: TenantId, name: &str) -> Result<Row> {
    let asked = ctx.require(services, Permission::TenantManage, Scope::tenant(tenant)).await;
    asked.map_err(|error| error.or_not_found("limit"))?;
    limit::find(services.store().read(), tenant, name).await?.ok_or(NOT_FOUND)
}

fn entry(tenant: TenantId, action: &'static str, name: &str, why: &str) -> AuditEntry {
    let name: String = name.chars().take(NAME_LENGTH).collect();
    AuditEntry::new(tenant, action, "limit").id(&name).name(&name).reason(Some(why.to_owned()))
}

fn state(row: &Row) -> serde_json::Value {
    json!({ "slots": row.slots, "note": row.note })
}

fn tidy(note: Option<String>) -> Option<String> {
    note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty())
}

fn small(slots: u32) -> i32 {
    i32::try_from(slots).unwrap_or(i32::MAX)
}

fn check_name(name: &str) -> Vec<FieldError> {
    let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    if name.len() <= NAME_LENGTH && starts && name.bytes().all(of_name) {
        return Vec::new();
    }
    let text = Text::new(
        "A limit's name has 1 to 100 lower-case letters, digits, - and _, and begins with a letter.",
        "并发限额的名称由 1 到 100 个小写字母、数字、- 和 _ 组成，并以字母开头。",
    );
    vec![FieldError::new("name", ErrorCode::InvalidInput, text)]
}

fn check_slots(slots: u32) -> Vec<FieldError> {
    if slots <= MOST_SLOTS {
        return Vec::new();
    }
    let text =
        Text::new(format!("A limit has 0 to {MOST_SLOTS} slots."), format!("槽位数须在 0 到 {MOST_SLOTS} 之间。"));
    vec![FieldError::new("slots", ErrorCode::InvalidInput, text)]
}

fn check_note(note: Option<&str>) -> Vec<FieldError> {
    if note.is_none_or(|note| note.chars().count() <= NOTE_LENGTH && !note.contains('\0')) {
        return Vec::new();
    }
    let text = Text::new("A note has at most 500 characters.", "说明最多 500 个字符。");
    vec![FieldError::new("note", ErrorCode::TooLarge, text)]
}

/// What is wrong with a reason, beside what else is.
pub(crate) fn check_reason(why: &str) -> Vec<FieldError> {
    match Error::reason_given(why) {
        Err(Error::Invalid(faults)) => faults,
        _ => Vec::new(),
    }
}
