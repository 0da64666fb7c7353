//! A named number of slots that jobs of a tenant share. `turn` rises whenever slots are taken or freed, `revision` when a
//! person changes it.

use sea_orm::entity::prelude::*;

/// A row of `concurrency_limit`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "concurrency_limit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub slots: i32,
    pub note: Option<String>,
    pub turn: i64,
    pub created_ms: i64,
    pub changed_ms: i64,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
