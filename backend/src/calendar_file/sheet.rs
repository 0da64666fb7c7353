//! The first visible sheet of an .xlsx workbook, cell by cell.
//!
//! Cells are taken one after the other as they stand in the file. The library's grid of a sheet is not used: two cells
//! far apart would make it as large as the sheet could be.

use std::io::{self, Cursor, Read as _};

use calamine::{Data, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use domain::{
    bizdate::BizDate,
    calendar::{
        TimeOfDay,
        import::{Cell, MAX_LINES},
    },
};
use zip::ZipArchive;

use super::{FileError, MAX_UNPACKED};

/// Columns further right are comments and pictures.
const MAX_COLUMNS: usize = 64;

/// The rows, empty ones included, so that their numbers are those that people see.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Vec<Cell>>, FileError> {
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let sheets = book.sheets_metadata();
    let visible = sheets.iter().find(|it| it.visible == SheetVisible::Visible && it.typ == SheetType::WorkSheet);
    let name = visible.ok_or(FileError::NoSheet)?.name.clone();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|error| unreadable(&error))?;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while let Some(found) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (row, column) = found.get_position();
        let (row, column) = (row as usize, column as usize);
        if row >= MAX_LINES {
            return Err(FileError::TooManyRows(MAX_LINES));
        }
        let cell = cell(&found.get_value().clone().into());
        if column >= MAX_COLUMNS || cell == Cell::Empty {
            continue;
        }
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        let cells = &mut rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = cell;
    }
    Ok(rows)
}

fn unreadable(error: &XlsxError) -> FileError {
    FileError::Workbook(error.to_string().chars().take(200).collect())
}

/// Unpacks everything once, to nowhere, up to the limit.
fn measure(bytes: &[u8]) -> Result<(), FileError> {
    let wrong = |error: &dyn std::error::Error| FileError::Workbook(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| wrong(&error))?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| wrong(&error))?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|error| wrong(&error))?;
        left = left.checked_sub(read).ok_or(FileError::Unpacked)?;
    }
    Ok(())
}

fn cell(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Empty,
        Data::String(text) if text.trim().is_empty() => Cell::Empty,
        Data::String(text) => Cell::Text(text.clone()),
        Data::Int(number) => number_cell(&number.to_string()),
        Data::Float(number) => Cell::Number(*number),
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(moment) => moment_cell(moment),
        Data::DateTimeIso(text) => {
            let date = text.get(..10).and_then(|date| date.parse().ok());
            date.map_or_else(|| Cell::Text(text.clone()), Cell::Date)
        }
        Data::DurationIso(text) => Cell::Text(text.clone()),
        Data::Error(error) => Cell::Text(error.to_string()),
    }
}

fn number_cell(text: &str) -> Cell {
    text.parse().map_or(Cell::Empty, Cell::Number)
}

/// A date, or a time of day where the number is less than one day. A cell with both is shown as text, and refused.
fn moment_cell(moment: &ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let (hour, minute, second) = (u32::from(hour), u32::from(minute), u32::from(second));
    let time = TimeOfDay::from_seconds(hour * 3_600 + minute * 60 + second);
    let date = BizDate::new(i32::from(year), u32::from(month), u32::from(day));
    match (moment.as_f64() < 1.0, date, time) {
        (true, _, Some(time)) => Cell::Time(time),
        (false, Some(date), Some(time)) if time.seconds() == 0 => Cell::Date(date),
        _ => Cell::Text(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")),
    }
}
