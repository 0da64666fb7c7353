//! Tests of what the schedule page shows, by the calendars that come with the program.

use chrono::NaiveTime;
use domain::bizdate::BizDate;
use domain::calendar::{CalendarExpr, Calendars};
use domain::cron::Cron;
use domain::schedule::{ScheduleSpec, instant_of};
use domain::workflow::spec::{BusinessDate, CatchUp, Concurrency, Overlap};
use serde_json::json;

use super::change::{self, Kind};
use super::date_rule::DateRule;
use super::forecast::{self, End, Row, Span};
use super::recipe::Recipe;
use super::{clock, entry, jump, left_out, missed, nearest, phrase};
use crate::i18n::Lang;

const SOURCE: &str = "\
# The night.
apiVersion: almanac/v1
kind: Workflow
metadata: {project: nav, name: nav}
spec:
  business_date: {calendar: SSE, rule: \"T-1\"}   # of the data
  schedules:
    # At night.
    - name: nightly
      rule: every open day at 18:00   # before supper
      timezone: Asia/Shanghai
      calendar: SSE
    - {name: noon, cron: \"0 12 * * *\", timezone: Asia/Shanghai, enabled: false}
  catch_up: all
  tasks:
    load: {type: noop}
";

fn spec(text: &str) -> ScheduleSpec {
    ScheduleSpec::parse(text, chrono_tz::Asia::Shanghai).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn day(text: &str) -> BizDate {
    text.parse().expect("a date")
}

fn midnight(spec: &ScheduleSpec, date: &str) -> i64 {
    instant_of(spec.timezone, day(date).naive().and_time(NaiveTime::MIN))
}

fn span(from_ms: i64, count: usize) -> Span {
    Span { now_ms: 1_795_214_538_377, from_ms, count }
}

fn date_rule(rule: &str) -> DateRule {
    let rule = BusinessDate { calendar: "SSE".to_owned(), rule: rule.to_owned() };
    DateRule::of(Some(&rule), Calendars::builtin(), Lang::En).expect("a rule")
}

/// The rows in short: fires as dates with T, the others as they are read.
fn rows(text: &str, from: &str, count: usize) -> (Vec<String>, End) {
    let spec = spec(text);
    let found = forecast::forecast(
        &spec,
        Calendars::builtin(),
        &date_rule("T-1"),
        span(midnight(&spec, from), count),
        Lang::En,
    );
    let found = found.expect("a schedule that can be asked");
    let short = |row: &Row| match row {
        Row::Fire(fire) => {
            let date = fire.date.as_ref().map(ToString::to_string).unwrap_or_else(|error| format!("no date: {error}"));
            let marks = [
                fire.fire.reason.assumed.then(|| " provisional".to_owned()),
                fire.ends.map(|period| format!(" end of {period}")),
                fire.half.then(|| " half".to_owned()),
                fire.new_year.then(|| " new year".to_owned()),
                fire.moved.as_ref().map(|moved| format!(" [{moved}]")),
            ];
            format!("{} T {date}{}", fire.shows.format("%m-%d %H:%M"), marks.into_iter().flatten().collect::<String>())
        }
        Row::LeftOut { first, last, reason } => {
            format!("({} {reason})", left_out::range_words(*first, *last, 2026, Lang::En))
        }
        Row::Clock { words, .. } => words.clone(),
        Row::Horizon { calendar, until } => format!("-- {calendar} {until} --"),
    };
    (found.rows.iter().map(short).collect(), found.end)
}

#[test]
fn closed_days_between_fires_are_folded_with_their_reasons() {
    let (rows, end) = rows("every open day on SSE at 22:30", "2026-09-29", 4);
    assert_eq!(
        rows,
        [
            "09-29 22:30 T 2026-09-28",
            "09-30 22:30 T 2026-09-29",
            "(1 – 7 Oct National Day)",
            "10-08 22:30 T 2026-09-30 end of quarter",
            "10-09 22:30 T 2026-10-08",
        ]
    );
    assert_eq!(end, End::More);
}

#[test]
fn a_weekend_alone_is_called_so_and_parts_of_an_expression_are_named() {
    let (rows, _) = rows("every open day on SSE & HKEX at 09:00", "2026-05-22", 3);
    assert_eq!(rows[1..3], ["(23 – 25 May HKEX: Buddha's Birthday)", "05-26 09:00 T 2026-05-25"]);
    let (rows, _) = self::rows("every open day on SSE at 09:00", "2026-05-15", 2);
    assert_eq!(rows[1], "(16 – 17 May weekend)");
}

#[test]
fn a_cron_expression_tells_what_its_calendar_leaves_out() {
    let (rows, _) = rows("cron(0 9 * * *) on SSE", "2026-06-18", 2);
    assert_eq!(rows, ["06-18 09:00 T 2026-06-17", "(19 – 21 Jun Dragon Boat Festival)", "06-22 09:00 T 2026-06-18"]);
}

#[test]
fn a_roll_says_from_where_it_came() {
    let (rows, _) = rows("15 day of month on SSE if closed following at 09:00", "2026-02-01", 1);
    assert_eq!(rows, ["02-24 09:00 T 2026-02-13 [Sun 15 Feb closed (Spring Festival) → following]"]);
    let (rows, _) = self::rows("every open day on SSE +1 open days at 07:30", "2026-09-30", 2);
    assert_eq!(rows[0], "09-30 07:30 T 2026-09-28 [for Tue 29 Sep]");
}

#[test]
fn the_horizon_is_a_line_and_what_follows_depends_on_the_policy() {
    let (rows, end) = rows("every open day on SSE at 22:30", "2026-12-30", 5);
    assert_eq!(rows, ["12-30 22:30 T 2026-12-29", "12-31 22:30 T 2026-12-30", "-- SSE 2026-12-31 --"]);
    assert_eq!(end, End::Held("SSE is not known on 2027-01-01 (known until 2026-12-31)".to_owned()));

    let (rows, end) = self::rows("every open day on SSE at 22:30 beyond week mask", "2026-12-31", 3);
    assert_eq!(
        rows[..3],
        [
            "12-31 22:30 T 2026-12-30",
            "-- SSE 2026-12-31 --",
            "01-01 22:30 T 2026-12-31 provisional end of year new year",
        ]
    );
    assert_eq!(end, End::More);
}

#[test]
fn half_days_are_marked_and_an_end_is_an_end() {
    let (rows, end) = rows("every open day on HKEX at 12:30 until 2026-12-24", "2026-12-24", 5);
    assert_eq!(rows, ["12-24 12:30 T 2026-12-23 half"]);
    assert_eq!(end, End::Over);
    let (rows, end) = self::rows("cron(0 0 29 2 *)", "2026-03-01", 5);
    assert_eq!((rows.len(), end), (0, End::Never));
}

#[test]
fn an_instant_is_told_by_the_clock_of_its_zone() {
    // 2026-11-25 10:30 UTC.
    let (at, now) = (1_795_602_600_000, 1_795_602_600_000 - 60_000);
    assert_eq!(clock::moment(at, now, "Asia/Shanghai", None, Lang::En), "18:30");
    assert_eq!(clock::moment(at, now, "Asia/Shanghai", Some(480), Lang::En), "18:30");
    assert_eq!(clock::moment(at, now, "Asia/Shanghai", Some(0), Lang::En), "18:30 UTC+8");
    // There it is the next day already.
    assert_eq!(clock::moment(at + 6 * 3_600_000, now, "Asia/Shanghai", None, Lang::Zh), "11-26 周四 00:30");
}

#[test]
fn a_clock_change_is_told_with_its_times() {
    let (rows, _) = rows("every open day on NYSE at 17:00 tz America/New_York", "2026-10-30", 2);
    assert_eq!(
        rows[1..],
        [
            "(31 Oct – 1 Nov weekend)",
            "Clocks go back 1h on Sun 1 Nov: 17:00 is then 22:00Z, not 21:00Z",
            "11-02 17:00 T 2026-10-30 end of month",
        ]
    );
    let (rows, _) = self::rows("every day at 02:30 tz America/New_York", "2026-03-08", 1);
    let told = "03-08 03:00 T 2026-03-06 [The clock skips 02:30 on this day: it fires as soon as the gap ends]";
    assert_eq!(rows[1], told);
    let shanghai = spec("every day at 00:00");
    assert_eq!(clock::changes(&shanghai, 0, 400 * 86_400_000, 5), []);
    let new_york = spec("every day at 00:00 tz America/New_York");
    let year = midnight(&new_york, "2026-01-01");
    let found = clock::changes(&new_york, year, year + 366 * 86_400_000, 5);
    let told: Vec<_> = found.iter().map(|change| (change.at_ms, change.before_min, change.after_min)).collect();
    // 2026-03-08T07:00Z and 2026-11-01T06:00Z.
    assert_eq!(told, [(1_772_953_200_000, -300, -240), (1_793_512_800_000, -240, -300)]);
}

#[test]
fn a_rule_that_can_not_be_asked_says_why() {
    let unknown = spec("every open day on FUND_DAYS at 18:00");
    let hold = forecast::forecast(&unknown, Calendars::builtin(), &date_rule("T"), span(0, 5), Lang::En);
    assert_eq!(hold.expect_err("it is unknown").text(Lang::En), "there is no calendar named `FUND_DAYS`");
    let rule = BusinessDate { calendar: "SSE".to_owned(), rule: "T~1".to_owned() };
    assert!(DateRule::of(Some(&rule), Calendars::builtin(), Lang::Zh).is_err());
}

#[test]
fn the_preview_jumps_to_what_is_worth_looking_at() {
    let spec = spec("every open day on SSE at 18:00");
    let found = jump::jumps(&spec, Calendars::builtin(), midnight(&spec, "2026-01-05"), Lang::En);
    let short: Vec<_> = found.iter().map(|jump| (jump.label.as_str(), jump.from.map(|day| day.to_string()))).collect();
    let at = |day: &str| Some(day.to_owned());
    assert_eq!(
        short,
        [
            ("Now", None),
            ("Month end", at("2026-01-27")),
            ("Horizon", at("2026-12-27")),
            ("Spring Festival", at("2026-02-10")),
        ]
    );
}

fn plan(schedules: serde_json::Value) -> entry::Plan {
    entry::plan(&json!({"spec": {"schedules": schedules, "business_date": {"calendar": "SSE"}}}))
}

#[test]
fn a_draft_is_compared_fire_by_fire() {
    let entry = |rule: &str| json!({"name": "a", "rule": rule, "timezone": "Asia/Shanghai", "calendar": "SSE"});
    let check = |old: &str, new: serde_json::Value, expect: [usize; 4]| {
        let live = plan(json!([entry(old)]));
        let from = midnight(&spec("every day at 00:00"), "2026-03-02");
        let found = change::changes(&live, &plan(new), Calendars::builtin(), from);
        let counts = [Kind::Added, Kind::Removed, Kind::Moved, Kind::Redated].map(|kind| found.count(kind));
        assert_eq!(counts, expect, "{:?}", found.changes);
    };
    let words = |old: &str, new: &str| {
        let from = midnight(&spec("every day at 00:00"), "2026-03-02");
        let [live, draft] = [old, new].map(|rule| plan(json!([entry(rule)])));
        change::changes(&live, &draft, Calendars::builtin(), from).changes[0].words(Lang::En)
    };
    let monthly = "last open day of month at 18:00";
    assert_eq!(words(monthly, "last open day of month at 21:15"), "Tue 31 Mar 18:00 → 21:15 · T 03-31");
    assert_eq!(words(monthly, "first open day of month at 18:00"), "Mon 2 Mar 18:00 · T 03-02");
    let daily = "every open day at 18:00";
    check(daily, json!([entry(daily)]), [0, 0, 0, 0]);
    // March to May 2026 have 61 open days from the second on, within 90 days.
    check(daily, json!([]), [0, 61, 0, 0]);
    check(daily, json!([entry("every open day at 19:00")]), [0, 0, 61, 0]);
    check(daily, json!([entry("every open day at 18:00, 19:00")]), [61, 0, 0, 0]);
    check("last open day of month at 18:00", json!([entry("last day of month at 18:00")]), [0, 1, 0, 0]);
    let renamed = json!([{"name": "b", "rule": daily, "timezone": "Asia/Shanghai", "calendar": "SSE"}]);
    check(daily, renamed, [61, 61, 0, 0]);
    check(
        daily,
        json!([{"name": "a", "rule": daily, "timezone": "Asia/Shanghai", "calendar": "SSE", "enabled": false}]),
        [0, 61, 0, 0],
    );
}

#[test]
fn another_business_date_is_a_change_too() {
    let document = |rule: &str| {
        json!({"spec": {"business_date": {"calendar": "SSE", "rule": rule}, "schedules": [
            {"name": "a", "rule": "last open day of month at 18:00", "timezone": "Asia/Shanghai", "calendar": "SSE"}]}})
    };
    let (live, draft) = (entry::plan(&document("T")), entry::plan(&document("T-1")));
    let from = midnight(&spec("every day at 00:00"), "2026-03-02");
    let found = change::changes(&live, &draft, Calendars::builtin(), from);
    assert_eq!((found.count(Kind::Redated), found.changes.len()), (3, 3));
    assert_eq!(found.changes[0].words(Lang::En), "Tue 31 Mar 18:00 · T 03-31 → 03-30");
}

#[test]
fn the_nearest_cron_and_its_faults() {
    let check = |text: &str, cron: Option<&str>, departs: Option<(usize, usize)>| {
        let spec = spec(text);
        let found = nearest::cron(&spec);
        assert_eq!(found.as_ref().map(Cron::as_str), cron, "{text}");
        let departure = found.and_then(|cron| nearest::departure(&spec, &cron, Calendars::builtin(), 2026));
        assert_eq!(departure.map(|it| (it.extra, it.missed)), departs, "{text}");
    };
    check("every open day on SSE at 22:30", Some("30 22 * * 1-5"), Some((19, 0)));
    check("every day at 09:00, 18:00", Some("0 9,18 * * *"), None);
    check("last open day of month on CN_WORKDAY at 18:00", Some("0 18 LW * *"), Some((1, 1)));
    check("first day of quarter at 06:00", Some("0 6 1 1,4,7,10 *"), None);
    check("-2 day of month at 06:00", Some("0 6 L-1 * *"), None);
    check("2 friday of month at 06:00", Some("0 6 * * 5#2"), None);
    check("every monday, friday at 06:00:30", None, None);
    check("every day at 06:00, 07:30", None, None);
    check("3 open day of month on SSE at 06:00", None, None);
    check("cron(0 6 * * *)", None, None);
}

#[test]
fn a_cron_expression_without_a_calendar_counts_closed_days() {
    let sse = Calendars::builtin().get("SSE").expect("it is built in");
    let count = |text: &str| nearest::closed_days(&spec(text), &sse, Calendars::builtin(), 2026);
    assert_eq!(count("cron(30 22 * * 1-5)"), 19);
    assert_eq!(count("cron(30 22 * * 1-5) on SSE"), 0);
    assert_eq!(count("every day at 18:00"), 0);
    let times = |text: &str| {
        let spec = spec(text);
        nearest::times(&spec, Calendars::builtin(), midnight(&spec, "2026-01-05"))
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(times("cron(0 9,18 * * *)"), ["09:00", "18:00"]);
    assert_eq!(times("cron(* * * * *)"), ["18:00"]);
    assert_eq!(times("every day at 07:00"), ["07:00"]);
}

#[test]
fn what_was_missed_is_told_by_policy() {
    let spec = spec("every open day on SSE at 18:00");
    let at = |date: &str| midnight(&spec, date) + 18 * 3_600_000;
    let words = |policy, last: &str, now: &str| {
        missed::words(&spec, policy, &date_rule("T"), Calendars::builtin(), (at(last), at(now)), Lang::En)
    };
    let told = words(CatchUp::Latest, "2026-11-16", "2026-11-19").expect("three were missed");
    assert!(told.contains("3 fires") && told.contains("T 2026-11-19"), "{told}");
    let told = words(CatchUp::All, "2026-11-16", "2026-11-19").expect("three were missed");
    assert!(told.contains("2026-11-17 to 2026-11-19"), "{told}");
    let told = words(CatchUp::None, "2026-11-16", "2026-11-19").expect("three were missed");
    assert!(told.contains("none is made up"), "{told}");
    assert_eq!(words(CatchUp::All, "2026-11-19", "2026-11-19"), None);
    let told = words(CatchUp::Latest, "2020-01-02", "2026-11-19").expect("many were missed");
    assert!(told.contains("more than 500 fires") && told.contains("T 2026-11-19"), "{told}");
}

#[test]
fn a_document_is_read_and_changed_key_by_key() {
    let plan = entry::read(SOURCE).expect("a document");
    assert_eq!(
        plan.entries.iter().map(|entry| (entry.name.as_str(), entry.enabled)).collect::<Vec<_>>(),
        [("nightly", true), ("noon", false)]
    );
    let mut spec = plan.entries[0].spec.clone().expect("a rule");
    spec.times = vec![super::recipe::time(21, 0)];
    let changed = entry::set_spec(SOURCE, 0, &spec).expect("it can be changed");
    assert_eq!(changed, SOURCE.replace("every open day at 18:00 ", "\"every open day at 21:00\" "));

    // What is written without need stays, and what the rule's text says is said once.
    let wordy = SOURCE.replace("      calendar: SSE\n", "      calendar: SSE\n      on_closed: skip\n");
    let changed = entry::set_spec(&wordy, 0, &spec).expect("it can be changed");
    assert!(changed.contains("      calendar: SSE\n      on_closed: skip\n"), "{changed}");
    let wordy = SOURCE
        .replace("every open day at 18:00 ", "every open day on SSE at 18:00 ")
        .replace("      calendar: SSE\n", "");
    let changed = entry::set_spec(&wordy, 0, &spec).expect("it can be changed");
    assert!(changed.contains("\"every open day at 21:00\" ") && changed.contains("      calendar: SSE\n"), "{changed}");

    spec.calendar = Some(CalendarExpr::parse("SSE & HKEX").expect("an expression"));
    let cron = nearest::as_cron(&spec, Cron::parse("0 21 * * 1-5").expect("an expression"));
    let changed = entry::set_spec(SOURCE, 0, &cron).expect("it can be changed");
    assert!(changed.contains("      cron: \"0 21 * * 1-5\"\n") && !changed.contains("rule: every"), "{changed}");
    assert!(changed.contains("    # At night.\n    - name: nightly\n"), "{changed}");
    assert_eq!(entry::read(&changed).expect("a document").entries[0].spec, Some(cron));

    let off = entry::enable(SOURCE, 0, false).expect("it can be changed");
    assert!(off.contains("      calendar: SSE\n      enabled: false\n"), "{off}");
    assert_eq!(entry::enable(&off, 0, true).expect("it can be changed"), SOURCE);
    assert!(!entry::enable(SOURCE, 1, true).expect("it can be changed").contains("enabled"));
    assert!(entry::rename(SOURCE, 1, "midday").expect("it can be changed").contains("{name: midday,"));
    assert!(!entry::remove(SOURCE, 1).expect("it can be changed").contains("noon"));
}

#[test]
fn schedules_are_added_and_everything_else_of_the_plan_is_set() {
    let plan = entry::read(SOURCE).expect("a document");
    assert_eq!(entry::free_name(&plan, "noon"), "noon-2");
    assert!(entry::is_name(&plan, 0, "nightly") && !entry::is_name(&plan, 0, "noon") && !entry::is_name(&plan, 0, "Ä"));
    let added = entry::add(SOURCE, &plan, "late", &spec("every day at 23:00")).expect("it can be changed");
    assert_eq!(entry::read(&added).expect("a document").entries.len(), 3);
    let business = BusinessDate { calendar: "HKEX".to_owned(), rule: "T".to_owned() };
    let changed = entry::set_business(SOURCE, Some(&business)).expect("it can be changed");
    assert!(changed.contains("  business_date: {calendar: HKEX}   # of the data\n"), "{changed}");
    assert!(!entry::set_business(SOURCE, None).expect("it can be changed").contains("business_date"));
    assert!(!entry::set_catch_up(SOURCE, CatchUp::Latest).expect("it can be changed").contains("catch_up"));
    let limits = Concurrency { max_active_runs: Some(1), overlap: Overlap::Skip };
    let changed = entry::set_concurrency(SOURCE, limits).expect("it can be changed");
    assert!(changed.contains("  concurrency:\n    max_active_runs: 1\n    overlap: skip\n"), "{changed}");
    assert_eq!(entry::overlap(limits), (Some(1), Overlap::Skip));
    assert_eq!(entry::set_concurrency(&changed, Concurrency::default()).expect("it can be changed"), SOURCE);
}

#[test]
fn an_entry_that_does_not_hold_is_kept_and_can_be_replaced() {
    let source = SOURCE.replace("every open day at 18:00", "every now and then");
    let plan = entry::read(&source).expect("a document");
    assert_eq!(plan.entries[0].spec, None);
    assert!(!plan.entries[0].is_same(&plan.entries[1]));
    let replaced = entry::set_spec(&source, 0, &spec("every day at 18:00")).expect("it can be changed");
    assert!(entry::read(&replaced).expect("a document").entries[0].spec.is_some(), "{replaced}");
    assert!(entry::read("a: [").is_err());
}

#[test]
fn every_recipe_makes_a_schedule_that_fires() {
    let blank = ScheduleSpec::new(spec("every day at 00:00").when, chrono_tz::Asia::Shanghai);
    let sse = CalendarExpr::Name("SSE".to_owned());
    for recipe in Recipe::ALL {
        let made = recipe.apply(&blank, &sse);
        assert_eq!(made.check(), Ok(()), "{recipe:?}");
        let from = midnight(&made, "2026-01-05");
        let found = forecast::forecast(&made, Calendars::builtin(), &date_rule("T"), span(from, 3), Lang::Zh);
        assert_eq!(found.map(|found| found.end), Ok(End::More), "{recipe:?}");
        assert!(!recipe.label(Lang::Zh).is_empty() && recipe.label(Lang::Zh) != recipe.label(Lang::En));
    }
}

#[test]
fn parts_are_phrased_in_both_languages() {
    let rule = |text: &str| match spec(text).when {
        domain::schedule::When::Rule(rule) => rule,
        domain::schedule::When::Cron(cron) => panic!("{cron} is no rule"),
    };
    let check = |text: &str, en: &str, zh: &str| {
        assert_eq!(phrase::day_rule(&rule(text), Lang::En), en);
        assert_eq!(phrase::day_rule(&rule(text), Lang::Zh), zh);
    };
    check("last open day of month on SSE at 1:00", "the last open day of the month", "每月最后开放日");
    check("3 friday of quarter at 1:00", "the 3rd Fri of the quarter", "每季度第 3 个周五");
    check("-2 day of month at 1:00", "the 2nd last day of the month", "每月倒数第 2 天");
    check("15 day of month at 1:00", "the 15th day of the month", "每月第 15 天");
    check("every monday, friday at 1:00", "every Mon, Fri", "每周一、周五");
    assert_eq!(phrase::shift(None, Lang::En), "on that day");
    let shift = spec("every day +2 open days of HKEX at 1:00").shift;
    assert_eq!(phrase::shift(shift.as_ref(), Lang::En), "2 open days of HKEX later");
    assert_eq!(phrase::shift(shift.as_ref(), Lang::Zh), "推后 2 个 HKEX 开放日启动");
    assert_eq!(phrase::date_rule("T-1", Lang::Zh), "T-1，前一开放日");
    assert_eq!(phrase::date_rule("T+5", Lang::En), "T+5");
    assert!(phrase::check_date_rule("T-1@SSE", Lang::En).is_ok() && phrase::check_date_rule("T~", Lang::Zh).is_err());
    let range = |first, last| left_out::range_words(day(first), day(last), 2026, Lang::En);
    assert_eq!(range("2026-12-26", "2026-12-27"), "26 – 27 Dec");
    assert_eq!(range("2026-12-26", "2026-12-26"), "Sat 26 Dec");
    assert_eq!(range("2026-12-31", "2027-01-03"), "31 Dec – 3 Jan 2027");
    assert_eq!(left_out::range_words(day("2027-01-01"), day("2027-01-03"), 2026, Lang::Zh), "2027-01-01 – 01-03");
}
