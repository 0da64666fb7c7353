//! Stores for tests: fresh, migrated, thrown away.

use crate::{Config, Durability, Store};

/// A fresh, migrated store on a SQLite file of its own.
pub async fn sqlite() -> Store {
    let file = std::env::temp_dir().join(format!("almanac-test-{:016x}.db", rand::random::<u64>()));
    let mut config = Config::new(format!("sqlite://{}?mode=rwc", file.display()));
    config.durability = Durability::None;
    let store = Store::connect(&config).await.expect("a new SQLite file opens");
    store.migrate().await.expect("the migrations run");
    store
}
