//! Two or three calendars side by side: where they agree, where only one is open, and why.

use domain::bizdate::BizDate;
use domain::calendar::{Calendar, DayStatus, Tri};

use super::year::{Cell, Month, months};
use super::{dated, days, days_of, month_day};
use crate::i18n::{Lang, text};

/// A calendar under comparison, by the name it is shown with.
#[derive(Clone, Debug)]
pub struct Side {
    pub name: String,
    pub calendar: Calendar,
}

/// What one side says of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Open,
    Half,
    Closed,
    Unset,
}

impl Mark {
    fn of(status: &DayStatus) -> Self {
        match status {
            DayStatus::Open(session) if session.half => Self::Half,
            DayStatus::Open(_) => Self::Open,
            DayStatus::Closed(_) => Self::Closed,
            DayStatus::Unset => Self::Unset,
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Half)
    }

    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Open => text::calendar_open(lang),
            Self::Half => text::calendar_half_day(lang),
            Self::Closed => text::calendar_closed(lang),
            Self::Unset => text::calendar_unset(lang),
        }
    }
}

/// A day on which the sides differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub date: BizDate,
    pub marks: Vec<Mark>,
    pub reason: String,
}

/// A year of all sides.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub months: Vec<Month>,
    pub rows: Vec<Row>,
    /// Days on which all are open.
    pub all_open: usize,
    /// Days on which only this side is open.
    pub only: Vec<usize>,
    /// Days on which all are open, but not all for the full day.
    pub half: usize,
    /// Days that a side has not published.
    pub unset: usize,
}

/// Compares a year. With `differences` the days on which all agree are drawn pale.
pub fn compare(sides: &[Side], year: i32, differences: bool, lang: Lang) -> Comparison {
    let mut result =
        Comparison { months: Vec::new(), rows: Vec::new(), all_open: 0, only: vec![0; sides.len()], half: 0, unset: 0 };
    let mut cells = Vec::with_capacity(366);
    for date in days_of(year) {
        let statuses: Vec<DayStatus> = sides.iter().map(|side| side.calendar.status(date)).collect();
        let marks: Vec<Mark> = statuses.iter().map(Mark::of).collect();
        result.count(&marks);
        let class = class(&marks, differences);
        let title = format!("{} · {}", dated(date, lang), sentence(sides, &marks, lang));
        cells.push(Cell { date, class, mark: None, title });
        if differ(&marks) {
            result.rows.push(Row { date, marks, reason: reason(sides, &statuses, date, lang) });
        }
    }
    let differing: Vec<BizDate> = result.rows.iter().map(|row| row.date).collect();
    result.months = months(cells, lang, |cells| {
        let count = cells.iter().filter(|cell| differing.binary_search(&cell.date).is_ok()).count();
        if count == 0 { "=".to_owned() } else { text::calendar_differ(lang, count as i64) }
    });
    result
}

impl Comparison {
    fn count(&mut self, marks: &[Mark]) {
        let open = marks.iter().filter(|mark| mark.is_open()).count();
        self.unset += usize::from(marks.contains(&Mark::Unset));
        if open == marks.len() {
            self.all_open += 1;
            self.half += usize::from(differ(marks));
        } else if open == 1 && !marks.contains(&Mark::Unset) {
            for (only, mark) in self.only.iter_mut().zip(marks) {
                *only += usize::from(mark.is_open());
            }
        }
    }
}

/// Whether the sides say different things; an unknown day can't be compared.
fn differ(marks: &[Mark]) -> bool {
    !marks.contains(&Mark::Unset) && marks.windows(2).any(|pair| pair[0] != pair[1])
}

/// The style of a day: an edge for each side that is open alone or with another.
fn class(marks: &[Mark], differences: bool) -> &'static str {
    if marks.contains(&Mark::Unset) {
        return "d d--u";
    }
    let open: Vec<bool> = marks.iter().map(|mark| mark.is_open()).collect();
    match (open.as_slice(), differ(marks)) {
        ([true, true] | [true, true, true], true) => "d d--bh",
        ([true, true] | [true, true, true], false) if !differences => "d d--same",
        ([true, false] | [true, false, false], _) => "d d--ao",
        ([false, true] | [false, true, false], _) => "d d--bo",
        ([false, false, true], _) => "d d--co",
        ([true, true, false], _) => "d d--abo",
        ([true, false, true], _) => "d d--aco",
        ([false, true, true], _) => "d d--bco",
        _ => "d d--w",
    }
}

fn sentence(sides: &[Side], marks: &[Mark], lang: Lang) -> String {
    let said: Vec<String> =
        sides.iter().zip(marks).map(|(side, mark)| format!("{} {}", side.name, mark.text(lang))).collect();
    said.join(text::calendar_comma(lang))
}

/// Why: the reasons of those that are closed, else of those that close early.
fn reason(sides: &[Side], statuses: &[DayStatus], date: BizDate, lang: Lang) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for (side, status) in sides.iter().zip(statuses) {
        let why = match status {
            DayStatus::Closed(reason) => Some(reason.text(lang)),
            DayStatus::Open(session) if session.half => side.calendar.open_reason(date).map(|reason| reason.text(lang)),
            _ => None,
        };
        if let Some(why) = why.filter(|why| !reasons.contains(why)) {
            reasons.push(why);
        }
    }
    reasons.join(text::calendar_comma(lang))
}

/// The longest time for which one side is closed while another has open days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub closed: String,
    pub from: BizDate,
    pub to: BizDate,
    pub open: String,
    /// Days within it on which the other is open.
    pub days: usize,
}

