//! Tests of imports: the published files, every refusal with its line, and files that come back as they were written.

use std::{path::Path, sync::Arc};

use proptest::prelude::*;

use super::{
    super::{
        Base, Calendar, Calendars, DayStatus,
        base::{DayRule, RuleStatus},
        diff,
        export::{self, Form},
        merge,
    },
    *,
};
use crate::error::Lang;

fn date(text: &str) -> BizDate {
    text.parse().unwrap()
}

fn text(name: &str, text: &str) -> Source {
    Source { name: name.into(), format: Format::Auto, content: Content::Text(text.into()) }
}

fn target() -> Target {
    Target::new("fund", chrono_tz::Asia::Shanghai)
}

fn read(name: &str, content: &str) -> Result<Imported, Vec<Problem>> {
    import(&text(name, content), &target())
}

/// The problems as `line:column text`.
fn refused(name: &str, content: &str) -> Vec<String> {
    let problems = read(name, content).expect_err("it must be refused");
    for problem in &problems {
        assert_ne!(problem.text(Lang::En), problem.text(Lang::Zh));
    }
    let place = |problem: &Problem| match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("{line}:{column} "),
        (Some(line), None) => format!("{line} "),
        _ => String::new(),
    };
    problems.iter().map(|problem| format!("{}{}", place(problem), problem.text(Lang::En))).collect()
}

fn calendar(definition: &Definition) -> Calendar {
    Calendar::of_base(Arc::new(Base::compile(definition.clone()).unwrap()))
}

/// A file that lists every day of 2026, weekdays open, in the given way of writing.
fn every_day(header: &str, row: impl Fn(BizDate, bool) -> String) -> String {
    let days = (0..365).map(|n| date("2026-01-01").add_days(n).unwrap());
    let rows = days.map(|day| row(day, day.weekday().num_days_from_monday() < 5) + "\n");
    format!("{header}\n{}", rows.collect::<String>())
}

fn typed(day: BizDate, open: bool) -> String {
    format!("{day},{}", u8::from(open))
}

#[test]
fn the_published_files_come_in_as_they_are_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/published");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let calendar_name = match name.split('-').next().unwrap() {
            "cn" => "CN_WORKDAY",
            other => &other.to_uppercase(),
        };
        let builtin = Calendars::builtin().get(calendar_name).unwrap();
        let base = builtin.bases().next().unwrap();
        let source = text(&name, &std::fs::read_to_string(&path).unwrap());
        let imported = import(&source, &Target::of(base.definition())).unwrap();
        let [year] = &imported.years[..] else { panic!("{name} is about one year") };
        let (first, last) = (BizDate::new(year.year, 1, 1).unwrap(), BizDate::new(year.year, 12, 31).unwrap());
        let read = calendar(&imported.definition);
        let found = diff(&builtin, &read, first..=last);
        assert_eq!(found.turned().count(), 0, "{name}");
        for change in &found.days {
            // The trading files say nothing of the reasons of closed days; all else must agree.
            let reasons = matches!((&change.before, &change.after), (DayStatus::Closed(_), DayStatus::Closed(_)));
            assert!(reasons && !name.starts_with("cn-"), "{name}: {change:?}");
        }
        assert!(imported.warnings.is_empty(), "{name}");
        let unusual = |warning: &Problem| matches!(*warning.kind, Kind::OpenDays { .. } | Kind::LongClosure { .. });
        assert!(!year.warnings.iter().any(unusual), "{name}: {:?}", year.warnings);
        files += 1;
    }
    assert!(files >= 48, "{files}");
}

#[test]
fn years_are_summed_up_and_what_is_odd_is_pointed_at() {
    let makeup = "2026-01-03,0";
    let content =
        every_day("date,type", typed).replace(makeup, "2026-01-03,1").replace("2026-01-01,1", "2026-01-01,half");
    let imported = read("days.csv", &content).unwrap();
    let [year] = &imported.years[..] else { panic!("one year") };
    assert_eq!(
        (year.year, year.open, year.half, year.closed_weekdays, year.makeup, year.unset),
        (2026, 262, 1, 0, 1, 0)
    );
    let warnings: Vec<String> = year.warnings.iter().map(|warning| warning.text(Lang::En)).collect();
    assert_eq!(
        warnings,
        [
            "2026 has 262 open days; a trading calendar has 240 to 255",
            "1 weekend days are open, the first on 2026-01-03"
        ]
    );
    // An open-day list that stops in summer looks like a calendar that is closed from then on.
    let stops: String = content
        .lines()
        .filter(|line| line.ends_with(",1") && *line < "2026-07")
        .map(|line| line.replace(",1", ",full\n"))
        .collect();
    let imported = read("days.csv", &format!("date,session\n{stops}")).unwrap();
    assert!(
        imported.years[0]
            .warnings
            .iter()
            .any(|warning| *warning.kind == Kind::LongClosure { from: date("2026-07-01"), to: date("2026-12-31") })
    );
}

