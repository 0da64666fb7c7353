//! A process of the cluster. `incarnation` rises at each start under the same name.

use sea_orm::entity::prelude::*;

/// A row of `node`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub name: String,
    pub incarnation: i64,
    pub address: Option<String>,
    pub app_version: String,
    pub state: String,
    pub started_ms: i64,
    pub heartbeat_ms: i64,
    pub host: Option<String>,
    pub pid: Option<i32>,
    pub clock_offset_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub status_json: Option<String>,
    pub drain_ms: Option<i64>,
    pub drain_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub drain_reason: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
