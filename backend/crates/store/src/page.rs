//! Keyset pagination: a page begins after the key of the last row seen, so its cost does not grow with its number.
//!
//! The condition is spelled out with OR (`a > ? OR (a = ? AND b > ?)`): engines that take row values in comparisons
//! often don't use an index for them.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, SimpleExpr, Value};

/// Largest page that a list may be asked for.
pub const MAX_PAGE: u64 = 500;

/// Some rows of a list, and whether more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub items: Vec<T>,
    /// Whether at least one row follows the last of `items`.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were read with [`fetch_limit`].
    pub fn from_rows(mut rows: Vec<T>, limit: u64) -> Self {
        let limit = capped(limit) as usize;
        let has_next = rows.len() > limit;
        rows.truncate(limit);
        Page { items: rows, has_next }
    }

    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), has_next: self.has_next }
    }

    /// The same page of other items, if each can be made.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page { items: self.items.into_iter().map(f).collect::<Result<_, _>>()?, has_next: self.has_next })
    }
}

/// How many rows to read for a page of `limit`: one more, which tells whether another page follows.
pub fn fetch_limit(limit: u64) -> u64 {
    capped(limit) + 1
}

fn capped(limit: u64) -> u64 {
    limit.clamp(1, MAX_PAGE)
}

/// The way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From small to large keys.
    Ascending,
    /// From large to small keys.
    Descending,
}

impl Direction {
    /// The order for ORDER BY.
    pub fn order(self) -> sea_orm::Order {
        match self {
            Direction::Ascending => sea_orm::Order::Asc,
            Direction::Descending => sea_orm::Order::Desc,
        }
    }
}

/// The condition "comes after this key" for a list ordered by these columns, all in one direction.
///
/// The last column must make the key unique. Columns must not be NULL.
pub fn after<C, V>(direction: Direction, key: impl IntoIterator<Item = (C, V)>) -> Cond
where
    C: sea_orm::sea_query::IntoColumnRef,
    V: Into<Value>,
{
    let mut any = Cond::any();
    let mut equal: Vec<SimpleExpr> = Vec::new();
    for (column, value) in key {
        let (column, value) = (Expr::col(column), value.into());
        let beyond = match direction {
            Direction::Ascending => column.clone().gt(value.clone()),
            Direction::Descending => column.clone().lt(value.clone()),
        };
        let prefix = equal.iter().cloned().fold(Cond::all(), Cond::add);
        any = any.add(prefix.add(beyond));
        equal.push(column.eq(value));
    }
    any
}

/// A key as an opaque text for clients.
pub fn encode_cursor<K: serde::Serialize>(key: &K) -> String {
    let json = serde_json::to_vec(key).expect("keys are tuples of numbers and texts");
    json.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a key back. `None`: the client sent something that is no cursor of this list.
pub fn decode_cursor<K: serde::de::DeserializeOwned>(cursor: &str) -> Option<K> {
    // Clients send anything; a cursor of ours is far shorter.
    if cursor.len() > 2_048 || !cursor.is_ascii() || !cursor.len().is_multiple_of(2) {
        return None;
    }
    let json: Option<Vec<u8>> =
        (0..cursor.len()).step_by(2).map(|at| u8::from_str_radix(&cursor[at..at + 2], 16).ok()).collect();
    serde_json::from_slice(&json?).ok()
}
