//! `almanac calendar show`: a year at a glance.

use std::io::Write;

use clap::Args;
use domain::{
    ask::{self, Answer, Day, Question, Status},
    bizdate::{BizDate, Period},
    calendar::{CalendarExpr, Calendars},
    error::Lang,
};
use serde_json::json;

use super::{CliError, Manner};

/// Which year of which calendar.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// A calendar or an expression over calendars
    calendar: String,
    #[arg(long, value_parser = clap::value_parser!(i32).range(1900..=2299))]
    year: i32,
}

/// So many open days in a year are listed one by one.
const MOST_PICKED: usize = 60;

/// The marks of the year's picture.
const LEGEND: [&str; 2] = [
    "O open  h half day  . closed  X closed on a weekday  ? not published",
    "O 开放  h 半日  . 休市  X 工作日休市  ? 未公布",
];

pub(super) fn run(
    args: &ShowArgs,
    manner: &Manner,
    calendars: &Calendars,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let lang = manner.lang();
    let refused = |error: ask::AskError| CliError::Refused(format!("{} ({})", error.text(lang), error.code()));
    let first = BizDate::new(args.year, 1, 1).unwrap_or(BizDate::MIN);
    let mut days = Vec::new();
    for n in 0..=first.end(Period::Year).naive().signed_duration_since(first.naive()).num_days() {
        let question = Question::Day { calendar: args.calendar.clone(), date: first.add_days(n).unwrap_or(first) };
        if let Answer::Day(day) = ask::answer(&question, calendars).map_err(refused)? {
            days.push(day);
        }
    }
    let count = |wanted: fn(&Day) -> bool| days.iter().filter(|day| wanted(day)).count();
    let open = count(|day| day.status == Status::Open);
    let (half, unset) = (count(|day| day.half), count(|day| day.status == Status::Unset));
    if manner.json {
        let told = json!({"calendar": args.calendar, "year": args.year, "open": open, "half": half, "unset": unset, "days": days});
        writeln!(out, "{told}")?;
        return Ok(());
    }
    let english = lang == Lang::En;
    if let Ok(expr) = CalendarExpr::parse(&args.calendar)
        && !expr.is_name()
    {
        writeln!(out, "{}", expr.describe(lang))?;
    }
    let heading = if english {
        format!("{} {}: {open} open days, {half} half days, {unset} not published", args.calendar, args.year)
    } else {
        format!("{} {} 年：开放 {open} 天，其中半日 {half} 天，未公布 {unset} 天", args.calendar, args.year)
    };
    writeln!(out, "{heading}\n\n         1        10        20        30")?;
    for month in days.chunk_by(|one, other| one.date.month() == other.date.month()) {
        let marks: String = month.iter().map(mark).collect();
        writeln!(out, "{}  {marks}", &month[0].date.to_string()[..7])?;
    }
    writeln!(out, "\n{}", LEGEND[usize::from(!english)])?;
    // Of a few days that an expression picks, these are what one wants to see, not the many that it doesn't.
    let few = (1..=MOST_PICKED).contains(&open);
    for day in days.iter().filter(|day| if few { day.status == Status::Open } else { is_special(day) }) {
        writeln!(out, "{}", day.text(lang))?;
    }
    Ok(())
}

fn is_weekend(day: &Day) -> bool {
    matches!(day.weekday.as_str(), "Sat" | "Sun")
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

/// Half days, and what departs from Monday to Friday for a reason.
fn is_special(day: &Day) -> bool {
    match day.status {
        Status::Open => day.half || is_weekend(day),
        Status::Closed => !is_weekend(day) && day.reason.is_some(),
        Status::Unset => false,
    }
}
