//! A named DAG; its content is in `workflow_version`.

use sea_orm::entity::prelude::*;

/// A row of `workflow`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub project_id: i64,
    pub name: String,
    pub title: Option<String>,
    pub owner: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub tags_json: Option<String>,
    pub enabled: bool,
    pub current_version: i32,
    pub created_ms: i64,
    pub changed_ms: i64,
    pub archived_ms: Option<i64>,
    pub revision: i64,
    pub archived_name: Option<String>,
    pub archived_by_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub archive_reason: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
