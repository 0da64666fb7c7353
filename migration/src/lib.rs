//! The schema's history: an ordered list of migrations, each written once for all databases.
//!
//! A migration is frozen once released; changes come as new migrations that expand first and contract later.
//! What engines say differently is hidden in [`support`].

pub use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};

mod m20261201_000001_create_node;
mod m20261201_000002_create_identity;
mod m20261201_000003_create_audit;
mod m20261201_000004_create_workflow;
mod m20261201_000005_create_run;
mod support;

/// All migrations in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261201_000001_create_node::Migration),
            Box::new(m20261201_000002_create_identity::Migration),
            Box::new(m20261201_000003_create_audit::Migration),
            Box::new(m20261201_000004_create_workflow::Migration),
            Box::new(m20261201_000005_create_run::Migration),
        ]
    }
}
