//! Column and table builders that hide how engines differ: names, instants, texts, binary data.
//!
//! The portable subset is law here: keys made by the application, instants as epoch milliseconds, no engine-specific
//! types, names of at most 30 characters. A column is NOT NULL unless it is wrapped in [`null`].

use sea_orm_migration::prelude::{Alias, ColumnDef, Index, IndexCreateStatement, Table};
use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;

/// A new table with its primary key, the tenant first.
pub(crate) fn table(name: &'static str, key: &[&'static str], columns: Vec<ColumnDef>) -> Step {
    let mut create = Table::create();
    create.table(Alias::new(name));
    for mut column in columns {
        create.col(&mut column);
    }
    let mut primary = Index::create();
    primary.name(format!("pk_{name}")).table(Alias::new(name)).primary();
    create.primary_key(over(&mut primary, key));
    Step::Table { name, create: Box::new(create) }
}

/// A further column of a table that has rows: it must be one that may be empty or has a default.
pub(crate) fn column(table: &'static str, column: ColumnDef) -> Step {
    Step::Column { table, column: Box::new(column) }
}

/// A plain index.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> Step {
    let mut create = Index::create();
    create.name(name).table(Alias::new(table));
    over(&mut create, columns);
    Step::Index { name, table, create: Box::new(create) }
}

/// Takes an index away that nothing reads any more.
pub(crate) fn no_index(name: &'static str, table: &'static str, columns: &[&'static str]) -> Step {
    let mut create = Index::create();
    create.name(name).table(Alias::new(table));
    over(&mut create, columns);
    Step::NoIndex { name, table, create: Box::new(create) }
}

/// An index that admits a combination once; NULLs never collide.
pub(crate) fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> Step {
    let mut create = Index::create();
    create.name(name).table(Alias::new(table)).unique();
    over(&mut create, columns);
    Step::Index { name, table, create: Box::new(create) }
}

fn over<'a>(index: &'a mut IndexCreateStatement, columns: &[&'static str]) -> &'a mut IndexCreateStatement {
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// The column may be empty.
pub(crate) fn null(mut column: ColumnDef) -> ColumnDef {
    column.null().take()
}

/// What rows have that don't say otherwise: those that were there before, and those of a program that is older.
pub(crate) fn with_default(mut column: ColumnDef, value: i64) -> ColumnDef {
    column.default(value).take()
}

/// A 64-bit number: ids, instants in epoch milliseconds, revisions.
pub(crate) fn big(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().take()
}

/// A 32-bit number.
pub(crate) fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().take()
}

/// A short text that may be indexed.
pub(crate) fn name(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).string_len(length).not_null().take()
}

/// A civil date, `YYYY-MM-DD`.
pub(crate) fn civil_date(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).string_len(10).not_null().take()
}

/// Text of at most 64 KiB (the MySQL family's TEXT).
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().take()
}

/// Text of any length: TEXT, in the MySQL family LONGTEXT.
pub(crate) fn long_text(engine: DbBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    match engine {
        DbBackend::MySql => column.custom("longtext"),
        _ => column.text(),
    };
    column.not_null().take()
}

/// Truth value; compared with bound parameters only.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().not_null().take()
}

/// Binary data of at most 64 KiB (the MySQL family's BLOB).
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().not_null().take()
}
