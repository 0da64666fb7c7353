//! Decisions of the enforcer.

use super::*;

const WANG: AccountId = AccountId(1);
const LI: AccountId = AccountId(2);
const RISK: TenantId = TenantId(7);
const NAV: TenantId = TenantId(8);

fn grant(account: AccountId, role: Role, scope: Scope) -> Grant {
    Grant { account, role, scope }
}

#[tokio::test]
async fn without_a_grant_everything_is_denied() {
    let enforcer = enforcer(&[grant(LI, Role::TenantAdmin, Scope::tenant(RISK))]).await.unwrap();
    for permission in Permission::ALL {
        for scope in [Scope::PLATFORM, Scope::tenant(RISK), Scope::project(RISK, ProjectId(1))] {
            assert!(!allows(&enforcer, WANG, scope, *permission), "{permission} in {scope:?}");
        }
    }
}

/// What the table of roles says is what the enforcer does, where the role was granted.
#[tokio::test]
async fn a_role_allows_what_its_table_says() {
    for role in Role::ALL {
        let scope = if role.is_platform() { Scope::PLATFORM } else { Scope::tenant(RISK) };
        let enforcer = enforcer(&[grant(WANG, *role, scope)]).await.unwrap();
        for permission in Permission::ALL {
            assert_eq!(allows(&enforcer, WANG, scope, *permission), role.allows(*permission), "{role}: {permission}");
        }
    }
}

#[tokio::test]
async fn a_grant_on_a_project_ends_at_its_border() {
    let enforcer = enforcer(&[grant(WANG, Role::Developer, Scope::project(RISK, ProjectId(1)))]).await.unwrap();
    let edits = |scope| allows(&enforcer, WANG, scope, Permission::WorkflowEdit);
    assert!(edits(Scope::project(RISK, ProjectId(1))));
    assert!(!edits(Scope::project(RISK, ProjectId(2))));
    assert!(!edits(Scope::tenant(RISK)));
    assert!(!edits(Scope::project(NAV, ProjectId(1))), "an id alone opens nothing elsewhere");
    assert!(allows(&enforcer, WANG, Scope::tenant(RISK), Permission::TenantRead), "the tenant may be known");
    assert!(!allows(&enforcer, WANG, Scope::tenant(RISK), Permission::ProjectRead));
}

#[tokio::test]
async fn the_platforms_administrator_reads_no_tenants_work() {
    let enforcer = enforcer(&[grant(WANG, Role::SystemAdmin, Scope::PLATFORM)]).await.unwrap();
    let allowed: Vec<_> =
        Permission::ALL.iter().copied().filter(|it| allows(&enforcer, WANG, Scope::tenant(RISK), *it)).collect();
    assert_eq!(allowed, [Permission::TenantRead, Permission::TenantManage, Permission::MemberManage]);
}

#[tokio::test]
async fn a_role_where_it_can_not_be_held_grants_nothing() {
    let unsound = [
        grant(WANG, Role::SystemAdmin, Scope::tenant(RISK)),
        grant(WANG, Role::TenantAdmin, Scope::PLATFORM),
        grant(WANG, Role::SystemAdmin, Scope::project(TenantId::PLATFORM, ProjectId(1))),
    ];
    let enforcer = enforcer(&unsound).await.unwrap();
    for permission in Permission::ALL {
        for scope in [Scope::PLATFORM, Scope::tenant(RISK)] {
            assert!(!allows(&enforcer, WANG, scope, *permission), "{permission} in {scope:?}");
        }
    }
}

/// The enforcer treats equal names as linked, so an account must not be able to pass for a role.
#[tokio::test]
async fn no_account_is_named_like_a_role() {
    assert!(Role::ALL.iter().all(|role| !subject(WANG).contains(role.as_str())));
    assert_ne!(domain_name(TenantId::PLATFORM), domain_name(TenantId(1)));
}

#[tokio::test]
async fn the_policy_can_not_be_written_through_the_enforcer() {
    let mut lines = Lines(Vec::new());
    assert!(lines.add_policy("p", "p", vec!["role:VIEWER".into()]).await.is_err());
    assert!(lines.clear_policy().await.is_err());
}
