//! Calendars and their revisions: guarded changes, stamps, and who names which.

use std::collections::BTreeSet;

use domain::id::{CalendarId, TenantId, WorkflowId};
use store::calendar::{self, ACTIVE, DRAFT, RevisionRow, Row};
use store::testing::TestDb;
use store::{Error, Result, workflow_calendar};

conformance!(
    revisions_change_their_state_once,
    stamps_rise_with_each_change,
    workflows_are_found_by_the_names_they_use
);

const TENANT: TenantId = TenantId(3);

fn row(id: i64, name: &str) -> Row {
    Row {
        tenant_id: TENANT.0,
        id,
        name: name.into(),
        name_key: name.to_uppercase(),
        title: Some("基金开放日".into()),
        kind: "base".into(),
        second_person: false,
        active_revision: None,
        planned_revision: None,
        last_revision: 1,
        created_ms: 1,
        changed_ms: 1,
        archived_ms: None,
        revision: 1,
    }
}

fn revision(number: i32, content: &str) -> RevisionRow {
    RevisionRow {
        tenant_id: TENANT.0,
        calendar_id: 7,
        number,
        state: DRAFT.into(),
        content_json: content.into(),
        based_on: None,
        source: None,
        note: None,
        created_ms: 1,
        created_by: Some(5),
        created_by_name: Some("wang".into()),
        decided_ms: None,
        decided_by: None,
        decided_by_name: None,
        reason: None,
    }
}

async fn revisions_change_their_state_once(db: &TestDb) {
    // Longer than the MySQL family's TEXT.
    let long = "休".repeat(40_000);
    let long = &long;
    let made: Result<()> = db
        .store
        .write(|tx| {
            Box::pin(async move {
                calendar::insert(tx, row(7, "fund")).await?;
                for number in 1..=3 {
                    calendar::insert_revision(tx, revision(number, long)).await?;
                }
                Ok(())
            })
        })
        .await;
    made.unwrap();
    let twice: Result<()> = db.store.write(|tx| Box::pin(calendar::insert(tx, row(8, "FUND")))).await;
    assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");

    let active =
        RevisionRow { state: ACTIVE.into(), decided_ms: Some(9), reason: Some("公布".into()), ..revision(2, "") };
    let active = &active;
    let activate = || db.store.write(|tx| Box::pin(calendar::save_revision(tx, DRAFT, active)));
    let first: Result<()> = activate().await;
    first.unwrap();
    let second: Result<()> = activate().await;
    assert!(matches!(second, Err(Error::Stale)), "{second:?}");
    let read = db.store.read();
    let found = calendar::find_revision(read, TENANT, CalendarId(7), 2).await.unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.decided_ms, &found.content_json), (ACTIVE, Some(9), long));
    let in_force = calendar::list_active(read, TENANT).await.unwrap();
    assert_eq!(in_force.iter().map(|it| it.number).collect::<Vec<_>>(), [2]);
    let page = calendar::list_revisions(read, TENANT, CalendarId(7), None, 2).await.unwrap();
    assert_eq!((page.items[0].number, page.items[1].number, page.has_next), (3, 2, true));

    let changed = Row { active_revision: Some(2), ..row(7, "fund") };
    let changed = &changed;
    for (expected, revision) in [(true, 1), (false, 1), (true, 2)] {
        let saved: Result<()> = db.store.write(|tx| Box::pin(calendar::save(tx, revision, changed))).await;
        assert_eq!(saved.is_ok(), expected, "{saved:?}");
    }
    assert_eq!(calendar::find(read, TENANT, CalendarId(7)).await.unwrap().unwrap().active_revision, Some(2));
    assert_eq!(calendar::list_unplanned(read).await.unwrap().len(), 1);
    for (number, left) in [(1, 1), (2, 0)] {
        let saved: Result<()> =
            db.store.write(|tx| Box::pin(calendar::save_planned(tx, TENANT, CalendarId(7), number))).await;
        saved.unwrap();
        assert_eq!(calendar::list_unplanned(read).await.unwrap().len(), left);
    }
    let drafts = calendar::list_drafts(read, TENANT, CalendarId(7), 10).await.unwrap();
    assert_eq!(drafts.iter().map(|it| it.number).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(calendar::of_name(read, "Fund").await.unwrap().len(), 1);
    assert!(calendar::list(read, &[TenantId(4)]).await.unwrap().is_empty());
}

async fn stamps_rise_with_each_change(db: &TestDb) {
    for _ in 0..2 {
        let raised: Result<()> = db.store.write(|tx| Box::pin(calendar::raise_stamp(tx, TENANT))).await;
        raised.unwrap();
    }
    let stamps = calendar::stamps(db.store.read(), &[TenantId(0), TENANT]).await.unwrap();
    assert_eq!(stamps, [(TENANT, 2)]);
}

async fn workflows_are_found_by_the_names_they_use(db: &TestDb) {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    for (tenant, workflow, used) in
        [(1, 10, &["SSE", "HKEX"][..]), (1, 11, &["SSE"]), (2, 12, &["SSE"]), (1, 11, &["NYSE"])]
    {
        let used = names(used);
        let used = &used;
        let saved: Result<()> = db
            .store
            .write(|tx| Box::pin(workflow_calendar::save(tx, TenantId(tenant), WorkflowId(workflow), used)))
            .await;
        saved.unwrap();
    }
    let find = |tenant: Option<i64>, wanted: &[&str]| {
        let wanted = names(wanted);
        async move {
            let found = workflow_calendar::list(db.store.read(), tenant.map(TenantId), &wanted, 10).await.unwrap();
            found.into_iter().map(|(_, workflow)| workflow.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(find(None, &["SSE", "HKEX"]).await, [10, 12]);
    assert_eq!(find(Some(1), &["SSE"]).await, [10]);
    assert_eq!(find(Some(1), &["NYSE", "X"]).await, [11]);
    assert_eq!(find(Some(1), &[]).await, Vec::<i64>::new());
}
