//! Chains of audit rows: numbers without gaps on every engine, whoever writes at the same time.

use domain::id::{AccountId, SessionId, TenantId};
use store::{
    Error, Store,
    audit::{self, AuditEvent, Head},
    testing::TestDb,
};

conformance!(
    a_row_reads_back_as_it_was_written,
    writers_at_the_same_time_take_one_number_each,
    a_chain_that_several_begin_is_one_chain,
    what_is_undone_takes_no_number,
    pages_run_both_ways,
);

const RISK: TenantId = TenantId(7);
const GENESIS: &str = "genesis";

fn event(tenant: TenantId, link: &Head) -> AuditEvent {
    AuditEvent {
        tenant,
        seq: link.seq,
        at_ms: 1_767_574_800_000,
        actor_kind: "account".into(),
        actor_id: Some(AccountId(1)),
        actor_name: "王芳 ".into(),
        channel: "ui".into(),
        action: "run.stop".into(),
        object_kind: "run".into(),
        object_id: Some("12".into()),
        object_name: Some("净值估值 🌙".into()),
        result: "succeeded".into(),
        error_code: None,
        reason: Some("a\nb\t\"c\" \\ ".into()),
        before_json: None,
        // More than the MySQL family's TEXT takes.
        after_json: Some("x".repeat(100_000)),
        request_id: Some("r-1".into()),
        session: Some(SessionId(9)),
        client_addr: None,
        prev_hash: link.hash.clone(),
        hash: format!("hash-{}", link.seq),
    }
}

pub(crate) async fn append(store: &Store, tenant: TenantId) -> store::Result<AuditEvent> {
    let write = store.write(|tx| {
        Box::pin(async move {
            let link = audit::lock_head(tx, tenant, GENESIS).await?;
            let event = event(tenant, &link);
            audit::insert(tx, &event).await?;
            audit::save_head(tx, tenant, &Head { seq: event.seq, hash: event.hash.clone() }).await?;
            Ok::<_, Error>(event)
        })
    });
    write.await
}

async fn chain(store: &Store) -> Vec<AuditEvent> {
    audit::list_chain(store.read(), RISK, 0, 500).await.unwrap().items
}

#[track_caller]
fn assert_linked(rows: &[AuditEvent]) {
    let mut last = Head { seq: 0, hash: GENESIS.into() };
    for row in rows {
        assert_eq!((row.seq, &row.prev_hash), (last.seq + 1, &last.hash));
        last = Head { seq: row.seq, hash: row.hash.clone() };
    }
}

/// The hash covers what is read back, so nothing may be trimmed, folded or cut on the way.
async fn a_row_reads_back_as_it_was_written(db: &TestDb) {
    let written = append(&db.store, RISK).await.unwrap();
    assert_eq!(chain(&db.store).await, [written]);
    let head = audit::head(db.store.read(), RISK).await.unwrap();
    assert_eq!(head, Some(Head { seq: 1, hash: "hash-1".into() }));
    assert_eq!(audit::head(db.store.read(), TenantId(8)).await.unwrap(), None);
}

async fn writers_at_the_same_time_take_one_number_each(db: &TestDb) {
    append(&db.store, RISK).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = db.store.clone();
        writers.spawn(async move {
            for _ in 0..5 {
                append(&store, RISK).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let rows = chain(&db.store).await;
    assert_eq!(rows.len(), 31);
    assert_linked(&rows);
}

async fn a_chain_that_several_begin_is_one_chain(db: &TestDb) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = db.store.clone();
        writers.spawn(async move { append(&store, RISK).await.unwrap() });
    }
    writers.join_all().await;
    let rows = chain(&db.store).await;
    assert_eq!(rows.len(), 4);
    assert_linked(&rows);
}

async fn what_is_undone_takes_no_number(db: &TestDb) {
    append(&db.store, RISK).await.unwrap();
    let undone = db.store.write(|tx| {
        Box::pin(async move {
            let link = audit::lock_head(tx, RISK, GENESIS).await?;
            assert_eq!(link, Head { seq: 2, hash: "hash-1".into() });
            audit::insert(tx, &event(RISK, &link)).await?;
            Err::<(), _>(Error::Stale)
        })
    });
    undone.await.unwrap_err();
    append(&db.store, RISK).await.unwrap();
    assert_linked(&chain(&db.store).await);
}

async fn pages_run_both_ways(db: &TestDb) {
    for _ in 0..5 {
        append(&db.store, RISK).await.unwrap();
    }
    let seqs =
        |page: store::Page<AuditEvent>| (page.items.into_iter().map(|it| it.seq).collect::<Vec<_>>(), page.has_next);
    let read = db.store.read();
    assert_eq!(seqs(audit::list(read, RISK, None, 2).await.unwrap()), (vec![5, 4], true));
    assert_eq!(seqs(audit::list(read, RISK, Some(3), 2).await.unwrap()), (vec![2, 1], false));
    assert_eq!(seqs(audit::list_chain(read, RISK, 3, 5).await.unwrap()), (vec![4, 5], false));
    assert_eq!(seqs(audit::list(read, TenantId(8), None, 2).await.unwrap()), (vec![], false));
}
