//! One try of a task on one worker.

use sea_orm::entity::prelude::*;

/// A row of `attempt`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub epoch: i64,
    pub generation: i32,
    pub node_id: i64,
    pub node_name: String,
    pub pool: String,
    pub state: String,
    pub claimed_ms: i64,
    pub started_ms: Option<i64>,
    pub finished_ms: Option<i64>,
    pub pid: Option<i32>,
    pub exit_code: Option<i32>,
    pub term_signal: Option<i32>,
    pub cpu_ms: Option<i64>,
    pub peak_rss_kb: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason_json: Option<String>,
    pub log_bytes: i64,
    pub log_truncated: bool,
    pub log_deleted_ms: Option<i64>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
