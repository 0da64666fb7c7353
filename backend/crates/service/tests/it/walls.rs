//! Nothing crosses from one tenant to another.

use domain::{
    access::{Permission, Role},
    error::{ErrorCode, Lang},
    id::{ProjectId, TenantId},
};
use service::{
    Error, OpCtx, account, audit,
    authz::{Scope, Visible},
    project::{self, NewProject},
    role::{self, Assignment},
    tenant::{self, NewTenant},
};

use crate::firm::{Departments, Firm};

const NO_TENANT: TenantId = TenantId(99);

async fn firm_with(username: &str) -> (Firm, Departments, OpCtx) {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let ctx = firm.member(username, Role::TenantAdmin, departments.risk.id, None).await;
    (firm, departments, ctx)
}

/// Asks everything about a tenant that the services answer; what they say.
async fn ask_all(firm: &Firm, ctx: &OpCtx, tenant: TenantId, project: ProjectId, slug: &str) -> Vec<String> {
    let services = &firm.services;
    let assignment = Assignment { username: "zhao".into(), tenant, role: Role::Viewer, project: None };
    let new = NewProject { tenant, slug: "mine".into(), title: "Mine".into() };
    let answers = [
        tenant::find(services, ctx, tenant).await.map(drop),
        tenant::find_by_slug(services, ctx, slug).await.map(drop),
        project::find(services, ctx, tenant, project).await.map(drop),
        project::find_by_slug(services, ctx, tenant, "nightly").await.map(drop),
        project::create(services, ctx, new).await.map(drop),
        role::grant(services, ctx, &assignment, None).await.map(drop),
        role::revoke(services, ctx, &assignment).await.map(drop),
        audit::list(services, ctx, tenant, None, 10).await.map(drop),
    ];
    let mut texts: Vec<_> = answers.into_iter().map(|it| describe(&it.unwrap_err())).collect();
    for permission in Permission::ALL {
        for scope in [Scope::tenant(tenant), Scope::project(tenant, project)] {
            texts.push(describe(&ctx.require(services, *permission, scope).await.unwrap_err()));
            assert!(!ctx.permissions(services, scope).await.unwrap().contains(*permission));
        }
    }
    texts
}

fn describe(error: &Error) -> String {
    assert_eq!(error.code(), ErrorCode::NotFound, "{error:?}");
    format!("{error} / {} / {}", error.message(Lang::En), error.message(Lang::Zh))
}

/// A tenant of others answers in every place exactly like one that does not exist.
#[tokio::test]
async fn another_tenants_administrator_learns_nothing() {
    let (firm, departments, ctx) = firm_with("zhao").await;
    let hidden = ask_all(&firm, &ctx, departments.nav.id, departments.nav_nightly.id, "nav").await;
    let absent = ask_all(&firm, &ctx, NO_TENANT, departments.nav_nightly.id, "absent").await;
    assert_eq!(hidden, absent);
}

#[tokio::test]
async fn lists_hold_what_one_may_see() {
    let (firm, departments, ctx) = firm_with("zhao").await;
    let services = &firm.services;
    let (risk, nav) = (departments.risk.id, departments.nav.id);
    let slugs = |page: store::Page<tenant::Tenant>| page.items.into_iter().map(|it| it.slug).collect::<Vec<_>>();
    assert_eq!(slugs(tenant::list(services, &ctx, None, 10).await.unwrap()), ["risk"]);
    assert_eq!(tenant::get_many(services, &ctx, &[risk, nav]).await.unwrap(), std::slice::from_ref(&departments.risk));
    let projects = project::list(services, &ctx, None, None, 10).await.unwrap().items;
    assert_eq!(projects, std::slice::from_ref(&departments.risk_nightly));
    assert!(project::list(services, &ctx, Some(nav), None, 10).await.unwrap().items.is_empty());
    assert!(project::get_many(services, &ctx, nav, &[departments.nav_nightly.id]).await.unwrap().is_empty());
    assert_eq!(ctx.visible_tenants(services).await.unwrap(), Visible::Only(vec![risk]));
    assert_eq!(services.visible(&ctx, Permission::RunRead, Some(nav), None).await.unwrap(), []);
    let other_project = Some(departments.nav_nightly.id);
    let within = services.visible(&ctx, Permission::RunRead, Some(risk), other_project).await.unwrap();
    assert_eq!(within[0].projects, Some(vec![departments.nav_nightly.id]), "narrowed; the rows are of the own tenant");
}

/// With a role in one project one sees the tenant's name and that project.
#[tokio::test]
async fn a_projects_member_sees_the_project_only() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let risk = departments.risk.id;
    let new = NewProject { tenant: risk, slug: "secret".into(), title: "Secret".into() };
    let secret = project::create(&firm.services, &firm.system(), new).await.unwrap();
    let ctx = firm.member("wang", Role::Developer, risk, Some(departments.risk_nightly.id)).await;
    let services = &firm.services;
    assert_eq!(tenant::find(services, &ctx, risk).await.unwrap(), departments.risk);
    let projects = project::list(services, &ctx, None, None, 10).await.unwrap().items;
    assert_eq!(projects, std::slice::from_ref(&departments.risk_nightly));
    for error in [
        project::find(services, &ctx, risk, secret.id).await.unwrap_err(),
        project::find(services, &ctx, risk, ProjectId(1)).await.unwrap_err(),
        project::find_by_slug(services, &ctx, risk, "secret").await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFound { kind: "project" }), "{error:?}");
    }
    ctx.require(services, Permission::WorkflowEdit, Scope::project(risk, departments.risk_nightly.id)).await.unwrap();
    let denied = ctx.require(services, Permission::WorkflowEdit, Scope::tenant(risk)).await.unwrap_err();
    assert!(matches!(denied, Error::Denied { .. }), "the tenant is known to him: {denied:?}");
}