#[test]
fn what_is_not_set_stays_unknown() {
    let content = every_day("date,type", |day, open| {
        format!("{day},{}", if day > date("2026-10-31") { -1 } else { i32::from(open) })
    });
    let imported = read("days.csv", &content).unwrap();
    assert_eq!((imported.years[0].unset, imported.years[0].open), (61, 217));
    let known = calendar(&imported.definition);
    assert_eq!(known.known_until(), Some(date("2026-10-31")));
    assert_eq!(known.next(date("2026-10-29")), Ok(date("2026-10-30")));
    assert!(known.next(date("2026-10-30")).is_err());
    let nothing = every_day("date,type", |day, _| format!("{day},-1"));
    assert_eq!(refused("days.csv", &nothing), ["there is no day in the file"]);
}

#[test]
fn a_file_is_understood_however_it_is_written() {
    let expected = read("days.csv", &every_day("date,type", typed)).unwrap().definition;
    let compact = |day: BizDate, open: bool| format!("{}\t{}", day.compact(), if open { "调度日" } else { "非调度日" });
    let chinese = |day: BizDate, open: bool| {
        format!("{}年{}月{}日;{};\"a;b\"", day.year(), day.month(), day.day(), u8::from(open))
    };
    let variants = [
        every_day("DATE , Type", typed).replace('\n', "\r\n\r\n"),
        every_day("日期\t类型", compact),
        every_day("", typed),
        format!("\u{feff}{}", every_day("date,is_open", typed)),
        every_day("date,type", |day, open| format!("\"{day}\",\"{}\"", u8::from(open))),
        format!(
            "[{}]",
            every_day("", |day, open| format!("{{\"date\":\"{day}\",\"open\":{open}}},")).trim().trim_end_matches(',')
        ),
        serde_json::to_string(&expected).unwrap(),
    ];
    for variant in variants {
        assert_eq!(
            import(&text("x", &variant), &target()).map(|it| it.definition),
            Ok(expected.clone()),
            "{variant:.80}"
        );
    }
    let named = read("x", &every_day("日期;类型;名称", chinese)).unwrap().definition;
    assert!(named.days.iter().all(|rule| rule.reason.as_deref() == Some("a;b")) && named.days.len() == 365);
}

