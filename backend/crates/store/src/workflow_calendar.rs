//! Rows of `workflow_calendar`: which workflows name a calendar.

use std::collections::BTreeSet;

use domain::id::{TenantId, WorkflowId};
use entity::workflow_calendar::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{BATCH, Conn, Result, Tx};

/// Writes the names, in capitals, that a workflow's current version has, in place of those of the version before.
///
/// # Errors
/// The database's.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, workflow: WorkflowId, names: &BTreeSet<String>) -> Result<()> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .exec(tx)
        .await?;
    let row = |name: &String| ActiveModel {
        tenant_id: Set(tenant.0),
        workflow_id: Set(workflow.0),
        name_key: Set(name.clone()),
    };
    if !names.is_empty() {
        Entity::insert_many(names.iter().map(row)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The workflows that name one of some calendars, of one tenant or of all, by tenant and id; at most `limit`.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &impl Conn,
    tenant: Option<TenantId>,
    names: &BTreeSet<String>,
    limit: u64,
) -> Result<Vec<(TenantId, WorkflowId)>> {
    let mut found = BTreeSet::new();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for names in names.chunks(BATCH) {
        let mut query = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::WorkflowId)
            .filter(Column::NameKey.is_in(names.iter().copied()));
        if let Some(tenant) = tenant {
            query = query.filter(Column::TenantId.eq(tenant.0));
        }
        let query = query.distinct().order_by_asc(Column::TenantId).order_by_asc(Column::WorkflowId).limit(limit);
        let rows: Vec<(i64, i64)> = query.into_tuple().all(db).await?;
        found.extend(rows.into_iter().map(|(tenant, workflow)| (TenantId(tenant), WorkflowId(workflow))));
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}
