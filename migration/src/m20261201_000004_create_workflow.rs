//! Projects, workflows, their immutable versions and schedules.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// The migration; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        project(m).await?;
        workflow(m).await?;
        workflow_version(m).await?;
        schedule(m).await?;
        schedule_fire(m).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(drop("schedule_fire")).await?;
        m.drop_table(drop("schedule")).await?;
        m.drop_table(drop("workflow_version")).await?;
        m.drop_table(drop("workflow")).await?;
        m.drop_table(drop("project")).await?;
        Ok(())
    }
}

async fn project(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("project")
            .col(big("tenant_id").not_null())
            .col(big("id").not_null())
            .col(name("slug", 63).not_null())
            .col(name("title", 200).not_null())
            .col(big("created_ms").not_null())
            .col(big("archived_ms").null())
            .col(big("revision").not_null())
            .primary_key(&mut primary("project", &["tenant_id", "id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_project_1", "project", &["tenant_id", "slug"])).await?;
    Ok(())
}

async fn workflow(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("workflow")
            .col(big("tenant_id").not_null())
            .col(big("id").not_null())
            .col(big("project_id").not_null())
            .col(name("name", 100).not_null())
            .col(name("title", 200).null())
            .col(name("owner", 100).null())
            .col(text("tags_json").null())
            .col(flag("enabled").not_null())
            .col(int("current_version").not_null())
            .col(big("created_ms").not_null())
            .col(big("changed_ms").not_null())
            .col(big("archived_ms").null())
            .col(big("revision").not_null())
            .primary_key(&mut primary("workflow", &["tenant_id", "id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_workflow_1", "workflow", &["tenant_id", "project_id", "name"])).await?;
    m.create_index(index("ix_workflow_1", "workflow", &["tenant_id", "name", "id"])).await?;
    Ok(())
}

async fn workflow_version(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("workflow_version")
            .col(big("tenant_id").not_null())
            .col(big("workflow_id").not_null())
            .col(int("version").not_null())
            .col(long_text(m, "source").not_null())
            .col(long_text(m, "spec_json").not_null())
            .col(name("digest", 64).not_null())
            .col(text("note").null())
            .col(big("created_ms").not_null())
            .col(big("created_by").null())
            .col(name("created_by_name", 100).null())
            .primary_key(&mut primary("workflow_version", &["tenant_id", "workflow_id", "version"]))
            .take(),
    )
    .await?;
    Ok(())
}

async fn schedule(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("schedule")
            .col(big("tenant_id").not_null())
            .col(big("id").not_null())
            .col(big("workflow_id").not_null())
            .col(name("name", 63).not_null())
            .col(text("spec_json").not_null())
            .col(big("next_fire_ms").null())
            .col(big("last_fire_ms").null())
            .col(name("state", 16).not_null())
            .col(text("state_reason").null())
            .col(big("revision").not_null())
            .primary_key(&mut primary("schedule", &["tenant_id", "id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_schedule_1", "schedule", &["tenant_id", "workflow_id", "name"])).await?;
    m.create_index(index("ix_schedule_1", "schedule", &["next_fire_ms"])).await?;
    Ok(())
}

async fn schedule_fire(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("schedule_fire")
            .col(big("tenant_id").not_null())
            .col(big("schedule_id").not_null())
            .col(big("instant_ms").not_null())
            .col(big("workflow_id").not_null())
            .col(civil_date("business_date").null())
            .col(name("outcome", 20).not_null())
            .col(text("reason_json").null())
            .col(big("run_id").null())
            .col(big("at_ms").not_null())
            .primary_key(&mut primary("schedule_fire", &["tenant_id", "schedule_id", "instant_ms"]))
            .take(),
    )
    .await?;
    Ok(())
}
