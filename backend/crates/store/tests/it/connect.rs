//! What a store refuses to open, what it says then, and what it tells of the database it has opened.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use store::testing::{TestDb, TestEngine};
use store::{Config, Error, Family, Sharing, Store};

conformance!(the_probe_tells_what_the_engine_is, the_lint_sees_what_is_executed);

async fn the_probe_tells_what_the_engine_is(db: &TestDb) {
    let found = db.store.capabilities();
    let expected = match db.engine {
        TestEngine::Sqlite => Family::Sqlite,
        TestEngine::Postgres => Family::Postgres,
        TestEngine::MariaDb => Family::MariaDb,
        TestEngine::OceanBase => Family::OceanBase,
    };
    assert_eq!(found.family, expected, "{found:?}");
    let isolation = if db.engine == TestEngine::Sqlite { "serializable" } else { "read committed" };
    assert_eq!(found.isolation, isolation);
    assert!(found.tested && found.savepoints && !found.version.is_empty(), "{found:?}");
    assert_eq!(found.statement_limit_ms, (db.engine == TestEngine::OceanBase).then_some(10_000));
    db.store.ping().await.unwrap();
}

/// The lint is only worth something if statements reach it: one that is outside the subset must fail where it runs.
async fn the_lint_sees_what_is_executed(db: &TestDb) {
    let store = db.store.clone();
    let mut run = tokio::task::JoinSet::new();
    run.spawn(async move {
        store
            .write(|tx| {
                Box::pin(async move {
                    use store::Conn;
                    tx.execute_unprepared("SELECT id FROM tenant LIMIT 1 OFFSET 1").await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    });
    let panic = run.join_next().await.unwrap().unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("outside the portable subset") && text.contains("OFFSET"), "{text}");
}

fn file(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    (dir, path)
}

fn config(path: &std::path::Path) -> Config {
    Config::new(format!("sqlite://{}?mode=rwc", path.display()))
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let (_dir, path) = file("almanac.db");
    let first = Store::connect(&config(&path)).await.unwrap();
    let error = Store::connect(&config(&path)).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("almanac.db.lock"), "{error}");

    let tool = Store::connect(&Config { sharing: Sharing::Shared, ..config(&path) }).await.unwrap();
    tool.close().await.unwrap();
    drop((first, tool));
    Store::connect(&config(&path)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_damaged() {
    let (_dir, path) = file("almanac.db");
    std::fs::write(&path, "This is a text of many more than sixteen bytes.\n".repeat(100)).unwrap();
    let error = Store::connect(&config(&path)).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error:?}");
}

#[tokio::test]
async fn a_database_in_memory_lives_as_long_as_its_store() {
    let store = Store::connect(&Config::new("sqlite::memory:")).await.unwrap();
    store.migrate().await.unwrap();
    assert!(store.schema().await.unwrap().is_current());
}

#[tokio::test]
async fn an_unknown_kind_of_url_is_refused() {
    for url in ["oracle://host/db", "almanac.db", ""] {
        let error = Store::connect(&Config::new(url)).await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "postgresql", "mysql", "mariadb"] {
        let url = format!("{scheme}://nobody@127.0.0.1:{port}/none");
        let error = Store::connect(&Config::new(&url)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{url}: {error:?}");
    }
}

/// The clock stands still except where the program waits, so ten minutes pass at once.
#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let begun = tokio::time::Instant::now();
    let patience = Duration::from_secs(600);
    let config = Config { patience, ..Config::new(format!("postgres://nobody@127.0.0.1:{port}/none")) };
    let error = Store::connect(&config).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(begun.elapsed() >= patience);
}

/// As a proxy does while it has no server behind it; the clock stands still except where the program waits.
#[tokio::test(start_paused = true)]
async fn connections_that_end_at_once_are_tried_again_for_a_while() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let closing = std::thread::spawn(move || {
        // Each is looked at a second time, by itself.
        (0..6).for_each(|_| drop(listener.accept().unwrap()));
    });
    let config = |patience| Config { patience, ..Config::new(format!("postgres://nobody@127.0.0.1:{port}/none")) };
    let error = Store::connect(&config(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    // Two more that end at once, then nobody is there.
    let error = Store::connect(&config(Duration::from_secs(600))).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    closing.join().unwrap();
}

#[tokio::test]
async fn a_character_set_that_loses_text_is_refused() {
    let Some(db) = TestDb::fresh(TestEngine::MariaDb).await else { return };
    let admin = Database::connect(&db.config.url).await.unwrap();
    let (base, name) = db.config.url.rsplit_once('/').unwrap();
    admin.execute_unprepared(&format!("ALTER DATABASE {name} CHARACTER SET latin1")).await.unwrap();
    let error = Store::connect(&Config::new(format!("{base}/{name}"))).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("latin1") && error.to_string().contains("utf8mb4"), "{error}");
    db.remove().await;
}
