//! What an import comes to, as text and as JSON.

use std::{io::Write, path::Path};

use domain::{
    bizdate::BizDate,
    calendar::{
        DayChange, DayStatus, Definition, Diff,
        import::{Imported, Problem, YearSummary},
    },
    error::Lang,
};
use serde_json::{Value, json};

use super::{CliError, Manner};

/// So many changed days are shown as text; all of them as JSON.
const SHOWN_CHANGES: usize = 60;

/// Says everything that is wrong with the file, each with its place.
pub(super) fn refuse(file: &Path, problems: &[Problem], manner: &Manner, out: &mut impl Write) -> Result<(), CliError> {
    let (lang, file) = (manner.lang(), file.display());
    if manner.json {
        writeln!(out, "{}", json!({"problems": problems.iter().map(problem).collect::<Vec<_>>()}))?;
    } else {
        for problem in problems {
            let place: String = [problem.line, problem.column].iter().flatten().map(|n| format!(":{n}")).collect();
            writeln!(out, "{file}{place}: {}", problem.text(lang))?;
        }
    }
    Err(CliError::Refused(match lang {
        Lang::En => format!("{file} is not imported, problems: {}", problems.len()),
        Lang::Zh => format!("未导入 {file}，问题数：{}", problems.len()),
    }))
}

/// The import as one object, the definition with it.
pub(super) fn json(imported: &Imported, merged: &Definition, changes: Option<&Diff>) -> Value {
    json!({
        "years": imported.years.iter().map(year).collect::<Vec<_>>(),
        "warnings": imported.warnings.iter().map(problem).collect::<Vec<_>>(),
        "changes": changes.map(changed),
        "definition": merged,
    })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "line": problem.line,
        "column": problem.column,
        "code": problem.code().as_str(),
        "en": problem.text(Lang::En),
        "zh": problem.text(Lang::Zh),
    })
}

fn year(year: &YearSummary) -> Value {
    json!({
        "year": year.year,
        "open": year.open,
        "half": year.half,
        "closed_weekdays": year.closed_weekdays,
        "makeup": year.makeup,
        "unset": year.unset,
        "warnings": year.warnings.iter().map(problem).collect::<Vec<_>>(),
    })
}

fn changed(changes: &Diff) -> Value {
    let days = changes.turned().map(|change| json!({"date": change.date, "open": opens(change)}));
    json!({
        "known_until_before": changes.known_before.1,
        "known_until": changes.known_after.1,
        "days": days.collect::<Vec<_>>(),
    })
}

fn opens(change: &DayChange) -> bool {
    matches!(change.after, DayStatus::Open(_))
}

/// The import in lines; a warning begins with `!`.
pub(super) fn text(imported: &Imported, changes: Option<&Diff>, lang: Lang) -> String {
    let warning = |problem: &Problem| format!("! {}", problem.text(lang));
    let mut lines: Vec<String> = imported.warnings.iter().map(warning).collect();
    for year in &imported.years {
        lines.push(year_line(year, lang));
        lines.extend(year.warnings.iter().map(warning));
    }
    if let Some(changes) = changes {
        lines.extend(change_lines(changes, lang));
    }
    lines.join("\n")
}

fn year_line(summary: &YearSummary, lang: Lang) -> String {
    let YearSummary { year, open, half, closed_weekdays: closed, makeup, unset, .. } = summary;
    match lang {
        Lang::En => format!(
            "{year}: {open} open ({half} half), {closed} weekdays closed, {makeup} weekend days open, {unset} not set"
        ),
        Lang::Zh => format!(
            "{year} 年：开放 {open} 天（半日 {half} 天），工作日休市 {closed} 天，周末开放 {makeup} 天，未设置 {unset} 天"
        ),
    }
}

fn change_lines(changes: &Diff, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if changes.horizon_moved() {
        let until = |day: Option<BizDate>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        let (before, after) = (until(changes.known_before.1), until(changes.known_after.1));
        lines.push(match lang {
            Lang::En => format!("known until {before} -> {after}"),
            Lang::Zh => format!("已公布至 {before} -> {after}"),
        });
    }
    let turned: Vec<&DayChange> = changes.turned().collect();
    lines.push(match lang {
        Lang::En => format!("known days that change: {}", turned.len()),
        Lang::Zh => format!("改变的已公布日期：{}", turned.len()),
    });
    lines.extend(turned.iter().take(SHOWN_CHANGES).map(|change| {
        let words = match (opens(change), lang) {
            (true, Lang::En) => "closed -> open",
            (false, Lang::En) => "open -> closed",
            (true, Lang::Zh) => "休市 -> 开放",
            (false, Lang::Zh) => "开放 -> 休市",
        };
        format!("{}  {words}", change.date)
    }));
    lines
}
