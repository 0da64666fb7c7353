//! A number for each tenant that rises whenever one of its calendars changes in force: what nodes compare to know
//! whether the calendars in their memory are the newest.

use sea_orm::entity::prelude::*;

/// A row of `calendar_stamp`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_stamp")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    pub stamp: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
