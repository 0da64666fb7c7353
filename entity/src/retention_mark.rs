//! How far the deletion of a tenant's old rows is.

use sea_orm::entity::prelude::*;

/// A row of `retention_mark`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    pub due_ms: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub state_json: Option<String>,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