/// Running the platform shows that tenants exist, and nothing in them.
#[tokio::test]
async fn the_platforms_administrator_sees_names_and_no_work() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let root = firm.administrator().await;
    let services = &firm.services;
    assert_eq!(tenant::list(services, &root, None, 10).await.unwrap().items.len(), 2);
    assert!(project::list(services, &root, None, None, 10).await.unwrap().items.is_empty());
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    assert_eq!(project::find(services, &root, risk, project).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(audit::list(services, &root, risk, None, 10).await.unwrap_err().code(), ErrorCode::Denied);
    for permission in [Permission::ProjectRead, Permission::WorkflowRead, Permission::RunRead, Permission::LogRead] {
        assert_eq!(services.visible(&root, permission, None, None).await.unwrap(), []);
    }
    assert!(tenant::find(services, &root, TenantId::PLATFORM).await.is_err(), "the platform is no tenant");
}

#[tokio::test]
async fn the_anonymous_get_nothing() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let (ctx, services) = (&firm.anonymous(), &firm.services);
    let new = NewTenant { slug: "mine".into(), title: "Mine".into() };
    for error in [
        tenant::list(services, ctx, None, 10).await.unwrap_err(),
        tenant::find(services, ctx, departments.risk.id).await.unwrap_err(),
        tenant::create(services, ctx, new).await.unwrap_err(),
        project::list(services, ctx, None, None, 10).await.unwrap_err(),
        account::viewer(services, ctx).await.unwrap_err(),
        account::list(services, ctx, None, 10).await.unwrap_err(),
        services.visible(ctx, Permission::RunRead, None, None).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Unauthenticated), "{error:?}");
    }
    let before = firm.trail(TenantId::PLATFORM).await.len();
    let assignment =
        Assignment { username: "x".into(), tenant: departments.risk.id, role: Role::Viewer, project: None };
    role::grant(services, ctx, &assignment, None).await.unwrap_err();
    assert_eq!(firm.trail(TenantId::PLATFORM).await.len(), before, "nobody can fill the trail without signing in");
}

#[tokio::test]
async fn accounts_are_known_to_who_has_to_know_them() {
    let (firm, departments, zhao) = firm_with("zhao").await;
    let wang = firm.member("wang", Role::Viewer, departments.nav.id, None).await;
    let (zhao_id, wang_id) = (zhao.actor.account_id().unwrap(), wang.actor.account_id().unwrap());
    let services = &firm.services;
    assert_eq!(account::find(services, &wang, wang_id).await.unwrap().username, "wang");
    assert_eq!(account::find(services, &zhao, wang_id).await.unwrap().username, "wang", "he grants roles");
    assert_eq!(account::find(services, &wang, zhao_id).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(account::find_by_username(services, &zhao, "Wang").await.unwrap().id, wang_id);
    assert_eq!(account::find_by_username(services, &wang, "wang").await.unwrap().id, wang_id);
    for hidden in ["zhao", "nobody"] {
        let error = account::find_by_username(services, &wang, hidden).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { kind: "account" }), "{error:?}");
    }
    let memberships = account::memberships(services, &wang).await.unwrap();
    assert_eq!(memberships, [account::Membership { tenant: departments.nav.id, roles: vec![Role::Viewer] }]);
}

#[tokio::test]
async fn tenants_and_projects_have_names_of_their_own() {
    let (firm, departments, zhao) = firm_with("zhao").await;
    let root = firm.administrator().await;
    let services = &firm.services;
    let tenant = |slug: &str| NewTenant { slug: slug.into(), title: "Title".into() };
    let taken = tenant::create(services, &root, tenant("risk")).await.unwrap_err();
    assert!(matches!(&taken, Error::NameTaken { field: "slug", .. }), "{taken:?}");
    assert_eq!(tenant::create(services, &root, tenant("No Slug")).await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(tenant::create(services, &root, tenant("platform")).await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(tenant::create(services, &zhao, tenant("more")).await.unwrap_err().code(), ErrorCode::Denied);
    tenant::create(services, &root, tenant("more")).await.unwrap();

    let project = |slug: &str| NewProject { tenant: departments.risk.id, slug: slug.into(), title: "Title".into() };
    let taken = project::create(services, &zhao, project("nightly")).await.unwrap_err();
    assert!(matches!(&taken, Error::NameTaken { field: "slug", .. }), "{taken:?}");
    let made = project::create(services, &zhao, project("more")).await.unwrap();
    assert_eq!(project::find(services, &zhao, departments.risk.id, made.id).await.unwrap(), made);
    let page = project::list(services, &zhao, Some(departments.risk.id), None, 1).await.unwrap();
    assert_eq!((page.items[0].slug.as_str(), page.has_next), ("more", true));
    let next = project::list(services, &zhao, None, Some((departments.risk.id, "more")), 1).await.unwrap();
    assert_eq!((next.items[0].slug.as_str(), next.has_next), ("nightly", false));
}
