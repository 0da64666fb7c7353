//! That a calendar's horizon came within so many days; written once for each horizon and number of days.

use sea_orm::entity::prelude::*;

/// A row of `calendar_alarm`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_alarm")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub calendar_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_until: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub days: i32,
    pub at_ms: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
