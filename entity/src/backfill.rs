//! The runs of a workflow for a range of business dates. Its items change only under its revision.

use sea_orm::entity::prelude::*;

/// A row of `backfill`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backfill")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub project_id: i64,
    pub workflow_id: i64,
    pub from_date: String,
    pub to_date: String,
    /// A name or an expression.
    #[sea_orm(column_type = "Text")]
    pub calendar: String,
    pub direction: String,
    pub parallelism: i32,
    pub version_choice: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub params_json: Option<String>,
    pub priority: i32,
    /// The workflow and those downstream of it, each with what it comes after.
    #[sea_orm(column_type = "Text")]
    pub members_json: String,
    pub state: String,
    /// Whether a cancelled backfill also ends its active runs.
    pub stop_runs: bool,
    pub item_total: i32,
    pub item_running: i32,
    pub item_ok: i32,
    pub item_failed: i32,
    pub item_skipped: i32,
    pub item_cancelled: i32,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who changed its state last, and why.
    #[sea_orm(column_type = "Text", nullable)]
    pub state_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub state_reason: Option<String>,
    pub created_by: Option<i64>,
    pub created_by_name: Option<String>,
    pub created_ms: i64,
    pub finished_ms: Option<i64>,
    pub changed_ms: i64,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
