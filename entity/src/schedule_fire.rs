//! What became of one instant of a schedule: a run, or the reason why none.

use sea_orm::entity::prelude::*;

/// A row of `schedule_fire`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_fire")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub schedule_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub instant_ms: i64,
    pub workflow_id: i64,
    pub business_date: Option<String>,
    pub outcome: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason_json: Option<String>,
    pub run_id: Option<i64>,
    pub at_ms: i64,
    /// The nominal date and the wall time of a fire, `2026-11-25T18:00:00`; of several dates that met, the last.
    pub nominal: Option<String>,
    /// The first nominal date, where several met.
    pub nominal_from: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
