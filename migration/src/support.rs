//! Column and table builders that hide how engines differ: names, instants, texts, binary data.
//!
//! The portable subset is law here: keys made by the application, instants as epoch milliseconds, no engine-specific
//! types, character set and collation named (MySQL family), names of at most 30 characters.

use sea_orm_migration::prelude::*;

/// A new table; text compares by bytes on every engine.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).if_not_exists().character_set("utf8mb4").collate("utf8mb4_bin").take()
}

/// Drops a table of [`table`].
pub(crate) fn drop(name: &'static str) -> TableDropStatement {
    Table::drop().table(Alias::new(name)).if_exists().take()
}

/// A 64-bit number: ids, instants in epoch milliseconds, revisions.
pub(crate) fn big(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().take()
}

/// A 32-bit number.
pub(crate) fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().take()
}

/// A short text that may be indexed.
pub(crate) fn name(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).string_len(length).take()
}

/// A civil date, `YYYY-MM-DD`.
pub(crate) fn civil_date(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).string_len(10).take()
}

/// Text of at most 64 KiB (the MySQL family's TEXT).
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().take()
}

/// Text of any length: TEXT, in the MySQL family LONGTEXT.
pub(crate) fn long_text(m: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    match m.get_database_backend() {
        sea_orm_migration::sea_orm::DbBackend::MySql => column.custom("longtext"),
        _ => column.text(),
    };
    column
}

/// Truth value; compared with bound parameters only.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().take()
}

/// Binary data of at most 64 KiB (the MySQL family's BLOB).
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().take()
}

/// The primary key of a table, its tenant first.
pub(crate) fn primary(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    key.name(format!("pk_{table}")).table(Alias::new(table)).primary();
    for column in columns {
        key.col(Alias::new(*column));
    }
    key
}

/// A plain index.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table)).if_not_exists();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// An index that admits a combination once; NULLs never collide.
pub(crate) fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().take()
}
