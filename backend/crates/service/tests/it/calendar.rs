//! Calendars as governed objects: who may change them, what a change does to schedules and runs, and what is foretold.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::access::Role;
use domain::bizdate::BizDate;
use domain::calendar::{Calendars, Session, base::RuleStatus};
use domain::error::{ErrorCode, Lang};
use domain::id::{CalendarId, RunId, ScheduleId, TenantId, WorkflowId};
use domain::schedule::impact::ChangeKind;
use serde_json::{Value, json};
use service::calendar::{self, Draft, NewCalendar, RunNote, Settings};
use service::schedule::FireReason;
use service::workflow::{self, Save};
use service::{Error, OpCtx, schedule};
use store::Clock;

use crate::firm::{Firm, START_MS};

const FIRM: TenantId = TenantId::PLATFORM;

/// A firm whose database has the clock of the test, with the built-in calendars under government.
pub(crate) async fn seeded() -> Firm {
    let firm = Firm::on(store::testing::sqlite_at(Clock::new(|| START_MS)).await);
    calendar::seed(&firm.services, START_MS).await.unwrap();
    firm
}

fn day(text: &str) -> BizDate {
    text.parse().unwrap()
}

pub(crate) async fn named(firm: &Firm, name: &str) -> calendar::Calendar {
    let all = calendar::list(&firm.services, &firm.system(), None).await.unwrap();
    all.into_iter().find(|it| it.row.name == name).unwrap()
}

/// SSE as it is in force, with an edit.
async fn sse(firm: &Firm, edit: impl FnOnce(&mut Value)) -> (CalendarId, Draft) {
    let found = named(firm, "SSE").await;
    let mut content = calendar::content(&found.row, found.active.as_ref().unwrap()).unwrap().to_json();
    edit(&mut content);
    (found.id(), Draft { content, source: Some("a notice".into()), note: None })
}

/// A workflow that runs each day SSE is open, at 18:00, for the day before.
async fn nightly(
    firm: &Firm,
    tenant: TenantId,
    project: domain::id::ProjectId,
    name: &str,
) -> (WorkflowId, ScheduleId) {
    let source = format!(
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {name}}}\nspec:\n  business_date: {{calendar: SSE, rule: T-1}}\n  \
         concurrency: {{max_active_runs: 1}}\n  schedules: [{{name: s, cron: '0 0 18 * * ?', timezone: Asia/Shanghai, calendar: SSE}}]\n  \
         tasks: {{a: {{type: noop}}}}\n"
    );
    let row =
        workflow::create(&firm.services, &firm.system(), tenant, project, Save { source, note: None }).await.unwrap();
    let id = WorkflowId(row.id);
    let schedules = schedule::of_workflow(&firm.services, &firm.system(), tenant, id).await.unwrap();
    (id, ScheduleId(schedules[0].id))
}

async fn next_fire(firm: &Firm, tenant: TenantId, id: ScheduleId) -> String {
    let row = schedule::find(&firm.services, &firm.system(), tenant, id).await.unwrap();
    row.next_fire_ms
        .map_or_else(|| row.state.clone(), |ms| domain::schedule::wall(chrono_tz::Asia::Shanghai, ms).to_string())
}

fn refused(error: Error) -> ErrorCode {
    error.code()
}

#[tokio::test]
async fn built_in_calendars_are_stored_once_and_new_days_are_offered() {
    let firm = seeded().await;
    calendar::seed(&firm.services, START_MS + 1).await.unwrap();
    let all = calendar::list(&firm.services, &firm.person("anna").await, None).await.unwrap();
    let names: Vec<_> = all.iter().map(|it| it.row.name.as_str()).collect();
    assert_eq!(names, ["CNIB", "CN_WORKDAY", "DAILY", "HKEX", "NYSE", "SSE", "SZSE", "WEEKDAY"]);
    assert!(all.iter().all(|it| it.row.active_revision == Some(1) && it.row.last_revision == 1));
    assert_eq!(named(&firm, "SSE").await.title(Lang::Zh), "上海证券交易所");
}

