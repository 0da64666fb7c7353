//! What is older than it must be kept is deleted, what is needed is not, and the audit chain stays whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::access::Role;
use domain::error::ErrorCode;
use domain::id::{AttemptKey, ProjectId, RunId, ScheduleId, TenantId};
use service::audit::{self, Verdict};
use service::retention::{self, Decision, Kind, Source};
use store::log::{self, Chunk};
use store::{Clock, attempt, run, schedule, task_run, wait};

use crate::firm::{Firm, START_MS};

const DAY_MS: i64 = 86_400_000;

struct Lab {
    firm: Firm,
    clock: Arc<AtomicI64>,
    tenant: TenantId,
    project: ProjectId,
}

impl Lab {
    /// A firm at a time when what is old can be.
    async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS + 1_000 * DAY_MS));
        let told = clock.clone();
        let firm = Firm::on(store::testing::sqlite_at(Clock::new(move || told.load(Ordering::Relaxed))).await);
        firm.advance(1_000 * DAY_MS);
        let departments = firm.departments().await;
        Self { tenant: departments.risk.id, project: departments.risk_nightly.id, firm, clock }
    }

    fn days_ago(&self, days: i64) -> i64 {
        self.clock.load(Ordering::Relaxed) - days * DAY_MS
    }

    async fn write(&self, row: run::Row) {
        let key = AttemptKey { tenant: self.tenant, run: RunId(row.id), ordinal: 0, number: 1 };
        let (row, chunk) = (&row, &Chunk::compress(0, 1, b"1 O hello\n"));
        let written: store::Result<()> = self
            .firm
            .services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    run::insert(tx, vec![row.clone()]).await?;
                    task_run::insert(tx, vec![task(row)]).await?;
                    attempt::insert(tx, vec![tried(row)]).await?;
                    log::insert(tx, key, std::slice::from_ref(chunk)).await
                })
            })
            .await;
        written.unwrap();
    }

    fn run(&self, id: i64, days_ago: i64) -> run::Row {
        let at_ms = self.days_ago(days_ago);
        run::Row {
            tenant_id: self.tenant.0,
            id,
            project_id: self.project.0,
            workflow_id: 5,
            version: 1,
            business_date: "2026-01-05".into(),
            cause: "manual".into(),
            schedule_id: None,
            fire_ms: None,
            state: "succeeded".into(),
            revision: 1,
            generation: 1,
            priority: 20,
            params_json: None,
            idem_key: None,
            active_slot: None,
            stop_requested: false,
            reason_json: None,
            task_total: 1,
            task_ok: 1,
            task_failed: 0,
            task_running: 0,
            created_ms: at_ms,
            started_ms: Some(at_ms),
            finished_ms: Some(at_ms),
            changed_ms: at_ms,
            created_by: None,
            created_by_name: None,
            calendar_json: None,
            dry_run: None,
            parent_run_id: None,
            parent_ordinal: None,
            parent_attempt: None,
            rerun_of: None,
            backfill_id: None,
            overdue_ms: None,
            outputs_json: None,
        }
    }

    /// Ticks for two hours.
    async fn sweep(&self) {
        for _ in 0..120 {
            retention::tick(&self.firm.services).await.unwrap();
            self.clock.fetch_add(60_000, Ordering::Relaxed);
        }
    }

    async fn ids(&self) -> Vec<i64> {
        let visible = vec![run::Visible { tenant: self.tenant, projects: None }];
        let filter = run::Filter { visible, ..run::Filter::default() };
        let page = run::list(self.firm.services.store().read(), &filter, None, 500).await.unwrap();
        page.items.into_iter().rev().map(|row| row.id).collect()
    }
}

fn task(run: &run::Row) -> task_run::Row {
    task_run::Row {
        tenant_id: run.tenant_id,
        run_id: run.id,
        ordinal: 0,
        name: "only".into(),
        kind: "shell".into(),
        state: "succeeded".into(),
        attempt: 1,
        earlier_attempts: 0,
        epoch: 1,
        generation: 1,
        revision: 1,
        ready_ms: None,
        started_ms: None,
        finished_ms: run.finished_ms,
        retry_at_ms: None,
        exit_code: None,
        reason_json: None,
        outputs_json: None,
        parent: None,
        item_index: None,
        item_json: None,
        held: None,
        overdue_ms: None,
    }
}

fn tried(run: &run::Row) -> attempt::Row {
    attempt::Row {
        tenant_id: run.tenant_id,
        run_id: run.id,
        ordinal: 0,
        number: 1,
        epoch: 1,
        generation: 1,
        node_id: 1,
        node_name: "n1".into(),
        pool: "default".into(),
        state: "succeeded".into(),
        claimed_ms: 1,
        started_ms: None,
        finished_ms: run.finished_ms,
        pid: None,
        exit_code: None,
        term_signal: None,
        cpu_ms: None,
        peak_rss_kb: None,
        reason_json: None,
        log_bytes: 10,
        log_truncated: false,
        log_deleted_ms: None,
    }
}

