//! The hot table: an attempt that is ready or claimed; the row goes when the attempt ends. `fence` is the attempt's epoch.

use sea_orm::entity::prelude::*;

/// A row of `job`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    pub attempt: i32,
    pub workflow_id: i64,
    pub version: i32,
    pub pool: String,
    pub state: i32,
    pub priority: i32,
    pub due_ms: i64,
    pub claim_token: Option<i64>,
    pub node_id: Option<i64>,
    pub fence: i64,
    pub lease_until_ms: Option<i64>,
    pub stop_requested: bool,
    pub rank_ms: i64,
    pub class: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub limits_json: Option<String>,
    pub blocked_on: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
