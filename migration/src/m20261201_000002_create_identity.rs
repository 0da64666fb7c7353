//! Tenants, accounts, sessions and role bindings.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// The migration; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        tenant(m).await?;
        account(m).await?;
        session(m).await?;
        role_binding(m).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(drop("role_binding")).await?;
        m.drop_table(drop("session")).await?;
        m.drop_table(drop("account")).await?;
        m.drop_table(drop("tenant")).await?;
        Ok(())
    }
}

async fn tenant(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("tenant")
            .col(big("id").not_null())
            .col(name("slug", 63).not_null())
            .col(name("title", 200).not_null())
            .col(name("state", 16).not_null())
            .col(big("created_ms").not_null())
            .col(big("revision").not_null())
            .primary_key(&mut primary("tenant", &["id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_tenant_1", "tenant", &["slug"])).await?;
    Ok(())
}

async fn account(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("account")
            .col(big("id").not_null())
            .col(name("username", 100).not_null())
            .col(name("display_name", 200).not_null())
            .col(name("email", 200).null())
            .col(text("password_hash").null())
            .col(flag("must_change_password").not_null())
            .col(name("state", 16).not_null())
            .col(int("failed_count").not_null())
            .col(big("locked_until_ms").null())
            .col(name("locale", 16).null())
            .col(big("created_ms").not_null())
            .col(big("last_sign_in_ms").null())
            .col(big("revision").not_null())
            .primary_key(&mut primary("account", &["id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_account_1", "account", &["username"])).await?;
    Ok(())
}

async fn session(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("session")
            .col(big("id").not_null())
            .col(big("account_id").not_null())
            .col(name("refresh_hash", 64).not_null())
            .col(name("previous_hash", 64).null())
            .col(big("created_ms").not_null())
            .col(big("rotated_ms").not_null())
            .col(big("expires_ms").not_null())
            .col(big("last_seen_ms").not_null())
            .col(big("ended_ms").null())
            .col(name("end_reason", 32).null())
            .col(name("client_addr", 64).null())
            .col(name("user_agent", 255).null())
            .primary_key(&mut primary("session", &["id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_session_1", "session", &["refresh_hash"])).await?;
    m.create_index(index("ix_session_1", "session", &["account_id", "id"])).await?;
    m.create_index(index("ix_session_2", "session", &["previous_hash"])).await?;
    Ok(())
}

async fn role_binding(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("role_binding")
            .col(big("tenant_id").not_null())
            .col(big("id").not_null())
            .col(big("account_id").not_null())
            .col(name("role", 63).not_null())
            .col(name("object_kind", 32).not_null())
            .col(big("object_id").not_null())
            .col(big("expires_ms").null())
            .col(big("created_ms").not_null())
            .col(big("created_by").null())
            .primary_key(&mut primary("role_binding", &["tenant_id", "id"]))
            .take(),
    )
    .await?;
    m.create_index(unique(
        "ux_role_binding_1",
        "role_binding",
        &["tenant_id", "account_id", "role", "object_kind", "object_id"],
    ))
    .await?;
    m.create_index(index("ix_role_binding_1", "role_binding", &["account_id"])).await?;
    Ok(())
}
