//! What the tests of jobs prove: a claim is won once, its fence rises, and only its holder ends it.

use std::collections::BTreeSet;

use domain::id::{RunId, TenantId};
use store::job::{self, Claimant, Held, Holder, READY, Row};
use store::queue::{self, Taken};
use store::testing::TestDb;
use store::{Error, Store};

conformance!(
    a_job_is_claimed_by_one_of_many,
    only_the_holder_of_the_fence_ends_a_job,
    a_task_has_one_job,
    a_withdrawal_takes_what_waits_and_tells_what_was_claimed_meanwhile,
    claims_are_taken_away_unless_they_were_renewed,
);

const TENANT: TenantId = TenantId(7);
const RUN: RunId = RunId(70);

fn row(ordinal: i32) -> Row {
    Row {
        tenant_id: TENANT.0,
        run_id: RUN.0,
        ordinal,
        attempt: 1,
        workflow_id: 1,
        version: 1,
        pool: "default".into(),
        state: READY,
        priority: -20,
        due_ms: 1_000,
        claim_token: None,
        node_id: None,
        fence: 0,
        lease_until_ms: None,
        stop_requested: false,
        rank_ms: 1_000,
        class: 0,
        limits_json: None,
        blocked_on: None,
    }
}

async fn insert(store: &Store, rows: Vec<Row>) {
    let rows = &rows;
    let inserted: Result<(), Error> = store.write(|tx| Box::pin(job::insert(tx, rows.clone()))).await;
    inserted.expect("jobs are inserted");
}

async fn claim(store: &Store, node: i64, want: u64) -> Vec<Row> {
    look_and_take(store, node, want).await.jobs
}

async fn look_and_take(store: &Store, node: i64, want: u64) -> Taken {
    let claimant = Claimant { node, token: store.ids().next(), now_ms: 2_000, lease_until_ms: 17_000 };
    let offer = queue::look(store.read(), "default", claimant.now_ms, want).await.expect("looks");
    let offer = &offer;
    let taken: Result<Taken, Error> = store.write(|tx| Box::pin(queue::take(tx, offer, &[], claimant, want))).await;
    taken.expect("claims")
}

async fn release(store: &Store, held: Held) -> u64 {
    let released: Result<u64, Error> = store.write(|tx| Box::pin(async move { job::release(tx, &[held]).await })).await;
    released.expect("releases")
}

async fn a_job_is_claimed_by_one_of_many(db: &TestDb) {
    const JOBS: i32 = 60;
    insert(&db.store, (0..JOBS).map(row).collect()).await;
    let mut claimers = tokio::task::JoinSet::new();
    for node in 1..=4 {
        let store = db.store.clone();
        claimers.spawn(async move {
            let mut won = Vec::new();
            // A claim that loses every candidate to others is empty though work is left; it says so.
            loop {
                let taken = look_and_take(&store, node, 7).await;
                if taken.jobs.is_empty() && !taken.again {
                    return won;
                }
                won.extend(taken.jobs);
            }
        });
    }
    let mut seen = BTreeSet::new();
    while let Some(won) = claimers.join_next().await {
        for job in won.expect("claims") {
            assert_eq!((job.fence, job.lease_until_ms), (1, Some(17_000)));
            assert!(seen.insert(job.ordinal), "{} was won twice", job.ordinal);
        }
    }
    assert_eq!(seen.len(), JOBS as usize);
}

async fn only_the_holder_of_the_fence_ends_a_job(db: &TestDb) {
    insert(&db.store, vec![row(0)]).await;
    let held = job::held_of(&claim(&db.store, 1, 1).await[0]);
    assert_eq!(release(&db.store, Held { fence: held.fence - 1, ..held }).await, 0);
    assert_eq!(release(&db.store, Held { tenant: TenantId(8), ..held }).await, 0);
    assert_eq!(job::standing(db.store.read(), &[held]).await.expect("looks"), [held]);
    assert_eq!(release(&db.store, held).await, 1);
    assert_eq!(release(&db.store, held).await, 0, "once");
}

async fn a_task_has_one_job(db: &TestDb) {
    insert(&db.store, vec![row(0)]).await;
    let again: Result<(), Error> = db.store.write(|tx| Box::pin(job::insert(tx, vec![row(0)]))).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
}

async fn a_withdrawal_takes_what_waits_and_tells_what_was_claimed_meanwhile(db: &TestDb) {
    insert(&db.store, (0..3).map(row).collect()).await;
    let held = claim(&db.store, 1, 1).await[0].ordinal;
    let all = [0, 1, 2];
    let gone: Result<u64, Error> = db.store.write(|tx| Box::pin(job::withdraw(tx, TENANT, RUN, &all))).await;
    assert_eq!(gone.expect("withdraws"), 2, "the held one stays");
    let marked: Result<(), Error> =
        db.store.write(|tx| Box::pin(async move { job::request_stop(tx, TENANT, RUN, &[held]).await })).await;
    marked.expect("marks");
    let rows = job::claimed_of_run(db.store.read(), TENANT, RUN).await.expect("looks");
    assert!(rows.len() == 1 && rows[0].stop_requested, "{rows:?}");
    assert!(claim(&db.store, 2, 10).await.is_empty());
}

async fn claims_are_taken_away_unless_they_were_renewed(db: &TestDb) {
    insert(&db.store, (0..3).map(row).collect()).await;
    claim(&db.store, 1, 1).await;
    claim(&db.store, 2, 1).await;
    let seen = holders(&db.store).await;
    assert_eq!(seen.iter().map(|holder| holder.node).collect::<Vec<_>>(), [1, 2]);
    let renewed: Result<u64, Error> = db.store.write(|tx| Box::pin(job::renew(tx, 1, 60_000))).await;
    assert_eq!(renewed.expect("renews"), 1);
    assert_eq!(holders(&db.store).await[0], Holder { node: 1, lease_until_ms: 60_000 });
    assert_eq!((abandon(&db.store, seen[0]).await, abandon(&db.store, seen[1]).await), (0, 1));
    let abandoned = job::abandoned(db.store.read(), 10).await.expect("looks");
    assert_eq!(abandoned.iter().map(|job| job.node_id).collect::<Vec<_>>(), [Some(2)]);
    // The node learns it, its renewals change nothing, and nobody else claims what is not reported yet.
    assert!(job::of_node(db.store.read(), 2).await.expect("looks").is_empty());
    let renewed: Result<u64, Error> = db.store.write(|tx| Box::pin(job::renew(tx, 2, 60_000))).await;
    assert_eq!(renewed.expect("renews"), 0);
    assert_eq!(claim(&db.store, 3, 10).await.len(), 1, "the one that was never claimed");
    assert_eq!(release(&db.store, job::held_of(&abandoned[0])).await, 1, "its end is still under its fence");
}

async fn holders(store: &Store) -> Vec<Holder> {
    let mut holders = job::holders(store.read()).await.expect("looks");
    holders.sort_by_key(|holder| holder.node);
    holders
}

async fn abandon(store: &Store, seen: Holder) -> u64 {
    let taken: Result<u64, Error> = store.write(|tx| Box::pin(job::abandon(tx, seen))).await;
    taken.expect("takes away")
}
