//! Conformance: every case is written once and runs on SQLite, PostgreSQL, MariaDB and OceanBase.
//!
//! To add a case for an aggregate: a file `tests/it/<aggregate>.rs`, declared below, with plain functions and one list:
//!
//! ```ignore
//! //! What the tests of tenants prove.
//!
//! use store::testing::TestDb;
//!
//! conformance!(a_slug_is_taken_once);
//!
//! async fn a_slug_is_taken_once(db: &TestDb) {
//!     let store = &db.store;
//!     // …
//! }
//! ```
//!
//! Each case becomes a test per engine (`tenant::a_slug_is_taken_once::mariadb`) with a database of its own. Where
//! engines differ, that is a capability of the store, not a second case.
#![expect(clippy::unwrap_used, reason = "a case that can't go on has failed")]

/// Makes the tests of the cases that are listed.
macro_rules! conformance {
    ($($case:ident),+ $(,)?) => {
        $(
            mod $case {
                use store::testing::{TestDb, TestEngine};

                async fn run(engine: TestEngine) {
                    let Some(db) = TestDb::fresh(engine).await else { return };
                    super::$case(&db).await;
                    db.remove().await;
                }

                #[tokio::test]
                async fn sqlite() {
                    run(TestEngine::Sqlite).await;
                }

                #[tokio::test]
                async fn postgres() {
                    run(TestEngine::Postgres).await;
                }

                #[tokio::test]
                async fn mariadb() {
                    run(TestEngine::MariaDb).await;
                }

                #[tokio::test]
                async fn oceanbase() {
                    run(TestEngine::OceanBase).await;
                }
            }
        )+
    };
}

mod audit;
mod backfill;
mod calendar;
mod connect;
mod identity;
mod ids;
mod job;
mod limit;
mod log;
mod migrate;
mod node;
mod page;
mod plan;
mod queue;
mod retention;
mod run;
mod text;
mod write;
