//! What the tests of limits prove: slots come with the claim and go with the attempt, none is given twice, and what can't
//! get its slots hides nothing and is not forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::id::{RunId, TenantId};
use store::job::{self, BLOCKED, Claimant, READY, Row, STUCK, parked};
use store::queue::{self, Taken};
use store::testing::TestDb;
use store::{Error, Store, limit};

use crate::queue::{NOW_MS, claim, insert, release, row};

conformance!(
    slots_come_with_the_claim_and_go_with_the_attempt,
    a_job_gets_the_slots_of_all_its_limits_or_none,
    who_waits_for_one_limit_and_then_another_leaves_room_behind,
    two_nodes_never_pass_a_limit,
    parked_jobs_hide_nothing_behind_them,
    what_is_stuck_goes_on_when_its_limit_is_made_or_larger,
    slots_of_attempts_that_are_gone_are_found,
    limits_are_saved_under_their_revision,
);

const TENANT: TenantId = TenantId(5);

fn a_limit(name: &str, slots: i32) -> limit::Row {
    limit::Row {
        tenant_id: TENANT.0,
        name: name.into(),
        slots,
        note: None,
        turn: 0,
        created_ms: 1,
        changed_ms: 1,
        revision: 1,
    }
}

async fn add(store: &Store, row: limit::Row) {
    let row = &row;
    let added: Result<(), Error> = store.write(|tx| Box::pin(limit::insert(tx, row.clone()))).await;
    added.unwrap();
}

/// A job that needs slots; the numbers tell the order.
fn needing(number: i32, needs: &[(&str, u32)]) -> Row {
    let needs: BTreeMap<&str, u32> = needs.iter().copied().collect();
    Row { limits_json: Some(serde_json::to_string(&needs).unwrap()), ..row(TENANT, number) }
}

fn numbers(taken: &Taken) -> Vec<i32> {
    taken.jobs.iter().map(|job| job.ordinal).collect()
}

async fn used(store: &Store, name: &str) -> u64 {
    limit::count_used(store.read(), TENANT, &[name]).await.unwrap().get(name).copied().unwrap_or_default()
}

/// States of jobs by their numbers, with what they wait for.
async fn states(store: &Store) -> BTreeMap<i32, (i32, Option<String>)> {
    let rows = job::get_of_run(store.read(), TENANT, RunId(70)).await.unwrap();
    rows.into_iter().map(|row| (row.ordinal, (row.state, row.blocked_on))).collect()
}

async fn slots_come_with_the_claim_and_go_with_the_attempt(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("mart", 3)).await;
    let jobs = vec![needing(0, &[("mart", 2)]), needing(1, &[("mart", 2)]), needing(2, &[("mart", 1)]), row(TENANT, 3)];
    insert(store, jobs).await;
    let taken = claim(store, &[], 9).await;
    assert_eq!((numbers(&taken), taken.again, taken.left), (vec![0, 3], true, false));
    assert_eq!(used(store, "mart").await, 2);
    let slot = &limit::list_slots(store.read(), TENANT, "mart", 10).await.unwrap()[0];
    assert_eq!((slot.run_id, slot.ordinal, slot.fence, slot.weight), (70, 0, 1, 2));
    // The third would fit, but must not overtake the second.
    let blocked = (BLOCKED, Some("mart".to_owned()));
    assert_eq!((&states(store).await[&1], &states(store).await[&2]), (&blocked, &blocked));
    assert_eq!(parked::count(store.read(), TENANT).await.unwrap(), [("mart".to_owned(), 2)]);
    let third = job::find(store.read(), TENANT, RunId(70), 2).await.unwrap().unwrap();
    assert_eq!(parked::count_ahead(store.read(), &third, 10).await.unwrap(), 1);

    release(store, &[job::held_of(&taken.jobs[0])]).await;
    assert_eq!(used(store, "mart").await, 0);
    assert_eq!(states(store).await[&1], (READY, None));
    let taken = claim(store, &[], 9).await;
    assert_eq!((numbers(&taken), used(store, "mart").await), (vec![1, 2], 3));
    // A report under an old fence frees nothing.
    let stale = job::Held { fence: 0, ..job::held_of(&taken.jobs[0]) };
    let released: Result<u64, Error> =
        store.write(|tx| Box::pin(async move { job::release(tx, &[stale]).await })).await;
    assert_eq!((released.unwrap(), used(store, "mart").await), (0, 3));
}

