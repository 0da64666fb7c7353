//! `almanac calendar …`: the firm's calendar service without a server. What is asked is answered from the calendars
//! that come with the program and from files; no database or configuration is needed.

mod ask;
mod import;
mod show;
mod with;

use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use domain::{
    ask::{AskError, Question, ScheduleText, answer},
    bizdate::{BizDate, Period},
    calendar::{Calendars, Roll},
    error::Lang,
};
use serde_json::{Map, Value, json};

use super::CliError;

/// What is asked, of which calendars, and how the answer is written.
#[derive(Debug, Args)]
pub(super) struct CalendarArgs {
    /// Further calendars as JSON: definitions, or {"name": …, "expression": …}; can be given several times
    #[arg(long = "with", global = true, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Write JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Language of texts, en or zh
    #[arg(long, global = true, env = "LANG", hide_env = true, default_value = "en", value_parser = language)]
    lang: Lang,
    #[command(subcommand)]
    command: CalendarCommand,
}

/// The language of a tag such as `zh_CN.UTF-8`.
#[expect(clippy::unnecessary_wraps, reason = "the shape that the argument parser asks for")]
fn language(tag: &str) -> Result<Lang, String> {
    Ok(Lang::of_tag(tag))
}

#[derive(Debug, Subcommand)]
enum CalendarCommand {
    /// Names the calendars
    List,
    /// Shows a year of a calendar
    Show {
        /// A calendar or an expression over calendars
        calendar: String,
        #[arg(long)]
        year: i32,
    },
    /// Says whether a day is open
    IsOpen { calendar: String, date: BizDate },
    /// Says all about a day: hours, or why it is closed
    Day { calendar: String, date: BizDate },
    /// The first open day after a day
    Next { calendar: String, date: BizDate },
    /// The last open day before a day
    Previous { calendar: String, date: BizDate },
    /// The n-th open day after a day, or before it
    Offset {
        calendar: String,
        date: BizDate,
        #[arg(allow_negative_numbers = true)]
        n: i64,
        /// Roll a closed day first, and count from there
        #[arg(long)]
        roll: Option<Roll>,
    },
    /// The n-th open day of the period around a day, from its end when negative
    Nth {
        calendar: String,
        date: BizDate,
        /// week, ten_day, month, quarter, half, year, fiscal_year_04
        period: Period,
        #[arg(allow_negative_numbers = true)]
        n: i64,
    },
    /// Where a closed day moves to
    Roll {
        calendar: String,
        date: BizDate,
        /// following, modified_following, preceding, modified_preceding, nearest, half_month_modified_following
        roll: Roll,
    },
    /// How many open days there are from one day to another
    Count { calendar: String, from: BizDate, to: BizDate },
    /// The open days from one day to another
    Range {
        calendar: String,
        from: BizDate,
        to: BizDate,
        #[arg(long)]
        limit: Option<usize>,
    },
    /// The days on which two calendars differ in a year
    Compare {
        calendar: String,
        with: String,
        #[arg(long)]
        year: i32,
    },
    /// When a schedule fires, and what it leaves out
    Fires {
        #[command(flatten)]
        schedule: ScheduleArgs,
        /// An instant such as 2026-01-01T00:00:00+08:00, or a date
        from: String,
        /// The same, exclusive; a date is included
        until: String,
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Why a schedule fires, moves, or doesn't on a date
    Explain {
        #[command(flatten)]
        schedule: ScheduleArgs,
        date: BizDate,
    },
    /// Writes a schedule in all its forms
    Convert {
        #[command(flatten)]
        schedule: ScheduleArgs,
    },
    /// Evaluates a business-date expression such as T-1
    Date {
        expression: String,
        #[command(flatten)]
        at: DateArgs,
    },
    /// Renders a template
    Render {
        template: String,
        #[command(flatten)]
        at: DateArgs,
        /// A parameter; can be given several times
        #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::pair)]
        params: Vec<(String, String)>,
    },
    /// Checks a published calendar and shows what it would change
    Import(import::ImportArgs),
    /// Answers questions, one a line as JSON on standard input, with one line each
    Ask,
}

#[derive(Debug, Args)]
struct ScheduleArgs {
    /// A rule's text, or a schedule as JSON
    schedule: String,
    /// The zone, when the schedule names none
    #[arg(long)]
    timezone: Option<String>,
}

#[derive(Debug, Args)]
struct DateArgs {
    /// The business date T
    #[arg(long)]
    t: BizDate,
    /// The calendar in which T-1 is counted; natural days without it
    #[arg(long)]
    calendar: Option<String>,
}

/// What was found wrong after it has been said.
const SAID: &str = "see above";

pub(super) fn run(args: &CalendarArgs) -> Result<(), CliError> {
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    match answer_to(args, input, output) {
        // The reader has what it wanted, as `head` does.
        Err(CliError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Does what is asked; the tests call it with texts.
fn answer_to(args: &CalendarArgs, input: impl BufRead, mut out: impl Write) -> Result<(), CliError> {
    let calendars = with::calendars(&args.with, args.lang)?;
    let question = match &args.command {
        CalendarCommand::Show { calendar, year } => return show::run(args, calendar, *year, &calendars, &mut out),
        CalendarCommand::Import(import) => return import::run(args, import, &calendars, &mut out),
        CalendarCommand::Ask => return Ok(ask::run(args.lang, &calendars, input, &mut out)?),
        command => question(command)?,
    };
    match answer(&question, &calendars) {
        Ok(answer) if args.json => writeln!(out, "{}", json!(answer))?,
        Ok(answer) => writeln!(out, "{}", answer.text(args.lang))?,
        Err(error) => {
            if args.json {
                writeln!(out, "{}", ask::error_line(&error, args.lang))?;
            }
            return Err(refused(&error, args.lang));
        }
    }
    Ok(())
}

fn refused(error: &AskError, lang: Lang) -> CliError {
    CliError::Refused(format!("{}: {}", error.code(), error.text(lang)))
}

fn question(command: &CalendarCommand) -> Result<Question, CliError> {
    Ok(match command.clone_args() {
        Asked::Question(question) => question,
        Asked::Schedule(schedule, make) => {
            let timezone = schedule.timezone.as_deref().map(str::parse).transpose();
            let timezone = timezone.map_err(|_| CliError::Refused("--timezone: no such time zone".into()))?;
            make(schedule.read()?, timezone)
        }
    })
}
