//! The layers of settings and how they merge: defaults < file < environment < flags.
//!
//! Each layer is text by key; a key nobody knows is an error with the nearest known one, wherever it came from.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{key::Key, value::Value};

/// Environment variables that begin with `ALMANAC_` and are not configuration of the server: the build's, the file's
/// name, and what a task's process is given beside the flags of its date (the server may itself be started by a task).
const OTHER_VARIABLES: &[&str] = &[
    "ALMANAC_CONFIG",
    "ALMANAC_UI_DIR",
    "ALMANAC_RUN_ID",
    "ALMANAC_TASK",
    "ALMANAC_ATTEMPT",
    "ALMANAC_ATTEMPT_ID",
    "ALMANAC_BUSINESS_DATE",
    "ALMANAC_BIZDATE",
    "ALMANAC_OUTPUT",
    "ALMANAC_WORKFLOW",
    "ALMANAC_TENANT",
    "ALMANAC_PROJECT",
];

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A TOML file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file can't be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}: not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The parser's words, with line and column.
        reason: String,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}` ({origin}){}", did_you_mean(suggestion.as_deref()))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The nearest key there is.
        suggestion: Option<String>,
    },
    /// A value that its key can't have.
    #[error("{key}: `{value}` is {reason} ({origin})")]
    BadValue {
        /// The key.
        key: String,
        /// The value as written.
        value: String,
        /// Completes the sentence.
        reason: String,
        /// Where it stands.
        origin: Origin,
    },
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |it| format!(": did you mean `{it}`?"))
}

#[derive(Debug, Clone)]
struct Setting {
    text: String,
    origin: Origin,
}

/// The merged settings while a configuration is read.
#[derive(Debug)]
pub(crate) struct Settings {
    keys: Vec<Key>,
    values: BTreeMap<&'static str, Setting>,
    pub(crate) problems: Vec<Problem>,
}

impl Settings {
    /// The defaults of all keys.
    pub(crate) fn new(keys: Vec<Key>) -> Self {
        let values = keys
            .iter()
            .map(|key| (key.path, Setting { text: key.default.to_owned(), origin: Origin::Default }))
            .collect();
        Self { keys, values, problems: Vec::new() }
    }

    /// Lays a TOML file over what is there.
    pub(crate) fn file(&mut self, path: PathBuf) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return self.problems.push(Problem::Unreadable { path, reason: error.to_string() }),
        };
        match text.parse::<toml::Table>() {
            Ok(table) => self.table("", &table, &Origin::File(path)),
            Err(error) => self.problems.push(Problem::Syntax { path, reason: error.to_string().trim().to_owned() }),
        }
    }

    /// Lays environment variables over what is there; those of other programs are passed by.
    pub(crate) fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            let others = || OTHER_VARIABLES.iter().copied().chain(domain::param::flag::variables());
            if !name.starts_with("ALMANAC_") || others().any(|other| other == name) {
                continue;
            }
            match self.keys.iter().find(|key| key.env() == name).map(|key| key.path) {
                Some(path) => self.set(path, value, Origin::Env(name)),
                None => {
                    let known: Vec<String> = self.keys.iter().map(Key::env).collect();
                    let suggestion = nearest(&name, known.iter().map(String::as_str));
                    self.problems.push(Problem::UnknownKey {
                        key: name.clone(),
                        origin: Origin::Env(name),
                        suggestion,
                    });
                }
            }
        }
    }

    /// Lays `key=value` flags over what is there.
    pub(crate) fn flags(&mut self, flags: impl IntoIterator<Item = (String, String)>) {
        for (key, value) in flags {
            // Only the key: the value may hold a password, and an origin is shown.
            let origin = Origin::Flag(key.clone());
            self.assign(&key, value, origin);
        }
    }

    /// The parsed value of a key; a bad one is noted.
    pub(crate) fn take<T: Value>(&mut self, path: &'static str) -> Option<T> {
        let setting = self.values.get(path)?;
        match T::parse(&setting.text) {
            Ok(value) => Some(value),
            Err(reason) => {
                let Setting { text, origin } = setting.clone();
                self.problems.push(Problem::BadValue { key: path.to_owned(), value: T::mask(&text), reason, origin });
                None
            }
        }
    }

    /// Where the effective value of a key came from.
    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.values.get(path).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    fn table(&mut self, prefix: &str, table: &toml::Table, origin: &Origin) {
        for (name, value) in table {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                // A key whose value is itself a table, such as the pools, is written as one.
                toml::Value::Table(inner) if !self.keys.iter().any(|key| key.path == path) => {
                    self.table(&path, inner, origin);
                }
                value => self.assign(&path, text_of(value), origin.clone()),
            }
        }
    }

    fn assign(&mut self, path: &str, text: String, origin: Origin) {
        match self.keys.iter().find(|key| key.path == path).map(|key| key.path) {
            Some(path) => self.set(path, text, origin),
            None => {
                let suggestion = nearest(path, self.keys.iter().map(|key| key.path));
                self.problems.push(Problem::UnknownKey { key: path.to_owned(), origin, suggestion });
            }
        }
    }

    fn set(&mut self, path: &'static str, text: String, origin: Origin) {
        self.values.insert(path, Setting { text, origin });
    }
}

fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Table(table) => {
            table.iter().map(|(key, value)| format!("{key}={}", text_of(value))).collect::<Vec<_>>().join(",")
        }
        toml::Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The known name that is most like the given one, when one is like it at all.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const ALIKE: f64 = 0.75;
    known
        .map(|it| (strsim::jaro_winkler(name, it), it))
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, it)| it.to_owned())
}
