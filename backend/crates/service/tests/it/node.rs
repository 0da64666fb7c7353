//! What nodes are told apart by, who may take one out of work, and who sees what one holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    access::Role,
    error::ErrorCode,
    id::{NodeId, ProjectId, TenantId},
};
use service::{
    OpCtx,
    node::{self, Changed, LoopState, Newcomer, PoolState, Says, State, Status},
    run::{Cause, NewRun, NodeIdentity},
    task,
    workflow::Save,
};
use store::Clock;

use crate::firm::{Departments, Firm, START_MS};

const HOUR_MS: i64 = 3_600_000;

struct Lab {
    firm: Firm,
    clock: Arc<AtomicI64>,
}

impl Lab {
    async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let turned = clock.clone();
        let clocked = Clock::new(move || turned.load(Ordering::Relaxed));
        Self { firm: Firm::on(store::testing::sqlite_at(clocked).await), clock }
    }

    fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
        self.firm.advance(ms);
    }

    async fn join(&self, name: &str) -> node::Row {
        let new =
            Newcomer { name: name.into(), app_version: "0.4.0".into(), host: Some("h1".into()), ..Newcomer::default() };
        node::join(&self.firm.services, new).await.unwrap().row
    }

    async fn beat(&self, row: &node::Row, says: Says) -> bool {
        node::heartbeat(&self.firm.services, row, says, Some(&status())).await.unwrap()
    }

    async fn states(&self) -> Vec<(String, State)> {
        let nodes = node::list(&self.firm.services, &self.firm.system()).await.unwrap();
        nodes.into_iter().map(|node| (node.name, node.state)).collect()
    }

    async fn drain(&self, ctx: &OpCtx, row: &node::Row, why: &str) -> service::Result<Changed> {
        node::drain(&self.firm.services, ctx, NodeId(row.id), why).await
    }

    async fn trail(&self) -> Vec<String> {
        self.firm.trail(TenantId::PLATFORM).await
    }
}

fn status() -> Status {
    let it = LoopState { name: "workers".into(), period_ms: 1_000, lag_ms: 40, ..LoopState::default() };
    let pool = PoolState { name: "default".into(), slots: 8, busy: 2 };
    Status { at_ms: START_MS, lease_ms: 30_000, running: 2, loops: vec![it], pools: vec![pool] }
}

