//! Brings the schema up to date: one process at a time, one repeatable step at a time.
//!
//! Few engines can undo DDL, so there is no transaction around a migration. Each step asks the catalogue whether it is
//! done; when all are, the migration is recorded. Whoever dies in the middle leaves a schema that the next one
//! completes. The lease on the one row of `schema_lock` keeps others waiting meanwhile.

use std::time::Duration;

use migration::{MIGRATIONS, Migration};
use sea_orm::sea_query::{Alias, ColumnDef, Expr, ExprTrait, Query, Table};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::Store;
use crate::error::{Error, Result};

/// How long a step may take before another process believes this one dead.
const LEASE_MS: i64 = 5 * 60 * 1000;

/// How often a waiting process looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Which migrations are there and which are missing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Schema {
    /// Recorded in the database, in order.
    pub applied: Vec<String>,
    /// Known to this program and not recorded, in order.
    pub pending: Vec<&'static str>,
}

impl Schema {
    /// Nothing is missing.
    pub fn is_current(&self) -> bool {
        self.pending.is_empty()
    }

    /// Nothing is there.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty()
    }
}

impl Store {
    /// How far the schema is.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] when a newer program has been here. A program that runs then goes on: migrations only
    /// add, until no program of the version before is left. One that starts is refused, since it can't know that.
    pub async fn schema(&self) -> Result<Schema> {
        let applied = recorded(&self.inner.writer.pool).await?;
        let known = |name: &str| MIGRATIONS.iter().any(|migration| migration.name == name);
        if let Some(newest) = applied.iter().rev().find(|name| !known(name)) {
            let last = MIGRATIONS.last().map_or("", |migration| migration.name);
            return Err(Error::NewerSchema { found: newest.clone(), known: last.to_owned() });
        }
        let pending =
            MIGRATIONS.iter().map(|m| m.name).filter(|name| !applied.iter().any(|done| done == name)).collect();
        Ok(Schema { applied, pending })
    }

    /// Applies what is missing, and says what that was. While another process migrates, waits for it.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        let mut pending = self.schema().await?.pending;
        if !pending.is_empty() {
            create_own_tables(&self.inner.writer.pool).await?;
            let lock = Lock::take(self).await?;
            let applied = self.apply_pending(&lock).await;
            // After a failure too, so that the next try does not wait for the lease to end.
            let released = lock.release().await;
            pending = applied?;
            released?;
            self.take_id_tag().await?;
        }
        Ok(pending)
    }

    async fn apply_pending(&self, lock: &Lock<'_>) -> Result<Vec<&'static str>> {
        // Somebody else may have done it while this one waited.
        let pending = self.schema().await?.pending;
        for migration in MIGRATIONS.iter().filter(|migration| pending.contains(&migration.name)) {
            apply(&self.inner.writer.pool, migration, lock).await?;
        }
        Ok(pending)
    }

    /// Takes all migrations back: every table goes, with all it holds. For tests of the migrations.
    #[doc(hidden)]
    pub async fn unmigrate(&self) -> Result<()> {
        let connection = &self.inner.writer.pool;
        for migration in MIGRATIONS.iter().rev() {
            for step in migration.steps(connection.get_database_backend()).iter().rev() {
                step.revert(connection).await?;
            }
            let table = Alias::new("schema_migration");
            let name = Expr::col(Alias::new("name")).eq(migration.name);
            connection.execute(Query::delete().from_table(table).and_where(name)).await?;
        }
        Ok(())
    }
}

async fn apply(connection: &DatabaseConnection, migration: &Migration, lock: &Lock<'_>) -> Result<()> {
    tracing::info!(migration = migration.name, "migrating");
    for step in migration.steps(connection.get_database_backend()) {
        lock.renew().await?;
        tracing::debug!(%step, "migrating");
        step.apply(connection).await?;
    }
    let mut record = Query::insert();
    record
        .into_table(Alias::new("schema_migration"))
        .columns([Alias::new("name"), Alias::new("applied_ms")])
        .values_panic([migration.name.into(), lock.store.db_now_ms().into()]);
    connection.execute(&record).await?;
    Ok(())
}