#[tokio::test]
async fn days_of_a_later_release_wait_as_a_draft() {
    let firm = seeded().await;
    let calendar::Calendar { row, active } = named(&firm, "SSE").await;
    let active = active.unwrap();
    let older = Firm::on(store::testing::sqlite_at(Clock::new(|| START_MS)).await);
    let written: store::Result<()> = older
        .services
        .store()
        .write(|tx| {
            let revision = store::calendar::RevisionRow { source: Some("Almanac (older)".into()), ..active.clone() };
            let row = row.clone();
            Box::pin(async move {
                store::calendar::insert(tx, row).await?;
                store::calendar::insert_revision(tx, revision).await
            })
        })
        .await;
    written.unwrap();
    calendar::seed(&older.services, START_MS).await.unwrap();
    calendar::seed(&older.services, START_MS).await.unwrap();
    let found = named(&older, "SSE").await;
    assert_eq!((found.row.active_revision, found.row.last_revision), (Some(1), 2));
    let drafts = calendar::drafts(&older.services, &older.system(), FIRM, found.id()).await.unwrap();
    assert_eq!(drafts.iter().map(|it| (it.number, it.based_on)).collect::<Vec<_>>(), [(2, Some(1))]);
}

#[tokio::test]
async fn a_draft_is_put_in_force_by_somebody_who_may_and_schedules_follow() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let (_, schedule) = nightly(&firm, risk, project, "nav").await;
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-05 18:00:00");
    let keeper = firm.member("cal", Role::CalendarAdmin, FIRM, None).await;
    let (id, draft) = sse(&firm, |it| {
        it["overrides"] = json!([{ "date": "2026-01-05", "status": "closed", "reason": "storm" }]);
    })
    .await;

    let stranger = firm.member("eve", Role::TenantAdmin, risk, None).await;
    let denied = calendar::save_draft(&firm.services, &stranger, FIRM, id, Some(1), draft.clone()).await.unwrap_err();
    assert_eq!(refused(denied), ErrorCode::Denied);
    let stale = calendar::save_draft(&firm.services, &keeper, FIRM, id, None, draft.clone()).await.unwrap_err();
    assert_eq!(refused(stale), ErrorCode::Conflict);
    let (_, revision) = calendar::save_draft(&firm.services, &keeper, FIRM, id, Some(1), draft).await.unwrap();
    assert_eq!((revision.number, revision.state.as_str()), (2, "draft"));
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-05 18:00:00", "a draft changes nothing");

    // The keeper sees no department's workflows, but how many there are; the department's people see theirs.
    let seen =
        calendar::impact(&firm.services, &OpCtx { now_ms: START_MS, ..keeper.clone() }, FIRM, id, 2).await.unwrap();
    assert_eq!((seen.changes.len(), seen.elsewhere), (0, 1));
    let seen = calendar::impact(&firm.services, &stranger, FIRM, id, 2).await.unwrap();
    let kinds: Vec<_> = seen.changes.iter().map(|it| it.change.kind).collect();
    // That day's fire goes; the next one's date, the day before, is another now.
    assert_eq!(kinds, [ChangeKind::Removed, ChangeKind::Redated]);
    assert_eq!((seen.schedules, seen.elsewhere), (1, 0));

    let why = ("the exchange said so".to_owned(), &[][..]);
    let nothing = calendar::activate(&firm.services, &keeper, FIRM, id, 2, (" ".into(), &[])).await.unwrap_err();
    assert_eq!(refused(nothing), ErrorCode::InvalidInput);
    let done = calendar::activate(&firm.services, &keeper, FIRM, id, 2, why.clone()).await.unwrap();
    assert_eq!(done.calendar.row.active_revision, Some(2));
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-06 18:00:00");
    let again = calendar::activate(&firm.services, &keeper, FIRM, id, 2, why).await.unwrap_err();
    assert_eq!(refused(again), ErrorCode::Conflict);
    let (_, first) = calendar::find_revision(&firm.services, &keeper, FIRM, id, 1).await.unwrap();
    assert_eq!(first.state, "superseded");

    let foretold = schedule::foretell(&firm.services, &stranger, risk, schedule).await.unwrap();
    let told = foretold.explain(day("2026-01-05")).unwrap().text(Lang::En);
    assert!(told.contains("SSE closed (storm)") && told.contains("SSE r2"), "{told}");
    let trail = firm.trail(FIRM).await;
    for action in ["calendar.draft denied DENIED", "calendar.draft succeeded", "calendar.activate succeeded"] {
        assert!(trail.iter().any(|it| it == action), "{action} in {trail:?}");
    }
}

