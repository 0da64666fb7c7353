//! A calendar across its revisions: of the firm (tenant 0) or of a department.

use sea_orm::entity::prelude::*;

/// A row of `calendar`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub name: String,
    /// The name in capitals.
    pub name_key: String,
    pub title: Option<String>,
    /// `base`, `derived` or `computed`.
    pub kind: String,
    /// Whether somebody else than its author must put a revision in force.
    pub second_person: bool,
    pub active_revision: Option<i32>,
    /// The revision in force by which all schedules that rest on it have been planned.
    pub planned_revision: Option<i32>,
    /// The highest number that a revision has.
    pub last_revision: i32,
    pub created_ms: i64,
    pub changed_ms: i64,
    pub archived_ms: Option<i64>,
    pub revision: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
