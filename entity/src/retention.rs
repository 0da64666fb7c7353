//! How long a tenant keeps one kind of what is over.

use sea_orm::entity::prelude::*;

/// A row of `retention`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub days: i32,
    pub changed_ms: i64,
    pub changed_by_name: Option<String>,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
