//! `almanac calendar import`: what the file of a published calendar comes to, and what it would change.

mod report;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono_tz::Tz;
use clap::Args;
use domain::{
    bizdate::BizDate,
    calendar::{
        Base, Calendar, Calendars, Definition, Diff, diff,
        import::{Imported, Source, Target, import},
        merge,
    },
    error::Lang,
};

use super::{CliError, Manner};
use crate::calendar_file;

/// Which file, for which calendar.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// CSV, JSON, iCalendar or .xlsx
    file: PathBuf,
    /// The calendar that it is for; when there is one of that name, its other years stay and changes are shown
    #[arg(long, value_name = "NAME")]
    calendar: String,
    /// The zone of a new calendar's hours
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: Tz,
    /// The year that the file must be about; can be given several times [default: by the file's name]
    #[arg(long)]
    year: Vec<i32>,
    /// Write the calendar, with the years that it has already, as JSON that --with reads
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(
    args: &ImportArgs,
    manner: &Manner,
    calendars: &Calendars,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let lang = manner.lang();
    let existing = existing(&args.calendar, calendars);
    let mut target = match &existing {
        Some(definition) => Target::of(definition),
        None => Target::new(&args.calendar, args.zone),
    };
    target.years.extend(&args.year);
    let imported = match import(&read(&args.file, lang)?, &target) {
        Ok(imported) => imported,
        Err(problems) => return report::refuse(&args.file, &problems, manner, out),
    };
    let merged = match &existing {
        Some(definition) => merge(definition, &imported.definition),
        None => Ok(imported.definition.clone()),
    };
    let merged = merged.map_err(|error| CliError::Refused(error.to_string()))?;
    let changes = existing.map(|existing| changes(&existing, &merged, &imported)).transpose()?;
    if manner.json {
        writeln!(out, "{}", report::json(&imported, &merged, changes.as_ref()))?;
    } else {
        writeln!(out, "{}", report::text(&imported, changes.as_ref(), lang))?;
    }
    if let Some(file) = &args.out {
        fs::write(file, serde_json::to_string_pretty(&merged).map_err(std::io::Error::from)? + "\n")?;
    }
    Ok(())
}

/// The definition of the base calendar of a name.
fn existing(name: &str, calendars: &Calendars) -> Option<Definition> {
    let calendar = calendars.get(name).ok()?;
    let mut bases = calendar.bases();
    let base = bases.next().filter(|base| base.definition().name.eq_ignore_ascii_case(name))?;
    bases.next().is_none().then(|| base.definition().clone())
}

fn read(file: &Path, lang: Lang) -> Result<Source, CliError> {
    let wrong = |detail: String| CliError::Refused(format!("{}: {detail}", file.display()));
    let bytes = fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    calendar_file::read(&bytes, &name).map_err(|error| wrong(error.text(lang)))
}

fn changes(before: &Definition, after: &Definition, imported: &Imported) -> Result<Diff, CliError> {
    let compiled = |definition: &Definition| {
        let base = Base::compile(definition.clone()).map_err(|error| CliError::Refused(error.to_string()))?;
        Ok::<_, CliError>(Calendar::of_base(Arc::new(base)))
    };
    let years = imported.definition.years.iter().flatten();
    let first = years.clone().next().and_then(|year| BizDate::new(*year, 1, 1)).unwrap_or(BizDate::MIN);
    let last = years.last().and_then(|year| BizDate::new(*year, 12, 31)).unwrap_or(BizDate::MAX);
    Ok(diff(&compiled(before)?, &compiled(after)?, first..=last))
}
