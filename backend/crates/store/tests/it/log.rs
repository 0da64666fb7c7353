//! What the tests of logs prove: chunks are found by any offset, come back whole, and are stored once.

use domain::id::{AttemptKey, RunId, TenantId};
use store::log::{self, CHUNK_BYTES, Chunk};
use store::testing::TestDb;
use store::{Error, Store};

conformance!(
    chunks_are_found_by_any_offset_in_them,
    the_last_chunks_are_found_backwards,
    a_full_chunk_of_noise_comes_back_whole,
    a_chunk_is_stored_once,
    logs_go_with_their_run,
);

const KEY: AttemptKey = AttemptKey { tenant: TenantId(7), run: RunId(70), ordinal: 2, number: 1 };

async fn insert(store: &Store, key: AttemptKey, chunks: &[Chunk]) -> Result<(), Error> {
    store.write(|tx| Box::pin(log::insert(tx, key, chunks))).await
}

/// Chunks of ten bytes each.
fn tens(count: i64) -> Vec<Chunk> {
    (0..count).map(|n| Chunk::compress(n * 10, n, format!("{n:>9}\n").as_bytes())).collect()
}

fn firsts(chunks: &[Chunk]) -> Vec<i64> {
    chunks.iter().map(|chunk| chunk.first_offset).collect()
}

async fn chunks_are_found_by_any_offset_in_them(db: &TestDb) {
    let store = &db.store;
    insert(store, KEY, &tens(40)).await.unwrap();
    for other in [
        AttemptKey { tenant: TenantId(8), ..KEY },
        AttemptKey { run: RunId(71), ..KEY },
        AttemptKey { ordinal: 3, ..KEY },
        AttemptKey { number: 2, ..KEY },
    ] {
        insert(store, other, &[Chunk::compress(5, 1, b"another log\n")]).await.unwrap();
    }
    for (from, expected) in [(0, [0, 10, 20]), (9, [0, 10, 20]), (10, [10, 20, 30]), (195, [190, 200, 210])] {
        let found = log::list(store.read(), KEY, from, 3).await.unwrap();
        assert_eq!(firsts(&found), expected, "from {from}");
    }
    let last = log::list(store.read(), KEY, 399, 3).await.unwrap();
    assert_eq!((firsts(&last), last[0].at_ms), (vec![390], 39));
    assert_eq!(last[0].decompress(KEY).unwrap(), b"       39\n");
    assert!(log::list(store.read(), KEY, 400, 3).await.unwrap().is_empty());
    assert!(log::list(store.read(), KEY, i64::MAX, 3).await.unwrap().is_empty());
}

async fn the_last_chunks_are_found_backwards(db: &TestDb) {
    insert(&db.store, KEY, &tens(5)).await.unwrap();
    let found = log::list_last(db.store.read(), KEY, i64::MAX, 2).await.unwrap();
    assert_eq!(firsts(&found), [30, 40]);
    let found = log::list_last(db.store.read(), KEY, 30, 9).await.unwrap();
    assert_eq!(firsts(&found), [0, 10, 20]);
}

async fn a_full_chunk_of_noise_comes_back_whole(db: &TestDb) {
    let noise: Vec<u8> = (0..CHUNK_BYTES as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let chunks: Vec<Chunk> = (0..3).map(|n| Chunk::compress(n * CHUNK_BYTES as i64, n, &noise)).collect();
    insert(&db.store, KEY, &chunks).await.unwrap();
    let found = log::list(db.store.read(), KEY, 0, 9).await.unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|chunk| chunk.decompress(KEY).unwrap() == noise));
}

async fn a_chunk_is_stored_once(db: &TestDb) {
    let chunks = tens(20);
    insert(&db.store, KEY, &chunks[..2]).await.unwrap();
    assert!(insert(&db.store, KEY, &chunks[1..3]).await.unwrap_err().is_conflict());
    // The first two were offered before; whether they arrived is not known.
    let mut again = chunks;
    for chunk in &mut again[..2] {
        chunk.may_be_stored = true;
    }
    insert(&db.store, KEY, &again).await.unwrap();
    let found = log::list(db.store.read(), KEY, 0, 99).await.unwrap();
    assert_eq!(firsts(&found), (0..20).map(|n| n * 10).collect::<Vec<_>>());
}

async fn logs_go_with_their_run(db: &TestDb) {
    let store = &db.store;
    let kept = AttemptKey { run: RunId(71), ..KEY };
    for key in [KEY, AttemptKey { number: 2, ..KEY }, kept] {
        insert(store, key, &tens(2)).await.unwrap();
    }
    let deleted: Result<u64, Error> = store.write(|tx| Box::pin(log::delete(tx, KEY.tenant, KEY.run))).await;
    assert_eq!(deleted.unwrap(), 4);
    assert!(log::list(store.read(), KEY, 0, 9).await.unwrap().is_empty());
    assert_eq!(log::list(store.read(), kept, 0, 9).await.unwrap().len(), 2);
}
