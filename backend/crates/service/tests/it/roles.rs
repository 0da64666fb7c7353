//! Who may grant what to whom, and how fast it acts.

use domain::{
    access::{Permission, Role},
    error::ErrorCode,
    id::TenantId,
};
use service::{
    Error,
    authz::{POLL_MS, Scope},
    role::{self, Assignment},
};

use crate::firm::Firm;

const PLATFORM: TenantId = TenantId::PLATFORM;

fn assign(username: &str, role: Role, tenant: TenantId) -> Assignment {
    Assignment { username: username.into(), tenant, role, project: None }
}

#[tokio::test]
async fn a_tenants_administrator_grants_and_revokes_in_it() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let admin = firm.member("zhao", Role::TenantAdmin, risk, None).await;
    let wang = firm.person("wang").await;
    let scope = Scope::tenant(risk);
    let starts = async || wang.permissions(&firm.services, scope).await.unwrap().contains(Permission::RunStart);

    assert!(!starts().await);
    role::grant(&firm.services, &admin, &assign("wang", Role::Operator, risk), None).await.unwrap();
    assert!(starts().await, "a grant of this process acts at once");
    role::grant(&firm.services, &admin, &assign("wang", Role::Operator, risk), None).await.unwrap();
    role::revoke(&firm.services, &admin, &assign("wang", Role::Operator, risk)).await.unwrap();
    assert!(!starts().await, "so does taking it away");
    role::revoke(&firm.services, &admin, &assign("wang", Role::Operator, risk)).await.unwrap();
    let trail = firm.trail(risk).await;
    assert_eq!(
        trail[trail.len() - 4..],
        ["role.grant succeeded", "role.grant succeeded", "role.revoke succeeded", "role.revoke succeeded"]
    );
}

#[tokio::test]
async fn a_grant_on_another_node_acts_within_a_second() {
    let firm = Firm::new().await;
    let other = Firm::on(firm.services.store().clone());
    let risk = firm.departments().await.risk.id;
    let wang = firm.person("wang").await;
    let may = async |firm: &Firm| {
        let ctx = service::OpCtx { now_ms: firm.now_ms(), ..wang.clone() };
        ctx.permissions(&firm.services, Scope::tenant(risk)).await.unwrap().contains(Permission::RunRead)
    };
    assert!(!may(&other).await);
    role::grant(&firm.services, &firm.system(), &assign("wang", Role::Viewer, risk), None).await.unwrap();
    other.advance(POLL_MS);
    assert!(may(&other).await);
    role::revoke(&firm.services, &firm.system(), &assign("wang", Role::Viewer, risk)).await.unwrap();
    other.advance(POLL_MS);
    assert!(!may(&other).await);
}

#[tokio::test]
async fn a_grant_ends_on_its_day() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    firm.person("wang").await;
    let ends_ms = firm.now_ms() + 100;
    let assignment = assign("wang", Role::Viewer, risk);
    role::grant(&firm.services, &firm.system(), &assignment, Some(ends_ms)).await.unwrap();
    let may = async || {
        let ctx = firm.by("wang").await;
        ctx.permissions(&firm.services, Scope::tenant(risk)).await.unwrap().contains(Permission::RunRead)
    };
    assert!(may().await);
    firm.advance(100);
    assert!(!may().await, "without waiting for the next look");
    let past = role::grant(&firm.services, &firm.system(), &assignment, Some(ends_ms)).await.unwrap_err();
    assert_eq!(past.code(), ErrorCode::InvalidInput);
    role::grant(&firm.services, &firm.system(), &assignment, None).await.unwrap();
    assert!(may().await, "granted anew, without an end");
}

#[tokio::test]
async fn nobody_grants_himself_what_he_lacks() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let root = firm.administrator().await;
    let denied = role::grant(&firm.services, &root, &assign("root.li", Role::Viewer, risk), None).await.unwrap_err();
    assert!(matches!(denied, Error::Denied { permission: Permission::ProjectRead }), "{denied:?}");
    assert_eq!(firm.trail(risk).await.last().unwrap(), "role.grant denied DENIED");
    firm.person("zhao").await;
    role::grant(&firm.services, &root, &assign("zhao", Role::TenantAdmin, risk), None).await.unwrap();
}

