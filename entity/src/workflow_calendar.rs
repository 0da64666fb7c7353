//! A calendar that a workflow's current version names, for its schedules or its business date.

use sea_orm::entity::prelude::*;

/// A row of `workflow_calendar`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_calendar")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub workflow_id: i64,
    /// The calendar's name in capitals.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_key: String,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
