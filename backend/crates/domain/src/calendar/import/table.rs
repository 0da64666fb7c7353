//! Rows of cells into days: finds the columns by their names, and reads each row.

use std::collections::BTreeSet;

use super::{
    super::{
        base::RuleStatus,
        day::{Session, TimeOfDay},
    },
    Cell,
    date::{self, Form},
    listing::{At, Covers, Entry, Found, Listing},
    problem::{Column, Kind, Problem, Problems},
};

/// A row with its line; each cell with its column.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<(usize, Cell)>,
}

/// The rows of a sheet, empty ones left out.
pub(super) fn numbered(rows: &[Vec<Cell>]) -> Vec<Row> {
    let numbered = rows.iter().enumerate().map(|(index, cells)| Row {
        line: index + 1,
        cells: cells.iter().enumerate().map(|(index, cell)| (index + 1, cell.clone())).collect(),
    });
    numbered.filter(|row| row.cells.iter().any(|(_, cell)| *cell != Cell::Empty)).collect()
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Date,
    Type,
    Session,
    Open,
    Close,
    Name,
}

/// The names of columns, in lower case.
const NAMES: [(Role, &[&str]); 6] = [
    (Role::Date, &["date", "day", "date_code", "trade_date", "cal_date", "日期", "交易日期"]),
    (
        Role::Type,
        &["type", "date_type", "status", "is_open", "is_workday", "is_trading_day", "类型", "日期类型", "状态"],
    ),
    (Role::Session, &["session", "交易时段"]),
    (Role::Open, &["open_local", "open_time", "opens_at", "开市", "开市时间"]),
    (Role::Close, &["close", "close_local", "close_time", "closes_at", "收市", "收市时间"]),
    (Role::Name, &["name", "reason", "festival", "holiday", "note", "名称", "说明", "备注", "节日"]),
];

/// Where each role's column is.
#[derive(Debug, Default)]
struct Columns {
    date: usize,
    status: Option<usize>,
    session: Option<usize>,
    open: Option<usize>,
    close: Option<usize>,
    name: Option<usize>,
}

/// Reads the rows; the first one names the columns, or is recognised as data.
pub(super) fn read(mut rows: Vec<Row>, problems: &mut Problems) -> Found {
    let Some(first) = rows.first() else {
        problems.add(Problem::new(Kind::Empty));
        return Found::Nothing;
    };
    let columns = match positions(first) {
        Some(columns) => columns,
        None => match named(first) {
            Ok(columns) => {
                rows.remove(0);
                columns
            }
            Err(kind) => {
                problems.add(Problem::at(At { line: first.line, column: 0 }, kind));
                return Found::Nothing;
            }
        },
    };
    let covers = if columns.status.is_some() { Covers::EveryDay } else { Covers::OpenDays };
    let mut form = None;
    let entries = rows.iter().filter_map(|row| columns.entry(row, &mut form, problems)).collect();
    Found::Listing(Listing { covers, entries, years: BTreeSet::new() })
}

/// The columns of a file without names, when its first row is data: `date,type[,name]` or `date,session[,open,close]`.
fn positions(first: &Row) -> Option<Columns> {
    let (_, date) = first.cells.first()?;
    let is_date = matches!(date::read(date), Ok(_) | Err(Kind::ExcelSerial(_)));
    let (_, second) = first.cells.get(1).filter(|_| is_date)?;
    if day_type(second).is_some() {
        return Some(Columns { status: Some(1), name: Some(2), ..Columns::default() });
    }
    session(second)?;
    Some(Columns { session: Some(1), open: Some(2), close: Some(3), ..Columns::default() })
}

fn named(first: &Row) -> Result<Columns, Kind> {
    let names: Vec<String> = first.cells.iter().map(|(_, cell)| shown(cell).to_lowercase()).collect();
    let find = |role: Role| {
        let known = NAMES.iter().find(|(of, _)| *of == role).map_or(&[][..], |(_, names)| names);
        names.iter().position(|name| known.contains(&name.as_str()))
    };
    // `open` is a time where there is a `close`, else it says whether.
    let plain_open = names.iter().position(|name| name == "open" || name == "开放");
    let close = find(Role::Close);
    let status = find(Role::Type).or(plain_open.filter(|_| close.is_none()));
    let columns = Columns {
        date: find(Role::Date).ok_or(Kind::MissingColumn(Column::Date)).unwrap_or(usize::MAX),
        status,
        session: find(Role::Session),
        open: find(Role::Open).or(plain_open.filter(|_| close.is_some())),
        close,
        name: find(Role::Name),
    };
    match (columns.date, columns.status.or(columns.session)) {
        (usize::MAX, None) => Err(Kind::NoHeader),
        (usize::MAX, _) => Err(Kind::MissingColumn(Column::Date)),
        (_, None) => Err(Kind::MissingColumn(Column::Status)),
        _ => Ok(columns),
    }
}

