//! `almanac audit …`: whether the audit trail is what was written.

use clap::Subcommand;
use domain::id::TenantId;
use service::audit::{Verdict, verify};
use store::Store;

use super::{
    CliError,
    open::{ctx, open},
    say,
};
use crate::{app::StartError, config::Config};

/// What is done with the trail.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Follows the hash chain of every tenant, or of one
    Verify {
        /// Slug of a tenant; `platform` for the platform's own chain
        #[arg(long)]
        tenant: Option<String>,
    },
}

pub(super) async fn run(command: AuditCommand, config: Config) -> Result<(), CliError> {
    const PLATFORM: &str = "platform";
    let AuditCommand::Verify { tenant } = command;
    let (store, services) = open(&config).await?;
    let ctx = ctx(&services);
    let mut sound = true;
    if tenant.as_deref().is_none_or(|slug| slug == PLATFORM) {
        sound &= check(&store, TenantId::PLATFORM, PLATFORM).await?;
    }
    match tenant.as_deref() {
        Some(PLATFORM) => {}
        Some(slug) => {
            let tenant = service::tenant::find_by_slug(&services, &ctx, slug).await?;
            sound &= check(&store, tenant.id, slug).await?;
        }
        None => {
            let mut after: Option<String> = None;
            loop {
                let page = service::tenant::list(&services, &ctx, after.as_deref(), 200).await?;
                for tenant in &page.items {
                    sound &= check(&store, tenant.id, &tenant.slug).await?;
                }
                after = page.items.last().map(|tenant| tenant.slug.clone());
                if !page.has_next {
                    break;
                }
            }
        }
    }
    if sound { Ok(()) } else { Err(CliError::AuditBroken) }
}

async fn check(store: &Store, tenant: TenantId, slug: &str) -> Result<bool, CliError> {
    let anchor = store::audit::anchor(store.read(), tenant).await.map_err(StartError::from)?;
    let from = anchor.map_or_else(String::new, |it| format!(" (those up to {} are deleted by age)", it.seq));
    match verify(store, tenant, None).await.map_err(StartError::from)? {
        Verdict::Intact { head: None } => say(&format!("{slug}: intact, no events"))?,
        Verdict::Intact { head: Some(head) } => {
            say(&format!("{slug}: intact, {} events{from}, last hash {}", head.seq, head.hash))?;
        }
        Verdict::Broken { seq, fault } => {
            say(&format!("{slug}: BROKEN at event {seq}: {fault:?}"))?;
            return Ok(false);
        }
    }
    Ok(true)
}
