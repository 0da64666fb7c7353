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
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
