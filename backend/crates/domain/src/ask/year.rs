//! A year of a calendar at a glance.

use serde::Serialize;

use super::{AskError, Day, Limits, Status, Told};
use crate::{
    bizdate::{BizDate, Period},
    calendar::{Calendar, CalendarError, CalendarExpr},
    error::Lang,
};

/// A year of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Year {
    /// The calendar, as it was asked for.
    pub calendar: String,
    /// What an expression means; absent for a plain name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Told>,
    /// The year.
    pub year: i32,
    /// Its open days, half days among them.
    pub open: usize,
    /// Its half days.
    pub half: usize,
    /// Its days that nobody has published.
    pub unset: usize,
    /// Its days.
    pub days: Vec<Day>,
}

/// So many open days are listed one by one: of the few days that an expression picks, these are what one wants to see,
/// not the many that it doesn't.
const MOST_PICKED: usize = 60;

/// Above the columns of the days.
const RULER: &str = "         1        10        20        30";

impl Year {
    pub(super) fn of(calendar: &Calendar, asked: &str, year: i32, limits: Limits) -> Result<Self, AskError> {
        let first = BizDate::new(year, 1, 1).ok_or(CalendarError::OutOfRange)?;
        let (first, last) = limits.span(first, first.end(Period::Year))?.into_inner();
        let numbers = first.number()..=last.number();
        let days: Vec<Day> = numbers.filter_map(BizDate::from_number).map(|date| Day::of(calendar, date)).collect();
        let count = |wanted: fn(&Day) -> bool| days.iter().filter(|day| wanted(day)).count();
        let expr = CalendarExpr::parse(asked).ok().filter(|expr| !expr.is_name());
        Ok(Self {
            calendar: asked.to_owned(),
            words: expr.map(|expr| Told::by(|lang| expr.describe(lang))),
            year,
            open: count(|day| day.status == Status::Open),
            half: count(|day| day.half),
            unset: count(|day| day.status == Status::Unset),
            days,
        })
    }

    /// A picture with a mark for each day, and the days that there is something to say of.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut lines = vec![self.heading(lang)];
        lines.extend(self.words.as_ref().map(|words| words.text(lang).to_owned()));
        lines.extend([String::new(), RULER.to_owned()]);
        for month in self.days.chunk_by(|one, other| one.date.month() == other.date.month()) {
            let marks: String = month.iter().map(mark).collect();
            lines.push(format!("{:04}-{:02}  {marks}", self.year, month[0].date.month()));
        }
        let legend = match lang {
            Lang::En => "O open  h half day  . closed  X closed on a weekday  ? not published",
            Lang::Zh => "O 开放  h 半日  . 休市  X 工作日休市  ? 未公布",
        };
        lines.extend([String::new(), legend.to_owned()]);
        let few = (1..=MOST_PICKED).contains(&self.open);
        let told = self.days.iter().filter(|day| if few { day.status == Status::Open } else { is_special(day) });
        lines.extend(told.map(|day| day.text(lang)));
        lines.join("\n")
    }

    fn heading(&self, lang: Lang) -> String {
        let Self { calendar, year, open, half, unset, .. } = self;
        match lang {
            Lang::En => format!("{calendar} {year}: {open} open days, {half} half days, {unset} not published"),
            Lang::Zh => format!("{calendar} {year} 年：开放 {open} 天，其中半日 {half} 天，未公布 {unset} 天"),
        }
    }
}

fn is_weekend(day: &Day) -> bool {
    day.date.weekday().num_days_from_monday() >= 5
}

fn mark(day: &Day) -> char {
    match day.status {
        Status::Open if day.half => 'h',
        Status::Open => 'O',
        Status::Closed if is_weekend(day) => '.',
        Status::Closed => 'X',
        Status::Unset => '?',
    }
}

/// Half days, and what departs from Monday to Friday.
fn is_special(day: &Day) -> bool {
    match day.status {
        Status::Open => day.half || is_weekend(day),
        Status::Closed => !is_weekend(day),
        Status::Unset => false,
    }
}
