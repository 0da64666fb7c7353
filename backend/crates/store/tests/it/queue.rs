//! What the tests of the queue prove: the order of a tenant, the turns of several, and what a claim costs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use domain::id::{RunId, TenantId};
use domain::queue::{Class, rank_ms};
use domain::workflow::Priority;
use store::job::{self, Claimant, Held, READY, Row};
use store::queue::{self, Taken};
use store::tenant::{self, Share, State, Tenant};
use store::testing::TestDb;
use store::{Config, Error, Executed, Observer, Sharing, Store};

conformance!(
    what_waits_long_enough_goes_before_what_is_more_important,
    production_of_all_goes_before_background_of_any,
    ten_thousand_jobs_of_one_don_t_starve_five_of_another,
    the_tenant_that_holds_least_for_its_weight_is_next,
    a_claim_costs_the_same_however_much_waits,
    two_nodes_never_pass_a_quota,
);

const HOUR_MS: i64 = 3_600_000;
pub(crate) const NOW_MS: i64 = 100 * HOUR_MS;

const LARGE: TenantId = TenantId(3);
const SMALL: TenantId = TenantId(9);

pub(crate) fn row(tenant: TenantId, number: i32) -> Row {
    Row {
        tenant_id: tenant.0,
        run_id: 70,
        ordinal: number,
        attempt: 1,
        workflow_id: 1,
        version: 1,
        pool: "default".into(),
        state: READY,
        priority: -20,
        due_ms: NOW_MS - HOUR_MS,
        claim_token: None,
        node_id: None,
        fence: 0,
        lease_until_ms: None,
        stop_requested: false,
        rank_ms: NOW_MS - HOUR_MS + i64::from(number),
        class: Class::Production.number(),
        limits_json: None,
        blocked_on: None,
    }
}

pub(crate) async fn insert(store: &Store, rows: Vec<Row>) {
    let rows = &rows;
    let inserted: Result<(), Error> = store.write(|tx| Box::pin(job::insert(tx, rows.clone()))).await;
    inserted.unwrap();
}

pub(crate) async fn claim(store: &Store, shares: &[Share], want: u64) -> Taken {
    let claimant = Claimant { node: 1, token: store.ids().next(), now_ms: NOW_MS, lease_until_ms: NOW_MS + 15_000 };
    let offer = &queue::look(store.read(), "default", NOW_MS, want).await.unwrap();
    let taken: Result<Taken, Error> = store.write(|tx| Box::pin(queue::take(tx, offer, shares, claimant, want))).await;
    taken.unwrap()
}

pub(crate) async fn release(store: &Store, held: &[Held]) {
    let released: Result<u64, Error> = store.write(|tx| Box::pin(job::release(tx, held))).await;
    assert_eq!(released.unwrap(), held.len() as u64);
}

fn count(jobs: &[Row], tenant: TenantId) -> usize {
    jobs.iter().filter(|job| job.tenant_id == tenant.0).count()
}

async fn what_waits_long_enough_goes_before_what_is_more_important(db: &TestDb) {
    let waiting = |number, priority, due_ms| Row { due_ms, rank_ms: rank_ms(priority, due_ms), ..row(SMALL, number) };
    let rows = vec![
        waiting(0, Priority::Low, NOW_MS),
        waiting(1, Priority::Normal, NOW_MS),
        waiting(2, Priority::High, NOW_MS - 1),
        waiting(3, Priority::Urgent, NOW_MS),
        waiting(4, Priority::Low, NOW_MS - 2 * HOUR_MS - 2),
        waiting(5, Priority::Urgent, NOW_MS + 1),
        Row { pool: "other".into(), ..waiting(6, Priority::Urgent, 0) },
    ];
    insert(&db.store, rows).await;
    let asked = job::find(db.store.read(), SMALL, RunId(70), 2).await.unwrap().unwrap();
    assert_eq!(job::count_ahead(db.store.read(), &asked, NOW_MS, 10).await.unwrap(), 2);
    let taken = claim(&db.store, &[], 4).await;
    assert_eq!(taken.jobs.iter().map(|job| job.ordinal).collect::<Vec<_>>(), [3, 4, 2, 1]);
    assert!(taken.left && !taken.again);
    // Of another priority it goes where it would be had it been of it from the start.
    let ranked: Result<(), Error> = db
        .store
        .write(|tx| Box::pin(async move { job::rank(tx, (SMALL, RunId(70)), &[0, 3], Priority::Urgent).await }))
        .await;
    ranked.unwrap();
    let ranked = job::find(db.store.read(), SMALL, RunId(70), 0).await.unwrap().unwrap();
    assert_eq!(ranked.rank_ms, NOW_MS - 24 * HOUR_MS);
    let taken = claim(&db.store, &[], 4).await;
    assert_eq!(taken.jobs.iter().map(|job| job.ordinal).collect::<Vec<_>>(), [0], "5 is not due, 6 is another pool's");
    assert!(!taken.left);
    let next = job::next_due(db.store.read(), "default", NOW_MS).await.unwrap();
    assert_eq!(next, Some(NOW_MS + 1));
}

async fn production_of_all_goes_before_background_of_any(db: &TestDb) {
    let background = |tenant, number| Row { class: Class::Background.number(), rank_ms: 0, ..row(tenant, number) };
    let rows = vec![background(LARGE, 0), background(SMALL, 0), row(SMALL, 1), row(LARGE, 1), row(LARGE, 2)];
    insert(&db.store, rows).await;
    let taken = claim(&db.store, &[], 4).await.jobs;
    assert_eq!(taken.iter().map(|job| job.class).collect::<Vec<_>>(), [0, 0, 0, 1]);
}

