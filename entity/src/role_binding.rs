//! A role that an account has in a tenant, or in one object of it (`object_id` 0: the whole tenant).

use sea_orm::entity::prelude::*;

/// A row of `role_binding`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_binding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub account_id: i64,
    pub role: String,
    pub object_kind: String,
    pub object_id: i64,
    pub expires_ms: Option<i64>,
    pub created_ms: i64,
    pub created_by: Option<i64>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
