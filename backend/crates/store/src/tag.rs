//! The lease on an id tag: the part of every id that tells processes of one database apart.
//!
//! The protocol, on the database's clock:
//!  1. Take: choose a tag whose lease is over, or the smallest that was never used; write it with this process's name,
//!     guarded by what was read. A lost race chooses again. Ids begin at the instant at which the old lease ended, so a
//!     tag's (millisecond, sequence) pairs never repeat from holder to holder, however their clocks differ.
//!  2. Renew: every minute ([`Store::renew_id_tag`]), guarded by the name. Nobody's row any more: the lease was over and
//!     somebody took it; take another tag.
//!  3. Release: when the store closes, the lease ends with the last millisecond in which an id was made.
//!
//! A process that sleeps past its lease and wakes may make an id that another one makes too; the tables' primary keys
//! turn that into a conflict, never into an overwritten row.

use entity::id_tag;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::chance::Chance;
use crate::error::{Error, Result};
use crate::ids::TAGS;
use crate::tx::Tx;
use crate::{Conn, Store};

/// How long a tag stays ours after the last renewal: many minutes of a stopped process or an absent database.
pub const LEASE_MS: i64 = 15 * 60 * 1000;

/// How often to renew the lease.
pub const RENEW_EVERY_MS: i64 = 60 * 1000;

/// Lost races before giving up: more processes than this would have to start at once.
const TRIES: usize = 50;

/// This process's name in the table of tags.
#[derive(Debug)]
pub(crate) struct Holder(String);

impl Holder {
    pub(crate) fn new(chance: &Chance) -> Self {
        Holder(format!("{:016x}{:016x}", chance.bits(), chance.bits()))
    }
}

impl Store {
    /// Renews the lease on the id tag, or takes another tag when the lease was lost. Call it every
    /// [`RENEW_EVERY_MS`].
    pub async fn renew_id_tag(&self) -> Result<()> {
        let (holder, until_ms) = (&self.inner.holder.0, self.db_now_ms() + LEASE_MS);
        let renewed = self
            .write(|tx| {
                Box::pin(async move {
                    let update = id_tag::Entity::update_many()
                        .col_expr(id_tag::Column::LeaseUntilMs, Expr::value(until_ms))
                        .filter(id_tag::Column::Holder.eq(holder));
                    Ok::<_, Error>(update.exec(tx).await?.rows_affected)
                })
            })
            .await?;
        match renewed {
            0 => self.take_id_tag().await,
            _ => Ok(()),
        }
    }

    /// Takes a tag, from which on ids can be made.
    pub(crate) async fn take_id_tag(&self) -> Result<()> {
        for _ in 0..TRIES {
            let now_ms = self.db_now_ms();
            let choice = choose(self.read(), now_ms).await?;
            let (holder, choice) = (&self.inner.holder.0, &choice);
            let taken = self.write(|tx| Box::pin(take(tx, choice, holder, now_ms + LEASE_MS))).await;
            match taken {
                Ok(()) => {
                    self.inner.ids.set_tag(choice.tag, choice.free_from_ms);
                    return Ok(());
                }
                Err(Error::Stale | Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Refused("no id tag could be taken in many tries; too many processes start at once".into()))
    }

    /// Gives the tag back.
    pub(crate) async fn release_id_tag(&self) -> Result<()> {
        let (holder, until_ms) = (&self.inner.holder.0, self.inner.ids.unused_from_ms());
        self.write(|tx| {
            Box::pin(async move {
                let update = id_tag::Entity::update_many()
                    .col_expr(id_tag::Column::LeaseUntilMs, Expr::value(until_ms))
                    .col_expr(id_tag::Column::Holder, Expr::value(None::<String>))
                    .filter(id_tag::Column::Holder.eq(holder));
                update.exec(tx).await?;
                Ok::<_, Error>(())
            })
        })
        .await
    }
}

/// A tag that looked free.
#[derive(Debug)]
struct Choice {
    tag: i32,
    /// When its last holder had stopped using it.
    free_from_ms: i64,
    /// The row that says so, if it was ever used.
    row: Option<id_tag::Model>,
}

async fn choose(conn: &impl Conn, now_ms: i64) -> Result<Choice> {
    let rows = id_tag::Entity::find().order_by_asc(id_tag::Column::Tag).all(conn).await?;
    if let Some(row) = rows.iter().find(|row| row.lease_until_ms <= now_ms) {
        return Ok(Choice { tag: row.tag, free_from_ms: row.lease_until_ms, row: Some(row.clone()) });
    }
    let unused = (0..TAGS).find(|tag| rows.iter().all(|row| row.tag != *tag));
    match unused {
        Some(tag) => Ok(Choice { tag, free_from_ms: 0, row: None }),
        None => Err(Error::Refused(format!(
            "all {TAGS} id tags are held; wait {} minutes for those of processes that died",
            LEASE_MS / 60_000
        ))),
    }
}

async fn take(tx: &Tx<'_>, choice: &Choice, holder: &str, until_ms: i64) -> Result<()> {
    let Some(row) = &choice.row else {
        let new = id_tag::ActiveModel {
            tag: Set(choice.tag),
            holder: Set(Some(holder.to_owned())),
            lease_until_ms: Set(until_ms),
        };
        id_tag::Entity::insert(new).exec_without_returning(tx).await?;
        return Ok(());
    };
    let update = id_tag::Entity::update_many()
        .col_expr(id_tag::Column::Holder, Expr::value(holder))
        .col_expr(id_tag::Column::LeaseUntilMs, Expr::value(until_ms))
        .filter(id_tag::Column::Tag.eq(row.tag))
        .filter(id_tag::Column::LeaseUntilMs.eq(row.lease_until_ms));
    crate::expect_one(update.exec(tx).await?.rows_affected)
}
