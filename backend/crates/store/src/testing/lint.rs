//! The portable subset as a lint over the statements that tests really execute.
//!
//! It looks at tokens, not at grammar: enough to find a construct that some engine lacks, and with no false alarm on
//! what the builders write. A quoted name is a name, an unquoted word is SQL, a quoted text is neither.

use std::collections::HashSet;
use std::sync::LazyLock;

use sea_orm::Value;

/// Most values in an IN list and rows in an INSERT.
const BATCH: usize = crate::BATCH;

/// Longest name (Dameng, Oracle modes).
const LONGEST_NAME: usize = 30;

/// Sequences of words that may not occur, and what to do instead.
const PHRASES: &[(&str, &str)] = &[
    ("skip locked", "it takes no lock on TiDB and misses rows on OceanBase: claim by a guarded UPDATE"),
    ("nowait", "not everywhere: claim by a guarded UPDATE"),
    ("for share", "not everywhere: read and guard the write"),
    ("lock in share mode", "MySQL only: read and guard the write"),
    ("returning", "not on the MySQL family: read the row by its key; within Tx SeaORM does so"),
    ("on conflict", "not on the MySQL family and openGauss: update, then insert, then begin again"),
    ("on duplicate", "MySQL family only: update, then insert, then begin again"),
    ("replace into", "MySQL family and SQLite only: update, then insert"),
    ("insert ignore", "MySQL family only: insert and take the conflict"),
    ("insert or", "SQLite only: insert and take the conflict"),
    ("merge into", "not everywhere: update, then insert"),
    ("savepoint", "not on TDSQL Boundless: one decision, one transaction, none nested"),
    ("listen", "PostgreSQL only: poll, wake-ups are hints"),
    ("notify", "PostgreSQL only: poll, wake-ups are hints"),
    ("identity", "not on openGauss: keys come from Store::ids"),
    ("auto_increment", "MySQL family only: keys come from Store::ids"),
    ("autoincrement", "SQLite only: keys come from Store::ids"),
    ("serial", "PostgreSQL only: keys come from Store::ids"),
    ("bigserial", "PostgreSQL only: keys come from Store::ids"),
    ("nextval", "no sequences: keys come from Store::ids"),
    ("last_insert_id", "MySQL family only: keys come from Store::ids"),
    ("offset", "costs what it skips: page by key (store::page)"),
    ("temporary", "no temporary tables on OceanBase"),
    ("temp", "no temporary tables on OceanBase"),
    ("foreign key", "not on sharded engines: the store keeps references right"),
    ("references", "not on sharded engines: the store keeps references right"),
    ("check (", "not the only guard anywhere: the domain's types check"),
    ("create trigger", "not on TiDB and sharded engines"),
    ("create view", "not on sharded engines"),
    ("generated", "no generated columns on TDSQL Boundless"),
    ("timestamp", "whole seconds on the MySQL family: epoch milliseconds as BIGINT"),
    ("timestamptz", "PostgreSQL only: epoch milliseconds as BIGINT"),
    ("datetime", "MySQL family only: epoch milliseconds as BIGINT"),
    ("current_timestamp", "time is an input: Store::db_now_ms"),
    ("now (", "time is an input: Store::db_now_ms"),
    ("json", "JSON is text, parsed by the program"),
    ("jsonb", "JSON is text, parsed by the program"),
    ("ilike", "PostgreSQL only"),
    ("get_lock", "MySQL family only: lease rows"),
    ("pg_advisory_lock", "PostgreSQL only: lease rows"),
    ("pg_advisory_xact_lock", "PostgreSQL only: lease rows"),
    ("| |", "means OR on the MySQL family: concatenate in the program"),
];

static RESERVED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("reserved_words.txt").lines().collect());

