//! `almanac admin …`: accounts, for whoever can sign in to the server's machine; also the way back in when the last
//! administrator has lost his password.

use clap::{Subcommand, builder::PossibleValuesParser};
use domain::{access::Role, id::TenantId};
use service::{
    Services,
    account::{Issued, NewAccount},
    ctx::OpCtx,
    role::Assignment,
};

use super::{
    CliError,
    open::{ctx, open},
    say,
};
use crate::config::Config;

/// What is done to accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Makes an account and prints its one-time password
    CreateUser {
        /// Name at sign-in
        username: String,
        /// Name for people [default: the user name]
        #[arg(long)]
        display_name: Option<String>,
        #[arg(long)]
        email: Option<String>,
        /// A role to begin with
        #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())))]
        role: Option<String>,
        /// Slug of the tenant in which the role holds; not for SYSTEM_ADMIN
        #[arg(long, requires = "role")]
        tenant: Option<String>,
    },
    /// Gives an account a new one-time password, prints it, and ends the account's sessions
    ResetPassword {
        /// Name at sign-in
        username: String,
    },
}

pub(super) async fn run(command: AdminCommand, config: Config) -> Result<(), CliError> {
    let (store, services) = open(&config).await?;
    let ctx = ctx(&services);
    match command {
        AdminCommand::CreateUser { username, display_name, email, role, tenant } => {
            // Before the account is made: a tenant that isn't there must not leave half of the work behind.
            let role = match &role {
                Some(role) => Some(assigned(&services, &ctx, &username, role, tenant.as_deref()).await?),
                None => None,
            };
            let display_name = display_name.unwrap_or_else(|| username.clone());
            let new = NewAccount { username, display_name, email };
            let issued = service::account::create(&services, &ctx, new).await?;
            if let Some(assignment) = role {
                service::role::grant(&services, &ctx, &assignment, None).await?;
            }
            tell(&issued)?;
        }
        AdminCommand::ResetPassword { username } => {
            let account = service::account::find_by_username(&services, &ctx, &username).await?;
            tell(&service::account::reset_password(&services, &ctx, account.id).await?)?;
        }
    }
    // Everything is committed; what could still fail is only the farewell.
    let _ = store.close().await;
    Ok(())
}

async fn assigned(
    services: &Services,
    ctx: &OpCtx,
    username: &str,
    role: &str,
    tenant: Option<&str>,
) -> Result<Assignment, CliError> {
    let role: Role = role.parse().map_err(|error: domain::access::UnknownName| CliError::Refused(error.to_string()))?;
    let tenant = match tenant {
        Some(slug) => service::tenant::find_by_slug(services, ctx, slug).await?.id,
        None if role.is_platform() => TenantId::PLATFORM,
        None => return Err(CliError::Refused(format!("{role} holds in a tenant: name it with --tenant"))),
    };
    Ok(Assignment { username: username.to_owned(), tenant, role, project: None })
}

fn tell(issued: &Issued) -> Result<(), CliError> {
    say(&format!("user name:         {}", issued.account.username))?;
    say(&format!("one-time password: {}", issued.one_time_password.reveal()))
}