async fn ten_thousand_jobs_of_one_don_t_starve_five_of_another(db: &TestDb) {
    let store = &db.store;
    insert(store, (0..10_000).map(|number| row(LARGE, number)).collect()).await;
    let mut held = claim(store, &[], 8).await.jobs;
    assert_eq!((held.len(), count(&held, LARGE)), (8, 8));
    // All wait for less time than any of the large department's.
    let late = |number| Row { rank_ms: NOW_MS, due_ms: NOW_MS, ..row(SMALL, number) };
    insert(store, (0..5).map(late).collect()).await;
    let mut begun = 0;
    for ended in 1.. {
        let over = held.remove(0);
        release(store, &[job::held_of(&over)]).await;
        let taken = claim(store, &[], 1).await.jobs;
        begun += count(&taken, SMALL);
        held.extend(taken);
        assert_eq!(held.len(), 8, "no slot stays free");
        if begun == 5 {
            break;
        }
        assert!(ended < 12, "only {begun} of five began while {ended} others ended");
    }
}

async fn the_tenant_that_holds_least_for_its_weight_is_next(db: &TestDb) {
    let store = &db.store;
    for tenant in [LARGE, SMALL] {
        insert(store, (0..20).map(|number| row(tenant, number)).collect()).await;
    }
    let shares = [Share { weight: 3, ..Share::plain(SMALL) }];
    let first = claim(store, &shares, 8).await.jobs;
    assert_eq!((count(&first, SMALL), count(&first, LARGE)), (6, 2));
    // What is held counts: of what comes now, the other one gets its part first.
    let over: Vec<Held> = first.iter().filter(|job| job.tenant_id == LARGE.0).map(job::held_of).collect();
    release(store, &over).await;
    let second = claim(store, &shares, 2).await.jobs;
    assert_eq!(count(&second, LARGE), 2);
}

/// The same database, and how many statements were sent to it.
async fn counting(db: &TestDb) -> (Store, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = sent.clone();
    let observer = Observer::new(move |_: &Executed<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let config = Config { sharing: Sharing::Shared, observer: Some(observer), ..db.config.clone() };
    (Store::connect(&config).await.unwrap(), sent)
}

async fn a_claim_costs_the_same_however_much_waits(db: &TestDb) {
    let (store, sent) = counting(db).await;
    let statements = async |store: &Store| {
        sent.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let taken = claim(store, &[], 8).await.jobs.len();
        (sent.load(Ordering::Relaxed), taken, begun.elapsed())
    };
    insert(&store, (0..10).map(|number| row(LARGE, number)).collect()).await;
    let (few, taken, _) = statements(&store).await;
    // Two looks, for the tenant and for no other one, and the claim.
    assert_eq!((few, taken), (3, 8));
    insert(&store, (10..10_000).map(|number| row(LARGE, number)).collect()).await;
    let (many, taken, took) = statements(&store).await;
    assert_eq!((many, taken), (3, 8));
    eprintln!("a claim of 8 of 10,000: {took:?}");
    for tenant in 20..30 {
        insert(&store, (0..100).map(|number| row(TenantId(tenant), number)).collect()).await;
    }
    let (tenants, taken, took) = statements(&store).await;
    assert_eq!((tenants, taken), (14, 8), "a look for each tenant and one more, the count, the claim");
    eprintln!("a claim of 8 of eleven tenants: {took:?}");
    store.close().await.unwrap();
}

async fn add_tenant(store: &Store, share: Share) {
    let slug = format!("t{}", share.tenant);
    let tenant =
        Tenant { id: share.tenant, title: slug.clone(), slug, state: State::Active, created_ms: 1, revision: 1, share };
    let tenant = &tenant;
    let inserted: Result<(), Error> = store.write(|tx| Box::pin(tenant::insert(tx, tenant))).await;
    inserted.unwrap();
}

async fn two_nodes_never_pass_a_quota(db: &TestDb) {
    const QUOTA: u32 = 5;
    let share = Share { max_running_tasks: Some(QUOTA), ..Share::plain(LARGE) };
    add_tenant(&db.store, share).await;
    let shares = tenant::list_shares(db.store.read()).await.unwrap();
    assert_eq!(shares, [share]);
    // In two pools: the quota is over both.
    let pool = |number: i32| if number % 2 == 0 { "default" } else { "other" };
    insert(&db.store, (0..60).map(|number| Row { pool: pool(number).into(), ..row(LARGE, number) }).collect()).await;
    let mut nodes = tokio::task::JoinSet::new();
    for pool in ["default", "other", "default", "other"] {
        let (store, shares) = (db.store.clone(), shares.clone());
        nodes.spawn(async move {
            let mut ended = 0;
            loop {
                let now_ms = NOW_MS;
                let claimant = Claimant { node: 1, token: store.ids().next(), now_ms, lease_until_ms: now_ms + 1 };
                let offer = queue::look(store.read(), pool, now_ms, 7).await.unwrap();
                if offer.is_empty() {
                    return ended;
                }
                let (offer, shares) = (&offer, &shares);
                let taken: Result<(Taken, u64), Error> = store
                    .write(|tx| {
                        Box::pin(async move {
                            let taken = queue::take(tx, offer, shares, claimant, 7).await?;
                            Ok((taken, job::count_held_by(tx, LARGE).await?))
                        })
                    })
                    .await;
                let (taken, held) = taken.unwrap();
                assert!(held <= u64::from(QUOTA), "{held} at once");
                assert!(taken.jobs.len() <= QUOTA as usize);
                // One by one, so that others find room for few.
                for job in &taken.jobs {
                    release(&store, &[job::held_of(job)]).await;
                    ended += 1;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    let mut ended = BTreeMap::new();
    while let Some(node) = nodes.join_next().await {
        *ended.entry("all").or_insert(0) += node.unwrap();
    }
    assert_eq!(ended["all"], 60, "each once");
}
