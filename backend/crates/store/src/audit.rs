//! The audit trail and its hash chains, one per tenant.
//!
//! A row is added by [`lock_head`] → [`insert`] → [`save_head`] in the transaction of the act that it tells of. The
//! first step changes the head's row, so writers of one tenant come one after the other and the numbers have no gap;
//! the others wait, none is sent back. What a hash covers is the service's matter. There is no way here to change a row;
//! rows go from the oldest on only, and the chain keeps the last of them as its anchor ([`delete_through`]).

use domain::id::{AccountId, SessionId, TenantId};
use entity::{
    audit_chain,
    audit_event::{ActiveModel, Column, Entity, Model},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
    sea_query::{Expr, ExprTrait},
};

use crate::{Conn, Error, Page, Result, Tx, expect_one, page::fetch_limit};

/// One act: who, what, when, from where, with what result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// The tenant whose chain it is in; the platform's for what belongs to none.
    pub tenant: TenantId,
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at_ms: i64,
    /// What kind of actor.
    pub actor_kind: String,
    /// The account, if it was one.
    pub actor_id: Option<AccountId>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// By which way the request came.
    pub channel: String,
    /// What was done, as `object.verb`.
    pub action: String,
    /// The kind of object.
    pub object_kind: String,
    /// The object.
    pub object_id: Option<String>,
    /// The object's name at that time.
    pub object_name: Option<String>,
    /// How it ended.
    pub result: String,
    /// The code of the refusal or failure.
    pub error_code: Option<String>,
    /// The reason that the actor gave.
    pub reason: Option<String>,
    /// The object before, as JSON.
    pub before_json: Option<String>,
    /// The object after, as JSON.
    pub after_json: Option<String>,
    /// Joins the rows and log lines of one request.
    pub request_id: Option<String>,
    /// The signed-in session.
    pub session: Option<SessionId>,
    /// The client's address.
    pub client_addr: Option<String>,
    /// Hash of the row before.
    pub prev_hash: String,
    /// Hash of this row.
    pub hash: String,
}

/// The last link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

fn of_row(row: Model) -> AuditEvent {
    AuditEvent {
        tenant: TenantId(row.tenant_id),
        seq: row.seq,
        at_ms: row.at_ms,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id.map(AccountId),
        actor_name: row.actor_name,
        channel: row.channel,
        action: row.action,
        object_kind: row.object_kind,
        object_id: row.object_id,
        object_name: row.object_name,
        result: row.result,
        error_code: row.error_code,
        reason: row.reason,
        before_json: row.before_json,
        after_json: row.after_json,
        request_id: row.request_id,
        session: row.session_id.map(SessionId),
        client_addr: row.client_addr,
        prev_hash: row.prev_hash,
        hash: row.hash,
    }
}

/// Takes the next number of a tenant's chain: answers it with the hash of the row before. A chain that has not begun
/// begins with `genesis`.
pub async fn lock_head(tx: &Tx<'_>, tenant: TenantId, genesis: &str) -> Result<Head> {
    let raised = audit_chain::Entity::update_many()
        .col_expr(audit_chain::Column::Seq, Expr::col(audit_chain::Column::Seq).add(1_i64))
        .filter(audit_chain::Column::TenantId.eq(tenant.0))
        .exec(tx)
        .await?;
    if raised.rows_affected > 0
        && let Some(head) = head(tx, tenant).await?
    {
        return Ok(head);
    }
    let row = audit_chain::ActiveModel {
        tenant_id: Set(tenant.0),
        seq: Set(1),
        hash: Set(genesis.to_owned()),
        ..Default::default()
    };
    audit_chain::Entity::insert(row).exec_without_returning(tx).await.map_err(|error| match error.sql_err() {
        // Another transaction began the chain; in a new attempt ours goes on with it.
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Busy(error),
        _ => error.into(),
    })?;
    Ok(Head { seq: 1, hash: genesis.to_owned() })
}