#[tokio::test]
async fn who_may_not_manage_members_grants_nothing() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    firm.person("wang").await;
    for (name, role) in [("dev", Role::Developer), ("ops", Role::Operator), ("eye", Role::Viewer)] {
        let ctx = firm.member(name, role, risk, None).await;
        for granted in [Role::Viewer, Role::TenantAdmin] {
            let denied = role::grant(&firm.services, &ctx, &assign("wang", granted, risk), None).await.unwrap_err();
            assert!(matches!(denied, Error::Denied { permission: Permission::MemberManage }), "{denied:?}");
            let denied = role::revoke(&firm.services, &ctx, &assign("wang", granted, risk)).await.unwrap_err();
            assert_eq!(denied.code(), ErrorCode::Denied);
        }
    }
}

#[tokio::test]
async fn the_platforms_role_is_in_the_platforms_hands() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let root = firm.administrator().await;
    let zhao = firm.member("zhao", Role::TenantAdmin, risk, None).await;
    firm.person("wang").await;
    let denied =
        role::grant(&firm.services, &zhao, &assign("zhao", Role::SystemAdmin, PLATFORM), None).await.unwrap_err();
    assert!(matches!(denied, Error::Denied { permission: Permission::MemberManage }), "{denied:?}");
    for (role, tenant) in [(Role::SystemAdmin, risk), (Role::TenantAdmin, PLATFORM)] {
        let refused = role::grant(&firm.services, &root, &assign("wang", role, tenant), None).await.unwrap_err();
        assert_eq!(refused.field_errors().unwrap()[0].path, ["role"]);
    }
    role::grant(&firm.services, &root, &assign("wang", Role::SystemAdmin, PLATFORM), None).await.unwrap();
    role::revoke(&firm.services, &root, &assign("root.li", Role::SystemAdmin, PLATFORM)).await.unwrap();
    let wang = firm.by("wang").await;
    let last = role::revoke(&firm.services, &wang, &assign("wang", Role::SystemAdmin, PLATFORM)).await.unwrap_err();
    assert!(matches!(&last, Error::Refused { code: ErrorCode::Conflict, .. }), "{last:?}");
    wang.require(&firm.services, Permission::PlatformManage, Scope::PLATFORM).await.unwrap();
}

/// With one project one manages its members, not the tenant's.
#[tokio::test]
async fn a_projects_administrator_stays_in_it() {
    let firm = Firm::new().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let zhao = firm.member("zhao", Role::TenantAdmin, risk, Some(project)).await;
    firm.person("wang").await;
    let in_project = Assignment { project: Some(project), ..assign("wang", Role::Developer, risk) };
    role::grant(&firm.services, &zhao, &in_project, None).await.unwrap();
    let denied = role::grant(&firm.services, &zhao, &assign("wang", Role::Viewer, risk), None).await.unwrap_err();
    assert!(matches!(denied, Error::Denied { .. }), "{denied:?}");
    let elsewhere = Assignment { project: Some(departments.nav_nightly.id), ..in_project };
    let hidden = role::grant(&firm.services, &zhao, &elsewhere, None).await.unwrap_err();
    assert!(matches!(hidden, Error::NotFound { kind: "project" }), "{hidden:?}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let firm = Firm::new().await;
    let risk = firm.departments().await.risk.id;
    let root = firm.administrator().await;
    let nobody = role::grant(&firm.services, &root, &assign("nobody", Role::Viewer, risk), None).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound { kind: "account" }), "{nobody:?}");
    let nowhere =
        role::grant(&firm.services, &root, &assign("root.li", Role::Viewer, TenantId(99)), None).await.unwrap_err();
    assert!(matches!(nowhere, Error::NotFound { kind: "tenant" }), "{nowhere:?}");
    assert!(firm.trail(TenantId(99)).await.is_empty(), "no chain begins for a guess");
}
