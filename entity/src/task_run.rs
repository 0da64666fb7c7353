//! One task within a run. `revision` is the run's revision at which it last changed.

use sea_orm::entity::prelude::*;

/// A row of `task_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub attempt: i32,
    pub earlier_attempts: i32,
    pub epoch: i64,
    pub generation: i32,
    pub revision: i64,
    pub ready_ms: Option<i64>,
    pub started_ms: Option<i64>,
    pub finished_ms: Option<i64>,
    pub retry_at_ms: Option<i64>,
    pub exit_code: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason_json: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub outputs_json: Option<String>,
    /// Of an item: the ordinal of its task, its number and itself.
    pub parent: Option<i32>,
    pub item_index: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub item_json: Option<String>,
    pub held: Option<bool>,
    pub overdue_ms: Option<i64>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
