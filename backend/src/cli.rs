//! The command line: what can be asked of the program, and how it ends.

mod admin;
mod audit;
mod calendar;
mod check_config;
mod guard;
mod migrate;
mod node;
mod open;
mod serve;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    app::StartError,
    config::{Config, Invalid, Sources},
    graphql,
    http::server::BindError,
    telemetry::{self, BadFilter},
};

/// The stack of a worker thread. An answer's resolvers, use cases and statements are polled within each other; without
/// optimisation that takes more than the usual 2 MiB. Only what is used of it takes memory.
const STACK_BYTES: usize = 16 * 1024 * 1024;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed while working
  2  wrong use of the command line
  3  the configuration is not valid
  4  the database can't be reached, is damaged, or was changed by a newer version
  5  the address can't be listened on
  6  the node still holds tasks after the time that was waited";

/// Almanac, the scheduler of a firm's departments.
#[derive(Debug, Parser)]
#[command(name = "almanac", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Settings on the command line; they win over the file and the environment.
#[derive(Debug, Args)]
struct Settings {
    /// TOML file with settings [default: almanac.toml, when there is one]
    #[arg(long, global = true, value_name = "FILE", env = "ALMANAC_CONFIG")]
    config: Option<PathBuf>,
    /// A setting by its key, as docs/config.md lists them; can be given several times
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Directory of the embedded database, keys and work files
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Address of the database
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server: API, web UI, scheduler and workers
    Serve(serve::ServeArgs),
    /// Brings the database's schema up to date and ends
    Migrate,
    /// Checks the configuration, and prints the effective one with where each value comes from
    CheckConfig(check_config::CheckArgs),
    /// Accounts, from the server's own machine
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// The audit trail, from the server's own machine
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The nodes of the cluster: which there are, taking them out of work and back
    Node(node::NodeArgs),
    /// Questions about calendars, business dates and schedules, without a server
    Calendar(calendar::CalendarArgs),
    /// Stands by a server; the server starts it
    #[command(hide = true)]
    Guard(guard::GuardArgs),
    /// Prints the GraphQL schema
    Schema,
    /// Prints the version
    Version,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] Invalid),
    #[error(transparent)]
    Filter(#[from] BadFilter),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("{0}")]
    Service(#[from] service::Error),
    #[error(transparent)]
    Demo(#[from] crate::demo::Error),
    #[error("the audit trail is not what was written: see above")]
    AuditBroken,
    #[error("node {0:?} still holds tasks; it goes on draining")]
    StillBusy(String),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl CliError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Filter(_) => 3,
            Self::Start(StartError::Store(_)) => 4,
            Self::Bind(_) => 5,
            Self::StillBusy(_) => 6,
            _ => 1,
        }
    }
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; then nobody is there to be told.
            let _ = writeln!(io::stderr(), "almanac: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), CliError> {
    let Cli { settings, command } = cli;
    match command {
        Command::Version => say(&format!("almanac {}", env!("CARGO_PKG_VERSION"))),
        Command::Schema => say(graphql::sdl().trim_end()),
        Command::Calendar(args) => calendar::run(args),
        Command::Guard(args) => guard::run(args),
        Command::CheckConfig(args) => check_config::run(&args, sources(settings)),
        Command::Serve(args) => with_runtime(settings, |config| serve::run(args, config)),
        Command::Migrate => with_runtime(settings, migrate::run),
        Command::Admin(command) => with_runtime(settings, |config| admin::run(command, config)),
        Command::Node(args) => with_runtime(settings, |config| node::run(args, config)),
        Command::Audit(command) => with_runtime(settings, |config| audit::run(command, config)),
    }
}

/// Reads the configuration, starts the log, and does asynchronous work to its end.
fn with_runtime<F>(settings: Settings, work: impl FnOnce(Config) -> F) -> Result<(), CliError>
where
    F: Future<Output = Result<(), CliError>>,
{
    let config = Config::load(sources(settings))?;
    telemetry::init(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK_BYTES).enable_all().build()?;
    runtime.block_on(work(config))
}

/// What the configuration is read from. The environment is read here and nowhere else.
fn sources(settings: Settings) -> Sources {
    const LOCAL_FILE: &str = "almanac.toml";
    let file = settings.config.or_else(|| Path::new(LOCAL_FILE).exists().then(|| LOCAL_FILE.into()));
    let short =
        [("data_dir", settings.data_dir), ("http.listen", settings.listen), ("database.url", settings.database_url)];
    let short = short.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Sources {
        file,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: short.chain(settings.set).collect(),
    }
}

/// Prints a line for the person or program that called.
fn say(text: &str) -> Result<(), CliError> {
    match writeln!(io::stdout().lock(), "{text}") {
        // The reader has what it wanted, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_are_taken_before_and_after_the_command() {
        for line in [
            ["almanac", "--data-dir", "d", "serve", "--set", "engine.lease=3s"],
            ["almanac", "serve", "--set", "engine.lease=3s", "--data-dir", "d"],
        ] {
            let cli = Cli::try_parse_from(line).expect("a command line");
            let config = Config::load(Sources { environment: Vec::new(), ..sources(cli.settings) }).expect("valid");
            assert_eq!(config.general.data_dir, Path::new("d"));
            assert_eq!(config.engine.lease.as_secs(), 3);
        }
        assert!(Cli::try_parse_from(["almanac", "serve", "--set", "engine.lease"]).is_err());
    }
}
