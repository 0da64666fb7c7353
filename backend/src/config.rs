//! The configuration: one typed value, merged from defaults, a TOML file, the environment and flags.
//!
//! Nothing else in the program reads the environment. All problems are reported at once, each with the place it
//! stands in; a key that nobody knows is a problem, because a silent typo would switch a limit off.

pub mod docs;
pub(crate) mod key;
pub mod layer;
pub mod section;
pub mod value;

use std::{fmt, path::PathBuf, time::Duration};

use service::retention::Kind;

use self::{
    key::Key,
    layer::{Origin, Problem, Settings},
    section::{
        AuthConfig, DatabaseConfig, EngineConfig, GeneralConfig, GraphqlConfig, HttpConfig, LogConfig, RetentionConfig,
        UiConfig,
    },
};

/// It is renewed six times in this time, and halting what runs takes the last sixth of it.
const SHORTEST_LEASE: Duration = Duration::from_secs(2);

/// A section as the documentation lists it.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

/// All sections, in the order of the documentation.
pub(crate) const SECTIONS: &[Section] = &[
    Section { name: "", about: GeneralConfig::ABOUT, keys: GeneralConfig::KEYS },
    Section { name: "database", about: DatabaseConfig::ABOUT, keys: DatabaseConfig::KEYS },
    Section { name: "http", about: HttpConfig::ABOUT, keys: HttpConfig::KEYS },
    Section { name: "graphql", about: GraphqlConfig::ABOUT, keys: GraphqlConfig::KEYS },
    Section { name: "auth", about: AuthConfig::ABOUT, keys: AuthConfig::KEYS },
    Section { name: "engine", about: EngineConfig::ABOUT, keys: EngineConfig::KEYS },
    Section { name: "retention", about: RetentionConfig::ABOUT, keys: RetentionConfig::KEYS },
    Section { name: "log", about: LogConfig::ABOUT, keys: LogConfig::KEYS },
    Section { name: "ui", about: UiConfig::ABOUT, keys: UiConfig::KEYS },
];

/// What the configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The TOML file; none when there is none.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// `key=value` pairs of the command line.
    pub flags: Vec<(String, String)>,
}

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Data directory and label.
    pub general: GeneralConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// The web server.
    pub http: HttpConfig,
    /// Limits of the API.
    pub graphql: GraphqlConfig,
    /// Signing in.
    pub auth: AuthConfig,
    /// What runs the work.
    pub engine: EngineConfig,
    /// How long what is over is kept.
    pub retention: RetentionConfig,
    /// The server's log.
    pub log: LogConfig,
    /// The web UI.
    pub ui: UiConfig,
    origins: Vec<(&'static str, Origin)>,
}

/// Everything that is wrong with a configuration.
#[derive(Debug)]
pub struct Invalid(pub Vec<Problem>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not valid:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Invalid {}

impl Config {
    /// Merges and reads the configuration.
    ///
    /// # Errors
    /// Every unknown key, unreadable file and bad value at once.
    pub fn load(sources: Sources) -> Result<Self, Invalid> {
        let mut settings = Settings::new(SECTIONS.iter().flat_map(|section| section.keys).copied().collect());
        if let Some(file) = sources.file {
            settings.file(file);
        }
        settings.environment(sources.environment);
        settings.flags(sources.flags);
        let config = Self::read(&mut settings);
        match config {
            Some(config) if settings.problems.is_empty() => {
                let problems = config.contradictions();
                if problems.is_empty() { Ok(config) } else { Err(Invalid(problems)) }
            }
            _ => Err(Invalid(settings.problems)),
        }
    }

    fn read(settings: &mut Settings) -> Option<Self> {
        // Each section is read before the first `?`, so that the problems of all are known.
        let general = GeneralConfig::read(settings);
        let database = DatabaseConfig::read(settings);
        let http = HttpConfig::read(settings);
        let graphql = GraphqlConfig::read(settings);
        let auth = AuthConfig::read(settings);
        let engine = EngineConfig::read(settings);
        let retention = RetentionConfig::read(settings);
        let log = LogConfig::read(settings);
        let ui = UiConfig::read(settings);
        let keys = SECTIONS.iter().flat_map(|section| section.keys);
        let origins = keys.map(|key| (key.path, settings.origin(key.path))).collect();
        Some(Self {
            general: general?,
            database: database?,
            http: http?,
            graphql: graphql?,
            auth: auth?,
            engine: engine?,
            retention: retention?,
            log: log?,
            ui: ui?,
            origins,
        })
    }

    /// Values that are each fine and together are not.
    fn contradictions(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut refuse = |key: &str, reason: &str| {
            let value = self.shown().into_iter().find(|(path, _)| *path == key).map(|(_, value)| value);
            let origin = self.origin(key);
            problems.push(Problem::BadValue {
                key: key.to_owned(),
                value: value.unwrap_or_default(),
                reason: reason.to_owned(),
                origin,
            });
        };
        if self.engine.lease < SHORTEST_LEASE {
            refuse("engine.lease", "too short: a slow answer of the database would end every task; use at least 2s");
        }
        if self.auth.session_idle < self.auth.access_ttl {
            refuse("auth.session_idle", "shorter than auth.access_ttl, so that each session would end at once");
        }
        for (key, kept, least_days) in [
            ("retention.runs", self.retention.runs, Kind::Runs.least_days()),
            ("retention.logs", self.retention.logs, Kind::Logs.least_days()),
            ("retention.schedule_fires", self.retention.schedule_fires, Kind::Fires.least_days()),
            ("retention.audit", self.retention.audit, Kind::Audit.least_days()),
        ] {
            if whole_days(kept) < least_days {
                refuse(key, &format!("too short: at least {least_days}d"));
            }
        }
        if self.database.max_connections < 2 {
            refuse("database.max_connections", "too few: at least 2");
        }
        problems
    }

    /// Each key with its effective value, secrets masked.
    #[must_use]
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let mut rows = self.general.show();
        rows.extend(self.database.show());
        rows.extend(self.http.show());
        rows.extend(self.graphql.show());
        rows.extend(self.auth.show());
        rows.extend(self.engine.show());
        rows.extend(self.retention.show());
        rows.extend(self.log.show());
        rows.extend(self.ui.show());
        rows
    }

    /// Where the value of a key came from.
    #[must_use]
    pub fn origin(&self, path: &str) -> Origin {
        self.origins.iter().find(|(key, _)| *key == path).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// The address of the database: the configured one, or the embedded database in the data directory.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_unset() {
            format!("sqlite://{}?mode=rwc", self.general.data_dir.join("almanac.db").display())
        } else {
            self.database.url.expose().to_owned()
        }
    }
}

/// Whole days of a duration.
pub(crate) fn whole_days(duration: std::time::Duration) -> i32 {
    i32::try_from(duration.as_secs() / 86_400).unwrap_or(i32::MAX).min(service::retention::MOST_DAYS)
}

#[cfg(test)]
mod tests;