impl Gap {
    pub fn text(&self, lang: Lang) -> String {
        let (from, to) = (month_day(self.from), month_day(self.to));
        text::calendar_gap(lang, &self.closed, from, to, &self.open, i64::try_from(self.days).unwrap_or(i64::MAX))
    }
}

pub fn longest_gap(sides: &[Side], year: i32) -> Option<Gap> {
    let mut longest: Option<Gap> = None;
    let length = |gap: &Gap| (gap.to.naive() - gap.from.naive()).num_days();
    for side in sides {
        for other in sides.iter().filter(|other| other.name != side.name) {
            for (from, to) in closures(&side.calendar, year) {
                let open = days(from, to).filter(|day| other.calendar.tri(*day) == Tri::Open).count();
                let gap = Gap { closed: side.name.clone(), from, to, open: other.name.clone(), days: open };
                if open > 0 && longest.as_ref().is_none_or(|longest| length(&gap) > length(longest)) {
                    longest = Some(gap);
                }
            }
        }
    }
    longest
}

/// The stretches of closed days within a year.
fn closures(calendar: &Calendar, year: i32) -> Vec<(BizDate, BizDate)> {
    let mut found: Vec<(BizDate, BizDate)> = Vec::new();
    let mut running = false;
    for day in days_of(year) {
        let closed = calendar.tri(day) == Tri::Closed;
        match found.last_mut() {
            Some((_, last)) if closed && running => *last = day,
            _ if closed => found.push((day, day)),
            _ => {}
        }
        running = closed;
    }
    found
}

/// The differing days as a table for other programs.
pub fn csv(sides: &[Side], comparison: &Comparison, lang: Lang) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let names: Vec<String> = sides.iter().map(|side| quoted(&side.name)).collect();
    let mut table = format!("date,{},reason\n", names.join(","));
    for row in &comparison.rows {
        let marks: Vec<String> = row.marks.iter().map(|mark| quoted(mark.text(lang))).collect();
        table.push_str(&format!("{},{},{}\n", row.date, marks.join(","), quoted(&row.reason)));
    }
    table
}

#[cfg(test)]
mod tests {
    use domain::calendar::Calendars;

    use super::*;

    fn sides(names: &[&str]) -> Vec<Side> {
        let side = |name: &&str| Side {
            name: (*name).to_owned(),
            calendar: Calendars::builtin().get(name).expect("a calendar"),
        };
        names.iter().map(side).collect()
    }

    fn class_of(comparison: &Comparison, month: usize, day: usize) -> &'static str {
        comparison.months[month - 1].cells[day - 1].class
    }

    #[test]
    fn two_markets_of_a_year() {
        let sides = sides(&["SSE", "HKEX"]);
        let both = compare(&sides, 2026, false, Lang::En);
        let connect = Calendars::builtin().resolve_text("SSE & HKEX").expect("a calendar");
        assert_eq!(Some(both.all_open), super::super::facts::open_days(&connect, 2026));
        assert_eq!(both.all_open + both.only[0], 242);
        assert_eq!(
            both.all_open + both.only[1],
            super::super::facts::open_days(&sides[1].calendar, 2026).expect("known")
        );
        assert_eq!(both.rows.len(), both.only[0] + both.only[1] + both.half);
        assert_eq!(class_of(&both, 1, 2), "d d--bo");
        assert_eq!(class_of(&both, 7, 1), "d d--ao");
        assert_eq!(class_of(&both, 12, 24), "d d--bh");
        assert_eq!(class_of(&both, 3, 3), "d d--same");
        assert_eq!(class_of(&both, 1, 1), "d d--w");
        assert_eq!((both.months[2].note.as_str(), both.months[6].note.as_str()), ("=", "1 differs"));
        let row = both.rows.iter().find(|row| row.date.to_string() == "2026-02-16").expect("a row");
        assert_eq!(
            (row.marks.as_slice(), row.reason.as_str()),
            ([Mark::Closed, Mark::Half].as_slice(), "Spring Festival, Lunar New Year")
        );
    }

    #[test]
    fn three_sides_have_an_edge_each() {
        let all = compare(&sides(&["SSE", "HKEX", "NYSE"]), 2026, true, Lang::En);
        assert_eq!(class_of(&all, 7, 3), "d d--abo");
        assert_eq!(class_of(&all, 1, 2), "d d--bco");
        assert_eq!(class_of(&all, 2, 17), "d d--co");
        assert_eq!(class_of(&all, 3, 3), "d d--w", "agreeing days are pale when only differences are shown");
    }

    #[test]
    fn unpublished_days_are_not_compared() {
        let later = compare(&sides(&["SSE", "HKEX"]), 2027, false, Lang::En);
        assert_eq!((later.rows.len(), later.unset, later.only.as_slice()), (0, 365, [0, 0].as_slice()));
        assert_eq!(class_of(&later, 1, 4), "d d--u");
    }

    #[test]
    fn the_longest_gap_names_both_sides() {
        let gap = longest_gap(&sides(&["SSE", "HKEX"]), 2026).expect("a gap");
        assert_eq!(gap.text(Lang::En), "SSE closed 02-14 – 02-23, HKEX open on 3 of these days");
        assert_eq!(longest_gap(&sides(&["SSE", "SZSE"]), 2026), None);
    }

    #[test]
    fn the_table_has_a_line_for_each_differing_day() {
        let sides = sides(&["SSE", "HKEX"]);
        let both = compare(&sides, 2026, false, Lang::En);
        let table = csv(&sides, &both, Lang::En);
        assert!(
            table.starts_with("date,\"SSE\",\"HKEX\",reason\n2026-01-02,\"Closed\",\"Open\",\"New Year's Day\"\n"),
            "{table}"
        );
        assert_eq!(table.lines().count(), both.rows.len() + 1);
    }
}
