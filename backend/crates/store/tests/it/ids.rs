//! Ids are never made twice: by threads, by processes, by a tag that changes hands.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use store::testing::{TestDb, sqlite_at};
use store::{Clock, Config, Error, Sharing, Store, ids, tag};

conformance!(
    processes_hold_different_tags,
    a_released_tag_is_taken_again,
    the_tag_of_a_dead_process_is_taken_over_after_its_lease,
    the_clock_is_the_database_s,
);

/// The tag in an id.
fn tag_of(id: i64) -> i64 {
    (id >> 12) & 0x3ff
}

async fn processes_hold_different_tags(db: &TestDb) {
    let (second, third) = (db.another().await, db.another().await);
    let tags: HashSet<i64> = [&db.store, &second, &third].map(|store| tag_of(store.ids().next())).into();
    assert_eq!(tags.len(), 3, "{tags:?}");
    for store in [second, third] {
        store.renew_id_tag().await.unwrap();
        store.close().await.unwrap();
    }
}

async fn a_released_tag_is_taken_again(db: &TestDb) {
    let second = db.another().await;
    let last = second.ids().next();
    second.close().await.unwrap();
    let third = db.another().await;
    let next = third.ids().next();
    assert_eq!(tag_of(next), tag_of(last));
    assert!(next > last, "ids of one tag rise from holder to holder: {next} after {last}");
    third.close().await.unwrap();
}

/// Two clocks turned by hand: the second process lives after the first one's lease.
async fn the_tag_of_a_dead_process_is_taken_over_after_its_lease(db: &TestDb) {
    let now = Arc::new(AtomicI64::new(db.store.db_now_ms()));
    let connect = || async {
        let now = now.clone();
        let clock = Clock::new(move || now.load(Ordering::SeqCst));
        let config = Config { clock, max_clock_offset: None, sharing: Sharing::Shared, ..db.config.clone() };
        Store::connect(&config).await.unwrap()
    };
    let dead = connect().await;
    let tag = tag_of(dead.ids().next());
    let early = connect().await;
    assert_ne!(tag_of(early.ids().next()), tag, "the lease is not over");
    early.close().await.unwrap();

    now.fetch_add(tag::LEASE_MS / 2, Ordering::SeqCst);
    db.store.renew_id_tag().await.unwrap();
    now.fetch_add(tag::LEASE_MS / 2 + 1, Ordering::SeqCst);
    let heir = connect().await;
    let mut held = vec![tag_of(heir.ids().next())];
    // The tags of both earlier processes are free now; whichever is smaller goes first.
    let other = connect().await;
    held.push(tag_of(other.ids().next()));
    assert!(held.contains(&tag), "{held:?} should have {tag}");

    // The dead one was only asleep: it finds its tag gone and takes another.
    dead.renew_id_tag().await.unwrap();
    let fresh = tag_of(dead.ids().next());
    assert!(!held.contains(&fresh), "{fresh} is held: {held:?}");
}

async fn the_clock_is_the_database_s(db: &TestDb) {
    let offset = db.store.measure_clock().await.unwrap();
    assert!(offset.abs() < 1_000, "server and test run on one machine: {offset} ms");
    assert_eq!(db.store.clock_offset_ms(), offset);
    if db.config.max_clock_offset.is_none() {
        return;
    }
    let fast = Clock::new(|| Clock::system().now_ms() + 3_600_000);
    let config = Config { clock: fast, max_clock_offset: Some(std::time::Duration::from_secs(2)), ..db.config.clone() };
    let error = Store::connect(&config).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("NTP"), "{error}");
}

#[tokio::test]
async fn threads_never_make_the_same_id() {
    let store = store::testing::sqlite().await;
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            std::thread::spawn(move || (0..10_000).map(|_| store.ids().next()).collect::<Vec<i64>>())
        })
        .collect();
    let lists: Vec<Vec<i64>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(lists.iter().all(|ids| ids.is_sorted_by(|a, b| a < b)), "each thread sees its ids rise");
    let different: HashSet<i64> = lists.into_iter().flatten().collect();
    assert_eq!(different.len(), 80_000);
}

#[tokio::test]
async fn ids_rise_when_the_clock_steps_back() {
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = {
        let now = now.clone();
        Clock::new(move || now.load(Ordering::SeqCst))
    };
    let store = sqlite_at(clock).await;
    let first = store.ids().next();
    assert_eq!(ids::made_at_ms(first), 1_800_000_000_000);
    now.store(1_700_000_000_000, Ordering::SeqCst);
    let second = store.ids().next();
    assert!(second > first);
    now.store(1_800_000_000_001, Ordering::SeqCst);
    let third = store.ids().next();
    assert!(third > second && ids::made_at_ms(third) == 1_800_000_000_001);
}
