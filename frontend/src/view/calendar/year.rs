//! A year as twelve months of cells.

use domain::bizdate::{BizDate, Period};
use domain::calendar::Calendar;

use super::{Kind, Wording, dated, days_from_monday, days_of, look, words};
use crate::i18n::{Lang, text};

/// A day of the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub date: BizDate,
    /// Its style.
    pub class: &'static str,
    /// The sign below its number.
    pub mark: Option<&'static str>,
    /// What it is, in words.
    pub title: String,
}

/// A month of the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    pub name: &'static str,
    /// What stands at the right of its name.
    pub note: String,
    /// Empty places before the first day.
    pub lead: usize,
    pub cells: Vec<Cell>,
}

const EN_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ZH_MONTHS: [&str; 12] =
    ["1 月", "2 月", "3 月", "4 月", "5 月", "6 月", "7 月", "8 月", "9 月", "10 月", "11 月", "12 月"];

/// The heads of the columns, Monday first.
pub fn heads(lang: Lang) -> [(&'static str, &'static str); 7] {
    match lang {
        Lang::En => [
            ("M", "Monday"),
            ("T", "Tuesday"),
            ("W", "Wednesday"),
            ("T", "Thursday"),
            ("F", "Friday"),
            ("S", "Saturday"),
            ("S", "Sunday"),
        ],
        Lang::Zh => [
            ("一", "周一"),
            ("二", "周二"),
            ("三", "周三"),
            ("四", "周四"),
            ("五", "周五"),
            ("六", "周六"),
            ("日", "周日"),
        ],
    }
}

/// Lays cells of a year out in months; `note` says what stands beside a month's name.
pub fn months(cells: Vec<Cell>, lang: Lang, note: impl Fn(&[Cell]) -> String) -> Vec<Month> {
    let names = match lang {
        Lang::En => EN_MONTHS,
        Lang::Zh => ZH_MONTHS,
    };
    let month = |cells: &[Cell]| {
        let first = cells.first()?.date;
        let name = names[(first.month() - 1) as usize];
        Some(Month { name, note: note(cells), lead: days_from_monday(first), cells: cells.to_vec() })
    };
    cells.chunk_by(|one, other| one.date.month() == other.date.month()).filter_map(month).collect()
}

/// The year of one calendar.
pub fn year(calendar: &Calendar, work: Option<&Calendar>, wording: Wording, year: i32, lang: Lang) -> Vec<Month> {
    let cell = |date: BizDate| {
        let look = look(calendar, work, date);
        let (class, mark) = style(look.kind, lang);
        Cell { date, class, mark, title: format!("{} · {}", dated(date, lang), words(&look, wording, lang)) }
    };
    months(days_of(year).map(cell).collect(), lang, |cells| open_note(calendar, cells, lang))
}

/// `20 days`, or nothing while a day of the month is unknown.
pub fn open_note(calendar: &Calendar, cells: &[Cell], lang: Lang) -> String {
    let open = cells.first().and_then(|cell| calendar.count_in(cell.date, Period::Month).ok());
    open.map(|open| text::calendar_month_days(lang, i64::try_from(open).unwrap_or(i64::MAX))).unwrap_or_default()
}

/// The style and the sign of a kind.
pub fn style(kind: Kind, lang: Lang) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::Open => ("d d--o", None),
        Kind::Extra => ("d d--o d--m", Some(text::calendar_mark_work(lang))),
        Kind::Half => ("d d--f", Some("½")),
        Kind::Weekend | Kind::Off => ("d d--w", None),
        Kind::Holiday => ("d d--h", Some(text::calendar_mark_holiday(lang))),
        Kind::Makeup => ("d d--m", Some(text::calendar_mark_work(lang))),
        Kind::Unset => ("d d--u", None),
    }
}

/// A way through the grid with the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Days(i64),
    Months(i64),
    MonthStart,
    MonthEnd,
}