async fn a_job_gets_the_slots_of_all_its_limits_or_none(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("cpu", 1)).await;
    add(store, a_limit("mart", 4)).await;
    insert(store, vec![needing(0, &[("cpu", 1)]), needing(1, &[("mart", 4), ("cpu", 1)]), needing(2, &[("mart", 4)])])
        .await;
    let taken = claim(store, &[], 9).await;
    assert_eq!(numbers(&taken), [0, 2]);
    assert_eq!((used(store, "cpu").await, used(store, "mart").await), (1, 4));
    assert_eq!(states(store).await[&1], (BLOCKED, Some("cpu".to_owned())));
    release(store, &[job::held_of(&taken.jobs[0])]).await;
    assert!(claim(store, &[], 9).await.jobs.is_empty());
    assert_eq!((used(store, "cpu").await, used(store, "mart").await), (0, 4));
    assert_eq!(states(store).await[&1], (BLOCKED, Some("mart".to_owned())));
    release(store, &[job::held_of(&taken.jobs[1])]).await;
    assert_eq!(numbers(&claim(store, &[], 9).await), [1]);
    assert_eq!((used(store, "cpu").await, used(store, "mart").await), (1, 4));
}

async fn who_waits_for_one_limit_and_then_another_leaves_room_behind(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("cpu", 1)).await;
    add(store, a_limit("mart", 1)).await;
    insert(store, vec![needing(0, &[("cpu", 1)]), needing(1, &[("mart", 1)])]).await;
    let holders = claim(store, &[], 9).await.jobs;
    insert(store, vec![needing(2, &[("cpu", 1), ("mart", 1)]), needing(3, &[("cpu", 1)])]).await;
    assert!(claim(store, &[], 9).await.jobs.is_empty());
    // The free slot calls the job that must then wait for the other limit: the next one gets it.
    release(store, &[job::held_of(&holders[0])]).await;
    let second = claim(store, &[], 9).await;
    assert!(second.jobs.is_empty() && second.again);
    assert_eq!(states(store).await[&2], (BLOCKED, Some("mart".to_owned())));
    assert_eq!(numbers(&claim(store, &[], 9).await), [3]);
}

async fn two_nodes_never_pass_a_limit(db: &TestDb) {
    const JOBS: usize = 60;
    const SLOTS: u64 = 5;
    add(&db.store, a_limit("mart", 5)).await;
    let pool = |number: i32| if number % 2 == 0 { "default" } else { "other" };
    let jobs = (0..JOBS as i32).map(|number| {
        let weight = number.unsigned_abs() % 3 + 1;
        Row { pool: pool(number).into(), ..needing(number, &[("mart", weight)]) }
    });
    insert(&db.store, jobs.collect()).await;
    let ended = Arc::new(AtomicUsize::new(0));
    let mut nodes = tokio::task::JoinSet::new();
    for pool in ["default", "other", "default", "other"] {
        let (store, ended) = (db.store.clone(), ended.clone());
        nodes.spawn(async move {
            let mut won = Vec::new();
            while ended.load(Ordering::Relaxed) < JOBS {
                let claimant =
                    Claimant { node: 1, token: store.ids().next(), now_ms: NOW_MS, lease_until_ms: NOW_MS + 1 };
                let offer = &queue::look(store.read(), pool, NOW_MS, 7).await.unwrap();
                let taken: Result<(Taken, u64), Error> = store
                    .write(|tx| {
                        Box::pin(async move {
                            let taken = queue::take(tx, offer, &[], claimant, 7).await?;
                            let used = limit::count_used(tx, TENANT, &["mart"]).await?;
                            Ok((taken, used.get("mart").copied().unwrap_or_default()))
                        })
                    })
                    .await;
                let (taken, used) = taken.unwrap();
                // On an engine that shows uncommitted work to nobody, this sees its own and what was committed.
                assert!(taken.jobs.is_empty() || used <= SLOTS, "{used} at once");
                for job in &taken.jobs {
                    release(&store, &[job::held_of(job)]).await;
                    ended.fetch_add(1, Ordering::Relaxed);
                }
                won.extend(numbers(&taken));
                tokio::task::yield_now().await;
            }
            won
        });
    }
    let mut all = Vec::new();
    while let Some(won) = nodes.join_next().await {
        all.extend(won.unwrap());
    }
    assert_eq!((all.len(), all.into_iter().collect::<BTreeSet<_>>().len()), (JOBS, JOBS), "each once");
    assert_eq!(used(&db.store, "mart").await, 0);
}