/// The names recorded, in order; none when nothing was ever migrated.
async fn recorded(connection: &DatabaseConnection) -> Result<Vec<String>> {
    if !has_table(connection, "schema_migration").await? {
        return Ok(Vec::new());
    }
    let name = Alias::new("name");
    let mut query = Query::select();
    query.column(name.clone()).from(Alias::new("schema_migration")).order_by(name, sea_orm::Order::Asc);
    let rows = connection.query_all(&query).await?;
    Ok(rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?)
}

async fn has_table(connection: &DatabaseConnection, name: &str) -> Result<bool> {
    Ok(migration::has_table(connection, name).await?)
}

/// The two tables that migrating itself needs.
async fn create_own_tables(connection: &DatabaseConnection) -> Result<()> {
    let mut migrations = Table::create();
    migrations
        .table(Alias::new("schema_migration"))
        .col(ColumnDef::new(Alias::new("name")).string_len(100).not_null().primary_key())
        .col(ColumnDef::new(Alias::new("applied_ms")).big_integer().not_null());
    let mut lock = Table::create();
    lock.table(Alias::new("schema_lock"))
        .col(ColumnDef::new(Alias::new("id")).integer().not_null().primary_key())
        .col(ColumnDef::new(Alias::new("holder")).big_integer())
        .col(ColumnDef::new(Alias::new("lease_until_ms")).big_integer().not_null());
    for (name, mut create) in [("schema_lock", lock), ("schema_migration", migrations)] {
        if has_table(connection, name).await? {
            continue;
        }
        migration::compare_by_bytes(connection.get_database_backend(), &mut create);
        if let Err(error) = connection.execute(&create).await {
            // Another process may have made it since.
            if !has_table(connection, name).await? {
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// The lease on migrating.
struct Lock<'a> {
    store: &'a Store,
    holder: i64,
}

impl<'a> Lock<'a> {
    async fn take(store: &'a Store) -> Result<Self> {
        let lock = Lock { store, holder: rand::random::<i64>().saturating_abs() };
        let mut told = false;
        loop {
            if lock.try_take().await? {
                return Ok(lock);
            }
            if !told {
                tracing::info!("another process migrates the database, waiting for it");
                told = true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn try_take(&self) -> Result<bool> {
        let now_ms = self.store.db_now_ms();
        let free = Expr::col(Alias::new("holder")).is_null().or(Expr::col(Alias::new("lease_until_ms")).lt(now_ms));
        if self.update(Some(self.holder), now_ms + LEASE_MS, free).await? {
            return Ok(true);
        }
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new("schema_lock"))
            .columns([Alias::new("id"), Alias::new("holder"), Alias::new("lease_until_ms")])
            .values_panic([1.into(), self.holder.into(), (now_ms + LEASE_MS).into()]);
        match self.store.inner.writer.pool.execute(&insert).await.map_err(Error::from) {
            Ok(_) => Ok(true),
            // The row is there: somebody holds it.
            Err(Error::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn renew(&self) -> Result<()> {
        let mine = Expr::col(Alias::new("holder")).eq(self.holder);
        match self.update(Some(self.holder), self.store.db_now_ms() + LEASE_MS, mine).await? {
            true => Ok(()),
            // A step took longer than the lease and another process went on with it.
            false => Err(Error::Stale),
        }
    }

    async fn release(self) -> Result<()> {
        let mine = Expr::col(Alias::new("holder")).eq(self.holder);
        self.update(None, 0, mine).await.map(|_| ())
    }

    async fn update(&self, holder: Option<i64>, until_ms: i64, guard: Expr) -> Result<bool> {
        let mut update = Query::update();
        update
            .table(Alias::new("schema_lock"))
            .values([(Alias::new("holder"), holder.into()), (Alias::new("lease_until_ms"), until_ms.into())])
            .and_where(Expr::col(Alias::new("id")).eq(1))
            .and_where(guard);
        Ok(self.store.inner.writer.pool.execute(&update).await?.rows_affected() == 1)
    }
}
