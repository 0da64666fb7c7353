//! A look at a published file before it becomes a draft.

use async_graphql::{Context, ID, InputObject, Result, SimpleObject};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    calendar::import::{Problem, YearSummary},
    error::Lang,
};
use service::error::{Error, FieldError, Text};
use sha2::{Digest as _, Sha256};

use crate::{
    calendar_file,
    graphql::{context::Ask as _, id, scalar::Json},
};

/// A file with the days of a calendar: CSV, JSON, iCalendar or a workbook.
#[derive(Debug, InputObject)]
pub(crate) struct PreviewCalendarImportInput {
    calendar: ID,
    /// The file's name: its ending may tell the format, a year in it declares that year.
    file_name: String,
    /// The file's bytes in base64; at most 5 MiB of file, within the limit of a request.
    content: String,
}

/// What a file would make of a calendar.
#[derive(Debug, SimpleObject)]
pub(crate) struct CalendarImportPreview {
    /// The days in force with the file's years in place of theirs, to be saved as a draft; null with problems.
    definition: Option<Json>,
    /// SHA-256 of the file, in hex.
    digest: String,
    years: Vec<ImportedYear>,
    /// Why the file can't be taken, all at once; at most 100.
    problems: Vec<ImportProblem>,
    /// What a person should look at.
    warnings: Vec<ImportProblem>,
}

/// What a year of the file comes to.
#[derive(Debug, SimpleObject)]
pub(crate) struct ImportedYear {
    year: i32,
    /// Open days, half days among them.
    open: i32,
    half: i32,
    /// Days that the week would open and that are closed.
    closed_weekdays: i32,
    /// Days that the week would close and that are open.
    makeup: i32,
    /// Days that are not decided.
    unset: i32,
}

/// Something wrong with the file, or worth a look.
#[derive(Debug, SimpleObject)]
pub(crate) struct ImportProblem {
    /// From 1; the row of a sheet.
    line: Option<i32>,
    /// From 1; the cell of a row.
    column: Option<i32>,
    message: String,
}

fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl ImportedYear {
    fn of(year: &YearSummary) -> Self {
        Self {
            year: year.year,
            open: small(year.open),
            half: small(year.half),
            closed_weekdays: small(year.closed_weekdays),
            makeup: small(year.makeup),
            unset: small(year.unset),
        }
    }
}

impl ImportProblem {
    fn of(problem: &Problem, lang: Lang) -> Self {
        Self { line: problem.line.map(small), column: problem.column.map(small), message: problem.text(lang) }
    }
}

/// Looks at a file.
pub(super) async fn preview(ctx: &Context<'_>, input: PreviewCalendarImportInput) -> Result<CalendarImportPreview> {
    let looked = async {
        let (tenant, id) = id::calendar(&input.calendar, "calendar")?;
        let bytes = STANDARD.decode(&input.content).map_err(|_| not_base64())?;
        let source = calendar_file::read(&bytes, &input.file_name).map_err(|error| unreadable(&error))?;
        let found = service::calendar::preview_import(ctx.services(), &ctx.op(), tenant, id, &source).await?;
        Ok((bytes, found))
    };
    let (bytes, found) = looked.await.map_err(|error: Error| ctx.fail(error))?;
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let lang = ctx.lang();
    let told = |problems: &[Problem]| problems.iter().map(|it| ImportProblem::of(it, lang)).collect::<Vec<_>>();
    Ok(match found {
        Err(problems) => CalendarImportPreview {
            definition: None,
            digest,
            years: Vec::new(),
            problems: told(&problems),
            warnings: Vec::new(),
        },
        Ok(preview) => {
            let of_years = preview.imported.years.iter().flat_map(|year| told(&year.warnings));
            CalendarImportPreview {
                definition: Some(Json(serde_json::to_value(&preview.definition)?)),
                digest,
                years: preview.imported.years.iter().map(ImportedYear::of).collect(),
                problems: Vec::new(),
                warnings: told(&preview.imported.warnings).into_iter().chain(of_years).collect(),
            }
        }
    })
}

fn not_base64() -> Error {
    Error::invalid("content", Text::new("The content is not base64.", "内容不是 base64 编码。"))
}

fn unreadable(error: &calendar_file::FileError) -> Error {
    let text = Text::new(error.text(Lang::En), error.text(Lang::Zh));
    Error::Invalid(vec![FieldError::new("content", error.code(), text)])
}
