//! `almanac calendar …`: the firm's calendar service without a server. What is asked is answered from the calendars
//! that come with the program and from files; no database and no configuration is needed.

mod ask;
mod import;
mod question;
mod with;

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use domain::{ask::answer, error::Lang};
use serde_json::json;

use super::CliError;

/// What is asked, of which calendars, and how the answer is written.
#[derive(Debug, Args)]
pub(super) struct CalendarArgs {
    #[command(flatten)]
    manner: Manner,
    #[command(subcommand)]
    command: CalendarCommand,
}

/// Of which calendars, and how the answer is written.
#[derive(Debug, Args)]
struct Manner {
    /// Further calendars as JSON: definitions, or {"name": …, "expression": …}; can be given several times
    #[arg(long = "with", global = true, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Write JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Language of texts, en or zh [default: by LANG]
    #[arg(long, global = true, env = "LANG", hide_env = true, value_name = "TAG", value_parser = language)]
    lang: Option<Lang>,
}

impl Manner {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_default()
    }
}

/// The language of a tag such as `zh_CN.UTF-8`.
#[expect(clippy::unnecessary_wraps, reason = "the shape that the argument parser asks for")]
fn language(tag: &str) -> Result<Lang, String> {
    Ok(Lang::of_tag(tag))
}

#[derive(Debug, Subcommand)]
enum CalendarCommand {
    #[command(flatten)]
    Question(question::Asked),
    /// Checks the file of a published calendar, and shows what it would change
    Import(import::ImportArgs),
    /// Answers questions: one a line as JSON on standard input, one line each on standard output
    Ask,
}

pub(super) fn run(args: CalendarArgs) -> Result<(), CliError> {
    match answer_to(args, io::stdin().lock(), io::stdout().lock()) {
        // The reader has what it wanted, as `head` does.
        Err(CliError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Does what is asked; the tests call it with texts.
fn answer_to(args: CalendarArgs, input: impl Read, mut out: impl Write) -> Result<(), CliError> {
    let CalendarArgs { manner, command } = args;
    let lang = manner.lang();
    let calendars = with::calendars(&manner.with, lang)?;
    let question = match command {
        CalendarCommand::Question(asked) => asked.into_question(),
        CalendarCommand::Import(import) => return import::run(&import, &manner, &calendars, &mut out),
        CalendarCommand::Ask => return Ok(ask::run(lang, &calendars, input, out)?),
    };
    match answer(&question, &calendars) {
        Ok(answer) if manner.json => writeln!(out, "{}", json!(answer))?,
        Ok(answer) => writeln!(out, "{}", answer.text(lang))?,
        Err(error) => {
            let refused = CliError::Refused(format!("{} ({})", error.text(lang), error.code()));
            if manner.json {
                writeln!(out, "{}", json!(ask::Line::of(Err(error), lang)))?;
            }
            return Err(refused);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
