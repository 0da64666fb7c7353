//! Nodes of the cluster and the numbered tags that make their ids unique.

use sea_orm_migration::prelude::*;

use crate::support::*;

/// The migration; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        id_tag(m).await?;
        node(m).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(drop("node")).await?;
        m.drop_table(drop("id_tag")).await?;
        Ok(())
    }
}

async fn id_tag(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("id_tag")
            .col(int("tag").not_null())
            .col(name("holder", 64).null())
            .col(big("lease_until_ms").not_null())
            .primary_key(&mut primary("id_tag", &["tag"]))
            .take(),
    )
    .await?;
    Ok(())
}

async fn node(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("node")
            .col(big("id").not_null())
            .col(name("name", 100).not_null())
            .col(big("incarnation").not_null())
            .col(name("address", 200).null())
            .col(name("app_version", 40).not_null())
            .col(name("state", 16).not_null())
            .col(big("started_ms").not_null())
            .col(big("heartbeat_ms").not_null())
            .primary_key(&mut primary("node", &["id"]))
            .take(),
    )
    .await?;
    m.create_index(unique("ux_node_1", "node", &["name"])).await?;
    Ok(())
}
