//! How SQLite goes about the statements that tests execute: by an index, or through the whole table.
//!
//! SQLite plans by the shape of a statement and the indexes that are there; what it finds no index for, the other
//! engines don't either. So a statement that reads a table of history from one end to the other shows here, however
//! few rows the test has.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::TestDb;
use crate::config::{Config, Executed, Observer, Sharing};
use crate::{Result, Store};

/// What was executed: a statement and its values.
type Executions = Arc<Mutex<Vec<(String, Vec<Value>)>>>;

/// A second store on a test's SQLite file that remembers what it executes.
#[derive(Debug)]
pub struct Recorder {
    /// The store.
    pub store: Store,
    executed: Executions,
}

/// How SQLite goes about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The statement.
    pub sql: String,
    /// Its steps, in SQLite's words.
    pub steps: Vec<String>,
}

impl Plan {
    /// The tables and indexes that it reads from one end to the other.
    pub fn scans(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(String::as_str).filter(|step| step.starts_with("SCAN"))
    }

    /// Whether it sorts what it found.
    #[must_use]
    pub fn sorts(&self) -> bool {
        self.steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"))
    }
}

impl Recorder {
    /// Opens the test's database a second time.
    ///
    /// # Errors
    /// The database's.
    pub async fn on(db: &TestDb) -> Result<Self> {
        let executed: Executions = Arc::default();
        let seen = executed.clone();
        let observer = Observer::new(move |it: &Executed<'_>| {
            let statement = (it.sql.to_owned(), it.values.to_vec());
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        });
        let config = Config { sharing: Sharing::Shared, observer: Some(observer), ..db.config.clone() };
        Ok(Self { store: Store::connect(&config).await?, executed })
    }

    /// The plans of what was executed since the last call, but for transactions' beginnings and ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn plans(&self, db: &TestDb) -> Result<Vec<Plan>> {
        let executed = std::mem::take(&mut *self.executed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut plans = Vec::new();
        for (sql, values) in executed {
            if !["SELECT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb)) {
                continue;
            }
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
            let rows = db.store.read().query_all_raw(statement).await?;
            let steps: std::result::Result<Vec<String>, sea_orm::DbErr> =
                rows.iter().map(|row| row.try_get("", "detail")).collect();
            let steps = steps?;
            plans.push(Plan { sql, steps });
        }
        Ok(plans)
    }
}
