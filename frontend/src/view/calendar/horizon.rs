//! How far a calendar is published, as a bar of eighteen months.

use chrono::{Datelike, Months, NaiveDate};
use domain::bizdate::BizDate;
use domain::calendar::Calendar;

use crate::i18n::{Lang, text};

/// The bar: places are parts of a hundred.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Where the published days begin and how far they reach.
    pub from: f64,
    pub width: f64,
    /// Where today is, when the bar has it.
    pub now: Option<f64>,
    pub ticks: Vec<(f64, String)>,
}

const MONTHS: u32 = 18;
const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The bar from the first of a year on.
pub fn bar(calendar: &Calendar, year: i32, today: BizDate, lang: Lang) -> Option<Bar> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let end = first.checked_add_months(Months::new(MONTHS))?;
    let all = (end - first).num_days() as f64;
    let place = |day: NaiveDate| ((day - first).num_days() as f64 * 100.0 / all).clamp(0.0, 100.0);
    let from = calendar.known_from().map_or(0.0, |day| place(day.naive()));
    let until = calendar.known_until().map_or(100.0, |day| place(day.naive().succ_opt().unwrap_or(end)));
    let tick = |quarter: u32| {
        let day = first.checked_add_months(Months::new(quarter * 3))?;
        let name = match (day.month(), lang) {
            (1, _) => day.year().to_string(),
            (month, Lang::En) => EN[(month - 1) as usize].to_owned(),
            (month, Lang::Zh) => format!("{month} 月"),
        };
        Some((place(day), name))
    };
    let now = today.naive();
    Some(Bar {
        from,
        width: (until - from).max(0.0),
        now: (first..end).contains(&now).then(|| place(now)),
        ticks: (0..MONTHS / 3).filter_map(tick).collect(),
    })
}

/// What stands beside the bar: until when, how many days that is from today, and what comes of it.
pub fn words(calendar: &Calendar, today: BizDate, lang: Lang) -> String {
    let Some(until) = calendar.known_until() else { return text::calendar_computed(lang).to_owned() };
    let left = (until.naive() - today.naive()).num_days();
    if left < 0 { text::calendar_known_past(lang, until) } else { text::calendar_known_until(lang, until, left) }
}

#[cfg(test)]
mod tests {
    use domain::calendar::Calendars;

    use super::*;

    fn today() -> BizDate {
        BizDate::new(2026, 11, 21).expect("a date")
    }

    #[test]
    fn the_bar_ends_where_publication_ends() {
        let sse = Calendars::builtin().get("SSE").expect("a calendar");
        let bar = bar(&sse, 2026, today(), Lang::En).expect("a bar");
        assert_eq!(bar.from, 0.0);
        assert!((bar.width - 66.8).abs() < 0.2, "{}", bar.width);
        assert!(bar.now.is_some_and(|now| (now - 59.3).abs() < 0.3), "{:?}", bar.now);
        let names: Vec<&str> = bar.ticks.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["2026", "Apr", "Jul", "Oct", "2027", "Apr"]);
        let later = super::bar(&sse, 2027, today(), Lang::Zh).expect("a bar");
        assert_eq!((later.width, later.now, later.ticks[1].1.as_str()), (0.0, None, "4 月"));
    }

    #[test]
    fn computed_calendars_have_no_end() {
        let daily = Calendars::builtin().get("DAILY").expect("a calendar");
        assert_eq!(bar(&daily, 2026, today(), Lang::En).map(|bar| bar.width), Some(100.0));
        assert_eq!(words(&daily, today(), Lang::En), "Computed, known for all time");
    }

    #[test]
    fn the_words_count_the_days_that_are_left() {
        let sse = Calendars::builtin().get("SSE").expect("a calendar");
        assert_eq!(
            words(&sse, today(), Lang::En),
            "Published through 2026-12-31, 40 days left. Schedules hold after that."
        );
        let late = BizDate::new(2027, 1, 2).expect("a date");
        assert_eq!(words(&sse, late, Lang::En), "Published through 2026-12-31 only. Schedules on it hold.");
    }
}
