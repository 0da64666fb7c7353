//! A department: the border of isolation.

use sea_orm::entity::prelude::*;

/// A row of `tenant`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub slug: String,
    pub title: String,
    pub state: String,
    pub created_ms: i64,
    pub revision: i64,
    pub share_weight: i32,
    pub max_running_tasks: Option<i32>,
    pub claim_turn: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
