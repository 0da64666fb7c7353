//! The trail is whole, or it says where not; and no act goes without it.

use domain::{access::Role, error::ErrorCode, id::TenantId};
use service::{
    Error, OpCtx,
    audit::{self, AuditEntry, Fault, Head, Verdict, canonical},
    project::{self, NewProject},
    tenant::{self, NewTenant},
};
use store::Conn;

use crate::firm::Firm;

const CHAIN: TenantId = TenantId(7);

/// A chain of ten rows, and its head.
async fn written() -> (Firm, Head) {
    let firm = Firm::new().await;
    for number in 0..10 {
        write(&firm, number).await.unwrap();
    }
    let head = store::audit::head(firm.services.store().read(), CHAIN).await.unwrap().unwrap();
    (firm, head)
}

async fn write(firm: &Firm, number: i64) -> service::Result<()> {
    let (ctx, entry) = (&firm.system(), &AuditEntry::new(CHAIN, "run.stop", "run").id(number));
    firm.services.store().write(|tx| Box::pin(audit::record(tx, ctx, entry))).await
}

async fn tamper(firm: &Firm, statements: &[&str]) {
    let write = firm.services.store().write(|tx| {
        Box::pin(async move {
            for statement in statements {
                tx.execute_unprepared(statement).await.map_err(store::Error::from)?;
            }
            Ok::<_, store::Error>(())
        })
    });
    write.await.unwrap();
}

async fn verdict(firm: &Firm, known: Option<&Head>) -> Verdict {
    audit::verify(firm.services.store(), CHAIN, known).await.unwrap()
}

#[track_caller]
fn broken(verdict: &Verdict, seq: i64, fault: Fault) {
    assert_eq!(*verdict, Verdict::Broken { seq, fault });
}

#[tokio::test]
async fn an_untouched_chain_is_intact() {
    let (firm, head) = written().await;
    assert_eq!(verdict(&firm, None).await, Verdict::Intact { head: Some(head.clone()) });
    write(&firm, 11).await.unwrap();
    assert!(matches!(verdict(&firm, Some(&head)).await, Verdict::Intact { head: Some(Head { seq: 11, .. }) }));
    let none = audit::verify(firm.services.store(), TenantId(8), None).await.unwrap();
    assert_eq!(none, Verdict::Intact { head: None });
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let (firm, _) = written().await;
    tamper(&firm, &["UPDATE audit_event SET actor_name = 'somebody' WHERE tenant_id = 7 AND seq = 4"]).await;
    broken(&verdict(&firm, None).await, 4, Fault::Changed);
}

#[tokio::test]
async fn a_changed_row_with_a_fitting_hash_is_found_at_the_next() {
    let (firm, _) = written().await;
    let mut row = store::audit::list_chain(firm.services.store().read(), CHAIN, 3, 1).await.unwrap().items.remove(0);
    row.actor_name = "somebody".into();
    let hash = canonical::hash(&row);
    let forge =
        format!("UPDATE audit_event SET actor_name = 'somebody', hash = '{hash}' WHERE tenant_id = 7 AND seq = 4");
    tamper(&firm, &[&forge]).await;
    broken(&verdict(&firm, None).await, 5, Fault::Unlinked);
}

#[tokio::test]
async fn a_deleted_row_is_found() {
    let (firm, _) = written().await;
    tamper(&firm, &["DELETE FROM audit_event WHERE tenant_id = 7 AND seq = 4"]).await;
    broken(&verdict(&firm, None).await, 4, Fault::Missing);
}

#[tokio::test]
async fn the_first_row_deleted_is_found() {
    let (firm, _) = written().await;
    tamper(&firm, &["DELETE FROM audit_event WHERE tenant_id = 7 AND seq = 1"]).await;
    broken(&verdict(&firm, None).await, 1, Fault::Missing);
}

