//! Numbers that nodes hold while they live; a part of every id they make.

use sea_orm::entity::prelude::*;

/// A row of `id_tag`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "id_tag")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag: i32,
    pub holder: Option<String>,
    pub lease_until_ms: i64,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
