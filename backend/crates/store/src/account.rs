//! People and services that sign in.

use std::fmt;

use domain::id::AccountId;
use entity::account::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    BATCH, Conn, Error, Page, Result, Tx, expect_one,
    page::{Direction, after, fetch_limit},
};

/// A person or service that signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its key.
    pub id: AccountId,
    /// Its name at sign-in; lower case, unique.
    pub username: String,
    /// Its name for people.
    pub display_name: String,
    /// Where mail reaches it.
    pub email: Option<String>,
    /// What a password is checked against; without one it can't sign in by password.
    pub password_hash: Option<PasswordHash>,
    /// Whether the password is a one-time one.
    pub must_change_password: bool,
    /// Whether it may sign in at all.
    pub state: State,
    /// Wrong passwords since the last right one.
    pub failed_count: i32,
    /// Until when no password is accepted.
    pub locked_until_ms: Option<i64>,
    /// The language tag it chose.
    pub locale: Option<String>,
    /// When it was made.
    pub created_ms: i64,
    /// When it last signed in.
    pub last_sign_in_ms: Option<i64>,
    /// Rises with each change.
    pub revision: i64,
}

/// A password's hash in PHC format; it doesn't show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Whether an account may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Switched off by an administrator.
    Disabled,
}

impl State {
    /// The spelling in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

fn of_row(row: Model) -> Result<Account> {
    let state = match row.state.as_str() {
        "active" => State::Active,
        "disabled" => State::Disabled,
        _ => return Err(Error::inconsistent("account", "state", row.id)),
    };
    Ok(Account {
        id: AccountId(row.id),
        username: row.username,
        display_name: row.display_name,
        email: row.email,
        password_hash: row.password_hash.map(PasswordHash),
        must_change_password: row.must_change_password,
        state,
        failed_count: row.failed_count,
        locked_until_ms: row.locked_until_ms,
        locale: row.locale,
        created_ms: row.created_ms,
        last_sign_in_ms: row.last_sign_in_ms,
        revision: row.revision,
    })
}

/// Everything but the key and the revision.
fn values(account: &Account) -> ActiveModel {
    ActiveModel {
        username: Set(account.username.clone()),
        display_name: Set(account.display_name.clone()),
        email: Set(account.email.clone()),
        password_hash: Set(account.password_hash.as_ref().map(|it| it.0.clone())),
        must_change_password: Set(account.must_change_password),
        state: Set(account.state.as_str().to_owned()),
        failed_count: Set(account.failed_count),
        locked_until_ms: Set(account.locked_until_ms),
        locale: Set(account.locale.clone()),
        created_ms: Set(account.created_ms),
        last_sign_in_ms: Set(account.last_sign_in_ms),
        ..Default::default()
    }
}

/// Adds an account; its username must be free.
pub async fn insert(tx: &Tx<'_>, account: &Account) -> Result<()> {
    let row = ActiveModel { id: Set(account.id.0), revision: Set(account.revision), ..values(account) };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes an account back as it should be now; [`Error::Stale`] when it is no longer at the revision that it carries.
pub async fn save(tx: &Tx<'_>, account: &Account) -> Result<()> {
    let row = ActiveModel { revision: Set(account.revision + 1), ..values(account) };
    let guard = Column::Id.eq(account.id.0).and(Column::Revision.eq(account.revision));
    expect_one(Entity::update_many().set(row).filter(guard).exec(tx).await?.rows_affected)
}

/// The account, which nobody else can change until the transaction ends.
pub async fn lock(tx: &Tx<'_>, id: AccountId) -> Result<Option<Account>> {
    let raised = Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1_i64))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    if raised.rows_affected == 0 { Ok(None) } else { find(tx, id).await }
}

/// The account with the key.
pub async fn find(conn: &impl Conn, id: AccountId) -> Result<Option<Account>> {
    Entity::find_by_id(id.0).one(conn).await?.map(of_row).transpose()
}

/// The account with the username.
pub async fn find_by_username(conn: &impl Conn, username: &str) -> Result<Option<Account>> {
    Entity::find().filter(Column::Username.eq(username)).one(conn).await?.map(of_row).transpose()
}

/// The accounts with the keys, in no particular order.
pub async fn get_many(conn: &impl Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    let mut found = Vec::new();
    for part in ids.chunks(BATCH) {
        found.extend(Entity::find().filter(Column::Id.is_in(part.iter().map(|it| it.0))).all(conn).await?);
    }
    found.into_iter().map(of_row).collect()
}

/// A page of accounts by username, after the one given.
pub async fn list(conn: &impl Conn, after_username: Option<&str>, limit: u64) -> Result<Page<Account>> {
    let mut query = Entity::find();
    if let Some(username) = after_username {
        query = query.filter(after(Direction::Ascending, [(Column::Username, username)]));
    }
    let rows = query.order_by_asc(Column::Username).limit(fetch_limit(limit)).all(conn).await?;
    Page::from_rows(rows, limit).try_map(of_row)
}