impl Columns {
    /// The day of a row; what is wrong with it goes to the problems, all of it.
    fn entry(&self, row: &Row, form: &mut Option<Form>, problems: &mut Problems) -> Option<Entry> {
        let mut wrong = |column: usize, kind: Kind| {
            problems.add(Problem::at(At { line: row.line, column }, kind));
        };
        let (column, cell) = row.cells.get(self.date).map_or((0, &Cell::Empty), |(column, cell)| (*column, cell));
        let date = match date::read(cell) {
            Ok((date, found)) if *form.get_or_insert(found) == found => Some(date),
            Ok(_) => {
                let first = form.map_or("", Form::example);
                wrong(column, Kind::MixedDates { first, found: shown(cell) });
                None
            }
            Err(kind) => {
                wrong(column, kind);
                None
            }
        };
        let at = At { line: row.line, column };
        let status = self.status(row, &mut wrong);
        let reason = self.cell(row, self.name).map(|(_, cell)| shown(cell));
        Some(Entry { at, date: date?, status: status?, reason, along: false })
    }

    fn status(&self, row: &Row, wrong: &mut impl FnMut(usize, Kind)) -> Option<RuleStatus> {
        let hours = self.hours(row, wrong);
        let half = match self.cell(row, self.session) {
            None if self.status.is_none() => {
                wrong(0, Kind::UnknownSession(String::new()));
                return None;
            }
            None => Some(false),
            Some((column, cell)) => {
                let half = session(cell);
                if half.is_none() {
                    wrong(column, Kind::UnknownSession(shown(cell)));
                }
                half
            }
        };
        let opened = |half: bool, hours: Option<Session>| match hours {
            None if !half => RuleStatus::Open,
            hours => RuleStatus::Hours(Session { half, ..hours.unwrap_or_default() }),
        };
        let Some(place) = self.status else { return Some(opened(half?, hours?)) };
        let (column, cell) = row.cells.get(place).map_or((0, &Cell::Empty), |(column, cell)| (*column, cell));
        match day_type(cell) {
            Some(DayType::Open) => Some(opened(half?, hours?)),
            Some(DayType::Half) => Some(opened(true, hours?)),
            Some(DayType::Closed) => Some(RuleStatus::Closed),
            Some(DayType::Unset) => Some(RuleStatus::Unset),
            None => {
                // Without a `close`, `open` was taken for whether the day is open.
                let is_time = self.close.is_none() && time(cell).is_some();
                let missing = is_time.then_some(Kind::MissingColumn(Column::Close));
                wrong(column, missing.unwrap_or_else(|| Kind::UnknownType(shown(cell))));
                None
            }
        }
    }

    /// The hours of a row: `Some(None)` where it has none, `None` where they are wrong.
    fn hours(&self, row: &Row, wrong: &mut impl FnMut(usize, Kind)) -> Option<Option<Session>> {
        let mut sound = true;
        let mut read = |place: Option<usize>| {
            let (column, cell) = self.cell(row, place)?;
            let time = time(cell);
            if time.is_none() {
                wrong(column, Kind::BadTime(shown(cell)));
                sound = false;
            }
            time
        };
        let (open, close) = (read(self.open), read(self.close));
        if sound && open.zip(close).is_some_and(|(open, close)| close <= open) {
            wrong(self.cell(row, self.close).map_or(0, |(column, _)| column), Kind::HoursReversed);
            sound = false;
        }
        let any = open.is_some() || close.is_some();
        sound.then_some(any.then_some(Session { half: false, open, close }))
    }

    /// The cell of a column, unless it is empty.
    fn cell<'r>(&self, row: &'r Row, place: Option<usize>) -> Option<(usize, &'r Cell)> {
        let (column, cell) = row.cells.get(place?)?;
        (*cell != Cell::Empty).then_some((*column, cell))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayType {
    Open,
    Half,
    Closed,
    Unset,
}

/// The words for types of days, in lower case.
const TYPES: [(DayType, &[&str]); 4] = [
    (DayType::Open, &["1", "open", "true", "yes", "y", "full", "调度日", "交易日", "工作日", "开放", "开市", "班"]),
    (DayType::Half, &["half", "半日", "半日市"]),
    (DayType::Closed, &["0", "closed", "false", "no", "n", "非调度日", "非交易日", "休", "休市", "休息日", "节假日"]),
    (DayType::Unset, &["-1", "unset", "unknown", "未设置", "未公布"]),
];

fn day_type(cell: &Cell) -> Option<DayType> {
    let word = shown(cell).to_lowercase();
    TYPES.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(kind, _)| *kind)
}

/// Whether the session is a half one.
fn session(cell: &Cell) -> Option<bool> {
    match shown(cell).to_lowercase().as_str() {
        "full" | "全日" => Some(false),
        "half" | "半日" | "半日市" => Some(true),
        _ => None,
    }
}

fn time(cell: &Cell) -> Option<TimeOfDay> {
    match cell {
        Cell::Time(time) => Some(*time),
        Cell::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A cell as people see it, not longer than a message needs.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.trim().chars().take(200).collect(),
        Cell::Number(number) => number.to_string(),
        Cell::Bool(value) => value.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.to_string(),
    }
}
