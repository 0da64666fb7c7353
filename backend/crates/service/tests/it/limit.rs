//! Limits and shares: who may set them, what is refused, what documents may name, and what is put right by the loop.

use domain::access::Role;
use domain::error::{ErrorCode, Lang};
use domain::id::TenantId;
use service::limit::{self, Change, NewLimit};
use service::tenant::{self, Share};
use service::{Error, OpCtx, workflow};
use store::job::{self, Claimant};
use store::queue;

use crate::firm::Firm;

fn new(tenant: TenantId, name: &str, slots: u32) -> NewLimit {
    NewLimit { tenant, name: name.into(), slots, note: Some(" for the mart ".into()) }
}

#[tokio::test]
async fn a_limit_is_made_changed_and_taken_away() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let risk = departments.risk.id;
    let head = firm.member("zhao", Role::TenantAdmin, risk, None).await;
    let services = &firm.services;
    let made = limit::create(services, &head, new(risk, "mart-db", 4)).await.unwrap();
    assert_eq!((made.slots, made.note.as_deref(), made.revision), (4, Some("for the mart"), 1));
    let again = limit::create(services, &head, new(risk, "mart-db", 4)).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::NameTaken);
    let change = Change { slots: Some(0), note: Some(None) };
    let changed = limit::update(services, &head, (risk, "mart-db"), change, "maintenance").await.unwrap();
    assert_eq!((changed.slots, changed.note.as_deref(), changed.revision), (0, None, 2));
    assert_eq!(firm.last_audit(risk).await.reason.as_deref(), Some("maintenance"));
    let listed = limit::list(services, &head, risk).await.unwrap();
    assert_eq!((listed.len(), listed[0].used, listed[0].waiting), (1, 0, 0));
    limit::delete(services, &head, (risk, "mart-db"), "not needed").await.unwrap();
    let gone = limit::update(services, &head, (risk, "mart-db"), Change::default(), "why").await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
    let trail = firm.trail(risk).await;
    let trail: Vec<&str> = trail.iter().map(String::as_str).filter(|line| line.starts_with("limit")).collect();
    let done = [
        "limit.create succeeded",
        "limit.create failed NAME_TAKEN",
        "limit.update succeeded",
        "limit.delete succeeded",
        "limit.update denied NOT_FOUND",
    ];
    assert_eq!(trail, done);
}

#[tokio::test]
async fn who_may_not_is_refused_and_sees_nothing() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let (risk, nav) = (departments.risk.id, departments.nav.id);
    let services = &firm.services;
    limit::create(services, &firm.system(), new(risk, "mart", 4)).await.unwrap();
    let developer = firm.member("li", Role::Developer, risk, None).await;
    let stranger = firm.member("wang", Role::TenantAdmin, nav, None).await;
    for (ctx, code) in [(&developer, ErrorCode::Denied), (&stranger, ErrorCode::NotFound)] {
        let key = (risk, "mart");
        let made = limit::create(services, ctx, new(risk, "other", 4)).await.unwrap_err();
        let changed = limit::update(services, ctx, key, Change::default(), "why").await.unwrap_err();
        let deleted = limit::delete(services, ctx, key, "why").await.unwrap_err();
        assert_eq!([made.code(), changed.code(), deleted.code()], [code; 3]);
    }
    assert_eq!(limit::list(services, &developer, risk).await.unwrap().len(), 1);
    assert_eq!(limit::list(services, &stranger, risk).await.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn what_no_limit_can_be_is_refused() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let (services, ctx) = (&firm.services, &firm.system());
    let long = "x".repeat(101);
    for name in ["", "Mart", "1st", "a b", "数据", &long] {
        let refused = limit::create(services, ctx, new(risk, name, 1)).await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].path == ["name"]), "{name}: {refused:?}");
    }
    let many = limit::create(services, ctx, new(risk, "mart", limit::MOST_SLOTS + 1)).await;
    assert!(matches!(&many, Err(Error::Invalid(fields)) if fields[0].path == ["slots"]), "{many:?}");
    limit::create(services, ctx, new(risk, "mart", 1)).await.unwrap();
    for why in ["", "  ", &"x".repeat(1_001)] {
        let refused = limit::update(services, ctx, (risk, "mart"), Change::default(), why).await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].path == ["reason"]), "{refused:?}");
        assert!(limit::delete(services, ctx, (risk, "mart"), why).await.is_err());
    }
}