#[tokio::test]
async fn a_second_person_is_asked_for_where_it_is_set() {
    let firm = seeded().await;
    let one = firm.member("one", Role::CalendarAdmin, FIRM, None).await;
    let other = firm.member("other", Role::CalendarAdmin, FIRM, None).await;
    let (id, draft) = sse(&firm, |_| {}).await;
    let set = Settings { second_person: Some(true), ..Settings::default() };
    calendar::update(&firm.services, &one, FIRM, id, set).await.unwrap();
    calendar::save_draft(&firm.services, &one, FIRM, id, Some(1), draft).await.unwrap();
    let why = ("2027".to_owned(), &[][..]);
    let own = calendar::activate(&firm.services, &one, FIRM, id, 2, why.clone()).await.unwrap_err();
    assert_eq!(refused(own), ErrorCode::Denied);
    calendar::activate(&firm.services, &other, FIRM, id, 2, why).await.unwrap();
}

#[tokio::test]
async fn a_day_that_closes_in_the_morning_takes_the_runs_that_have_not_begun() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let (workflow, schedule) = nightly(&firm, risk, project, "nav").await;
    let keeper = firm.member("cal", Role::SystemAdmin, FIRM, None).await;
    // One run is active; the day's fire waits behind it.
    let store = firm.services.store();
    let queued = waiting_run(&firm, risk, workflow, schedule).await;
    let id = named(&firm, "SSE").await.id();
    let closed = (day("2026-01-05"), RuleStatus::Closed);
    let cancel = [(risk, queued)];
    let done =
        calendar::override_day(&firm.services, &keeper, FIRM, id, closed.clone(), ("closed at 09:05".into(), &cancel))
            .await;
    let done = done.unwrap();
    assert_eq!((done.revision.number, done.revision.state.as_str()), (2, "active"));
    // Who keeps the firm's calendars does not operate a department's runs; the run goes on, and that is told.
    assert_eq!(done.kept.len(), 1);
    let row = store::run::find(store.read(), risk, queued).await.unwrap().unwrap();
    assert_eq!(row.state, "queued");
    let note = RunNote::read(&row).unwrap();
    assert_eq!(note.revisions.get("SSE"), Some(&1));
    let calendars = firm.services.calendars_now(risk).await.unwrap();
    assert_eq!(note.changed_since(&calendars), [("SSE".to_owned(), 2)], "the run is flagged");
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-06 18:00:00");

    // Taken back, the day is open again.
    calendar::clear_day(&firm.services, &keeper, FIRM, id, closed.0, "a false alarm".into()).await.unwrap();
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-05 18:00:00");
    let twice = calendar::clear_day(&firm.services, &keeper, FIRM, id, closed.0, "again".into()).await.unwrap_err();
    assert_eq!(refused(twice), ErrorCode::InvalidInput);
    let hours = Session { half: true, open: "09:30".parse().ok(), close: "09:00".parse().ok() };
    assert_eq!(refused(calendar::day_status(true, hours).unwrap_err()), ErrorCode::InvalidInput);
}

