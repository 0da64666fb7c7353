//! Tenants, projects, accounts, sessions and role bindings mean the same on every engine.

use domain::{
    access::Role,
    id::{AccountId, ProjectId, RoleBindingId, SessionId, TenantId},
};
use store::{
    Error, Store,
    account::{self, Account, PasswordHash},
    project::{self, Project},
    role_binding::{self, RoleBinding},
    run::Visible,
    session::{self, Session},
    tenant::{self, Share, Tenant},
    testing::TestDb,
};

conformance!(
    a_tenant_reads_back_as_it_was_written,
    a_slug_is_taken_once_and_case_counts,
    tenants_are_listed_by_slug,
    projects_are_listed_where_they_are_visible,
    an_account_is_saved_under_its_revision,
    accounts_that_are_locked_change_one_after_the_other,
    a_token_is_replaced_by_who_has_the_newest,
    sessions_end_once,
    every_grant_raises_the_policys_version,
    bindings_end_and_unknown_ones_grant_nothing,
);

const RISK: TenantId = TenantId(7);
const NAV: TenantId = TenantId(8);
const WANG: AccountId = AccountId(1);

fn tenant(id: TenantId, slug: &str) -> Tenant {
    let state = tenant::State::Active;
    Tenant {
        id,
        slug: slug.into(),
        title: "净值 估值".into(),
        state,
        created_ms: 5,
        revision: 1,
        share: Share::plain(id),
    }
}

fn project(tenant: TenantId, id: i64, slug: &str) -> Project {
    let (slug, title) = (slug.to_owned(), "夜间".to_owned());
    Project { tenant, id: ProjectId(id), slug, title, created_ms: 5, archived_ms: None, revision: 1, params_json: None }
}

fn account(id: AccountId, username: &str) -> Account {
    Account {
        id,
        username: username.into(),
        display_name: "王芳".into(),
        email: None,
        password_hash: Some(PasswordHash("$argon2id$x".into())),
        must_change_password: true,
        state: account::State::Active,
        failed_count: 0,
        locked_until_ms: None,
        locale: None,
        created_ms: 5,
        last_sign_in_ms: None,
        revision: 1,
    }
}

fn session(id: i64) -> Session {
    Session {
        id: SessionId(id),
        account: WANG,
        family_hash: format!("family-{id}"),
        refresh_hash: format!("token-{id}"),
        previous_hash: None,
        created_ms: 5,
        rotated_ms: 5,
        expires_ms: 1_000,
        last_seen_ms: 5,
        ended_ms: None,
        end_reason: None,
        client_addr: Some("10.0.0.7".into()),
        user_agent: None,
    }
}

fn binding(id: i64, role: Role, project: Option<ProjectId>, expires_ms: Option<i64>) -> RoleBinding {
    let id = RoleBindingId(id);
    RoleBinding { tenant: RISK, id, account: WANG, role, project, expires_ms, created_ms: 5, created_by: None }
}

async fn add_tenant(store: &Store, new: &Tenant) -> store::Result<()> {
    store.write(|tx| Box::pin(tenant::insert(tx, new))).await
}

async fn add_binding(store: &Store, new: &RoleBinding) -> store::Result<()> {
    store.write(|tx| Box::pin(role_binding::insert(tx, new))).await
}

async fn a_tenant_reads_back_as_it_was_written(db: &TestDb) {
    let risk = tenant(RISK, "risk");
    add_tenant(&db.store, &risk).await.unwrap();
    let read = db.store.read();
    assert_eq!(tenant::find(read, RISK).await.unwrap(), Some(risk.clone()));
    assert_eq!(tenant::find_by_slug(read, "risk").await.unwrap(), Some(risk.clone()));
    assert_eq!(tenant::get_many(read, &[RISK, NAV]).await.unwrap(), [risk]);
    assert_eq!(tenant::find(read, NAV).await.unwrap(), None);
}

async fn a_slug_is_taken_once_and_case_counts(db: &TestDb) {
    add_tenant(&db.store, &tenant(RISK, "risk")).await.unwrap();
    let taken = add_tenant(&db.store, &tenant(NAV, "risk")).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken:?}");
    add_tenant(&db.store, &tenant(NAV, "Risk")).await.unwrap();
    assert_eq!(tenant::find_by_slug(db.store.read(), "RISK").await.unwrap(), None);
}