#[tokio::test]
async fn a_document_names_only_limits_that_are_there() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let (services, ctx) = (&firm.services, &firm.system());
    let source = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: load}\nspec:\n  tasks:\n    load: {type: shell, \
                  script: x, limits: {mart: 2}}\n";
    let save = || workflow::Save { source: source.into(), note: None };
    let refused = workflow::create(services, ctx, risk, project, save()).await.unwrap_err();
    let Error::Spec(problems) = refused else { panic!("{refused:?}") };
    assert_eq!(problems[0].path, "spec.tasks.load.limits.mart");
    assert_eq!(workflow::validate(services, ctx, Some(risk), source).await.unwrap(), problems);
    assert!(workflow::validate(services, ctx, None, source).await.unwrap().is_empty(), "whose limits?");
    limit::create(services, ctx, new(risk, "mart", 1)).await.unwrap();
    let problems = workflow::validate(services, ctx, Some(risk), source).await.unwrap();
    assert!(problems[0].text(Lang::En).contains("only 1 slots"), "{problems:?}");
    let more = Change { slots: Some(2), note: None };
    limit::update(services, ctx, (risk, "mart"), more, "more licences").await.unwrap();
    workflow::create(services, ctx, risk, project, save()).await.unwrap();
}

#[tokio::test]
async fn a_share_is_set_by_the_platform() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let head = firm.member("zhao", Role::TenantAdmin, risk, None).await;
    let root = firm.administrator().await;
    let services = &firm.services;
    let share = Share { tenant: risk, weight: 3, max_running_tasks: Some(40) };
    let denied = tenant::set_share(services, &head, share, "we need more").await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
    assert!(services.shares().await.unwrap().is_empty());
    let set = tenant::set_share(services, &root, share, "the night is long").await.unwrap();
    assert_eq!((set.share, set.revision), (share, 2));
    assert_eq!(*services.shares().await.unwrap(), [share], "at once on this node");
    assert_eq!(tenant::find(services, &head, risk).await.unwrap().share, share);
    let event = firm.last_audit(TenantId::PLATFORM).await;
    assert_eq!((event.action.as_str(), event.reason.as_deref()), ("tenant.set_share", Some("the night is long")));
    for (share, field) in [
        (Share { weight: 0, ..share }, "weight"),
        (Share { weight: 1_001, ..share }, "weight"),
        (Share { max_running_tasks: Some(0), ..share }, "maxRunningTasks"),
    ] {
        let refused = tenant::set_share(services, &root, share, "why").await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].path == [field]), "{refused:?}");
    }
    let absent = Share { tenant: TenantId(999), ..share };
    assert_eq!(tenant::set_share(services, &root, absent, "why").await.unwrap_err().code(), ErrorCode::NotFound);
    tenant::set_share(services, &root, Share::plain(risk), "back to normal").await.unwrap();
    assert!(services.shares().await.unwrap().is_empty());
    assert_eq!(tenant::count_running(services, &head, risk).await.unwrap(), 0);
}

fn a_job(tenant: TenantId, ordinal: i32) -> job::Row {
    job::Row {
        tenant_id: tenant.0,
        run_id: 70,
        ordinal,
        attempt: 1,
        workflow_id: 1,
        version: 1,
        pool: "default".into(),
        state: job::READY,
        priority: -20,
        due_ms: 0,
        claim_token: None,
        node_id: None,
        fence: 0,
        lease_until_ms: None,
        stop_requested: false,
        rank_ms: i64::from(ordinal),
        class: 0,
        limits_json: Some("{\"mart\":1}".into()),
        blocked_on: None,
    }
}

/// A node of a version that knows of no slots ended an attempt; what waited for its slot goes on.
#[tokio::test]
async fn the_loop_frees_slots_that_were_left_behind() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let (services, ctx): (_, &OpCtx) = (&firm.services, &firm.system());
    limit::create(services, ctx, new(risk, "mart", 1)).await.unwrap();
    let store = services.store();
    let inserted: Result<(), store::Error> =
        store.write(|tx| Box::pin(job::insert(tx, vec![a_job(risk, 0), a_job(risk, 1)]))).await;
    inserted.unwrap();
    let claim = async || {
        let claimant = Claimant { node: 1, token: store.ids().next(), now_ms: 1, lease_until_ms: 2 };
        let offer = &queue::look(store.read(), "default", 1, 5).await.unwrap();
        let taken: Result<queue::Taken, store::Error> =
            store.write(|tx| Box::pin(queue::take(tx, offer, &[], claimant, 5))).await;
        taken.unwrap().jobs
    };
    let held = claim().await;
    assert_eq!(held.len(), 1);
    let usage = limit::list(services, ctx, risk).await.unwrap().remove(0);
    assert_eq!((usage.used, usage.waiting), (1, 1));
    assert!(!limit::tick(services).await.unwrap());
    assert_eq!(limit::list(services, ctx, risk).await.unwrap()[0].used, 1, "what is held stays");
    let blind = job::Held { limited: false, ..job::held_of(&held[0]) };
    let released: Result<u64, store::Error> =
        store.write(|tx| Box::pin(async move { job::release(tx, &[blind]).await })).await;
    assert_eq!(released.unwrap(), 1);
    assert!(claim().await.is_empty());
    limit::tick(services).await.unwrap();
    let usage = limit::list(services, ctx, risk).await.unwrap().remove(0);
    assert_eq!((usage.used, usage.waiting), (0, 0));
    assert_eq!(claim().await.len(), 1);
}