#[tokio::test]
async fn a_node_is_what_it_says_until_it_says_nothing() {
    let lab = Lab::new().await;
    let (one, two) = (lab.join("n1").await, lab.join("n2").await);
    lab.beat(&one, Says::Active).await;
    lab.beat(&two, Says::Gone).await;
    assert_eq!(lab.states().await, [("n1".into(), State::Active), ("n2".into(), State::Gone)]);
    lab.advance(30_000);
    assert_eq!(lab.states().await[0].1, State::Active, "its lease is not over yet");
    lab.advance(1);
    assert_eq!(lab.states().await[0].1, State::Silent);
    lab.beat(&one, Says::Draining).await;
    assert_eq!(lab.states().await[0].1, State::Draining, "on its way out, without anybody's wish");

    // A restart under the name: the process before is over.
    let again = lab.join("n1").await;
    assert_eq!((again.id, again.state.as_str()), (one.id, "active"));
    let error = node::heartbeat(&lab.firm.services, &one, Says::Active, None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
}

#[tokio::test]
async fn a_drain_is_wished_once_heeded_and_outlives_a_restart() {
    let lab = Lab::new().await;
    let root = lab.firm.administrator().await;
    let one = lab.join("n1").await;
    assert!(!lab.beat(&one, Says::Active).await);
    let before = lab.trail().await.len();
    let Changed { node, changed } = lab.drain(&root, &one, " new kernel ").await.unwrap();
    assert!(changed && node.state == State::Draining && !node.heeds_drain, "the node has not heard of it yet");
    let drain = node.drain.unwrap();
    assert_eq!((drain.by.as_str(), drain.reason.as_str(), drain.since_ms), ("root.li", "new kernel", START_MS));
    assert!(!lab.drain(&root, &one, "again").await.unwrap().changed);
    assert_eq!(lab.trail().await[before..], ["node.drain succeeded"], "what changes nothing is no act");

    assert!(lab.beat(&one, Says::Active).await, "the heartbeat's answer tells it");
    assert!(lab.beat(&one, Says::Draining).await);
    let told = node::find(&lab.firm.services, &root, "n1").await.unwrap();
    assert!(told.heeds_drain);
    let inside = told.inside.unwrap();
    assert_eq!((inside.held, inside.host.as_deref(), inside.status), (0, Some("h1"), Some(status())));

    lab.beat(&one, Says::Gone).await;
    let again = lab.join("n1").await;
    assert!(again.drain_ms.is_some() && again.state == "draining", "it takes nothing after the restart");
    let resumed = node::resume(&lab.firm.services, &root, NodeId(one.id), "done").await.unwrap();
    assert!(resumed.changed && resumed.node.drain.is_none());
    assert!(!lab.beat(&again, Says::Draining).await);
    assert!(!node::resume(&lab.firm.services, &root, NodeId(one.id), "done").await.unwrap().changed);
    assert_eq!(lab.trail().await[before..], ["node.drain succeeded", "node.resume succeeded"]);
}

#[tokio::test]
async fn who_may_not_drain_is_refused_on_record() {
    let lab = Lab::new().await;
    let root = lab.firm.administrator().await;
    let risk = lab.firm.departments().await.risk.id;
    let head = lab.firm.member("zhao", Role::TenantAdmin, risk, None).await;
    let one = lab.join("n1").await;
    let before = lab.trail().await.len();
    assert_eq!(lab.drain(&head, &one, "mine").await.unwrap_err().code(), ErrorCode::Denied);
    assert_eq!(lab.drain(&root, &one, "  ").await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(lab.drain(&root, &one, &"x".repeat(1_001)).await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(lab.drain(&root, &one, "a\0b").await.unwrap_err().code(), ErrorCode::InvalidInput);
    let other = node::Row { id: one.id + 1, ..one.clone() };
    assert_eq!(lab.drain(&root, &other, "who?").await.unwrap_err().code(), ErrorCode::NotFound);
    let anonymous = lab.firm.anonymous();
    assert_eq!(lab.drain(&anonymous, &one, "me").await.unwrap_err().code(), ErrorCode::Unauthenticated);
    let refused = [
        "node.drain denied DENIED",
        "node.drain failed INVALID_INPUT",
        "node.drain failed INVALID_INPUT",
        "node.drain failed INVALID_INPUT",
        "node.drain denied NOT_FOUND",
    ];
    assert_eq!(lab.trail().await[before..], refused);
    assert!(!lab.beat(&one, Says::Active).await, "nothing came of it");
}

#[tokio::test]
async fn nodes_are_forgotten_after_a_day_and_drained_ones_after_thirty() {
    let lab = Lab::new().await;
    let (one, two, three) = (lab.join("gone").await, lab.join("silent").await, lab.join("drained").await);
    lab.beat(&one, Says::Gone).await;
    lab.beat(&two, Says::Active).await;
    lab.drain(&lab.firm.system(), &three, "repair").await.unwrap();
    lab.advance(23 * HOUR_MS);
    node::forget_tick(&lab.firm.services).await.unwrap();
    assert_eq!(lab.states().await.len(), 3);
    lab.advance(2 * HOUR_MS);
    node::forget_tick(&lab.firm.services).await.unwrap();
    assert_eq!(lab.states().await, [("drained".into(), State::Silent)]);
    lab.advance(30 * 24 * HOUR_MS);
    node::forget_tick(&lab.firm.services).await.unwrap();
    assert_eq!(lab.states().await, []);
}

/// Starts a run of a project and lets a node take its only task.
async fn hold(lab: &Lab, tenant: TenantId, project: ProjectId, node: &node::Row) -> i64 {
    let (services, ctx) = (&lab.firm.services, lab.firm.system());
    let source =
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: only}\nspec:\n  tasks:\n    load: {type: noop}\n";
    let save = Save { source: source.to_owned(), note: None };
    let workflow = service::workflow::create(services, &ctx, tenant, project, save).await.unwrap();
    let new = NewRun {
        tenant,
        workflow: workflow.id.into(),
        business_date: Some("2026-01-05".parse().unwrap()),
        params: serde_json::Map::new(),
        idempotency_key: None,
        reason: None,
        cause: Cause::Api,
        version: None,
        priority: None,
        dry_run: false,
    };
    let run = service::run::start(services, &ctx, new).await.unwrap().id;
    let node = NodeIdentity { incarnation: node.incarnation, name: node.name.as_str().into(), lease_ms: 30_000 };
    assert_eq!(task::claim(services, &node, "default", 1).await.unwrap().jobs.len(), 1);
    run
}

#[tokio::test]
async fn what_a_node_holds_is_seen_by_those_who_may_read_the_runs() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let Departments { risk, risk_nightly, nav, nav_nightly } = lab.firm.departments().await;
    let one = lab.join("n1").await;
    lab.beat(&one, Says::Active).await;
    let of_risk = hold(&lab, risk.id, risk_nightly.id, &one).await;
    lab.advance(5);
    let of_nav = hold(&lab, nav.id, nav_nightly.id, &one).await;

    let seen = async |ctx: &OpCtx| {
        let node = node::find(services, ctx, "n1").await.unwrap();
        let held = node::held(services, ctx, node.incarnation, 10).await.unwrap();
        (node.inside.map(|it| it.held), held.iter().map(|it| it.run.id).collect::<Vec<_>>())
    };
    let root = lab.firm.administrator().await;
    assert_eq!(seen(&root).await, (Some(2), vec![]), "the platform's administrator counts and reads nobody's work");
    let operator = lab.firm.member("wang", Role::Operator, risk.id, None).await;
    assert_eq!(seen(&operator).await, (None, vec![of_risk]));
    let viewer = lab.firm.member("sun", Role::Viewer, nav.id, Some(nav_nightly.id)).await;
    assert_eq!(seen(&viewer).await, (None, vec![of_nav]));
    assert_eq!(seen(&lab.firm.system()).await.0, Some(2));

    let held = node::held(services, &operator, one.incarnation, 10).await.unwrap();
    let told = (held[0].task.name.as_str(), held[0].attempt, held[0].pool.as_str());
    assert_eq!((told, held[0].lease_until_ms), (("load", 1, "default"), Some(START_MS + 30_000)));

    let keeper = lab.firm.member("fu", Role::CalendarAdmin, TenantId::PLATFORM, None).await;
    let error = node::list(services, &keeper).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Denied, "who runs nothing has no business with nodes");
    assert_eq!(node::held(services, &keeper, one.incarnation, 10).await.unwrap().len(), 0);
    let error = node::list(services, &lab.firm.anonymous()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
}
