//! What the database really does, asked at start, shown to operators, and refused where data would be lost.
//!
//! Names promise little: engines of one protocol differ in what `''` means, whether SKIP LOCKED locks, which character
//! set a new table gets. Nothing here switches a feature on; the program uses only what all engines do alike.

use std::time::Duration;

use sea_orm::{DatabaseConnection, TransactionTrait};
use serde::Serialize;

use crate::clock::DbClock;
use crate::config::Config;
use crate::dialect::{Engine, scalar};
use crate::error::{Error, Result};
use crate::reader::Reader;

/// How often the clock is read for one measurement; the quickest answer counts.
const CLOCK_READINGS: u32 = 3;

/// A product, or a group of forks that behave alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// openGauss, GaussDB, MogDB, Vastbase.
    OpenGauss,
    /// KingbaseES.
    Kingbase,
    /// MySQL, GreatSQL, and what does not tell otherwise.
    Mysql,
    /// MariaDB.
    MariaDb,
    /// OceanBase.
    OceanBase,
    /// TiDB.
    TiDb,
}

impl Family {
    /// Whether this program's tests run on it.
    pub fn is_tested(self) -> bool {
        matches!(self, Family::Sqlite | Family::Postgres | Family::MariaDb | Family::OceanBase)
    }

    fn skip_locked(self) -> SkipLocked {
        match self {
            Family::Sqlite => SkipLocked::Absent,
            Family::OceanBase => SkipLocked::WrongWithLimit,
            Family::TiDb => SkipLocked::Ignored,
            Family::OpenGauss => SkipLocked::DependsOnVersion,
            Family::Postgres | Family::Kingbase | Family::Mysql | Family::MariaDb => SkipLocked::Right,
        }
    }
}

/// What `FOR UPDATE SKIP LOCKED` does. Known, not probed, and never used: work is claimed by guarded updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipLocked {
    /// It skips what others hold.
    Right,
    /// There are no row locks.
    Absent,
    /// It is accepted and takes no lock: two sessions get the same rows.
    Ignored,
    /// LIMIT is applied before the locks are looked at, so that too few rows come.
    WrongWithLimit,
    /// Some versions and set-ups have it.
    DependsOnVersion,
}

/// What a dialect finds out about its engine.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) family: Family,
    pub(crate) version: String,
    pub(crate) isolation: String,
    pub(crate) charset: String,
    pub(crate) collation: String,
    pub(crate) statement_limit_ms: Option<i64>,
}

/// What the database is and does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// The protocol.
    pub engine: Engine,
    /// The product behind it.
    pub family: Family,
    /// Whether this program's tests run on that product.
    pub tested: bool,
    /// As the server tells it.
    pub version: String,
    /// Isolation of our transactions.
    pub isolation: String,
    /// Character set of the database.
    pub charset: String,
    /// Default order and equality of texts; our own tables name theirs.
    pub collation: String,
    /// Whether `'a'` and `'A'` differ by default.
    pub case_sensitive: bool,
    /// Whether SAVEPOINT works.
    pub savepoints: bool,
    /// What SKIP LOCKED does.
    pub skip_locked: SkipLocked,
    /// The database's clock minus this machine's, when measured.
    pub clock_offset_ms: Option<i64>,
    /// The server ends statements that take longer.
    pub statement_limit_ms: Option<i64>,
}

/// Asks the database and refuses it where data would be lost.
pub(crate) async fn probe(
    engine: Engine,
    pool: &DatabaseConnection,
    clock: &DbClock,
    config: &Config,
) -> Result<Capabilities> {
    let found = engine.probe(pool).await?;
    refuse_charset(engine, &found.charset)?;
    if is_true(pool, "'' IS NULL").await? {
        return Err(Error::Refused(
            "it turns the empty text into NULL (an Oracle-compatible mode); create the database in its PostgreSQL or \
             MySQL mode, on openGauss with DBCOMPATIBILITY 'PG'"
                .into(),
        ));
    }
    let clock_offset_ms = match config.max_clock_offset {
        Some(limit) => {
            let reader = Reader { pool: pool.clone(), wire: None };
            Some(measure_clock(engine, &reader, clock, limit).await?)
        }
        None => None,
    };
    Ok(Capabilities {
        engine,
        family: found.family,
        tested: found.family.is_tested(),
        isolation: found.isolation,
        charset: found.charset,
        collation: found.collation,
        case_sensitive: !is_true(pool, "'a' = 'A'").await?,
        savepoints: has_savepoints(pool).await?,
        skip_locked: found.family.skip_locked(),
        clock_offset_ms,
        statement_limit_ms: found.statement_limit_ms,
        version: found.version,
    })
}

fn refuse_charset(engine: Engine, charset: &str) -> Result<()> {
    let wanted = match engine {
        Engine::Sqlite => return Ok(()),
        Engine::Postgres => "UTF8",
        Engine::Mysql => "utf8mb4",
    };
    if charset.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "its character set is {charset}, in which some Chinese characters and all emoji are lost; create the database \
         with {wanted}"
    )))
}

/// Measures how far the database's clock is from this machine's, and uses it from now on.
///
/// # Errors
/// [`Error::Refused`] when they are further apart than `limit`: somebody should set them right. The database's counts
/// all the same.
pub(crate) async fn measure_clock(engine: Engine, reader: &Reader, clock: &DbClock, limit: Duration) -> Result<i64> {
    let mut best: Option<(i64, i64, i64)> = None;
    for _ in 0..CLOCK_READINGS {
        let before = clock.local().steady_ms();
        let Some(there) = reader.clock_ms(engine).await? else { return Ok(0) };
        let (after, here) = (clock.local().steady_ms(), clock.local().now_ms());
        // The server read its clock somewhere between; the middle is wrong by half the round trip at most.
        let round_trip = after - before;
        if best.is_none_or(|(quickest, ..)| round_trip < quickest) {
            best = Some((round_trip, there - (before + round_trip / 2), there - (here - round_trip / 2)));
        }
    }
    let (_, ahead, offset) = best.expect("the loop runs at least once");
    clock.measured(ahead, offset);
    if offset.unsigned_abs() > limit.as_millis() as u64 {
        return Err(Error::Refused(format!(
            "its clock is {offset} ms off from this machine's, more than the {} ms allowed; set both by NTP",
            limit.as_millis()
        )));
    }
    Ok(offset)
}

async fn is_true(pool: &DatabaseConnection, condition: &str) -> Result<bool> {
    // As a text: engines disagree about the type of a truth value.
    let answer: String = scalar(pool, &format!("SELECT CASE WHEN {condition} THEN 'yes' ELSE 'no' END")).await?;
    Ok(answer == "yes")
}

async fn has_savepoints(pool: &DatabaseConnection) -> Result<bool> {
    let outer = pool.begin().await?;
    let works = match outer.begin().await {
        Ok(inner) => inner.commit().await.is_ok(),
        Err(_) => false,
    };
    outer.rollback().await?;
    Ok(works)
}