impl Step {
    /// The step that a key asks for.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowLeft" => Self::Days(-1),
            "ArrowRight" => Self::Days(1),
            "ArrowUp" => Self::Days(-7),
            "ArrowDown" => Self::Days(7),
            "PageUp" => Self::Months(-1),
            "PageDown" => Self::Months(1),
            "Home" => Self::MonthStart,
            "End" => Self::MonthEnd,
            _ => return None,
        })
    }

    /// Where it leads; dates end where the product's end.
    pub fn from(self, day: BizDate) -> BizDate {
        match self {
            Self::Days(days) => day.add_days(days).unwrap_or(day),
            Self::Months(months) => day.add_months(months).unwrap_or(day),
            Self::MonthStart => day.start(Period::Month),
            Self::MonthEnd => day.end(Period::Month),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::calendar::Calendars;

    use super::*;

    fn date(text: &str) -> BizDate {
        text.parse().expect("a date")
    }

    fn cell(name: &str, day: &str, lang: Lang) -> Cell {
        let calendars = Calendars::builtin();
        let calendar = calendars.get(name).expect("a calendar");
        let work = super::super::companion(&calendar, calendars.get("CN_WORKDAY").ok());
        let day = date(day);
        let months = year(&calendar, work.as_ref(), Wording::of(&calendar, false), day.year(), lang);
        months[(day.month() - 1) as usize].cells[(day.day() - 1) as usize].clone()
    }

    #[test]
    fn months_begin_below_their_weekday() {
        let sse = Calendars::builtin().get("SSE").expect("a calendar");
        let months = year(&sse, None, Wording::Trading, 2026, Lang::En);
        assert_eq!(months.len(), 12);
        let (january, september) = (&months[0], &months[8]);
        assert_eq!(
            (january.name, january.lead, january.cells.len(), january.note.as_str()),
            ("January", 3, 31, "20 days")
        );
        assert_eq!((september.lead, september.cells.len()), (1, 30));
        assert_eq!(year(&sse, None, Wording::Trading, 2027, Lang::En)[0].note, "");
    }

    #[test]
    fn cells_tell_what_their_day_is() {
        let check = |name, day, class, mark, title: &str| {
            let cell = cell(name, day, Lang::En);
            assert_eq!((cell.class, cell.mark, cell.title.as_str()), (class, mark, title), "{name} {day}");
        };
        check("SSE", "2026-09-30", "d d--o", None, "2026-09-30 Wed · Trading day");
        check("SSE", "2026-10-01", "d d--h", Some("H"), "2026-10-01 Thu · Closed, National Day");
        // A weekend within a holiday, told by the calendar of working days.
        check("SSE", "2026-10-03", "d d--h", Some("H"), "2026-10-03 Sat · Closed, National Day");
        check("SSE", "2026-10-10", "d d--m", Some("W"), "2026-10-10 Sat · Make-up workday, exchange closed");
        check("SSE", "2026-10-11", "d d--w", None, "2026-10-11 Sun · Weekend");
        check("SSE", "2027-01-04", "d d--u", None, "2027-01-04 Mon · Not published");
        check("CN_WORKDAY", "2026-10-10", "d d--o d--m", Some("W"), "2026-10-10 Sat · Make-up workday, National Day");
        check("HKEX", "2026-12-24", "d d--f", Some("½"), "2026-12-24 Thu · Half day 09:30–12:00, Christmas");
        // Another country's weekends are no business of the working days of this one.
        check("HKEX", "2026-10-03", "d d--w", None, "2026-10-03 Sat · Weekend");
        check("DAILY", "2026-10-03", "d d--o", None, "2026-10-03 Sat · In calendar");
    }

    #[test]
    fn marks_and_titles_speak_chinese() {
        let holiday = cell("SSE", "2026-10-01", Lang::Zh);
        assert_eq!((holiday.mark, holiday.title.as_str()), (Some("休"), "2026-10-01 周四 · 休市，国庆节"));
        assert_eq!(cell("SSE", "2026-10-10", Lang::Zh).mark, Some("班"));
    }

    #[test]
    fn keys_lead_through_days_weeks_and_months() {
        let check = |key, from, to| {
            assert_eq!(Step::of_key(key).expect("a step").from(date(from)), date(to), "{key} from {from}");
        };
        check("ArrowLeft", "2026-03-01", "2026-02-28");
        check("ArrowDown", "2026-12-28", "2027-01-04");
        check("PageUp", "2026-03-31", "2026-02-28");
        check("PageDown", "2026-01-31", "2026-02-28");
        check("Home", "2026-05-17", "2026-05-01");
        check("End", "2026-02-17", "2026-02-28");
        check("ArrowRight", "2299-12-31", "2299-12-31");
        assert_eq!(Step::of_key("a"), None);
    }
}