/// Run 1,002, which has not ended and waits for workflow 6, with what it needs, and what nobody needs beside it.
async fn needed(lab: &Lab) -> wait::Row {
    let open = |row: run::Row| run::Row { state: "running".into(), finished_ms: None, ..row };
    lab.write(open(lab.run(1_002, 500))).await;
    lab.write(run::Row { parent_run_id: Some(1_002), parent_ordinal: Some(0), ..lab.run(1_003, 500) }).await;
    lab.write(run::Row { parent_run_id: Some(1), parent_ordinal: Some(0), ..lab.run(1_004, 450) }).await;
    lab.write(run::Row { workflow_id: 6, business_date: "2026-01-01".into(), ..lab.run(1_005, 500) }).await;
    lab.write(run::Row { workflow_id: 6, business_date: "2024-01-01".into(), ..lab.run(1_006, 500) }).await;
    let row = wait::Row {
        tenant_id: lab.tenant.0,
        run_id: 1_002,
        ordinal: 0,
        attempt: 1,
        kind: "run".into(),
        due_ms: 1,
        since_ms: None,
        deadline_ms: None,
        workflow_id: Some(6),
        seen_json: None,
        revision: 1,
    };
    let wait = &row;
    let store = lab.firm.services.store();
    let written: store::Result<()> = store.write(|tx| Box::pin(wait::insert(tx, vec![wait.clone()]))).await;
    written.unwrap();
    row
}

/// It ends and waits for nothing any more.
async fn needed_no_more(lab: &Lab, wait: &wait::Row) {
    let ended = &run::Row { state: "failed".into(), finished_ms: Some(lab.days_ago(0)), ..lab.run(1_002, 500) };
    let write = lab.firm.services.store().write(|tx| {
        Box::pin(async move {
            run::save(tx, 1, ended).await?;
            wait::delete(tx, &[wait::key_of(wait)]).await
        })
    });
    let saved: store::Result<()> = write.await;
    saved.unwrap();
}

#[tokio::test]
async fn old_runs_go_and_needed_ones_stay() {
    let lab = Lab::new().await;
    for id in 1..=700 {
        lab.write(lab.run(id, 500)).await;
    }
    lab.write(lab.run(1_001, 100)).await;
    let wait = needed(&lab).await;
    lab.sweep().await;
    assert_eq!(lab.ids().await, [1_001, 1_002, 1_003, 1_005]);
    let db = lab.firm.services.store().read();
    assert_eq!(task_run::get_all(db, lab.tenant, RunId(1)).await.unwrap(), []);
    assert_eq!(attempt::of_task(db, lab.tenant, RunId(1), 0).await.unwrap(), []);

    // The log of the younger run is gone, and its attempt says so.
    let tried = attempt::of_task(db, lab.tenant, RunId(1_001), 0).await.unwrap();
    assert!(tried[0].log_deleted_ms.is_some());
    let window = service::log::Window::Last { lines: 10 };
    let task = (lab.tenant, RunId(1_001), 0);
    let page = service::log::page(&lab.firm.services, &lab.firm.system(), task, None, window).await.unwrap();
    assert_eq!((page.lines.len(), page.complete, page.deleted_ms), (0, true, tried[0].log_deleted_ms));

    needed_no_more(&lab, &wait).await;
    lab.sweep().await;
    assert_eq!(lab.ids().await, [1_001, 1_002]);

    // A day later the trail says once how much it was.
    lab.clock.fetch_add(DAY_MS, Ordering::Relaxed);
    lab.sweep().await;
    lab.sweep().await;
    let trail = lab.firm.trail(lab.tenant).await;
    assert_eq!(trail.iter().filter(|line| *line == "retention.delete succeeded").count(), 1, "{trail:?}");
    let told = lab.firm.last_audit(lab.tenant).await;
    let told: serde_json::Value = serde_json::from_str(told.after_json.as_deref().unwrap()).unwrap();
    assert_eq!((told["runs"].as_i64(), told["schedule_fires"].as_i64()), (Some(704), Some(0)));
}