/// A run of the schedule's fire of today that waits for its turn.
async fn waiting_run(firm: &Firm, tenant: TenantId, workflow: WorkflowId, schedule: ScheduleId) -> RunId {
    let new = |key: &str| service::run::NewRun {
        tenant,
        workflow,
        business_date: None,
        params: serde_json::Map::new(),
        idempotency_key: Some(key.to_owned()),
        reason: None,
        cause: service::run::Cause::Manual,
        priority: None,
        dry_run: false,
        version: None,
    };
    service::run::start(&firm.services, &firm.system(), new("first")).await.unwrap();
    let fire_ms = START_MS + 9 * 3_600_000;
    let second = service::run::NewRun { cause: service::run::Cause::Schedule { schedule, fire_ms }, ..new("second") };
    let row = service::run::start(&firm.services, &firm.system(), second).await.unwrap();
    assert_eq!(row.state, "queued");
    RunId(row.id)
}

#[tokio::test]
async fn impact_proposes_to_stop_the_run_whose_fire_goes() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let (workflow, schedule) = nightly(&firm, risk, project, "nav").await;
    let head = firm.member("head", Role::TenantAdmin, risk, None).await;
    let queued = waiting_run(&firm, risk, workflow, schedule).await;
    let (id, draft) = sse(&firm, |it| {
        it["overrides"] = json!([{ "date": "2026-01-05", "status": "closed", "reason": "storm" }]);
    })
    .await;
    calendar::save_draft(&firm.services, &firm.system(), FIRM, id, Some(1), draft).await.unwrap();
    let impact = calendar::impact(&firm.services, &head, FIRM, id, 2).await.unwrap();
    assert_eq!(impact.runs.iter().map(|it| (it.run, it.cancel)).collect::<Vec<_>>(), [(queued, true)]);
}

#[tokio::test]
async fn a_departments_calendars_stay_within_its_walls() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, nav) = (departments.risk.id, departments.nav.id);
    let head = firm.member("head", Role::TenantAdmin, risk, None).await;
    let other = firm.member("other", Role::TenantAdmin, nav, None).await;
    let new = |name: &str, expression: &str| NewCalendar {
        tenant: risk,
        name: name.into(),
        title: Some("Audit".into()),
        draft: Draft { content: json!({ "expression": expression }), source: None, note: None },
    };
    for (name, expression, code) in [
        ("SSE", "HKEX", ErrorCode::NameTaken),
        ("cn_work", "HKEX", ErrorCode::NameTaken),
        ("a b", "HKEX", ErrorCode::InvalidInput),
        ("FUND", "NOWHERE & SSE", ErrorCode::CalendarUnknown),
        ("FUND", "FUND & SSE", ErrorCode::InvalidInput),
    ] {
        let refused = calendar::create(&firm.services, &head, new(name, expression)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{name} {expression}");
    }
    let made = calendar::create(&firm.services, &head, new("FUND", "SSE & HKEX")).await.unwrap();
    let unused = firm.services.calendars_now(risk).await.unwrap();
    assert!(!unused.contains("FUND"), "a draft can't be named");
    let why = ("first".to_owned(), &[][..]);
    calendar::activate(&firm.services, &head, risk, made.id(), 1, why).await.unwrap();
    let fund = firm.services.calendars_now(risk).await.unwrap().get("fund").unwrap();
    assert_eq!(fund.is_open(day("2026-02-16")), Ok(false));
    assert!(!firm.services.calendars_now(nav).await.unwrap().contains("FUND"));
    for found in [
        calendar::find(&firm.services, &other, risk, made.id()).await.map(drop),
        calendar::revisions(&firm.services, &other, risk, made.id(), None, 10).await.map(drop),
        calendar::list(&firm.services, &other, Some(risk)).await.map(drop),
        calendar::usage(&firm.services, &other, risk, made.id()).await.map(drop),
    ] {
        assert_eq!(found.unwrap_err().code(), ErrorCode::NotFound);
    }
    assert!(calendar::list(&firm.services, &other, None).await.unwrap().iter().all(|it| it.row.name != "FUND"));

    // A workflow of the department rests on SSE through FUND; a change of SSE is seen to touch it.
    let source = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  schedules: [{name: s, cron: '0 0 18 * * ?', \
                  timezone: Asia/Shanghai, calendar: FUND}]\n  tasks: {a: {type: noop}}\n";
    let save = Save { source: source.into(), note: None };
    workflow::create(&firm.services, &firm.system(), risk, departments.risk_nightly.id, save.clone()).await.unwrap();
    let elsewhere = workflow::create(&firm.services, &firm.system(), nav, departments.nav_nightly.id, save).await;
    assert!(matches!(elsewhere.unwrap_err(), Error::Spec(_)), "another department can't name it");
    let used = calendar::usage(&firm.services, &head, FIRM, named(&firm, "SSE").await.id()).await.unwrap();
    assert_eq!(used.workflows.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["w"]);
    assert_eq!(used.calendars, ["FUND"]);
    let kept = calendar::archive(&firm.services, &head, risk, made.id(), "not needed".into()).await.unwrap_err();
    assert_eq!(refused(kept), ErrorCode::InvalidInput);
}

