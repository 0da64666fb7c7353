//! The wire between a store and its database, for simulations that delay it, break it, and decide what comes first.
//!
//! In production there is none: a store without a wire speaks to its driver directly. A simulation puts one in
//! ([`crate::testing::twin`]) and is then asked before and after each call. Two things make it exact:
//!  - the driver's part of a call is *driven* to its end before anything else happens ([`Wire::drive`]), so that the
//!    driver's own threads decide nothing;
//!  - a transaction begins when it is its *turn* ([`Wire::turn`]): the database of a simulation has one writer at a
//!    time, and a thread that waits for it must not stop the others.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::{DbErr, RuntimeErr};

use crate::error::Meaning;

/// A call to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// A statement outside of a transaction.
    Read(&'a str),
    /// The begin of a transaction.
    Begin,
    /// A statement in a transaction.
    Statement(&'a str),
    /// COMMIT.
    Commit,
    /// The question what time it is there.
    Clock,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The line broke: [`crate::Error::Unavailable`], and at a commit [`crate::Error::CommitUnknown`].
    #[error("the line is broken")]
    Line,
    /// A deadlock or a conflict of transactions: [`crate::Error::Busy`].
    #[error("the transaction must be tried again")]
    Busy,
    /// Nothing can be written: [`crate::Error::Full`].
    #[error("the disk is full")]
    Full,
}

impl Broken {
    pub(crate) fn meaning(self) -> Meaning {
        match self {
            Self::Line => Meaning::Unavailable,
            Self::Busy => Meaning::Busy,
            Self::Full => Meaning::Full,
        }
    }
}

impl From<Broken> for DbErr {
    fn from(broken: Broken) -> Self {
        let driver = sea_orm::sqlx::Error::AnyDriverError(Box::new(broken));
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(driver)))
    }
}

/// The right to write; it ends when it is dropped.
pub type Turn = Box<dyn Any + Send + Sync>;

/// What stands between a store and its database.
#[async_trait]
pub trait Wire: std::fmt::Debug + Send + Sync {
    /// Waits until a transaction may begin.
    async fn turn(&self) -> Result<Turn, Broken>;

    /// Before a call: it may take time, and fail without having reached the database.
    async fn before(&self, call: Call<'_>) -> Result<(), Broken>;

    /// After a call: its answer may take time, and get lost.
    async fn after(&self, call: Call<'_>) -> Result<(), Broken>;

    /// Runs the driver's part of a call to its end, and nothing else meanwhile.
    fn drive(&self, work: BoxFuture<'_, ()>);

    /// The database's clock, epoch milliseconds.
    fn clock_ms(&self) -> i64;
}

/// Makes a call over the wire, if there is one.
pub(crate) async fn call<T: Send>(
    wire: Option<&Arc<dyn Wire>>,
    call: Call<'_>,
    work: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, DbErr> {
    let Some(wire) = wire else { return work.await };
    wire.before(call).await?;
    let answer = driven(&**wire, work);
    wire.after(call).await?;
    answer
}

/// The answer of the driver, with nothing else happening meanwhile.
pub(crate) fn driven<T: Send>(wire: &dyn Wire, work: impl Future<Output = T> + Send) -> T {
    let mut answer = None;
    wire.drive(Box::pin(async { answer = Some(work.await) }));
    answer.expect("a wire drives the work to its end")
}