async fn tenants_are_listed_by_slug(db: &TestDb) {
    for (id, slug) in [(3, "c"), (1, "b"), (2, "a"), (4, "d")] {
        add_tenant(&db.store, &tenant(TenantId(id), slug)).await.unwrap();
    }
    // The platform's own row is in no list.
    add_binding(&db.store, &binding(1, Role::Viewer, None, None)).await.unwrap();
    let list = async |only: Option<&[TenantId]>, after, limit| {
        let page = tenant::list(db.store.read(), only, after, limit).await.unwrap();
        (page.items.into_iter().map(|it| it.slug).collect::<String>(), page.has_next)
    };
    assert_eq!(list(None, None, 10).await, ("abcd".into(), false));
    assert_eq!(list(None, Some("a"), 2).await, ("bc".into(), true));
    assert_eq!(list(Some(&[TenantId(3), TenantId(4), TenantId::PLATFORM]), None, 1).await, ("c".into(), true));
    assert_eq!(list(Some(&[]), None, 10).await, (String::new(), false));
    let many: Vec<_> = (0..1_200).map(TenantId).collect();
    assert_eq!(list(Some(&many), Some("b"), 10).await, ("cd".into(), false), "more keys than one statement takes");
    assert_eq!(tenant::list_ids(db.store.read()).await.unwrap(), [1, 2, 3, 4].map(TenantId));
    assert_eq!(tenant::find(db.store.read(), TenantId::PLATFORM).await.unwrap(), None);
    assert_eq!(tenant::find_by_slug(db.store.read(), "platform").await.unwrap(), None);
}

async fn projects_are_listed_where_they_are_visible(db: &TestDb) {
    let projects = [
        project(RISK, 1, "a"),
        project(RISK, 2, "b"),
        project(NAV, 1, "a"),
        project(NAV, 2, "c"),
        project(NAV, 3, "d"),
    ];
    for new in &projects {
        db.store.write(|tx| Box::pin(project::insert(tx, new))).await.unwrap();
    }
    let taken = &project(RISK, 9, "a");
    let taken = db.store.write(|tx| Box::pin(project::insert(tx, taken))).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken:?}");
    let read = db.store.read();
    assert_eq!(project::find(read, NAV, ProjectId(1)).await.unwrap().as_ref(), Some(&projects[2]));
    assert_eq!(project::find_by_slug(read, RISK, "b").await.unwrap().as_ref(), Some(&projects[1]));
    assert_eq!(project::find(read, RISK, ProjectId(3)).await.unwrap(), None, "an id is of its tenant");
    assert_eq!(project::get_many(read, RISK, &[ProjectId(2), ProjectId(3)]).await.unwrap(), projects[1..2]);
    let visible = |tenant, projects: Option<&[i64]>| Visible {
        tenant,
        projects: projects.map(|it| it.iter().copied().map(ProjectId).collect()),
    };
    let list = async |visible: &[Visible], after, limit| {
        let page = project::list(db.store.read(), visible, after, limit).await.unwrap();
        (page.items.into_iter().map(|it| (it.tenant.0, it.slug)).collect::<Vec<_>>(), page.has_next)
    };
    let named = |items: &[(i64, &str)]| items.iter().map(|(id, slug)| (*id, (*slug).to_owned())).collect::<Vec<_>>();
    assert_eq!(list(&[], None, 10).await, (vec![], false));
    let both = [visible(RISK, None), visible(NAV, Some(&[2, 1]))];
    assert_eq!(list(&both, None, 10).await, (named(&[(7, "a"), (7, "b"), (8, "a"), (8, "c")]), false));
    assert_eq!(list(&both, Some((RISK, "a")), 2).await, (named(&[(7, "b"), (8, "a")]), true));
}

async fn an_account_is_saved_under_its_revision(db: &TestDb) {
    let new = &account(WANG, "wang.fang");
    db.store.write(|tx| Box::pin(account::insert(tx, new))).await.unwrap();
    assert_eq!(account::find_by_username(db.store.read(), "wang.fang").await.unwrap().as_ref(), Some(new));
    assert_eq!(account::find_by_username(db.store.read(), "WANG.FANG").await.unwrap(), None);
    let changed = &Account { failed_count: 3, locked_until_ms: Some(9), must_change_password: false, ..new.clone() };
    db.store.write(|tx| Box::pin(account::save(tx, changed))).await.unwrap();
    let stale = db.store.write(|tx| Box::pin(account::save(tx, changed))).await.unwrap_err();
    assert!(stale.is_stale(), "{stale:?}");
    let found = account::find(db.store.read(), WANG).await.unwrap().unwrap();
    assert_eq!(found, Account { revision: 2, ..changed.clone() });
    assert!(!format!("{found:?}").contains("argon2id"), "a hash is not for logs");
    assert_eq!(account::list(db.store.read(), Some("wang.fang"), 10).await.unwrap().items, []);
}

async fn accounts_that_are_locked_change_one_after_the_other(db: &TestDb) {
    let new = &account(WANG, "wang.fang");
    db.store.write(|tx| Box::pin(account::insert(tx, new))).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = db.store.clone();
        writers.spawn(async move {
            let write = store.write(|tx| {
                Box::pin(async move {
                    let mut locked = account::lock(tx, WANG).await?.expect("the account is there");
                    locked.failed_count += 1;
                    account::save(tx, &locked).await
                })
            });
            write.await.unwrap();
        });
    }
    writers.join_all().await;
    assert_eq!(account::find(db.store.read(), WANG).await.unwrap().unwrap().failed_count, 6);
    let nobody = db.store.write(|tx| Box::pin(account::lock(tx, AccountId(2)))).await;
    assert_eq!(nobody.unwrap(), None);
}