#[tokio::test]
async fn a_schedule_held_at_the_horizon_goes_on_when_the_days_are_published() {
    let firm = Firm::on(store::testing::sqlite_at(Clock::new(|| START_MS + 361 * 86_400_000)).await);
    calendar::seed(&firm.services, START_MS).await.unwrap();
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    firm.advance(361 * 86_400_000);
    let (_, schedule) = nightly(&firm, risk, project, "nav").await;
    assert_eq!(next_fire(&firm, risk, schedule).await, "held");
    calendar::horizon_tick(&firm.services).await.unwrap();
    calendar::horizon_tick(&firm.services).await.unwrap();
    let alarms = firm.trail(FIRM).await.into_iter().filter(|it| it.starts_with("calendar.alarm")).count();
    assert_eq!(alarms, 4, "CNIB, CN_WORKDAY, SSE and SZSE end within the year, each is told once");
    let (id, draft) = sse(&firm, |it| it["years"].as_array_mut().unwrap().push(2027.into())).await;
    calendar::save_draft(&firm.services, &firm.system(), FIRM, id, Some(1), draft).await.unwrap();
    let why = ("published".to_owned(), &[][..]);
    calendar::activate(&firm.services, &firm.system(), FIRM, id, 2, why).await.unwrap();
    assert_eq!(next_fire(&firm, risk, schedule).await, "2027-01-01 18:00:00");
    let calendars = firm.services.calendars_now(risk).await.unwrap();
    assert_eq!(calendars.get("SSE").unwrap().known_until(), Some(day("2027-12-31")));
    assert_eq!(Calendars::builtin().get("SSE").unwrap().known_until(), Some(day("2026-12-31")));
}

