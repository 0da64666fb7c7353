//! The ways in which published files write a date.

use super::{Cell, problem::Kind};
use crate::bizdate::BizDate;

/// How a date is written; a file must keep to one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Dashed,
    Compact,
    Slashed,
    Chinese,
    /// A cell that the workbook itself knows as a date.
    Typed,
}

impl Form {
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Dashed => "2026-01-31",
            Self::Compact => "20260131",
            Self::Slashed => "2026/1/31",
            Self::Chinese => "2026年1月31日",
            Self::Typed => "a date cell",
        }
    }
}

/// A date and how it is written.
///
/// A number is taken for a date only when it reads as one (20260131): what else stands in a date column is a day number
/// of the spreadsheet, which counts from 1900 or 1904, and nothing in the file says which.
pub(super) fn read(cell: &Cell) -> Result<(BizDate, Form), Kind> {
    match cell {
        Cell::Date(date) => Ok((*date, Form::Typed)),
        Cell::Text(text) => written(text.trim()),
        Cell::Number(number) => {
            let text = number.to_string();
            compact(&text).map(|date| (date, Form::Compact)).ok_or(Kind::ExcelSerial(text))
        }
        Cell::Empty => Err(Kind::BadDate(String::new())),
        Cell::Bool(value) => Err(Kind::BadDate(value.to_string())),
        Cell::Time(time) => Err(Kind::BadDate(time.to_string())),
    }
}

fn written(text: &str) -> Result<(BizDate, Form), Kind> {
    // Exports of databases add a midnight to every date.
    let day = [" 00:00:00", " 00:00", "T00:00:00"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let found = if let Some(date) = compact(day) {
        Some((date, Form::Compact))
    } else if day.contains('年') {
        let plain = day.strip_suffix('日').or(day.strip_suffix('号')).map(|day| day.replace(['年', '月'], "-"));
        plain.and_then(|day| parts(&day, '-')).map(|date| (date, Form::Chinese))
    } else if day.contains('/') {
        parts(day, '/').map(|date| (date, Form::Slashed))
    } else {
        parts(day, '-').map(|date| (date, Form::Dashed))
    };
    let shown = || text.chars().take(40).collect::<String>();
    found.ok_or_else(|| if is_serial(day) { Kind::ExcelSerial(shown()) } else { Kind::BadDate(shown()) })
}

fn compact(text: &str) -> Option<BizDate> {
    (text.len() == 8).then(|| text.parse().ok()).flatten()
}

/// Year, month and day in this order; another order can't be told apart from it.
fn parts(text: &str, separator: char) -> Option<BizDate> {
    let mut numbers = text.split(separator).map(str::trim).map(|part| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse::<u32>().ok() } else { None }
    });
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    if numbers.next().is_some() {
        return None;
    }
    BizDate::new(i32::try_from(year).ok()?, month, day)
}

/// Five digits, perhaps with a fraction: what a spreadsheet leaves of a date.
fn is_serial(text: &str) -> bool {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_ways_that_files_write_them() {
        let table = [
            ("2026-01-31", Form::Dashed),
            ("2026-1-31", Form::Dashed),
            ("20260131", Form::Compact),
            ("2026/01/31", Form::Slashed),
            ("2026/1/31", Form::Slashed),
            ("2026年1月31日", Form::Chinese),
            ("2026-01-31 00:00:00", Form::Dashed),
        ];
        for (text, form) in table {
            let date = "2026-01-31".parse().unwrap();
            assert_eq!(read(&Cell::Text(text.into())), Ok((date, form)), "{text}");
            let example: BizDate = read(&Cell::Text(form.example().into())).unwrap().0;
            assert_eq!(example, date);
        }
        assert_eq!(read(&Cell::Number(20_260_131.0)).unwrap().1, Form::Compact);
    }

    #[test]
    fn what_is_no_date_is_told_apart_from_day_numbers() {
        for serial in ["46053", "46053.0", "46053.5"] {
            assert_eq!(read(&Cell::Text(serial.into())), Err(Kind::ExcelSerial(serial.into())));
        }
        assert_eq!(read(&Cell::Number(46_053.0)), Err(Kind::ExcelSerial("46053".into())));
        for wrong in ["31/01/2026", "1/31/2026", "2026-02-30", "2026-01", "26-01-31", "2026年1月", "x", "1899-12-31"]
        {
            assert!(matches!(read(&Cell::Text(wrong.into())), Err(Kind::BadDate(_))), "{wrong}");
        }
    }
}
