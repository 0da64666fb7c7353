//! Roles that accounts have in tenants, and the version of the access policy that is made from them.
//!
//! Invariant: every change of a binding raises the version in the same transaction, so that a node that sees the
//! version it knows also knows the bindings. The version is the revision of the platform's row in `tenant`.

use domain::{
    access::Role,
    id::{AccountId, ProjectId, RoleBindingId, TenantId},
};
use entity::{
    role_binding::{ActiveModel, Column, Entity, Model},
    tenant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use crate::{Conn, Result, Tx};

/// A role of an account in a tenant or in one project of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBinding {
    /// Where the role holds.
    pub tenant: TenantId,
    /// Its key within the tenant.
    pub id: RoleBindingId,
    /// Who has it.
    pub account: AccountId,
    /// What it is.
    pub role: Role,
    /// The project, when it does not hold in the whole tenant.
    pub project: Option<ProjectId>,
    /// When it ends by itself.
    pub expires_ms: Option<i64>,
    /// When it was granted.
    pub created_ms: i64,
    /// Who granted it; nobody when Almanac did.
    pub created_by: Option<AccountId>,
}

const WHOLE_TENANT: &str = "tenant";
const PROJECT: &str = "project";

/// A row whose role or object this program does not know grants nothing: a newer version may have written it.
fn of_row(row: Model) -> Option<RoleBinding> {
    let role = row.role.parse().ok();
    let project = match row.object_kind.as_str() {
        WHOLE_TENANT => Some(None),
        PROJECT => Some(Some(ProjectId(row.object_id))),
        _ => None,
    };
    let (Some(role), Some(project)) = (role, project) else {
        tracing::warn!(
            tenant = row.tenant_id,
            role = row.role,
            object = row.object_kind,
            "unknown role binding ignored"
        );
        return None;
    };
    Some(RoleBinding {
        tenant: TenantId(row.tenant_id),
        id: RoleBindingId(row.id),
        account: AccountId(row.account_id),
        role,
        project,
        expires_ms: row.expires_ms,
        created_ms: row.created_ms,
        created_by: row.created_by.map(AccountId),
    })
}

fn object(project: Option<ProjectId>) -> (&'static str, i64) {
    match project {
        None => (WHOLE_TENANT, 0),
        Some(project) => (PROJECT, project.0),
    }
}

/// Adds a binding; the same role in the same place must not be there yet.
pub async fn insert(tx: &Tx<'_>, binding: &RoleBinding) -> Result<()> {
    let (object_kind, object_id) = object(binding.project);
    let row = ActiveModel {
        tenant_id: Set(binding.tenant.0),
        id: Set(binding.id.0),
        account_id: Set(binding.account.0),
        role: Set(binding.role.as_str().to_owned()),
        object_kind: Set(object_kind.to_owned()),
        object_id: Set(object_id),
        expires_ms: Set(binding.expires_ms),
        created_ms: Set(binding.created_ms),
        created_by: Set(binding.created_by.map(|it| it.0)),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    raise_version(tx, binding.created_ms).await
}

/// Takes a binding away; false when there was none.
pub async fn delete(tx: &Tx<'_>, binding: &RoleBinding, now_ms: i64) -> Result<bool> {
    let key = Condition::all().add(Column::TenantId.eq(binding.tenant.0)).add(Column::Id.eq(binding.id.0));
    let gone = Entity::delete_many().filter(key).exec(tx).await?;
    raise_version(tx, now_ms).await?;
    Ok(gone.rows_affected > 0)
}

/// The binding of a role in a place.
pub async fn find(
    conn: &impl Conn,
    tenant: TenantId,
    account: AccountId,
    role: Role,
    project: Option<ProjectId>,
) -> Result<Option<RoleBinding>> {
    let (object_kind, object_id) = object(project);
    let key = Condition::all()
        .add(Column::TenantId.eq(tenant.0))
        .add(Column::AccountId.eq(account.0))
        .add(Column::Role.eq(role.as_str()))
        .add(Column::ObjectKind.eq(object_kind))
        .add(Column::ObjectId.eq(object_id));
    Ok(Entity::find().filter(key).one(conn).await?.and_then(of_row))
}

/// Every binding that has not ended.
pub async fn list_valid(conn: &impl Conn, now_ms: i64) -> Result<Vec<RoleBinding>> {
    bindings(conn, Condition::all(), now_ms).await
}

/// The bindings of one account that have not ended.
pub async fn list_of_account(conn: &impl Conn, account: AccountId, now_ms: i64) -> Result<Vec<RoleBinding>> {
    bindings(conn, Condition::all().add(Column::AccountId.eq(account.0)), now_ms).await
}

/// The bindings of one tenant that have not ended.
pub async fn list_of_tenant(conn: &impl Conn, tenant: TenantId, now_ms: i64) -> Result<Vec<RoleBinding>> {
    bindings(conn, Condition::all().add(Column::TenantId.eq(tenant.0)), now_ms).await
}

async fn bindings(conn: &impl Conn, which: Condition, now_ms: i64) -> Result<Vec<RoleBinding>> {
    let not_ended = Condition::any().add(Column::ExpiresMs.is_null()).add(Column::ExpiresMs.gt(now_ms));
    let query = Entity::find().filter(which).filter(not_ended);
    let rows = query.order_by_asc(Column::TenantId).order_by_asc(Column::Id).all(conn).await?;
    Ok(rows.into_iter().filter_map(of_row).collect())
}

/// The version of the access policy; 0 before the first grant.
pub async fn version(conn: &impl Conn) -> Result<i64> {
    let platform = tenant::Entity::find_by_id(TenantId::PLATFORM.0).one(conn).await?;
    Ok(platform.map_or(0, |it| it.revision))
}

async fn raise_version(tx: &Tx<'_>, now_ms: i64) -> Result<()> {
    let raised = tenant::Entity::update_many()
        .col_expr(tenant::Column::Revision, Expr::col(tenant::Column::Revision).add(1_i64))
        .filter(tenant::Column::Id.eq(TenantId::PLATFORM.0))
        .exec(tx)
        .await?;
    if raised.rows_affected == 0 {
        let platform = tenant::ActiveModel {
            id: Set(TenantId::PLATFORM.0),
            slug: Set("platform".to_owned()),
            title: Set("Platform".to_owned()),
            state: Set("active".to_owned()),
            created_ms: Set(now_ms),
            revision: Set(1),
            ..Default::default()
        };
        tenant::Entity::insert(platform).exec_without_returning(tx).await?;
    }
    Ok(())
}