#[tokio::test]
async fn what_would_no_longer_resolve_is_not_put_in_force() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let risk = departments.risk.id;
    let head = firm.member("head", Role::TenantAdmin, risk, None).await;
    let derived = |expression: &str| Draft { content: json!({ "expression": expression }), ..Draft::default() };
    let mut ids = Vec::new();
    for (name, expression) in [("A", "SSE"), ("B", "HKEX")] {
        let new = NewCalendar { tenant: risk, name: name.into(), title: None, draft: derived(expression) };
        let made = calendar::create(&firm.services, &head, new).await.unwrap();
        calendar::activate(&firm.services, &head, risk, made.id(), 1, ("first".into(), &[])).await.unwrap();
        ids.push(made.id());
    }
    // Each draft is good when it is saved; together they would go in a circle.
    for (id, expression) in [(ids[0], "B"), (ids[1], "A")] {
        calendar::save_draft(&firm.services, &head, risk, id, Some(1), derived(expression)).await.unwrap();
    }
    calendar::activate(&firm.services, &head, risk, ids[0], 2, ("one".into(), &[])).await.unwrap();
    let circle = calendar::activate(&firm.services, &head, risk, ids[1], 2, ("other".into(), &[])).await.unwrap_err();
    assert_eq!(refused(circle), ErrorCode::InvalidInput);
    assert_eq!(
        refused(calendar::impact(&firm.services, &head, risk, ids[1], 2).await.unwrap_err()),
        ErrorCode::InvalidInput
    );
    assert!(firm.services.calendars_now(risk).await.unwrap().get("A").is_ok());
    let used = calendar::archive(&firm.services, &head, risk, ids[1], "not needed".into()).await.unwrap_err();
    assert_eq!(refused(used), ErrorCode::InvalidInput);
    let reason = calendar::archive(&firm.services, &head, risk, ids[0], " ".into()).await.unwrap_err();
    assert_eq!(refused(reason), ErrorCode::InvalidInput);
}

#[tokio::test]
async fn the_second_person_can_be_taken_away_only_by_another() {
    let firm = seeded().await;
    let one = firm.member("one", Role::CalendarAdmin, FIRM, None).await;
    let other = firm.member("other", Role::CalendarAdmin, FIRM, None).await;
    let (id, draft) = sse(&firm, |_| {}).await;
    let set = |second_person| Settings { second_person: Some(second_person), ..Settings::default() };
    calendar::update(&firm.services, &one, FIRM, id, set(true)).await.unwrap();
    calendar::save_draft(&firm.services, &one, FIRM, id, Some(1), draft).await.unwrap();
    let own = calendar::update(&firm.services, &one, FIRM, id, set(false)).await.unwrap_err();
    assert_eq!(refused(own), ErrorCode::Denied);
    let far = (day("2026-06-10"), RuleStatus::Closed);
    let far =
        calendar::override_day(&firm.services, &one, FIRM, id, far, ("no emergency".into(), &[])).await.unwrap_err();
    assert_eq!(refused(far), ErrorCode::Denied);
    calendar::update(&firm.services, &other, FIRM, id, set(false)).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_of_an_activation_is_finished() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let (_, schedule) = nightly(&firm, risk, project, "nav").await;
    let found = named(&firm, "SSE").await;
    let (id, active) = (found.id(), found.active.unwrap());
    let (_, draft) = sse(&firm, |it| {
        it["overrides"] = json!([{ "date": "2026-01-05", "status": "closed", "reason": "storm" }]);
    })
    .await;
    let (drafted, revision) =
        calendar::save_draft(&firm.services, &firm.system(), FIRM, id, Some(1), draft).await.unwrap();
    // The revision is in force, and nothing was planned by it.
    let row = &calendar::Row { active_revision: Some(2), ..drafted.row.clone() };
    let old = &calendar::RevisionRow { state: "superseded".into(), ..active };
    let new = &calendar::RevisionRow { state: "active".into(), ..revision };
    let written: store::Result<()> = firm
        .services
        .store()
        .write(|tx| {
            Box::pin(async move {
                store::calendar::save(tx, row.revision + 1, row).await?;
                store::calendar::save_revision(tx, "active", old).await?;
                store::calendar::save_revision(tx, "draft", new).await?;
                store::calendar::raise_stamp(tx, FIRM).await
            })
        })
        .await;
    written.unwrap();
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-05 18:00:00");
    calendar::replan_tick(&firm.services).await.unwrap();
    assert_eq!(next_fire(&firm, risk, schedule).await, "2026-01-06 18:00:00");
    assert!(store::calendar::list_unplanned(firm.services.store().read()).await.unwrap().is_empty());
}

