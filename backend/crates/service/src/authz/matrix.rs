//! The exhaustive table role × permission × scope, as the enforcer decides it, for review.
//!
//! It is asked of the enforcer, not copied from the table of roles: so the text that is kept under review shows what
//! really happens, the model's mistakes included.

use std::fmt::Write;

use domain::{
    access::{Permission, Role},
    id::{AccountId, ProjectId, TenantId},
};

use super::{
    Scope,
    policy::{self, Grant},
};

const TENANT: TenantId = TenantId(1);
const OTHER_TENANT: TenantId = TenantId(2);
const PROJECT: ProjectId = ProjectId(10);
const OTHER_PROJECT: ProjectId = ProjectId(11);

/// Where a permission is asked for; the projects of the other tenant bear the same ids, as a guess would.
const ASKED: [Scope; 6] = [
    Scope::PLATFORM,
    Scope::tenant(TENANT),
    Scope::project(TENANT, PROJECT),
    Scope::project(TENANT, OTHER_PROJECT),
    Scope::tenant(OTHER_TENANT),
    Scope::project(OTHER_TENANT, PROJECT),
];

/// Where a role is granted.
const GRANTED: [(&str, Scope); 3] =
    [("platform", Scope::PLATFORM), ("tenant", Scope::tenant(TENANT)), ("project", Scope::project(TENANT, PROJECT))];

/// Prints the table: a block per role and place of the grant, a line per permission, a column per place asked for.
/// `x` is allowed, `.` refused.
///
/// # Panics
/// When the built-in model does not load, which a test would have shown.
pub async fn print() -> String {
    let mut text = String::from(HEADER);
    block(&mut text, "(no role)", "nowhere", &[]).await;
    for role in Role::ALL {
        for (place, scope) in GRANTED {
            let grant = Grant { account: AccountId(1), role: *role, scope };
            block(&mut text, role.as_str(), place, &[grant]).await;
        }
    }
    text
}

const HEADER: &str = "\
# Who may do what, as the enforcer decides it. Written by `cargo nextest run -p service`, reviewed by people.
# Columns: platform, tenant, project, other project, other tenant, project of the same id in the other tenant.
";

async fn block(text: &mut String, role: &str, place: &str, grants: &[Grant]) {
    let enforcer = policy::enforcer(grants).await.expect("the built-in model loads");
    writeln!(text, "\n{role} granted on {place}").expect("a String takes everything");
    for permission in Permission::ALL {
        let marks: String = ASKED
            .iter()
            .map(|scope| if policy::allows(&enforcer, AccountId(1), *scope, *permission) { 'x' } else { '.' })
            .collect();
        writeln!(text, "  {marks} {permission}").expect("a String takes everything");
    }
}