#[test]
fn cells_of_a_sheet_keep_their_types() {
    let row = |date: Cell, half: &str, close: Cell| {
        vec![date, Cell::Text(half.into()), Cell::Time("09:30".parse().unwrap()), close]
    };
    let header = ["date", "session", "open", "close"].map(|name| Cell::Text(name.into())).to_vec();
    let close = |text: &str| Cell::Time(text.parse().unwrap());
    let mut rows = vec![header, row(Cell::Date(date("2026-12-24")), "half", close("12:00")), vec![Cell::Empty; 4]];
    rows.push(row(Cell::Date(date("2026-12-23")), "full", close("16:00")));
    let source = |rows| Source { name: "hk.xlsx".into(), format: Format::Table, content: Content::Rows(rows) };
    let imported = import(&source(rows.clone()), &target()).unwrap();
    assert_eq!((imported.years[0].open, imported.years[0].half), (2, 1));
    let usual = imported.definition.session;
    assert_eq!(usual.close.unwrap().to_string(), "16:00");
    rows.push(row(Cell::Number(46_381.0), "full", close("16:00")));
    rows.push(row(Cell::Bool(true), "full", close("08:00")));
    let problems = import(&source(rows), &target()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|it| (it.line, it.column)).collect();
    assert_eq!(places, [(Some(5), Some(1)), (Some(6), Some(1)), (Some(6), Some(4))]);
    assert!(matches!(*problems[0].kind, Kind::ExcelSerial(_)) && problems[0].text(Lang::Zh).contains("日期序号"));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_line() {
    let content = "date,session,open,close\n2026-01-05,full,09:30,15:00\n2026/01/06,full,09:30,15:00\n2026-01-05,full\n\
         2026-01-32,half\n46030,full\n2026-01-07,evening\n2026-01-08,full,9.30,15:00\n2026-01-09,full,15:00,09:30\n\
         2026-01-12,\"full\n2027-01-04,full\n,full\n";
    assert_eq!(
        refused("sse-2026.csv", content),
        [
            "3:1 `2026/01/06` is written in another way than the dates before it (2026-01-31): use one way only",
            "5:1 `2026-01-32` is not a date; write it as 2026-01-31",
            "6:1 `46030` is a spreadsheet's day number, not a date: format the column as a date, or as text",
            "7:12 `evening` is not a session: full or half",
            "8:17 `9.30` is not a time of day; write it as 09:30",
            "9:23 the session ends before it begins",
            "10:12 a quoted cell doesn't end in its line",
            "12:1 `` is not a date; write it as 2026-01-31",
        ]
    );
    // What only the days together show comes when each line can be read.
    let content = "date,session\n2026-01-05,full\n2026-01-06,full\n2026-01-05,full\n2027-01-04,full\n";
    assert_eq!(
        refused("sse-2026.csv", content),
        ["4:1 2026-01-05 was listed before, on line 2", "5:1 2027-01-04 is outside the year of the file, 2026"]
    );
}

#[test]
fn every_day_means_every_day() {
    let content =
        every_day("date,type", typed).replace("2026-03-05,1\n2026-03-06,1\n", "").replace("2026-12-31,1\n", "");
    assert_eq!(
        refused("days.csv", &content),
        [
            "65:1 2026-03-05 to 2026-03-06 are missing: every day must be listed",
            "363:1 2026-12-31 is missing: every day must be listed"
        ]
    );
    assert_eq!(
        refused("days.csv", "date,type\n2026-01-01,2\n"),
        ["2:12 `2` is not a type of day: 1 is open, 0 closed, -1 not set"]
    );
}

#[test]
fn what_cannot_be_a_calendar_is_refused_with_its_reason() {
    let mut fifty_one = String::from("date,session\n");
    (1950..2001).for_each(|year| fifty_one.push_str(&format!("{year}-01-02,full\n")));
    let table = [
        ("", "there is no day in the file"),
        ("date,session\n", "there is no day in the file"),
        ("a,b\n1,2\n", "1 the first line must name the columns"),
        ("date,b\n2026-01-01,2\n", "1 no column says whether a day is open"),
        (
            "date,session,open\n2026-01-05,full,09:30\n",
            "2:17 this is when the day opens, but no column is named `close`",
        ),
        ("date,session,open\n2026-01-05,full,2\n", "2:17 `2` is not a type of day"),
        ("type,b\n1,2\n", "1 no column is named `date`"),
        (fifty_one.as_str(), "51 years are more than the 50"),
        ("{\"expression\": \"SSE & HKEX\"}", "an expression over other calendars"),
        ("{\"name\": \"x\"}", "1:13 this is not JSON: missing field `zone`"),
        ("[1]", "1 expected a calendar's definition"),
        (
            "[{\"date\": \"2026-01-01\",\n\"session\": \"full\"},\n{\"date\": \"x\", \"session\": \"full\"}]",
            "3 `x` is not a date",
        ),
        ("[{\"date\": \"2026-01-01\"", "1:"),
        ("[]", "there is no day in the file"),
        ("[{\"date\": \"2026-01-01\"}\n{}]", "2 this is not JSON: expected `,` or `]`"),
        ("[{\"date\": \"2026-01-01\"}]\n]", "2 this is not JSON: expected the end"),
    ];
    for (content, expected) in table {
        let problems = refused("x", content);
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{content:?}: {problems:?}");
    }
    let long = "\n".repeat(MAX_LINES + 1);
    assert!(refused("x", &long)[0].starts_with("100001 lines are more"));
    let many: String = (0..150).map(|_| "x,full\n").collect();
    assert_eq!(refused("x", &format!("date,session\n{many}")).len(), MAX_PROBLEMS);
}

#[test]
fn years_that_a_caller_declares_may_be_any_numbers() {
    let declared = Target { years: [i32::MIN, 0, i32::MAX].into(), ..target() };
    let problems = import(&text("days.csv", "2026-01-05,1\n"), &declared).unwrap_err();
    let told = problems.iter().any(|problem| problem.text(Lang::En).contains("-2147483648, 0, 2147483647"));
    assert!(told, "{problems:?}");
}

fn ics(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n"))
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\n{lines}\nBEGIN:VALARM\nTRIGGER:-P1D\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\n")
}

/// The days that an event makes, as `date status reason`.
fn days_of(lines: &str) -> Vec<String> {
    let imported = read("x.ics", &ics(&event(lines))).unwrap();
    let told = |rule: &DayRule| {
        let status = match &rule.status {
            RuleStatus::Hours(session) => format!(
                "half={} {}-{}",
                session.half,
                session.open.map(|it| it.to_string()).unwrap_or_default(),
                session.close.map(|it| it.to_string()).unwrap_or_default()
            ),
            other => format!("{other:?}"),
        };
        format!("{} {status} {}", rule.date, rule.reason.as_deref().unwrap_or_default())
    };
    imported.definition.days.iter().map(told).collect()
}

#[test]
fn events_close_open_and_shorten_days() {
    let table = [
        (
            "DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261003\nSUMMARY:National\\, Day",
            "2026-10-01 Closed National, Day|2026-10-02 Closed National, Day",
        ),
        (
            "DTSTART;TZID=\"Asia/Shanghai:x\":20261001T000000\nDTEND:20261002T000000\nSUMMARY:国庆\n 节",
            "2026-10-01 Closed 国庆节",
        ),
        ("DTSTART:20261001\nDURATION:P2D", "2026-10-01 Closed |2026-10-02 Closed "),
        ("DTSTART:20261010\nSUMMARY:国庆节（班）", "2026-10-10 Open 国庆节（班）"),
        ("DTSTART:20261010\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY", "2026-10-10 Open "),
        ("DTSTART:20261010\nCATEGORIES:OPEN", "2026-10-10 Open "),
        (
            "DTSTART:20261224T093000\nDTEND:20261224T120000\nCATEGORIES:HALF\nSUMMARY:Christmas",
            "2026-12-24 half=true 09:30-12:00 Christmas",
        ),
        ("DTSTART:20261224\nSUMMARY:Half day", "2026-12-24 half=true - Half day"),
        ("DTSTART:20261001\nRRULE:FREQ=DAILY;COUNT=2;INTERVAL=5", "2026-10-01 Closed |2026-10-06 Closed "),
        (
            "DTSTART:20261005\nRRULE:FREQ=WEEKLY;BYDAY=WE,MO;UNTIL=20261012T000000Z",
            "2026-10-05 Closed |2026-10-07 Closed |2026-10-12 Closed ",
        ),
        ("DTSTART:20261005\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20261012", "2026-10-05 Closed |2026-10-19 Closed "),
        ("DTSTART:20260101\nRRULE:FREQ=YEARLY;COUNT=3;BYMONTH=1;BYMONTHDAY=1", "2026-01-01 Closed "),
        ("DTSTART:20260401\nSTATUS:CANCELLED\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20260402", "2026-04-02 Closed "),
    ];
    for (lines, expected) in table {
        assert_eq!(days_of(lines).join("|"), expected, "{lines}");
    }
    // Two holidays on one day, and a year's end that belongs to the next.
    let both = event("DTSTART:20201001\nSUMMARY:National Day")
        + &event("DTSTART:20201001\nSUMMARY:Mid-autumn Festival")
        + &event("DTSTART:20201231\nDTEND:20210103");
    let imported = read("x.ics", &ics(&both)).unwrap();
    assert_eq!(imported.definition.days[0].reason.as_deref(), Some("Mid-autumn Festival / National Day"));
    assert_eq!(imported.definition.years, Some([2020].into()));
    assert_eq!(imported.warnings[0].kind, Box::new(Kind::YearsAssumed("2020".into())));
}

#[test]
fn events_that_say_nothing_clear_are_refused_with_their_line() {
    let table = [
        ("DTSTART:20260101\nRRULE:FREQ=YEARLY", "5 the event repeats without an end"),
        ("DTSTART:20260101\nRRULE:FREQ=MONTHLY;COUNT=2", "5 `FREQ=MONTHLY` in a repetition"),
        ("DTSTART:20260101\nRRULE:FREQ=YEARLY;BYMONTH=2;COUNT=2", "5 `BYMONTH=2` in a repetition"),
        ("DTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=99999", "5 `COUNT` in a repetition"),
        ("DTSTART:20260101\nRDATE:20260105", "5 `RDATE` in a repetition"),
        ("DTSTART:20260101T093000\nDTEND:20260101T150000", "4 an event with times is neither"),
        ("DTSTART:20260101T013000Z\nDTEND:20260101T040000Z\nCATEGORIES:HALF", "4 an event with times is neither"),
        ("SUMMARY:x", "3 the event has no start"),
        ("DTSTART:20260105\nDTEND:20260101", "5 the event ends before it starts"),
        ("DTSTART:2026-01-05", "4 `2026-01-05` is not a date"),
        ("DTSTART:20260105\nRRULE:FREQ=DAILY;COUNT=18000\nDTEND:20260205", "the events name more than 200000 days"),
        ("DTSTART:20260105\nrubbish", "5 this is not a line of iCalendar"),
        (
            "DTSTART:20260105\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20260105\nCATEGORIES:OPEN",
            "6 2026-01-05 was listed before, on line 3",
        ),
    ];
    for (lines, expected) in table {
        let problems = refused("x.ics", &ics(&event(lines)));
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{lines}: {problems:?}");
    }
    assert_eq!(refused("x.ics", "BEGIN:VCALENDAR\nEND:VEVENT\n"), ["2 BEGIN and END don't match"]);
    assert_eq!(refused("x.ics", "BEGIN:VCALENDAR\n"), ["BEGIN and END don't match"]);
    assert_eq!(refused("x.ics", &ics("")), ["there is no day in the file"]);
    assert_eq!(
        refused("sse-2026.ics", &ics(&event("DTSTART:20251001"))),
        ["3 2025-10-01 is outside the year of the file, 2026"]
    );
}

fn rule(day: &str, status: RuleStatus, reason: &'static str) -> DayRule {
    DayRule { date: date(day), status, reason: (!reason.is_empty()).then_some(reason.into()) }
}

#[test]
fn a_merge_replaces_years_and_keeps_what_people_entered() {
    let half = Session { half: true, open: Some("09:30".parse().unwrap()), close: Some("12:00".parse().unwrap()) };
    let base = Definition {
        name: "fund".into(),
        revision: 7,
        zone: chrono_tz::Asia::Shanghai,
        week: WeekMask::WEEKDAYS,
        session: Session { half: false, ..half },
        years: Some([2025, 2026].into()),
        days: vec![rule("2025-05-01", RuleStatus::Closed, "Labour Day"), rule("2026-01-01", RuleStatus::Closed, "")],
        overrides: vec![
            rule("2025-06-02", RuleStatus::Closed, "flood"),
            rule("2026-02-16", RuleStatus::Closed, "announced"),
            rule("2026-03-02", RuleStatus::Closed, "typhoon"),
        ],
    };
    let file = Definition {
        revision: 0,
        week: WeekMask::DAILY,
        session: Session::default(),
        years: Some([2026, 2027].into()),
        days: vec![
            rule("2026-02-16", RuleStatus::Closed, "Spring Festival"),
            rule("2026-02-18", RuleStatus::Hours(half), ""),
            rule("2027-12-31", RuleStatus::Unset, ""),
        ],
        overrides: Vec::new(),
        ..base.clone()
    };
    let merged = merge(&base, &file).unwrap();
    assert_eq!(
        (merged.name.as_str(), merged.revision, merged.week, merged.session),
        ("fund", 7, base.week, base.session)
    );
    assert_eq!(merged.years, Some([2025, 2026, 2027].into()));
    let kept: Vec<String> = merged.overrides.iter().map(|rule| rule.date.to_string()).collect();
    assert_eq!(kept, ["2025-06-02", "2026-03-02"], "publication caught up with one of three");
    let (before, after) = (calendar(&base), calendar(&merged));
    assert_eq!(after.status(date("2026-01-01")), DayStatus::Open(base.session), "the file opens New Year's Day");
    assert_eq!(after.is_open(date("2026-01-03")), Ok(true), "and weekends, against the base's week");
    assert_eq!(after.status(date("2026-02-18")), DayStatus::Open(half));
    assert_eq!(after.is_open(date("2025-05-01")), Ok(false));
    assert_eq!(after.known_until(), Some(date("2027-12-30")));
    let found = diff(&before, &after, date("2025-01-01")..=date("2026-12-31"));
    assert!(found.days.iter().all(|change| change.date.year() == 2026) && found.horizon_moved());
    assert_eq!(found.turned().next().unwrap().date, date("2026-01-01"));
    assert_eq!(diff(&after, &after, date("2025-01-01")..=date("2027-12-31")).days, []);
    let computed = merge(&base, &Definition { years: None, days: Vec::new(), ..file }).unwrap();
    assert!(calendar(&computed).known_until().is_none() && computed.overrides.len() == 3);
}

/// A calendar of two years with everything that files can carry.
fn any_definition() -> impl Strategy<Value = Definition> {
    let hours = (0_u32..40_000, 1_u32..40_000).prop_map(|(open, length)| Session {
        half: false,
        open: TimeOfDay::from_seconds(open / 60 * 60),
        close: TimeOfDay::from_seconds((open + length) / 60 * 60 + 60),
    });
    let reason = prop::sample::select(vec![
        "",
        "Spring Festival",
        "春节",
        "a, \"b\"; c",
        "back\\slash; and, more of it so that the line is folded twice 春节春节春节春节",
    ]);
    let status = prop_oneof![
        3 => Just(RuleStatus::Closed),
        2 => Just(RuleStatus::Open),
        1 => hours.clone().prop_map(|session| RuleStatus::Hours(Session { half: true, ..session })),
        1 => hours.clone().prop_map(RuleStatus::Hours),
        1 => Just(RuleStatus::Unset),
    ];
    let days = prop::collection::btree_map(0_i64..730, (status, reason), 0..40);
    (hours, days).prop_map(|(session, days)| Definition {
        name: "fund".into(),
        revision: 0,
        zone: chrono_tz::Asia::Shanghai,
        week: WeekMask::WEEKDAYS,
        session,
        years: Some([2026, 2027].into()),
        days: days
            .into_iter()
            .map(|(n, (status, reason))| DayRule {
                date: date("2026-01-01").add_days(n).unwrap(),
                status,
                reason: (!reason.is_empty()).then_some(reason.into()),
            })
            .collect(),
        overrides: Vec::new(),
    })
}

proptest! {
    // Each case goes through four formats.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_exported_comes_back(definition in any_definition()) {
        let base = Base::compile(definition.clone()).unwrap();
        let before = calendar(&definition);
        for (form, name) in [(Form::Sessions, "a.csv"), (Form::Types, "a.csv"), (Form::Ics, "a.ics"), (Form::Json, "a.json")] {
            let undecided = definition.days.iter().any(|rule| rule.status == RuleStatus::Unset);
            let file = match export::export(&base, form) {
                Ok(file) => file,
                Err(error) => {
                    prop_assert!(form == Form::Sessions && undecided, "{}", error);
                    continue;
                }
            };
            let imported = import(&text(name, &file), &Target::of(&definition)).map_err(|problems| TestCaseError::fail(format!("{form:?}: {problems:?}")))?;
            let after = calendar(&imported.definition);
            for change in diff(&before, &after, date("2026-01-01")..=date("2027-12-31")).days {
                let same = match (&change.before, &change.after, form) {
                    // A list of open days has no reasons for the others, a list of types no hours.
                    (DayStatus::Closed(_), DayStatus::Closed(_), Form::Sessions) => true,
                    (DayStatus::Open(_), DayStatus::Open(_), Form::Types) => true,
                    _ => false,
                };
                prop_assert!(same, "{:?}: {:?}", form, change);
            }
            if matches!(form, Form::Ics | Form::Json) {
                prop_assert_eq!(diff(&before, &after, date("2026-01-01")..=date("2027-12-31")).days, vec![]);
            }
        }
    }

    #[test]
    fn any_text_is_a_calendar_or_a_list_of_problems(content in "[\\PC\n\t]{0,200}", format in prop::sample::select(vec![Format::Auto, Format::Csv, Format::Json, Format::Ics])) {
        let source = Source { name: "x".into(), format, content: Content::Text(content) };
        if let Err(problems) = import(&source, &target()) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn any_rows_of_plausible_cells_are_a_calendar_or_a_list_of_problems(
        rows in prop::collection::vec(prop::sample::select(vec!["date", "type", "session", "open", "close", "2026-01-01", "2026/1/2", "20260103", "1", "0", "-1", "full", "half", "09:30", "\"", "", "BEGIN:VEVENT", "DTSTART:20260101", "RRULE:FREQ=DAILY;UNTIL=99991231", "RRULE:FREQ=YEARLY;COUNT=99999"]), 0..30),
        breaks in prop::collection::vec(prop::sample::select(vec![",", "\n", ";", "\t"]), 30),
    ) {
        let content: String = rows.iter().zip(&breaks).flat_map(|(cell, end)| [*cell, *end]).collect();
        for format in [Format::Csv, Format::Ics] {
            let _ = import(&Source { name: "x".into(), format, content: Content::Text(content.clone()) }, &target());
        }
    }
}