async fn parked_jobs_hide_nothing_behind_them(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("mart", 1)).await;
    insert(store, (0..300).map(|number| needing(number, &[("mart", 1)])).chain([row(TENANT, 400)]).collect()).await;
    let mut want = 1;
    let mut taken = Vec::new();
    for look in 1.. {
        let claimed = claim(store, &[], want).await;
        taken.extend(numbers(&claimed));
        if taken.contains(&400) {
            break;
        }
        // As the service does: the more go to the side, the more are seen at once.
        want = if claimed.again { want * 8 } else { 1 };
        assert!(look < 10, "{taken:?}");
    }
    assert_eq!(taken, [0, 400]);
    assert_eq!(parked::count(store.read(), TENANT).await.unwrap(), [("mart".to_owned(), 299)]);
    let all = &(0..400).collect::<Vec<_>>();
    let gone: Result<u64, Error> = store.write(|tx| Box::pin(job::withdraw(tx, TENANT, RunId(70), all))).await;
    assert_eq!(gone.unwrap(), 299, "what is parked goes with what waits");
}

async fn what_is_stuck_goes_on_when_its_limit_is_made_or_larger(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("small", 1)).await;
    insert(store, vec![needing(0, &[("absent", 1)]), needing(1, &[("small", 2)]), needing(2, &[("small", 1)])]).await;
    let taken = claim(store, &[], 9).await;
    assert_eq!(numbers(&taken), [2], "what can't ever fit holds nobody up");
    assert_eq!(states(store).await[&0], (STUCK, Some("absent".to_owned())));
    assert_eq!(states(store).await[&1], (STUCK, Some("small".to_owned())));
    let parked_on = parked::list_limits(store.read()).await.unwrap();
    assert_eq!(parked_on.into_iter().collect::<BTreeSet<_>>().len(), 2);
    // Made by somebody who missed what was parked at that moment.
    add(store, a_limit("absent", 1)).await;
    let row = limit::find(store.read(), TENANT, "absent").await.unwrap().unwrap();
    let row = &row;
    let gone_on: Result<usize, Error> = store.write(|tx| Box::pin(parked::release_stuck(tx, row))).await;
    assert_eq!(gone_on.unwrap(), 1);
    let larger = &limit::Row { slots: 3, ..a_limit("small", 1) };
    let changed: Result<u64, Error> = store
        .write(|tx| {
            Box::pin(async move {
                limit::save(tx, 1, larger).await?;
                parked::release_all(tx, TENANT, "small").await
            })
        })
        .await;
    assert_eq!(changed.unwrap(), 1);
    assert_eq!(numbers(&claim(store, &[], 9).await), [0, 1]);
}

async fn slots_of_attempts_that_are_gone_are_found(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("mart", 2)).await;
    insert(store, vec![needing(0, &[("mart", 1)]), needing(1, &[("mart", 1)]), needing(2, &[("mart", 1)])]).await;
    let taken = claim(store, &[], 9).await;
    assert_eq!(numbers(&taken), [0, 1]);
    assert!(limit::list_orphans(store.read(), 10).await.unwrap().is_empty());
    // A program that does not know of slots.
    let blind = job::Held { limited: false, ..job::held_of(&taken.jobs[0]) };
    release(store, &[blind]).await;
    let orphans = limit::list_orphans(store.read(), 10).await.unwrap();
    assert_eq!(orphans.iter().map(limit::held_of).collect::<Vec<_>>(), [job::held_of(&taken.jobs[0])]);
}

async fn limits_are_saved_under_their_revision(db: &TestDb) {
    let store = &db.store;
    add(store, a_limit("mart", 2)).await;
    let row = a_limit("mart", 2);
    let again = &row;
    let taken: Result<(), Error> = store.write(|tx| Box::pin(limit::insert(tx, again.clone()))).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let changed = &limit::Row { note: Some("数据集市".into()), ..row.clone() };
    for (revision, good) in [(2, false), (1, true), (1, false)] {
        let saved: Result<(), Error> = store.write(|tx| Box::pin(limit::save(tx, revision, changed))).await;
        assert_eq!(saved.is_ok(), good, "{saved:?}");
    }
    let read = limit::list(store.read(), TENANT, 10).await.unwrap();
    assert_eq!(read, [limit::Row { revision: 2, ..changed.clone() }]);
    assert!(limit::list(store.read(), TenantId(6), 10).await.unwrap().is_empty());
    for (revision, good) in [(1, false), (2, true)] {
        let deleted: Result<(), Error> = store.write(|tx| Box::pin(limit::delete(tx, TENANT, "mart", revision))).await;
        assert_eq!(deleted.is_ok(), good, "{deleted:?}");
    }
}