/// A firm whose clock the test turns, with a schedule whose fires a calendar moves.
struct Moved {
    firm: Firm,
    clock: Arc<AtomicI64>,
    tenant: TenantId,
    schedule: ScheduleId,
}

impl Moved {
    async fn at(start: &str, entry: &str) -> Self {
        let clock = Arc::new(AtomicI64::new(instant(start)));
        let shown = clock.clone();
        let store = store::testing::sqlite_at(Clock::new(move || shown.load(Ordering::Relaxed))).await;
        let firm = Firm::on(store);
        calendar::seed(&firm.services, instant(start)).await.unwrap();
        let departments = firm.departments().await;
        let (tenant, project) = (departments.risk.id, departments.risk_nightly.id);
        let source = format!(
            "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: monthly}}\nspec:\n  \
             schedules: [{{name: s, {entry}, timezone: Asia/Shanghai}}]\n  tasks: {{a: {{type: noop}}}}\n"
        );
        let ctx = OpCtx::system("test", instant(start));
        let save = Save { source, note: None };
        let row = workflow::create(&firm.services, &ctx, tenant, project, save).await.unwrap();
        let schedules = schedule::of_workflow(&firm.services, &ctx, tenant, WorkflowId(row.id)).await.unwrap();
        Self { firm, clock, tenant, schedule: ScheduleId(schedules[0].id) }
    }

    async fn sse(&self, date: &str, status: RuleStatus) {
        let id = named(&self.firm, "SSE").await.id();
        let ctx = OpCtx::system("test", self.clock.load(Ordering::Relaxed));
        let day = (day(date), status);
        calendar::override_day(&self.firm.services, &ctx, FIRM, id, day, ("a notice".into(), &[])).await.unwrap();
    }

    /// Turns the clock and fires; what has been recorded, oldest first: outcome and reason.
    async fn fired_by(&self, at: &str) -> Vec<(String, Option<String>)> {
        self.clock.store(instant(at), Ordering::Relaxed);
        schedule::fire_due(&self.firm.services).await.unwrap();
        let ctx = self.firm.system();
        let fires = schedule::fires(&self.firm.services, &ctx, self.tenant, self.schedule, None, 50).await.unwrap();
        let told = |row: schedule::FireRow| {
            let reason = row.reason_json.map(|reason| serde_json::from_str::<FireReason>(&reason).unwrap());
            (row.outcome, reason.map(|reason| reason.text(Lang::En)))
        };
        fires.items.into_iter().rev().map(told).collect()
    }
}

fn instant(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(&format!("{text}:00+08:00")).unwrap().timestamp_millis()
}

fn outcomes(fires: &[(String, Option<String>)]) -> Vec<&str> {
    fires.iter().map(|(outcome, _)| outcome.as_str()).collect()
}

#[tokio::test]
async fn a_date_closed_after_its_run_has_no_second_one() {
    let it = Moved::at("2026-11-20T09:00", "rule: 25 day of month on SSE if closed following at 18:00").await;
    assert_eq!(outcomes(&it.fired_by("2026-11-25T18:00").await), ["started"]);
    it.sse("2026-11-25", RuleStatus::Closed).await;
    let fires = it.fired_by("2026-11-26T18:00").await;
    let why = Some("The date 2026-11-25 has had its run already.".to_owned());
    assert_eq!(fires[1..], [("skipped".to_owned(), why)]);
    assert_eq!(outcomes(&it.fired_by("2026-12-25T18:00").await), ["started", "skipped", "started"]);
}

#[tokio::test]
async fn a_date_opened_again_after_its_run_of_the_day_before_has_no_second_one() {
    let it = Moved::at("2026-11-20T09:00", "rule: 25 day of month on SSE if closed preceding at 18:00").await;
    it.sse("2026-11-25", RuleStatus::Closed).await;
    assert_eq!(outcomes(&it.fired_by("2026-11-24T18:00").await), ["started"]);
    it.sse("2026-11-25", RuleStatus::Open).await;
    assert_eq!(outcomes(&it.fired_by("2026-11-25T18:00").await), ["started", "skipped"]);
}

