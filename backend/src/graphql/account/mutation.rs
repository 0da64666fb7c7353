//! Making accounts, changing one's password, giving and taking roles.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::{Error, account::NewAccount, ctx::Actor, password::Password, role::Assignment};

use crate::graphql::{
    access::Role,
    account::{Account, Viewer},
    context::{Ask as _, Operation},
    error::UserError,
    id,
};

/// The old and the new password.
#[derive(Debug, InputObject)]
pub(crate) struct ChangePasswordInput {
    current_password: String,
    new_password: String,
}

/// The viewer, or why the password stays.
#[derive(Debug, SimpleObject)]
pub(crate) struct ChangePasswordPayload {
    viewer: Option<Viewer>,
    user_errors: Vec<UserError>,
}

/// An account to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateAccountInput {
    /// Its name at sign-in; kept in lower case.
    username: String,
    /// Its name for people.
    display_name: String,
    email: Option<String>,
}

/// The account with its first password, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreateAccountPayload {
    account: Option<Account>,
    /// Shown once.
    one_time_password: Option<String>,
    user_errors: Vec<UserError>,
}

/// A role to be given.
#[derive(Debug, InputObject)]
pub(crate) struct GrantRoleInput {
    /// The account's user name.
    account: String,
    tenant: ID,
    role: Role,
    /// Only in this project, when it is given.
    project: Option<ID>,
}

/// Whose role it is now, or why not.
#[derive(Debug, SimpleObject)]
pub(crate) struct GrantRolePayload {
    account: Option<Account>,
    user_errors: Vec<UserError>,
}

/// A role to be taken away.
#[derive(Debug, InputObject)]
pub(crate) struct RevokeRoleInput {
    /// The account's user name.
    account: String,
    tenant: ID,
    role: Role,
    /// Only in this project, when it is given.
    project: Option<ID>,
}

/// Whose role it was, or why it stays.
#[derive(Debug, SimpleObject)]
pub(crate) struct RevokeRolePayload {
    account: Option<Account>,
    user_errors: Vec<UserError>,
}

fn assignment(username: String, tenant: &ID, role: Role, project: Option<&ID>) -> Result<Assignment, Error> {
    let tenant = id::tenant(tenant, "tenant")?;
    let project = match project {
        None => None,
        // A project of another tenant is none of this one.
        Some(project) => match id::project(project, "project")? {
            (of, project) if of == tenant => Some(project),
            _ => return Err(Error::NotFound { kind: "project" }),
        },
    };
    Ok(Assignment { username, tenant, role: role.into(), project })
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Changes the viewer's password; ends the viewer's other sessions.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Result<ChangePasswordPayload> {
        let (current, new) = (Password::new(input.current_password), Password::new(input.new_password));
        let op = ctx.op();
        let changed = service::account::change_password(ctx.services(), &op, &current, &new).await;
        let (account, user_errors) = ctx.settle(changed)?;
        if let Some(account) = &account {
            ctx.data_unchecked::<Operation>().become_actor(Actor::from(account), op.session_id);
        }
        Ok(ChangePasswordPayload { viewer: account.map(Viewer), user_errors })
    }

    /// Makes an account with a one-time password.
    async fn create_account(&self, ctx: &Context<'_>, input: CreateAccountInput) -> Result<CreateAccountPayload> {
        let new = NewAccount { username: input.username, display_name: input.display_name, email: input.email };
        let (issued, user_errors) = ctx.settle(service::account::create(ctx.services(), &ctx.op(), new).await)?;
        let (account, one_time_password) =
            issued.map(|it| (Account(it.account), it.one_time_password.reveal().to_owned())).unzip();
        Ok(CreateAccountPayload { account, one_time_password, user_errors })
    }

    /// Gives a role in a tenant, or in one project of it.
    async fn grant_role(&self, ctx: &Context<'_>, input: GrantRoleInput) -> Result<GrantRolePayload> {
        let granted = async {
            let assignment = assignment(input.account, &input.tenant, input.role, input.project.as_ref())?;
            service::role::grant(ctx.services(), &ctx.op(), &assignment, None).await
        };
        let (account, user_errors) = ctx.settle(granted.await)?;
        Ok(GrantRolePayload { account: account.map(Account), user_errors })
    }

    /// Takes a role away.
    async fn revoke_role(&self, ctx: &Context<'_>, input: RevokeRoleInput) -> Result<RevokeRolePayload> {
        let revoked = async {
            let assignment = assignment(input.account, &input.tenant, input.role, input.project.as_ref())?;
            service::role::revoke(ctx.services(), &ctx.op(), &assignment).await
        };
        let (account, user_errors) = ctx.settle(revoked.await)?;
        Ok(RevokeRolePayload { account: account.map(Account), user_errors })
    }
}
