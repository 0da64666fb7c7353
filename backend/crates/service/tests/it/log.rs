//! Pages of logs: complete and in order however they are cut, and only for those who may read them.

use domain::access::Role;
use domain::id::{AttemptKey, RunId, TenantId};
use service::log::{self, LogPage, Stream, Window};
use service::{Error, OpCtx};
use store::log::Chunk;
use store::{attempt, run, task_run};

use crate::firm::{Departments, Firm, START_MS};

const RUN: RunId = RunId(70);

struct Lab {
    firm: Firm,
    departments: Departments,
}

impl Lab {
    /// A run of the risk department whose only task has had so many attempts.
    async fn new(attempts: i32) -> Self {
        let firm = Firm::new().await;
        let departments = firm.departments().await;
        let (tenant, project) = (departments.risk.id.0, departments.risk_nightly.id.0);
        let attempts: Vec<_> = (1..=attempts).map(|number| attempt(tenant, number)).collect();
        let attempts = &attempts;
        let written: Result<(), store::Error> = firm
            .services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    run::insert(tx, vec![a_run(tenant, project)]).await?;
                    task_run::insert(tx, vec![task(tenant)]).await?;
                    attempt::insert(tx, attempts.clone()).await
                })
            })
            .await;
        written.unwrap();
        Self { firm, departments }
    }

    fn tenant(&self) -> TenantId {
        self.departments.risk.id
    }

    fn key(&self, number: i32) -> AttemptKey {
        AttemptKey { tenant: self.tenant(), run: RUN, ordinal: 0, number }
    }

    /// Adds chunks with lines of their numbers; gives the end of the log.
    async fn append(&self, number: i32, first_offset: i64, lines: std::ops::Range<i64>) -> i64 {
        let mut chunks = Vec::new();
        let mut offset = first_offset;
        for lines in lines.collect::<Vec<_>>().chunks(7) {
            let raw: String = lines.iter().map(|line| format!("{} O line {line}\n", START_MS + line)).collect();
            chunks.push(Chunk::compress(offset, START_MS, raw.as_bytes()));
            offset += raw.len() as i64;
        }
        log::append(&self.firm.services, self.key(number), &chunks).await.unwrap();
        offset
    }

    async fn end(&self, number: i32) {
        let ended = attempt::Row {
            finished_ms: Some(START_MS + 9),
            state: "succeeded".into(),
            ..attempt(self.tenant().0, number)
        };
        let (tenant, ended) = (self.tenant(), &ended);
        let written: Result<(), store::Error> =
            self.firm.services.store().write(|tx| Box::pin(attempt::replace(tx, tenant, vec![ended.clone()]))).await;
        written.unwrap();
    }

    async fn page(&self, ctx: &OpCtx, attempt: Option<i32>, window: Window) -> service::Result<LogPage> {
        log::page(&self.firm.services, ctx, (self.tenant(), RUN, 0), attempt, window).await
    }

    async fn read(&self, window: Window) -> LogPage {
        self.page(&self.firm.system(), None, window).await.unwrap()
    }
}

