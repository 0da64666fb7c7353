//! A signed-in browser or client; the refresh token rotates, only its hash is kept.

use sea_orm::entity::prelude::*;

/// A row of `session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub account_id: i64,
    pub family_hash: String,
    pub refresh_hash: String,
    pub previous_hash: Option<String>,
    pub created_ms: i64,
    pub rotated_ms: i64,
    pub expires_ms: i64,
    pub last_seen_ms: i64,
    pub ended_ms: Option<i64>,
    pub end_reason: Option<String>,
    pub client_addr: Option<String>,
    pub user_agent: Option<String>,
}

/// Tables are joined by their keys in the store; there are no foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
