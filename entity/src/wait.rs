//! What a task waits for that no worker holds, and the time limit of a run (ordinal −1). Hot: a row goes when its wait ends.

use sea_orm::entity::prelude::*;

/// A row of `wait`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wait")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    pub attempt: i32,
    pub kind: String,
    pub due_ms: i64,
    pub since_ms: Option<i64>,
    pub deadline_ms: Option<i64>,
    /// The workflow whose run is waited for.
    pub workflow_id: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub seen_json: Option<String>,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