fn a_run(tenant: i64, project: i64) -> run::Row {
    run::Row {
        tenant_id: tenant,
        id: RUN.0,
        project_id: project,
        workflow_id: 5,
        version: 1,
        business_date: "2026-01-05".into(),
        cause: "manual".into(),
        schedule_id: None,
        fire_ms: None,
        state: "running".into(),
        revision: 1,
        generation: 1,
        priority: 20,
        params_json: None,
        idem_key: None,
        active_slot: None,
        stop_requested: false,
        reason_json: None,
        task_total: 1,
        task_ok: 0,
        task_failed: 0,
        task_running: 1,
        created_ms: START_MS,
        started_ms: None,
        finished_ms: None,
        changed_ms: START_MS,
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

fn task(tenant: i64) -> task_run::Row {
    task_run::Row {
        tenant_id: tenant,
        run_id: RUN.0,
        ordinal: 0,
        name: "load".into(),
        kind: "shell".into(),
        state: "running".into(),
        attempt: 1,
        earlier_attempts: 0,
        epoch: 1,
        generation: 1,
        revision: 1,
        ready_ms: None,
        started_ms: None,
        finished_ms: None,
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

fn attempt(tenant: i64, number: i32) -> attempt::Row {
    attempt::Row {
        tenant_id: tenant,
        run_id: RUN.0,
        ordinal: 0,
        number,
        epoch: i64::from(number),
        generation: 1,
        node_id: 1,
        node_name: "n1".into(),
        pool: "default".into(),
        state: "running".into(),
        claimed_ms: START_MS,
        started_ms: Some(START_MS),
        finished_ms: None,
        pid: None,
        exit_code: None,
        term_signal: None,
        cpu_ms: None,
        peak_rss_kb: None,
        reason_json: None,
        log_bytes: 0,
        log_truncated: false,
        log_deleted_ms: None,
    }
}

fn texts(page: &LogPage) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn pages_of_any_size_make_the_whole_log() {
    let lab = Lab::new(1).await;
    let end = lab.append(1, 0, 0..100).await;
    let all: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
    for lines in [1, 6, 7, 8, 99, 100, 5_000] {
        let (mut seen, mut offset) = (Vec::new(), 0);
        loop {
            let page = lab.read(Window::After { offset, lines }).await;
            if page.lines.is_empty() {
                break;
            }
            assert!(page.lines.len() <= lines);
            seen.extend(page.lines.into_iter().map(|line| line.text));
            offset = page.end_offset;
        }
        assert_eq!((&seen, offset), (&all, end), "pages of {lines}");
    }
    let page = lab.read(Window::After { offset: 0, lines: 1 }).await;
    let line = &page.lines[0];
    assert_eq!((line.offset, line.at_ms, line.stream), (0, START_MS, Stream::Stdout));
}

#[tokio::test]
async fn a_reader_goes_on_where_it_was_while_the_log_grows() {
    let lab = Lab::new(1).await;
    let empty = lab.read(Window::Last { lines: 10 }).await;
    assert_eq!((empty.attempt, empty.end_offset, empty.complete), (1, 0, false));
    let end = lab.append(1, 0, 0..50).await;
    let mut hint = lab.firm.services.hints().logs.of(lab.key(1));
    let page = lab.read(Window::Last { lines: 10 }).await;
    assert_eq!((texts(&page)[0], page.lines.len(), page.end_offset), ("line 40", 10, end));
    lab.append(1, end, 50..52).await;
    hint.changed().await.unwrap();
    let page = lab.read(Window::After { offset: page.end_offset, lines: 10 }).await;
    assert_eq!((texts(&page), page.complete), (vec!["line 50", "line 51"], false));
    lab.end(1).await;
    let page = lab.read(Window::After { offset: page.end_offset, lines: 10 }).await;
    assert!(page.lines.is_empty() && page.complete);
    let cut = lab.read(Window::After { offset: 0, lines: 51 }).await;
    assert!(!cut.complete, "a line follows");
}

#[tokio::test]
async fn a_gap_and_a_strange_cursor_cost_no_line() {
    let lab = Lab::new(1).await;
    lab.append(1, 0, 0..3).await;
    // What was lost between them took offsets.
    let end = lab.append(1, 10_000, 3..6).await;
    let page = lab.read(Window::After { offset: 0, lines: 100 }).await;
    assert_eq!((page.lines.len(), page.end_offset), (6, end));
    for offset in [5_000, 9_999, 10_000] {
        let page = lab.read(Window::After { offset, lines: 100 }).await;
        assert_eq!(texts(&page), ["line 3", "line 4", "line 5"], "from {offset}");
    }
    for offset in [i64::MIN, -1] {
        assert_eq!(lab.read(Window::After { offset, lines: 100 }).await.lines.len(), 6);
    }
    assert!(lab.read(Window::After { offset: i64::MAX, lines: 100 }).await.lines.is_empty());
}

#[tokio::test]
async fn the_newest_attempt_is_read_unless_one_is_named() {
    let lab = Lab::new(2).await;
    lab.append(1, 0, 0..1).await;
    lab.append(2, 0, 1..2).await;
    let window = Window::Last { lines: 9 };
    assert_eq!(texts(&lab.read(window).await), ["line 1"]);
    let system = lab.firm.system();
    assert_eq!(texts(&lab.page(&system, Some(1), window).await.unwrap()), ["line 0"]);
    let missing = lab.page(&system, Some(3), window).await;
    assert!(matches!(missing, Err(Error::NotFound { kind: "attempt" })), "{missing:?}");
    let none = Lab::new(0).await;
    assert_eq!(none.read(window).await.attempt, 0);
}

#[tokio::test]
async fn only_those_who_may_read_a_log_do() {
    let lab = Lab::new(1).await;
    lab.append(1, 0, 0..1).await;
    let window = Window::Last { lines: 9 };
    let viewer = lab.firm.member("v.wang", Role::Viewer, lab.tenant(), Some(lab.departments.risk_nightly.id)).await;
    assert_eq!(lab.page(&viewer, None, window).await.unwrap().lines.len(), 1);
    let stranger = lab.firm.member("s.zhao", Role::TenantAdmin, lab.departments.nav.id, None).await;
    let refused = lab.page(&stranger, None, window).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    let refused = lab.page(&lab.firm.anonymous(), None, window).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
}
