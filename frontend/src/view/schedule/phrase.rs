//! The parts of a schedule as they stand on the pickers of the sentence.

use domain::bizdate::{Expr, Period};
use domain::schedule::{DayKind, OnClosed, Rule, Shift, ShiftUnit};

use crate::format;
use crate::i18n::{Lang, text};

/// Which days: `every open day`, `the last open day of the month`.
pub fn day_rule(rule: &Rule, lang: Lang) -> String {
    match rule {
        Rule::EveryDay => text::schedule_every_day(lang).to_owned(),
        Rule::EveryOpenDay => text::schedule_every_open_day(lang).to_owned(),
        Rule::EveryOpenDays(n) => text::schedule_every_n_open_days(lang, n),
        Rule::Weekdays(days) => {
            let separator = if lang == Lang::En { ", " } else { "、" };
            let names: Vec<&str> = days.iter().map(|day| format::weekday(*day, lang)).collect();
            text::schedule_every_weekday(lang, names.join(separator))
        }
        Rule::Ordinal { n, of, period } => ordinal(*n, *of, *period, lang),
    }
}

fn ordinal(n: i32, of: DayKind, period: Period, lang: Lang) -> String {
    let rank = rank(n.unsigned_abs(), lang);
    if of == DayKind::Day {
        let period = period.text(lang);
        return match n {
            1 => text::schedule_first_day(lang, period),
            -1 => text::schedule_last_day(lang, period),
            2.. => text::schedule_nth_day(lang, rank, period),
            _ => text::schedule_nth_last_day(lang, rank, period),
        };
    }
    let kind = match of {
        DayKind::Day => text::schedule_kind_day(lang).to_owned(),
        DayKind::OpenDay => text::schedule_kind_open_day(lang).to_owned(),
        DayKind::Weekday(day) => format::weekday(day, lang).to_owned(),
    };
    let period = period.text(lang);
    match n {
        1 => text::schedule_first_of(lang, kind, period),
        -1 => text::schedule_last_of(lang, kind, period),
        2.. => text::schedule_nth_of(lang, rank, kind, period),
        _ => text::schedule_nth_last_of(lang, rank, kind, period),
    }
}

/// `3rd`, `3`.
fn rank(n: u32, lang: Lang) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    if lang == Lang::En { format!("{n}{ending}") } else { n.to_string() }
}

/// What happens on closed days: `do nothing`, `move to the next open day`.
pub fn on_closed(policy: OnClosed, lang: Lang) -> &'static str {
    match policy {
        OnClosed::Skip => text::schedule_closed_skip(lang),
        OnClosed::Run => text::schedule_closed_run(lang),
        OnClosed::Following => text::schedule_closed_following(lang),
        OnClosed::ModifiedFollowing => text::schedule_closed_modified_following(lang),
        OnClosed::HalfMonthModifiedFollowing => text::schedule_closed_half_month(lang),
        OnClosed::Preceding => text::schedule_closed_preceding(lang),
        OnClosed::ModifiedPreceding => text::schedule_closed_modified_preceding(lang),
        OnClosed::Nearest => text::schedule_closed_nearest(lang),
    }
}

/// The policies in the order in which they are offered.
pub const POLICIES: [OnClosed; 8] = [
    OnClosed::Skip,
    OnClosed::Run,
    OnClosed::Following,
    OnClosed::Preceding,
    OnClosed::ModifiedFollowing,
    OnClosed::ModifiedPreceding,
    OnClosed::HalfMonthModifiedFollowing,
    OnClosed::Nearest,
];

/// How the fire is moved: `the same day`, `1 open day later`.
pub fn shift(shift: Option<&Shift>, lang: Lang) -> String {
    let Some(shift) = shift.filter(|shift| shift.n != 0 || shift.unit == ShiftUnit::OpenDays) else {
        return text::schedule_no_shift(lang).to_owned();
    };
    let (n, of) = (i64::try_from(shift.n.unsigned_abs()).unwrap_or(i64::MAX), shift.of.as_ref());
    let unit = match (shift.unit, of) {
        (ShiftUnit::Days, _) => text::schedule_days(lang, n),
        (ShiftUnit::OpenDays, None) => text::schedule_open_days(lang, n),
        (ShiftUnit::OpenDays, Some(of)) => text::schedule_open_days_of(lang, n, of),
    };
    if shift.n < 0 { text::schedule_earlier(lang, unit) } else { text::schedule_later(lang, unit) }
}

/// Business dates that many workflows have.
pub const DATE_RULES: [&str; 6] = ["T", "T-1", "T-2", "T+1", "T.add(-1m).end(month)", "T.start(month)"];

/// A business date as the sentence has it: `T, the same day`.
pub fn date_rule(rule: &str, lang: Lang) -> String {
    let words = match rule {
        "T" => text::schedule_date_same(lang),
        "T-1" => text::schedule_date_before(lang),
        "T-2" => text::schedule_date_two_before(lang),
        "T+1" => text::schedule_date_after(lang),
        "T.add(-1m).end(month)" => text::schedule_date_last_month_end(lang),
        "T.start(month)" => text::schedule_date_month_begin(lang),
        other => return other.to_owned(),
    };
    if rule.len() > 3 { words.to_owned() } else { text::schedule_date_words(lang, rule, words) }
}

/// Whether a text is a rule for business dates.
///
/// # Errors
/// The sentence that says why not.
pub fn check_date_rule(text: &str, lang: Lang) -> Result<(), String> {
    Expr::parse(text).map(drop).map_err(|error| error.text(lang))
}
