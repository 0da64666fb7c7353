//! `almanac calendar import`: what the file of a published calendar comes to, and what it would change.

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
        import::{Imported, Problem, Target, YearSummary, import},
        merge,
    },
    error::Lang,
};
use serde_json::{Value, json};

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

/// So many changed days are shown as text; all of them as JSON.
const SHOWN_CHANGES: usize = 60;

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
        Err(problems) => return refuse(&args.file, &problems, manner, out),
    };
    let merged = match &existing {
        Some(definition) => merge(definition, &imported.definition),
        None => Ok(imported.definition.clone()),
    };
    let merged = merged.map_err(|error| CliError::Refused(error.to_string()))?;
    let changes = existing.map(|existing| changes(&existing, &merged, &imported)).transpose()?;
    if manner.json {
        writeln!(out, "{}", told(&imported, &merged, changes.as_ref()))?;
    } else {
        summary(&imported, changes.as_ref(), lang, out)?;
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

fn read(file: &Path, lang: Lang) -> Result<domain::calendar::import::Source, CliError> {
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

/// Says everything that is wrong with the file, each with its place.
fn refuse(file: &Path, problems: &[Problem], manner: &Manner, out: &mut impl Write) -> Result<(), CliError> {
    let lang = manner.lang();
    if manner.json {
        writeln!(out, "{}", json!({"problems": problems.iter().map(|it| problem(it)).collect::<Vec<_>>()}))?;
    } else {
        for problem in problems {
            let place = [problem.line, problem.column].iter().flatten().map(|n| format!(":{n}")).collect::<String>();
            writeln!(out, "{}{place}: {}", file.display(), problem.text(lang))?;
        }
    }
    Err(CliError::Refused(match lang {
        Lang::En => format!("{} is not imported: {} problems", file.display(), problems.len()),
        Lang::Zh => format!("未导入 {}：{} 个问题", file.display(), problems.len()),
    }))
}

fn problem(problem: &Problem) -> Value {
    json!({"line": problem.line, "column": problem.column, "code": problem.code().as_str(), "en": problem.text(Lang::En), "zh": problem.text(Lang::Zh)})
}

fn told(imported: &Imported, merged: &Definition, changes: Option<&Diff>) -> Value {
    let year = |year: &YearSummary| {
        json!({
            "year": year.year, "open": year.open, "half": year.half, "closed_weekdays": year.closed_weekdays,
            "makeup": year.makeup, "unset": year.unset, "warnings": year.warnings.iter().map(problem).collect::<Vec<_>>(),
        })
    };
    let opened = |diff: &Diff| {
        let day = |change: &domain::calendar::DayChange| json!({"date": change.date, "open": matches!(change.after, domain::calendar::DayStatus::Open(_))});
        json!({"known_until": diff.known_after.1, "known_until_before": diff.known_before.1, "turned": diff.turned().map(day).collect::<Vec<_>>()})
    };
    json!({
        "years": imported.years.iter().map(year).collect::<Vec<_>>(),
        "warnings": imported.warnings.iter().map(problem).collect::<Vec<_>>(),
        "changes": changes.map(opened),
        "definition": merged,
    })
}

fn summary(imported: &Imported, changes: Option<&Diff>, lang: Lang, out: &mut impl Write) -> Result<(), CliError> {
    let pick = |en: String, zh: String| if lang == Lang::En { en } else { zh };
    for warning in &imported.warnings {
        writeln!(out, "! {}", warning.text(lang))?;
    }
    for year in &imported.years {
        let YearSummary { year: number, open, half, closed_weekdays, makeup, unset, warnings } = year;
        writeln!(
            out,
            "{}",
            pick(
                format!(
                    "{number}: {open} open ({half} half), {closed_weekdays} weekdays closed, {makeup} weekend days open, {unset} not set"
                ),
                format!(
                    "{number} 年：开放 {open} 天（半日 {half} 天），工作日休市 {closed_weekdays} 天，周末开放 {makeup} 天，未设置 {unset} 天"
                ),
            )
        )?;
        for warning in warnings {
            writeln!(out, "! {}", warning.text(lang))?;
        }
    }
    let Some(changes) = changes else { return Ok(()) };
    let until = |day: Option<BizDate>| day.map(|day| day.to_string()).unwrap_or_else(|| "-".into());
    if changes.horizon_moved() {
        let (before, after) = (until(changes.known_before.1), until(changes.known_after.1));
        writeln!(out, "{}", pick(format!("known until {before} -> {after}"), format!("已公布至 {before} -> {after}")))?;
    }
    let turned: Vec<_> = changes.turned().collect();
    writeln!(
        out,
        "{}",
        pick(format!("{} known days change", turned.len()), format!("{} 个已公布的日期改变", turned.len()))
    )?;
    for change in turned.iter().take(SHOWN_CHANGES) {
        let opens = matches!(change.after, domain::calendar::DayStatus::Open(_));
        let words = if opens {
            pick("closed -> open".into(), "休市 -> 开放".into())
        } else {
            pick("open -> closed".into(), "开放 -> 休市".into())
        };
        writeln!(out, "{}  {words}", change.date)?;
    }
    Ok(())
}