#[tokio::test]
async fn a_deletion_that_closes_the_gap_is_found() {
    let (firm, _) = written().await;
    let delete = "DELETE FROM audit_event WHERE tenant_id = 7 AND seq = 4";
    tamper(&firm, &[delete, "UPDATE audit_event SET seq = 4 WHERE tenant_id = 7 AND seq = 5"]).await;
    broken(&verdict(&firm, None).await, 4, Fault::Unlinked);
}

#[tokio::test]
async fn rows_that_changed_places_are_found() {
    let (firm, _) = written().await;
    let swap = [
        "UPDATE audit_event SET seq = 99 WHERE tenant_id = 7 AND seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE tenant_id = 7 AND seq = 5",
        "UPDATE audit_event SET seq = 5 WHERE tenant_id = 7 AND seq = 99",
    ];
    tamper(&firm, &swap).await;
    broken(&verdict(&firm, None).await, 4, Fault::Unlinked);
}

#[tokio::test]
async fn an_inserted_row_is_found() {
    let (firm, _) = written().await;
    tamper(&firm, &["UPDATE audit_event SET tenant_id = 7, seq = 11 WHERE tenant_id = 7 AND seq = 10"]).await;
    broken(&verdict(&firm, None).await, 10, Fault::Missing);
    let (firm, head) = written().await;
    // A sound row at the end, of which the head knows nothing.
    let mut row = store::audit::list(firm.services.store().read(), CHAIN, None, 1).await.unwrap().items.remove(0);
    (row.seq, row.prev_hash) = (11, head.hash);
    row.hash = canonical::hash(&row);
    let row = &row;
    let insert = firm.services.store().write(|tx| Box::pin(store::audit::insert(tx, row)));
    insert.await.unwrap();
    broken(&verdict(&firm, None).await, 11, Fault::Surplus);
}

#[tokio::test]
async fn a_cut_tail_is_found() {
    let (firm, head) = written().await;
    tamper(&firm, &["DELETE FROM audit_event WHERE tenant_id = 7 AND seq > 8"]).await;
    broken(&verdict(&firm, None).await, 9, Fault::Missing);
    // The recorded head set back as well: nothing in the database shows it, a head kept elsewhere does.
    let eighth = store::audit::list_chain(firm.services.store().read(), CHAIN, 7, 1).await.unwrap().items.remove(0);
    let set_back = format!("UPDATE audit_chain SET seq = 8, hash = '{}' WHERE tenant_id = 7", eighth.hash);
    tamper(&firm, &[&set_back]).await;
    assert!(matches!(verdict(&firm, None).await, Verdict::Intact { .. }));
    broken(&verdict(&firm, Some(&head)).await, 9, Fault::Missing);
    // And the tail written anew.
    write(&firm, 9).await.unwrap();
    firm.advance(1);
    write(&firm, 10).await.unwrap();
    broken(&verdict(&firm, Some(&head)).await, 10, Fault::Replaced);
}

#[tokio::test]
async fn a_head_that_does_not_fit_is_found() {
    let (firm, _) = written().await;
    tamper(&firm, &["UPDATE audit_chain SET hash = 'x' WHERE tenant_id = 7"]).await;
    broken(&verdict(&firm, None).await, 10, Fault::WrongHead);
    let (firm, _) = written().await;
    tamper(&firm, &["DELETE FROM audit_chain WHERE tenant_id = 7"]).await;
    broken(&verdict(&firm, None).await, 1, Fault::Surplus);
}