/// What is wrong with a statement; empty when it is of the portable subset.
pub fn violations(sql: &str, values: &[Value]) -> Vec<String> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        if tokens.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(token, word)| token.is(word))) {
            found.push(format!("{}: {instead}", phrase.join(" ").to_uppercase()));
        }
    }
    found.extend(names(&tokens));
    found.extend(shape(&tokens));
    let writes = tokens.first().is_some_and(|first| first.is("insert") || first.is("update"));
    if writes && values.iter().any(|value| matches!(value, Value::String(Some(text)) if text.is_empty())) {
        found.push("'' is stored: some engines make it NULL; store NULL or a value".to_owned());
    }
    found
}

/// Names that some engine refuses.
fn names(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        let Token::Name(name) = token else { continue };
        if RESERVED.contains(name.to_lowercase().as_str()) {
            found.push(format!("{name:?} is a reserved word on some engine"));
        }
        if name.len() > LONGEST_NAME {
            found.push(format!("{name:?} is longer than {LONGEST_NAME} characters"));
        }
        if name.chars().any(|c| c.is_ascii_uppercase()) && tokens.first().is_some_and(|first| first.is("create")) {
            found.push(format!("{name:?} is not in lower case: engines differ in folding it"));
        }
    }
    found
}

/// Statements whose parts are all portable, but not together.
fn shape(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let has = |word: &str| tokens.iter().any(|token| token.is(word));
    let first = |word: &str| tokens.first().is_some_and(|token| token.is(word));
    if (first("update") || first("delete")) && has("limit") {
        found.push("LIMIT in UPDATE or DELETE: MySQL family only; choose the keys first".to_owned());
    }
    if first("update") && (has("join") || (has("from") && !has("select"))) {
        found.push("UPDATE of several tables: engines differ; choose the keys first".to_owned());
    }
    if let (true, Some(Token::Name(table))) = (first("update") || first("delete"), target(tokens)) {
        let inner = tokens.windows(2).skip(3).any(|pair| pair[0].is("from") && pair[1] == Token::Name(table.clone()));
        if has("select") && inner {
            found.push("a subselect on the changed table: not on the MySQL family; choose the keys first".to_owned());
        }
    }
    if longest_list(tokens, "in", ",") > BATCH {
        found.push(format!("more than {BATCH} values in IN"));
    }
    if first("insert") && rows(tokens) > BATCH {
        found.push(format!("more than {BATCH} rows in one INSERT"));
    }
    found
}

/// The table of `UPDATE t` or `DELETE FROM t`.
fn target(tokens: &[Token]) -> Option<Token> {
    tokens.iter().find(|token| matches!(token, Token::Name(_))).cloned()
}

/// The number of values in the longest `word (…, …)`.
fn longest_list(tokens: &[Token], word: &str, separator: &str) -> usize {
    let mut longest = 0;
    for (at, _) in tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].is(word) && pair[1].is("(")) {
        let list = tokens[at + 2..].iter().take_while(|token| !token.is(")"));
        longest = longest.max(1 + list.filter(|token| token.is(separator)).count());
    }
    longest
}

/// The number of rows after VALUES.
fn rows(tokens: &[Token]) -> usize {
    let values = tokens.iter().skip_while(|token| !token.is("values"));
    let mut depth = 0;
    let mut rows = 0;
    for token in values {
        if token.is("(") {
            rows += usize::from(depth == 0);
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
        }
    }
    rows
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word or symbol of SQL, in lower case.
    Word(String),
    /// A quoted name.
    Name(String),
    /// A quoted text; what it says is no SQL.
    Text,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(text) if text == word)
    }
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '`' => tokens.push(Token::Name(quoted(&mut rest, c))),
            '\'' => {
                quoted(&mut rest, c);
                tokens.push(Token::Text);
            }
            c if c.is_whitespace() => {}
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = c.to_ascii_lowercase().to_string();
                while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.push(next.to_ascii_lowercase());
                }
                tokens.push(Token::Word(word));
            }
            symbol => tokens.push(Token::Word(symbol.to_string())),
        }
    }
    tokens
}

/// Reads up to the closing quote; a doubled one stands for itself.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, quote: char) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c == quote && rest.next_if_eq(&quote).is_none() {
            break;
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests;
