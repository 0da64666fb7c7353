//! The schema's history: an ordered list of migrations, each written once for all databases.
//!
//! A migration is frozen once released; changes come as new migrations that expand first and contract later. It is a
//! list of steps without side effects of their own; `store::migrate` runs them and records what is done. What engines
//! say differently is hidden in `support`.

mod m20261201_000001_create_node;
mod m20261201_000002_create_identity;
mod m20261201_000003_create_audit;
mod m20261201_000004_create_workflow;
mod m20261201_000005_create_run;
mod m20261201_000006_create_calendar;
mod m20261201_000007_complete_run;
mod m20261201_000008_share_queue;
mod m20261201_000009_extend_node;
mod m20261201_000010_create_backfill;
mod m20261201_000011_keep_history;
mod step;
mod support;

use sea_orm_migration::sea_orm::DbBackend;

pub use step::{Step, compare_by_bytes, has_table};

/// A named list of steps.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Recorded in the database once all steps are done; names sort in the order of their making.
    pub name: &'static str,
    steps: fn(DbBackend) -> Vec<Step>,
}

impl Migration {
    /// The steps in the words of an engine.
    pub fn steps(&self, engine: DbBackend) -> Vec<Step> {
        (self.steps)(engine)
    }
}

macro_rules! migrations {
    ($($module:ident),* $(,)?) => {
        [$(Migration { name: stringify!($module), steps: $module::steps }),*]
    };
}

/// All migrations in order.
pub const MIGRATIONS: [Migration; 11] = migrations![
    m20261201_000001_create_node,
    m20261201_000002_create_identity,
    m20261201_000003_create_audit,
    m20261201_000004_create_workflow,
    m20261201_000005_create_run,
    m20261201_000006_create_calendar,
    m20261201_000007_complete_run,
    m20261201_000008_share_queue,
    m20261201_000009_extend_node,
    m20261201_000010_create_backfill,
    m20261201_000011_keep_history,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_rise() {
        assert!(MIGRATIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    /// While nodes are brought to a new version one by one, older programs go on writing rows without it.
    #[test]
    fn a_further_column_may_be_empty() {
        for migration in MIGRATIONS {
            for step in migration.steps(DbBackend::Sqlite) {
                let Step::Column { column, .. } = &step else { continue };
                let spec = column.get_column_spec();
                let optional = spec.nullable == Some(true) || spec.default.is_some();
                assert!(optional, "{}: {step} must be one that may be empty", migration.name);
            }
        }
    }
}