/// A row of another chain at the right place is still another chain's.
#[tokio::test]
async fn a_chain_can_not_stand_in_for_another() {
    let (firm, _) = written().await;
    let steal = [
        "UPDATE audit_event SET tenant_id = 8 WHERE tenant_id = 7",
        "UPDATE audit_chain SET tenant_id = 8 WHERE tenant_id = 7",
    ];
    tamper(&firm, &steal).await;
    let other = audit::verify(firm.services.store(), TenantId(8), None).await.unwrap();
    broken(&other, 1, Fault::Unlinked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_the_same_time_keep_a_chain_without_gaps() {
    let firm = std::sync::Arc::new(Firm::new().await);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let firm = firm.clone();
        writers.spawn(async move {
            for number in 0..10 {
                write(&firm, writer * 100 + number).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let intact = verdict(&firm, None).await;
    assert!(matches!(intact, Verdict::Intact { head: Some(Head { seq: 80, .. }) }), "{intact:?}");
}

#[tokio::test]
async fn an_act_that_can_not_be_audited_does_not_happen() {
    let firm = Firm::new().await;
    let root = firm.administrator().await;
    tamper(&firm, &["DROP TABLE audit_event"]).await;
    let new = NewTenant { slug: "risk".into(), title: "Risk".into() };
    let failed = tenant::create(&firm.services, &root, new).await.unwrap_err();
    assert!(failed.is_fault(), "{failed:?}");
    assert!(store::tenant::find_by_slug(firm.services.store().read(), "risk").await.unwrap().is_none());
}

#[tokio::test]
async fn an_act_that_is_undone_leaves_no_row() {
    let firm = Firm::new().await;
    let (ctx, entry) = (&firm.system(), &AuditEntry::new(CHAIN, "run.stop", "run"));
    let undone = firm.services.store().write(|tx| {
        Box::pin(async move {
            audit::record(tx, ctx, entry).await?;
            Err::<(), _>(Error::Conflict { kind: "run" })
        })
    });
    undone.await.unwrap_err();
    assert!(firm.trail(CHAIN).await.is_empty());
    write(&firm, 1).await.unwrap();
    assert!(matches!(verdict(&firm, None).await, Verdict::Intact { head: Some(Head { seq: 1, .. }) }));
}

/// A member's refused act is on his tenant's chain; a stranger's is on the platform's, with what he asked for.
#[tokio::test]
async fn refusals_are_recorded_where_they_belong() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let (risk, nav) = (departments.risk.id, departments.nav.id);
    let eye = firm.member("eye", Role::Viewer, risk, None).await;
    let create = async |ctx: &OpCtx, tenant| {
        let new = NewProject { tenant, slug: "mine".into(), title: "Mine".into() };
        project::create(&firm.services, ctx, new).await.unwrap_err().code()
    };
    assert_eq!(create(&eye, risk).await, ErrorCode::Denied);
    let row = firm.last_audit(risk).await;
    assert_eq!((row.action.as_str(), row.result.as_str()), ("project.create", "denied"));
    assert_eq!((row.actor_name.as_str(), row.object_name.as_deref()), ("eye", Some("mine")));

    let (before, platform) = (firm.trail(nav).await, firm.trail(TenantId::PLATFORM).await.len());
    assert_eq!(create(&eye, nav).await, ErrorCode::NotFound);
    assert_eq!(firm.trail(nav).await, before, "a stranger can't write into the chain");
    let row = firm.last_audit(TenantId::PLATFORM).await;
    assert_eq!(row.seq, platform as i64 + 1);
    assert_eq!((row.result.as_str(), row.error_code.as_deref()), ("denied", Some("NOT_FOUND")));
    assert_eq!(row.after_json.unwrap(), format!(r#"{{"tenant":"{nav}"}}"#));
}

#[tokio::test]
async fn the_trail_is_read_by_who_may() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let risk = departments.risk.id;
    let zhao = firm.member("zhao", Role::TenantAdmin, risk, None).await;
    let dev = firm.member("dev", Role::Developer, risk, None).await;
    let page = audit::list(&firm.services, &zhao, risk, None, 2).await.unwrap();
    assert_eq!(page.items.iter().map(|it| it.seq).collect::<Vec<_>>(), [3, 2]);
    assert!(page.has_next);
    let rest = audit::list(&firm.services, &zhao, risk, Some(2), 2).await.unwrap();
    assert_eq!((rest.items[0].action.as_str(), rest.has_next), ("project.create", false));
    let denied = audit::list(&firm.services, &dev, risk, None, 2).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
}
