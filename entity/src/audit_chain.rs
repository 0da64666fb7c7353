//! Head of a tenant's chain: the last sequence number and its hash.

use sea_orm::entity::prelude::*;

/// A row of `audit_chain`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    pub seq: i64,
    pub hash: String,
    pub pruned_seq: Option<i64>,
    pub pruned_hash: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
