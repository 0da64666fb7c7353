//! One content of a calendar; only its state changes.

use sea_orm::entity::prelude::*;

/// A row of `calendar_revision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub calendar_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// `draft`, `active`, `superseded` or `discarded`.
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub content_json: String,
    /// The revision that was in force when it was drafted.
    pub based_on: Option<i32>,
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub created_ms: i64,
    pub created_by: Option<i64>,
    pub created_by_name: Option<String>,
    /// When it was put in force or discarded.
    pub decided_ms: Option<i64>,
    pub decided_by: Option<i64>,
    pub decided_by_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