#[tokio::test]
async fn fires_that_their_schedule_is_not_past_stay() {
    let lab = Lab::new().await;
    let schedule = &schedule::Row {
        tenant_id: lab.tenant.0,
        id: 4,
        workflow_id: 5,
        name: "nightly".into(),
        spec_json: "{}".into(),
        next_fire_ms: None,
        last_fire_ms: None,
        decided_ms: lab.days_ago(450),
        state: "paused".into(),
        state_reason: None,
        revision: 1,
    };
    let fire = |days: i64| schedule::FireRow {
        tenant_id: lab.tenant.0,
        schedule_id: 4,
        instant_ms: lab.days_ago(days),
        workflow_id: 5,
        business_date: None,
        outcome: "skipped".into(),
        reason_json: None,
        run_id: None,
        at_ms: lab.days_ago(days),
        nominal: None,
        nominal_from: None,
    };
    let fires = &vec![fire(500), fire(451), fire(450), fire(10)];
    let written: store::Result<()> = lab
        .firm
        .services
        .store()
        .write(|tx| {
            Box::pin(async move {
                schedule::insert(tx, schedule.clone()).await?;
                schedule::insert_fires(tx, fires.clone()).await
            })
        })
        .await;
    written.unwrap();
    let kept = vec![fire(10).instant_ms, fire(450).instant_ms];
    lab.sweep().await;
    let page =
        schedule::list_fires(lab.firm.services.store().read(), lab.tenant, ScheduleId(4), None, 10).await.unwrap();
    assert_eq!(page.items.iter().map(|fire| fire.instant_ms).collect::<Vec<_>>(), kept);
}

#[tokio::test]
async fn the_chain_verifies_from_where_it_was_cut() {
    let lab = Lab::new().await;
    let before = audit::verify(lab.firm.services.store(), lab.tenant, None).await.unwrap();
    let Verdict::Intact { head: Some(known) } = before else { panic!("{before:?}") };
    lab.clock.fetch_add(399 * DAY_MS, Ordering::Relaxed);
    lab.sweep().await;
    let anchor = async || store::audit::anchor(lab.firm.services.store().read(), lab.tenant).await.unwrap();
    assert_eq!(anchor().await, None);
    lab.firm.advance(401 * DAY_MS);
    lab.clock.fetch_add(2 * DAY_MS, Ordering::Relaxed);
    let decision = Decision { tenant: lab.tenant, kind: Kind::Runs, days: Some(30), reason: "a test".into() };
    retention::set(&lab.firm.services, &lab.firm.system(), decision).await.unwrap();
    lab.sweep().await;
    assert_eq!(anchor().await, Some(known.clone()), "all that is old is gone");
    for known in [None, Some(&known)] {
        let verdict = audit::verify(lab.firm.services.store(), lab.tenant, known).await.unwrap();
        assert!(matches!(verdict, Verdict::Intact { head: Some(_) }), "{verdict:?}");
    }
    // The last event is never deleted: the chain goes on from it.
    lab.clock.fetch_add(500 * DAY_MS, Ordering::Relaxed);
    lab.sweep().await;
    assert!(!lab.firm.trail(lab.tenant).await.is_empty());
    let verdict = audit::verify(lab.firm.services.store(), lab.tenant, None).await.unwrap();
    assert!(matches!(verdict, Verdict::Intact { .. }), "{verdict:?}");
}

#[tokio::test]
async fn nobody_goes_below_the_least_and_the_platform_decides_for_the_undecided() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let head = lab.firm.member("hana", Role::TenantAdmin, lab.tenant, None).await;
    let developer = lab.firm.member("devi", Role::Developer, lab.tenant, None).await;
    let admin = lab.firm.administrator().await;
    let decide = async |ctx, tenant, kind, days| {
        let decision = Decision { tenant, kind, days, reason: "a test".into() };
        retention::set(services, ctx, decision).await.map(drop).map_err(|error| error.code())
    };
    assert_eq!(decide(&head, lab.tenant, Kind::Audit, Some(182)).await, Err(ErrorCode::InvalidInput));
    assert_eq!(decide(&developer, lab.tenant, Kind::Runs, Some(30)).await, Err(ErrorCode::Denied));
    assert_eq!(decide(&head, TenantId::PLATFORM, Kind::Runs, Some(30)).await, Err(ErrorCode::Denied));
    assert_eq!(decide(&admin, TenantId::PLATFORM, Kind::Runs, Some(60)).await, Ok(()));
    let of = async |kind: Kind| {
        let rules = retention::rules(services, &developer, lab.tenant).await.unwrap();
        let rule = rules.into_iter().find(|rule| rule.kind == kind).unwrap();
        (rule.days, rule.source, rule.inherited_days)
    };
    assert_eq!(of(Kind::Runs).await, (60, Source::Platform, 60));
    assert_eq!(of(Kind::Logs).await, (90, Source::Configuration, 90));
    assert_eq!(decide(&head, lab.tenant, Kind::Runs, Some(30)).await, Ok(()));
    assert_eq!(of(Kind::Runs).await, (30, Source::Tenant, 60));
    lab.write(lab.run(1, 20)).await;
    let would = async |days| {
        let preview = retention::preview(services, &head, lab.tenant, Kind::Runs, days).await.unwrap();
        (preview.count, preview.capped)
    };
    assert_eq!((would(19).await, would(21).await), ((1, false), (0, false)));
    assert_eq!(decide(&head, lab.tenant, Kind::Runs, None).await, Ok(()));
    assert_eq!(of(Kind::Runs).await, (60, Source::Platform, 60));
}
