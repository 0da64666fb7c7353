//! A step of a migration: one change of the schema that can be repeated.
//!
//! Most engines commit each DDL statement by itself, so a migration that breaks in the middle leaves its first steps
//! behind. Therefore a step asks the catalogue whether it is done, and repeating a whole migration completes it.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::prelude::{Alias, ColumnDef, Index, IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend, DbErr};

/// One change of the schema.
#[derive(Debug, Clone)]
pub enum Step {
    /// A new table.
    Table {
        /// Its name.
        name: &'static str,
        /// The statement that makes it.
        create: Box<TableCreateStatement>,
    },
    /// A further column of a table that is there.
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: Box<ColumnDef>,
    },
    /// A new index.
    Index {
        /// Its name.
        name: &'static str,
        /// The table it stands on.
        table: &'static str,
        /// The statement that makes it.
        create: Box<IndexCreateStatement>,
    },
    /// An index that goes.
    NoIndex {
        /// Its name.
        name: &'static str,
        /// The table it stands on.
        table: &'static str,
        /// The statement that made it.
        create: Box<IndexCreateStatement>,
    },
}

impl Step {
    /// Makes the change unless it is there.
    pub async fn apply(&self, connection: &DatabaseConnection) -> Result<(), DbErr> {
        if self.is_done(connection).await? {
            return Ok(());
        }
        let manager = SchemaManager::new(connection);
        match self {
            Step::Table { create, .. } => {
                let mut create = create.as_ref().clone();
                compare_by_bytes(connection.get_database_backend(), &mut create);
                manager.create_table(create).await
            }
            Step::Column { table, column } => {
                let mut column = column.as_ref().clone();
                manager.alter_table(Table::alter().table(Alias::new(*table)).add_column(&mut column).take()).await
            }
            Step::Index { create, .. } => manager.create_index(create.as_ref().clone()).await,
            Step::NoIndex { name, table, .. } => drop_index(connection, name, table).await,
        }
    }

    /// Takes the change back if it is there.
    pub async fn revert(&self, connection: &DatabaseConnection) -> Result<(), DbErr> {
        if !self.is_done(connection).await? {
            return Ok(());
        }
        let manager = SchemaManager::new(connection);
        match self {
            Step::Table { name, .. } => manager.drop_table(Table::drop().table(Alias::new(*name)).take()).await,
            Step::Column { table, column } => {
                let name = Alias::new(column.get_column_name());
                manager.alter_table(Table::alter().table(Alias::new(*table)).drop_column(name).take()).await
            }
            Step::Index { name, table, .. } => drop_index(connection, name, table).await,
            Step::NoIndex { create, .. } => manager.create_index(create.as_ref().clone()).await,
        }
    }

    async fn is_done(&self, connection: &DatabaseConnection) -> Result<bool, DbErr> {
        let manager = SchemaManager::new(connection);
        match self {
            Step::Table { name, .. } => manager.has_table(name).await,
            Step::Column { table, column } => manager.has_column(table, column.get_column_name()).await,
            Step::Index { name, table, .. } => manager.has_index(table, name).await,
            Step::NoIndex { name, table, .. } => Ok(!manager.has_index(table, name).await?),
        }
    }
}

async fn drop_index(connection: &DatabaseConnection, name: &str, table: &'static str) -> Result<(), DbErr> {
    let mut drop = Index::drop();
    drop.name(name);
    if connection.get_database_backend() == DbBackend::MySql {
        // There the name of an index is known only within its table.
        drop.table(Alias::new(table));
    }
    SchemaManager::new(connection).drop_index(drop).await
}

/// Makes a new table compare its texts by bytes. Other engines than the MySQL family do so by themselves.
pub fn compare_by_bytes(engine: DbBackend, create: &mut TableCreateStatement) {
    if engine == DbBackend::MySql {
        create.character_set("utf8mb4").collate("utf8mb4_bin");
    }
}

/// Whether the catalogue knows a table.
pub async fn has_table(connection: &DatabaseConnection, name: &str) -> Result<bool, DbErr> {
    SchemaManager::new(connection).has_table(name).await
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Table { name, .. } => write!(f, "table {name}"),
            Step::Column { table, column } => write!(f, "column {} of {table}", column.get_column_name()),
            Step::Index { name, table, .. } => write!(f, "index {name} on {table}"),
            Step::NoIndex { name, table, .. } => write!(f, "no index {name} on {table}"),
        }
    }
}
