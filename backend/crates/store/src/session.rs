//! Signed-in browsers and clients.
//!
//! Of a refresh token only hashes are kept: of the part that names the family of tokens (all that ever followed from
//! one sign-in), of the newest token and of the one before it.

use domain::id::{AccountId, SessionId};
use entity::session::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Conn, Result, Tx, expect_one,
    page::{MAX_PAGE, fetch_limit},
};

/// A signed-in browser or client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its key.
    pub id: SessionId,
    /// Who signed in.
    pub account: AccountId,
    /// SHA-256 (hex) of what all its tokens have in common.
    pub family_hash: String,
    /// SHA-256 (hex) of the token that is valid now.
    pub refresh_hash: String,
    /// SHA-256 (hex) of the token before it.
    pub previous_hash: Option<String>,
    /// When it began.
    pub created_ms: i64,
    /// When the token last changed.
    pub rotated_ms: i64,
    /// When it ends whatever happens.
    pub expires_ms: i64,
    /// When it was last used.
    pub last_seen_ms: i64,
    /// When it was ended.
    pub ended_ms: Option<i64>,
    /// Why it was ended.
    pub end_reason: Option<String>,
    /// Where it was begun from.
    pub client_addr: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

fn of_row(row: Model) -> Session {
    Session {
        id: SessionId(row.id),
        account: AccountId(row.account_id),
        family_hash: row.family_hash,
        refresh_hash: row.refresh_hash,
        previous_hash: row.previous_hash,
        created_ms: row.created_ms,
        rotated_ms: row.rotated_ms,
        expires_ms: row.expires_ms,
        last_seen_ms: row.last_seen_ms,
        ended_ms: row.ended_ms,
        end_reason: row.end_reason,
        client_addr: row.client_addr,
        user_agent: row.user_agent,
    }
}

/// Adds a session.
pub async fn insert(tx: &Tx<'_>, session: &Session) -> Result<()> {
    let row = ActiveModel {
        id: Set(session.id.0),
        account_id: Set(session.account.0),
        family_hash: Set(session.family_hash.clone()),
        refresh_hash: Set(session.refresh_hash.clone()),
        previous_hash: Set(session.previous_hash.clone()),
        created_ms: Set(session.created_ms),
        rotated_ms: Set(session.rotated_ms),
        expires_ms: Set(session.expires_ms),
        last_seen_ms: Set(session.last_seen_ms),
        ended_ms: Set(session.ended_ms),
        end_reason: Set(session.end_reason.clone()),
        client_addr: Set(session.client_addr.clone()),
        user_agent: Set(session.user_agent.clone()),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The session with the key.
pub async fn find(conn: &impl Conn, id: SessionId) -> Result<Option<Session>> {
    Ok(Entity::find_by_id(id.0).one(conn).await?.map(of_row))
}

/// The newest open sessions of an account, at most a page of them.
pub async fn list_open(conn: &impl Conn, account: AccountId, now_ms: i64) -> Result<Vec<Session>> {
    let open = open_of(account).add(Column::ExpiresMs.gt(now_ms));
    let query = Entity::find().filter(open).order_by_desc(Column::Id).limit(fetch_limit(MAX_PAGE));
    Ok(query.all(conn).await?.into_iter().map(of_row).collect())
}

/// Replaces the token of an open session: `from` must be the session as read, with its newest token.
/// [`crate::Error::Stale`] when the token changed or the session ended meanwhile.
pub async fn rotate(tx: &Tx<'_>, from: &Session, to_hash: &str, now_ms: i64) -> Result<()> {
    change_token(tx, from, to_hash, &from.refresh_hash, now_ms).await
}

/// Replaces the token of an open session once more, on behalf of a holder of the previous one: that one stays the
/// previous, and the moment of the rotation that it lost to stays as well.
pub async fn rotate_again(tx: &Tx<'_>, from: &Session, to_hash: &str) -> Result<()> {
    let previous = from.previous_hash.clone().unwrap_or_default();
    change_token(tx, from, to_hash, &previous, from.rotated_ms).await
}

async fn change_token(tx: &Tx<'_>, from: &Session, to_hash: &str, previous: &str, rotated_ms: i64) -> Result<()> {
    let row = ActiveModel {
        refresh_hash: Set(to_hash.to_owned()),
        previous_hash: Set(Some(previous.to_owned())),
        rotated_ms: Set(rotated_ms),
        last_seen_ms: Set(rotated_ms.max(from.last_seen_ms)),
        ..Default::default()
    };
    let guard = Condition::all()
        .add(Column::Id.eq(from.id.0))
        .add(Column::RefreshHash.eq(from.refresh_hash.as_str()))
        .add(Column::EndedMs.is_null());
    expect_one(Entity::update_many().set(row).filter(guard).exec(tx).await?.rows_affected)
}

/// Ends a session; false when it had ended before.
pub async fn end(tx: &Tx<'_>, id: SessionId, reason: &str, now_ms: i64) -> Result<bool> {
    Ok(end_where(tx, Condition::all().add(Column::Id.eq(id.0)), reason, now_ms).await? > 0)
}

/// Ends the open sessions of an account, but for one when it is given; says how many.
pub async fn end_all(
    tx: &Tx<'_>,
    account: AccountId,
    but: Option<SessionId>,
    reason: &str,
    now_ms: i64,
) -> Result<u64> {
    let others = but.map(|it| Column::Id.ne(it.0));
    end_where(tx, open_of(account).add_option(others), reason, now_ms).await
}

async fn end_where(tx: &Tx<'_>, which: Condition, reason: &str, now_ms: i64) -> Result<u64> {
    let row =
        ActiveModel { ended_ms: Set(Some(now_ms)), end_reason: Set(Some(reason.to_owned())), ..Default::default() };
    let open = which.add(Column::EndedMs.is_null());
    Ok(Entity::update_many().set(row).filter(open).exec(tx).await?.rows_affected)
}

fn open_of(account: AccountId) -> Condition {
    Condition::all().add(Column::AccountId.eq(account.0)).add(Column::EndedMs.is_null())
}