async fn a_token_is_replaced_by_who_has_the_newest(db: &TestDb) {
    let first = &session(1);
    db.store.write(|tx| Box::pin(session::insert(tx, first))).await.unwrap();
    db.store.write(|tx| Box::pin(session::rotate(tx, first, "second", 50))).await.unwrap();
    let lost = db.store.write(|tx| Box::pin(session::rotate(tx, first, "other", 51))).await.unwrap_err();
    assert!(lost.is_stale(), "{lost:?}");
    let second = &session::find(db.store.read(), first.id).await.unwrap().unwrap();
    assert_eq!((second.refresh_hash.as_str(), second.previous_hash.as_deref()), ("second", Some("token-1")));
    assert_eq!((second.rotated_ms, second.last_seen_ms), (50, 50));
    db.store.write(|tx| Box::pin(session::rotate_again(tx, second, "third"))).await.unwrap();
    let third = session::find(db.store.read(), first.id).await.unwrap().unwrap();
    let expected = Session { refresh_hash: "third".into(), ..second.clone() };
    assert_eq!(third, expected, "the replaced token and its grace stay");
}

async fn sessions_end_once(db: &TestDb) {
    for id in 1..=4 {
        let new = &session(id);
        db.store.write(|tx| Box::pin(session::insert(tx, new))).await.unwrap();
    }
    let end =
        async |id| db.store.write(|tx| Box::pin(session::end(tx, SessionId(id), "signed_out", 60))).await.unwrap();
    assert!(end(1).await && !end(1).await && !end(99).await);
    let open = async |now_ms| {
        let open = session::list_open(db.store.read(), WANG, now_ms).await.unwrap();
        open.into_iter().map(|it| it.id.0).collect::<Vec<_>>()
    };
    assert_eq!(open(60).await, [4, 3, 2]);
    assert_eq!(open(1_000).await, [0_i64; 0], "past their end");
    let ended = db.store.write(|tx| Box::pin(session::end_all(tx, WANG, Some(SessionId(3)), "password", 70)));
    assert_eq!(ended.await.unwrap(), 2);
    assert_eq!(open(60).await, [3]);
    let first = session::find(db.store.read(), SessionId(1)).await.unwrap().unwrap();
    assert_eq!((first.ended_ms, first.end_reason.as_deref()), (Some(60), Some("signed_out")), "the first end stays");
    let gone = db.store.write(|tx| Box::pin(session::rotate(tx, &first, "x", 80))).await.unwrap_err();
    assert!(gone.is_stale(), "{gone:?}");
}

async fn every_grant_raises_the_policys_version(db: &TestDb) {
    let version = async || role_binding::version(db.store.read()).await.unwrap();
    assert_eq!(version().await, 0);
    let viewer = &binding(1, Role::Viewer, None, None);
    add_binding(&db.store, viewer).await.unwrap();
    assert_eq!(version().await, 1);
    let taken = add_binding(&db.store, &binding(2, Role::Viewer, None, None)).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken:?}");
    assert_eq!(version().await, 1, "what was undone changed nothing");
    add_binding(&db.store, &binding(3, Role::Viewer, Some(ProjectId(4)), None)).await.unwrap();
    let deleted = db.store.write(|tx| Box::pin(role_binding::delete(tx, viewer, 6))).await.unwrap();
    assert!(deleted);
    assert_eq!(version().await, 3);
    let found = role_binding::find(db.store.read(), RISK, WANG, Role::Viewer, Some(ProjectId(4))).await.unwrap();
    assert_eq!(found.unwrap().id, RoleBindingId(3));
    assert_eq!(role_binding::find(db.store.read(), RISK, WANG, Role::Viewer, None).await.unwrap(), None);
}

async fn bindings_end_and_unknown_ones_grant_nothing(db: &TestDb) {
    add_binding(&db.store, &binding(1, Role::Viewer, None, Some(100))).await.unwrap();
    add_binding(&db.store, &binding(2, Role::Operator, None, None)).await.unwrap();
    let newer = db.store.write(|tx| {
        Box::pin(async move {
            use store::Conn;
            let sql = "INSERT INTO role_binding (tenant_id, id, account_id, role, object_kind, object_id, created_ms) \
                       VALUES (7, 3, 1, 'EMPEROR', 'tenant', 0, 5), (7, 4, 1, 'VIEWER', 'planet', 1, 5)";
            tx.execute_unprepared(sql).await?;
            Ok::<_, Error>(())
        })
    });
    newer.await.unwrap();
    let ids = |bindings: Vec<RoleBinding>| bindings.into_iter().map(|it| it.id.0).collect::<Vec<_>>();
    let read = db.store.read();
    assert_eq!(ids(role_binding::list_valid(read, 99).await.unwrap()), [1, 2]);
    assert_eq!(ids(role_binding::list_valid(read, 100).await.unwrap()), [2]);
    assert_eq!(ids(role_binding::list_of_account(read, WANG, 99).await.unwrap()), [1, 2]);
    assert_eq!(ids(role_binding::list_of_account(read, AccountId(2), 99).await.unwrap()), [0_i64; 0]);
    assert_eq!(ids(role_binding::list_of_tenant(read, NAV, 99).await.unwrap()), [0_i64; 0]);
}
