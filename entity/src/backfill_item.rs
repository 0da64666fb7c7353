//! A date of a backfill for one of its workflows.

use sea_orm::entity::prelude::*;

/// A row of `backfill_item`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backfill_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub backfill_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub project_id: i64,
    pub workflow_id: i64,
    pub business_date: String,
    pub version: i32,
    pub action: String,
    pub state: String,
    /// How often its turn has come.
    pub attempt: i32,
    pub run_id: Option<i64>,
    /// The generation of the run whose end is the item's.
    pub generation: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason_json: Option<String>,
    pub changed_ms: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
