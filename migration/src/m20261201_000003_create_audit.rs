//! The hash-chained audit trail, one chain per tenant.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// The migration; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        audit_chain(m).await?;
        audit_event(m).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(drop("audit_event")).await?;
        m.drop_table(drop("audit_chain")).await?;
        Ok(())
    }
}

async fn audit_chain(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("audit_chain")
            .col(big("tenant_id").not_null())
            .col(big("seq").not_null())
            .col(name("hash", 64).not_null())
            .primary_key(&mut primary("audit_chain", &["tenant_id"]))
            .take(),
    )
    .await?;
    Ok(())
}

async fn audit_event(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("audit_event")
            .col(big("tenant_id").not_null())
            .col(big("seq").not_null())
            .col(big("at_ms").not_null())
            .col(name("actor_kind", 16).not_null())
            .col(big("actor_id").null())
            .col(name("actor_name", 100).not_null())
            .col(name("channel", 16).not_null())
            .col(name("action", 64).not_null())
            .col(name("object_kind", 32).not_null())
            .col(name("object_id", 64).null())
            .col(name("object_name", 200).null())
            .col(name("result", 16).not_null())
            .col(name("error_code", 64).null())
            .col(text("reason").null())
            .col(long_text(m, "before_json").null())
            .col(long_text(m, "after_json").null())
            .col(name("request_id", 64).null())
            .col(big("session_id").null())
            .col(name("client_addr", 64).null())
            .col(name("prev_hash", 64).not_null())
            .col(name("hash", 64).not_null())
            .primary_key(&mut primary("audit_event", &["tenant_id", "seq"]))
            .take(),
    )
    .await?;
    m.create_index(index("ix_audit_event_1", "audit_event", &["tenant_id", "at_ms"])).await?;
    m.create_index(index("ix_audit_event_2", "audit_event", &["tenant_id", "object_kind", "object_id", "seq"])).await?;
    Ok(())
}