#[tokio::test]
async fn a_run_for_a_closed_date_and_one_of_its_own_is_no_repetition() {
    let it = Moved::at("2026-11-25T09:00", "rule: every day on SSE if closed following at 18:00").await;
    assert_eq!(outcomes(&it.fired_by("2026-11-25T18:00").await), ["started"]);
    it.sse("2026-11-25", RuleStatus::Closed).await;
    // It stands for the 26th too, which has had no run.
    assert_eq!(outcomes(&it.fired_by("2026-11-26T18:00").await), ["started", "started"]);
}

#[tokio::test]
async fn all_dates_that_met_in_a_run_have_had_it() {
    let it = Moved::at("2026-11-20T09:00", "cron: '0 0 18 21-23 * ?', calendar: SSE, on_closed: following").await;
    // The weekend's dates meet the Monday's own.
    assert_eq!(outcomes(&it.fired_by("2026-11-23T18:00").await), ["started"]);
    it.sse("2026-11-23", RuleStatus::Closed).await;
    assert_eq!(outcomes(&it.fired_by("2026-11-24T18:00").await), ["started", "skipped"]);
}

#[tokio::test]
async fn what_was_recorded_of_a_date_is_told_before_what_holds_now() {
    let it = Moved::at("2026-11-20T09:00", "rule: 25 day of month on SSE if closed following at 18:00").await;
    it.fired_by("2026-11-25T18:00").await;
    it.sse("2026-11-25", RuleStatus::Closed).await;
    it.fired_by("2026-11-26T18:00").await;
    let (services, ctx) = (&it.firm.services, it.firm.system());
    let foretold = schedule::foretell(services, &ctx, it.tenant, it.schedule).await.unwrap();
    for (date, expect) in [
        (
            "2026-11-25",
            "Started a run for the business date 2026-11-25 at 2026-11-25 18:00:00. \
             By the calendars in force now: Doesn't fire on 2026-11-25",
        ),
        (
            "2026-11-26",
            "Made no run at 2026-11-26 18:00:00: The date 2026-11-25 has had its run already. \
             By the calendars in force now: Fires on 2026-11-26",
        ),
        ("2026-11-27", "Doesn't fire on 2026-11-27: the rule"),
    ] {
        let recorded = schedule::fires_on(services, &ctx, it.tenant, it.schedule, day(date)).await.unwrap();
        let told = foretold.explained(day(date), &recorded);
        assert!(told.en.starts_with(expect), "{}", told.en);
        assert_eq!(told.zh.contains("现行日历下："), !recorded.is_empty(), "{}", told.zh);
    }
}

#[tokio::test]
async fn questions_end_when_their_time_is_up() {
    // Each look at the clock takes a second.
    let clock = AtomicI64::new(START_MS);
    let store = store::testing::sqlite_at(Clock::new(move || clock.fetch_add(1_000, Ordering::Relaxed))).await;
    let firm = Firm::on(store);
    let question = json!({ "ask": "next", "calendar": "SSE", "date": "2026-09-30" });
    let wrong = json!({ "ask": "nothing" });
    let century = json!({ "ask": "range", "calendar": "DAILY", "from": "2000-01-01", "to": "2099-12-31" });
    let mut questions = vec![question.clone(), wrong, century];
    questions.extend(vec![question; 5]);
    let answers = calendar::answer_all(&firm.services, &firm.system(), None, questions).await.unwrap();
    let codes: Vec<_> = answers.into_iter().map(|it| it.err().map(|error| error.code())).collect();
    let (wrong, long, late) = (ErrorCode::InvalidInput, ErrorCode::TooMany, ErrorCode::Timeout);
    let expect = [None, Some(wrong), Some(long), None, None, Some(late), Some(late), Some(late)];
    assert_eq!(codes, expect);
}
