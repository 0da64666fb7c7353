//! Runs, task runs, attempts, the hot job table and logs.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// The migration; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(m).await?;
        task_run(m).await?;
        attempt(m).await?;
        job(m).await?;
        log_chunk(m).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(drop("log_chunk")).await?;
        m.drop_table(drop("job")).await?;
        m.drop_table(drop("attempt")).await?;
        m.drop_table(drop("task_run")).await?;
        m.drop_table(drop("run")).await?;
        Ok(())
    }
}

async fn run(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("run")
            .col(big("tenant_id").not_null())
            .col(big("id").not_null())
            .col(big("project_id").not_null())
            .col(big("workflow_id").not_null())
            .col(int("version").not_null())
            .col(civil_date("business_date").not_null())
            .col(name("cause", 16).not_null())
            .col(big("schedule_id").null())
            .col(big("fire_ms").null())
            .col(name("state", 20).not_null())
            .col(big("revision").not_null())
            .col(int("generation").not_null())
            .col(int("priority").not_null())
            .col(text("params_json").null())
            .col(name("idem_key", 100).null())
            .col(int("active_slot").null())
            .col(flag("stop_requested").not_null())
            .col(text("reason_json").null())
            .col(int("task_total").not_null())
            .col(int("task_ok").not_null())
            .col(int("task_failed").not_null())
            .col(int("task_running").not_null())
            .col(big("created_ms").not_null())
            .col(big("started_ms").null())
            .col(big("finished_ms").null())
            .col(big("changed_ms").not_null())
            .col(big("created_by").null())
            .col(name("created_by_name", 100).null())
            .primary_key(&mut primary("run", &["tenant_id", "id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_run_1", "run", &["tenant_id", "workflow_id", "active_slot"])).await?;
    m.create_index(unique("ux_run_2", "run", &["tenant_id", "workflow_id", "idem_key"])).await?;
    m.create_index(index("ix_run_1", "run", &["state", "tenant_id", "id"])).await?;
    m.create_index(index("ix_run_2", "run", &["tenant_id", "workflow_id", "id"])).await?;
    m.create_index(index("ix_run_3", "run", &["tenant_id", "project_id", "id"])).await?;
    m.create_index(index("ix_run_4", "run", &["tenant_id", "business_date", "id"])).await?;
    m.create_index(index("ix_run_5", "run", &["tenant_id", "changed_ms"])).await?;
    Ok(())
}

async fn task_run(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("task_run")
            .col(big("tenant_id").not_null())
            .col(big("run_id").not_null())
            .col(int("ordinal").not_null())
            .col(name("name", 100).not_null())
            .col(name("kind", 32).not_null())
            .col(name("state", 20).not_null())
            .col(int("attempt").not_null())
            .col(int("earlier_attempts").not_null())
            .col(big("epoch").not_null())
            .col(int("generation").not_null())
            .col(big("revision").not_null())
            .col(big("ready_ms").null())
            .col(big("started_ms").null())
            .col(big("finished_ms").null())
            .col(big("retry_at_ms").null())
            .col(int("exit_code").null())
            .col(text("reason_json").null())
            .col(long_text(m, "outputs_json").null())
            .primary_key(&mut primary("task_run", &["tenant_id", "run_id", "ordinal"]))
            .take(),
    )
    .await?;
    Ok(())
}

async fn attempt(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("attempt")
            .col(big("tenant_id").not_null())
            .col(big("run_id").not_null())
            .col(int("ordinal").not_null())
            .col(int("number").not_null())
            .col(big("epoch").not_null())
            .col(int("generation").not_null())
            .col(big("node_id").not_null())
            .col(name("node_name", 100).not_null())
            .col(name("pool", 63).not_null())
            .col(name("state", 20).not_null())
            .col(big("claimed_ms").not_null())
            .col(big("started_ms").null())
            .col(big("finished_ms").null())
            .col(int("pid").null())
            .col(int("exit_code").null())
            .col(int("term_signal").null())
            .col(big("cpu_ms").null())
            .col(big("peak_rss_kb").null())
            .col(text("reason_json").null())
            .col(big("log_bytes").not_null())
            .col(flag("log_truncated").not_null())
            .primary_key(&mut primary("attempt", &["tenant_id", "run_id", "ordinal", "number"]))
            .take(),
    )
    .await?;
    Ok(())
}

async fn job(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("job")
            .col(big("tenant_id").not_null())
            .col(big("run_id").not_null())
            .col(int("ordinal").not_null())
            .col(int("attempt").not_null())
            .col(big("workflow_id").not_null())
            .col(int("version").not_null())
            .col(name("pool", 63).not_null())
            .col(int("state").not_null())
            .col(int("priority").not_null())
            .col(big("due_ms").not_null())
            .col(big("claim_token").null())
            .col(big("node_id").null())
            .col(big("fence").not_null())
            .col(big("lease_until_ms").null())
            .col(flag("stop_requested").not_null())
            .primary_key(&mut primary("job", &["tenant_id", "run_id", "ordinal"]))
            .take(),
    )
    .await?;
    m.create_index(index("ix_job_1", "job", &["pool", "state", "priority", "due_ms"])).await?;
    m.create_index(index("ix_job_2", "job", &["claim_token"])).await?;
    m.create_index(index("ix_job_3", "job", &["node_id", "state"])).await?;
    m.create_index(index("ix_job_4", "job", &["state", "lease_until_ms"])).await?;
    Ok(())
}

async fn log_chunk(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("log_chunk")
            .col(big("tenant_id").not_null())
            .col(big("run_id").not_null())
            .col(int("ordinal").not_null())
            .col(int("attempt").not_null())
            .col(big("first_offset").not_null())
            .col(big("end_offset").not_null())
            .col(big("at_ms").not_null())
            .col(bytes("data").not_null())
            .primary_key(&mut primary("log_chunk", &["tenant_id", "run_id", "ordinal", "attempt", "first_offset"]))
            .take(),
    )
    .await?;
    Ok(())
}