/// Adds a row.
pub async fn insert(tx: &Tx<'_>, event: &AuditEvent) -> Result<()> {
    let row = ActiveModel {
        tenant_id: Set(event.tenant.0),
        seq: Set(event.seq),
        at_ms: Set(event.at_ms),
        actor_kind: Set(event.actor_kind.clone()),
        actor_id: Set(event.actor_id.map(|it| it.0)),
        actor_name: Set(event.actor_name.clone()),
        channel: Set(event.channel.clone()),
        action: Set(event.action.clone()),
        object_kind: Set(event.object_kind.clone()),
        object_id: Set(event.object_id.clone()),
        object_name: Set(event.object_name.clone()),
        result: Set(event.result.clone()),
        error_code: Set(event.error_code.clone()),
        reason: Set(event.reason.clone()),
        before_json: Set(event.before_json.clone()),
        after_json: Set(event.after_json.clone()),
        request_id: Set(event.request_id.clone()),
        session_id: Set(event.session.map(|it| it.0)),
        client_addr: Set(event.client_addr.clone()),
        prev_hash: Set(event.prev_hash.clone()),
        hash: Set(event.hash.clone()),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Records the hash of the row whose number [`lock_head`] gave out.
pub async fn save_head(tx: &Tx<'_>, tenant: TenantId, head: &Head) -> Result<()> {
    let row = audit_chain::ActiveModel { hash: Set(head.hash.clone()), ..Default::default() };
    let guard = audit_chain::Column::TenantId.eq(tenant.0).and(audit_chain::Column::Seq.eq(head.seq));
    expect_one(audit_chain::Entity::update_many().set(row).filter(guard).exec(tx).await?.rows_affected)
}

/// The last link of a tenant's chain.
pub async fn head(conn: &impl Conn, tenant: TenantId) -> Result<Option<Head>> {
    let row = audit_chain::Entity::find_by_id(tenant.0).one(conn).await?;
    Ok(row.map(|it| Head { seq: it.seq, hash: it.hash }))
}

/// A page of a tenant's rows, newest first, before the number given.
pub async fn list(conn: &impl Conn, tenant: TenantId, before_seq: Option<i64>, limit: u64) -> Result<Page<AuditEvent>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.0));
    if let Some(seq) = before_seq {
        query = query.filter(Column::Seq.lt(seq));
    }
    let rows = query.order_by_desc(Column::Seq).limit(fetch_limit(limit)).all(conn).await?;
    Ok(Page::from_rows(rows, limit).map(of_row))
}

/// The newest rows about one object of a tenant, newest first.
pub async fn of_object(
    conn: &impl Conn,
    tenant: TenantId,
    (kind, id): (&str, &str),
    limit: u64,
) -> Result<Vec<AuditEvent>> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::ObjectKind.eq(kind));
    let rows = query.filter(Column::ObjectId.eq(id)).order_by_desc(Column::Seq).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// A page of a tenant's rows, oldest first, after the number given: the order of the chain.
pub async fn list_chain(conn: &impl Conn, tenant: TenantId, after_seq: i64, limit: u64) -> Result<Page<AuditEvent>> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Seq.gt(after_seq));
    let rows = query.order_by_asc(Column::Seq).limit(fetch_limit(limit)).all(conn).await?;
    Ok(Page::from_rows(rows, limit).map(of_row))
}

/// The last row that was deleted by age, from which the rest of a tenant's chain follows; `None`: all are there.
///
/// # Errors
/// The database's.
pub async fn anchor(conn: &impl Conn, tenant: TenantId) -> Result<Option<Head>> {
    let row = audit_chain::Entity::find_by_id(tenant.0).one(conn).await?;
    Ok(row.and_then(|it| Some(Head { seq: it.pruned_seq?, hash: it.pruned_hash? })))
}

/// Numbers, instants and hashes of a tenant's rows, oldest first, after the number given.
///
/// # Errors
/// The database's.
pub async fn list_instants(conn: &impl Conn, tenant: TenantId, after: i64, limit: u64) -> Result<Vec<(Head, i64)>> {
    let rows: Vec<(i64, String, i64)> = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Hash, Column::AtMs])
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(seq, hash, at_ms)| (Head { seq, hash }, at_ms)).collect())
}

/// How many rows of a tenant are older than an instant, counted up to `cap`.
///
/// # Errors
/// The database's.
pub async fn count_before(conn: &impl Conn, tenant: TenantId, before_ms: i64, cap: u64) -> Result<u64> {
    let query = Entity::find().select_only().column(Column::Seq).filter(Column::TenantId.eq(tenant.0));
    let rows: Vec<i64> = query.filter(Column::AtMs.lt(before_ms)).limit(cap).into_tuple().all(conn).await?;
    Ok(rows.len() as u64)
}

/// Deletes a tenant's rows up to one, which becomes the anchor in place of `from`.
///
/// # Errors
/// [`Error::Stale`] when the anchor is another by now.
pub async fn delete_through(tx: &Tx<'_>, tenant: TenantId, from: Option<&Head>, through: &Head) -> Result<u64> {
    let row = audit_chain::ActiveModel {
        pruned_seq: Set(Some(through.seq)),
        pruned_hash: Set(Some(through.hash.clone())),
        ..Default::default()
    };
    let chain = audit_chain::Entity::update_many().set(row).filter(audit_chain::Column::TenantId.eq(tenant.0));
    let chain = match from {
        None => chain.filter(audit_chain::Column::PrunedSeq.is_null()),
        Some(from) => chain.filter(audit_chain::Column::PrunedSeq.eq(from.seq)),
    };
    expect_one(chain.exec(tx).await?.rows_affected)?;
    let rows = Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).filter(Column::Seq.lte(through.seq));
    Ok(rows.exec(tx).await?.rows_affected)
}
