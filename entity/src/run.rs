//! One execution of a workflow version for a business date. `active_slot` is NULL unless the run holds one of its workflow's limited places.

use sea_orm::entity::prelude::*;

/// A row of `run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub project_id: i64,
    pub workflow_id: i64,
    pub version: i32,
    pub business_date: String,
    pub cause: String,
    pub schedule_id: Option<i64>,
    pub fire_ms: Option<i64>,
    pub state: String,
    pub revision: i64,
    pub generation: i32,
    pub priority: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub params_json: Option<String>,
    pub idem_key: Option<String>,
    pub active_slot: Option<i32>,
    pub stop_requested: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason_json: Option<String>,
    pub task_total: i32,
    pub task_ok: i32,
    pub task_failed: i32,
    pub task_running: i32,
    pub created_ms: i64,
    pub started_ms: Option<i64>,
    pub finished_ms: Option<i64>,
    pub changed_ms: i64,
    pub created_by: Option<i64>,
    pub created_by_name: Option<String>,
    /// What was known of the calendars when it was made.
    #[sea_orm(column_type = "Text", nullable)]
    pub calendar_json: Option<String>,
    /// Whether it only walks its DAG.
    pub dry_run: Option<bool>,
    /// The task of another run that started it, and for which of that task's attempts it last began.
    pub parent_run_id: Option<i64>,
    pub parent_ordinal: Option<i32>,
    pub parent_attempt: Option<i32>,
    /// The run that it repeats with a newer version.
    pub rerun_of: Option<i64>,
    pub backfill_id: Option<i64>,
    pub overdue_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub outputs_json: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
