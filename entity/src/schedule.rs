//! A time rule of a workflow's current version, with the next instant it fires.

use sea_orm::entity::prelude::*;

/// A row of `schedule`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub workflow_id: i64,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub spec_json: String,
    pub next_fire_ms: Option<i64>,
    pub last_fire_ms: Option<i64>,
    /// Every instant up to here has its row among the fires.
    pub decided_ms: i64,
    pub state: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub state_reason: Option<String>,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
