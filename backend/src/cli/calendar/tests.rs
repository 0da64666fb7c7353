//! Tests of the commands, called with texts and without a process. What they print for people is in docs/calendar-cli.md.

use clap::Parser;
use serde_json::Value;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: CalendarArgs,
}

/// What a command prints, and how it fails.
fn say(line: &[&str], input: &str) -> (String, Option<String>) {
    let args = Line::try_parse_from(["calendar"].iter().chain(line)).unwrap_or_else(|error| panic!("{error}")).args;
    let mut out = Vec::new();
    let failed = answer_to(args, input.as_bytes(), &mut out).err().map(|error| error.to_string());
    (String::from_utf8(out).expect("text"), failed)
}

fn told(line: &[&str]) -> String {
    let (out, failed) = say(line, "");
    assert_eq!(failed, None, "{line:?}");
    out
}

#[test]
fn each_command_is_a_question() {
    let table: [(&[&str], &str); 13] = [
        (&["is-open", "SSE", "2024-02-09", "--lang", "en"], "closed\n"),
        (&["is-open", "SSE", "2024-02-09", "--lang", "zh"], "休市\n"),
        (&["next", "SSE", "2024-09-30", "--json"], "{\"date\":\"2024-10-08\"}\n"),
        (&["previous", "SSE", "2024-10-08"], "2024-09-30\n"),
        (&["offset", "SSE", "2024-02-19", "-1"], "2024-02-08\n"),
        (&["offset", "SSE", "2024-10-03", "1", "--roll", "following"], "2024-10-09\n"),
        (&["nth", "SSE", "2024-02-01", "month", "-1"], "2024-02-29\n"),
        (&["roll", "SSE", "2024-08-31", "modified_following"], "2024-08-30\n"),
        (&["count", "SSE", "2026-01-01", "2026-12-31"], "242\n"),
        (&["range", "last(SSE, quarter)", "2026-01-01", "2026-06-30"], "2026-03-31\n2026-06-30\n"),
        (&["date", "T-1", "--t", "2024-02-19", "--calendar", "SSE"], "2024-02-08\n"),
        (
            &["render", "{{ T | fmt('yyyyMMdd') }}/{{ params.fund }}", "--t", "2024-02-19", "--param", "fund=A=1"],
            "20240219/A=1\n",
        ),
        (&["compare", "SSE", "SZSE", "--year", "2026", "--lang", "en"], "no difference\n"),
    ];
    for (line, expected) in table {
        assert_eq!(told(line), expected, "{line:?}");
    }
    assert!(told(&["list"]).lines().any(|name| name == "CN_WORKDAY"));
    let entry = r#"{"rule": "last open day of month at 21:00", "calendar": "SSE"}"#;
    let fires = ["fires", entry, "2026-02-01", "2026-02-28", "--timezone", "Asia/Shanghai", "--lang", "en"];
    assert_eq!(told(&fires), "2026-02-27T21:00:00+08:00  for 2026-02-27\n");
    let explained = told(&["explain", "every day on SSE at 18:00 tz Asia/Shanghai", "2026-10-05", "--lang", "en"]);
    assert!(explained.starts_with("Doesn't fire on 2026-10-05: SSE closed (National Day)."), "{explained}");
    let (_, failed) = say(&["next", "SSE", "2026-12-31", "--lang", "en"], "");
    assert_eq!(failed.as_deref(), Some("SSE is not known on 2027-01-01 (known until 2026-12-31) (BEYOND_HORIZON)"));
}

#[test]
fn a_year_is_shown_with_what_is_special_in_it() {
    let shown = told(&["show", "HKEX", "--year", "2024", "--lang", "en"]);
    assert!(shown.starts_with("HKEX 2024: 246 open days, 3 half days, 0 not published\n"), "{shown}");
    assert!(
        shown.contains("\n2024-12  .OOOOO") && shown.contains("2024-12-24 Tue  open, half day 09:30-12:00 (Christmas)")
    );
    let json: Value = serde_json::from_str(&told(&["show", "SSE & HKEX", "--year", "2026", "--json"])).expect("JSON");
    assert_eq!((&json["open"], json["days"].as_array().map(Vec::len)), (&236.into(), Some(365)));
}

#[test]
fn lines_are_answered_in_order_and_a_wrong_one_ends_nothing() {
    let long = "x".repeat(3 << 20);
    let input = format!(
        "{{\"ask\":\"next\",\"calendar\":\"SSE\",\"date\":\"2024-09-30\"}}\n\nnonsense\n{long}\n\
         {{\"ask\":\"next\",\"calendar\":\"SSE\",\"date\":\"2026-12-31\"}}\n{{\"ask\":\"is_open\",\"calendar\":\"SSE\",\"date\":\"2024-09-30\"}}"
    );
    let (out, failed) = say(&["ask", "--lang", "zh"], &input);
    assert_eq!(failed, None);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["ok"]["date"], "2024-10-08");
    assert_eq!(lines[1]["error"]["code"], "INVALID_INPUT");
    assert!(lines[2]["error"]["message"].as_str().is_some_and(|text| text.contains("1048576")));
    assert_eq!(lines[3]["error"]["code"], "BEYOND_HORIZON");
    assert_eq!(lines[4]["ok"]["open"], true);
}

#[test]
fn what_is_imported_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (file, definition, derived) = (path("sse-2027.csv"), path("sse.json"), path("derived.json"));
    let days = (1..=365).filter_map(|n| chrono::NaiveDate::from_yo_opt(2027, n));
    let open = days.filter(|day| chrono::Datelike::weekday(day).num_days_from_monday() < 5);
    let rows: String = open.map(|day| format!("{day},full,09:30,15:00\n")).collect();
    std::fs::write(&file, format!("date,session,open,close\n{rows}")).expect("a file");
    let shown = told(&["import", &file, "--calendar", "SSE", "--out", &definition, "--lang", "en"]);
    assert_eq!(
        shown,
        "2027: 261 open (0 half), 0 weekdays closed, 0 weekend days open, 0 not set\n\
         ! 2027 has 261 open days; a trading calendar has 240 to 255\n\
         known until 2026-12-31 -> 2027-12-31\nknown days that change: 0\n"
    );
    assert_eq!(told(&["next", "SSE", "2026-12-31", "--with", &definition]), "2027-01-01\n");
    std::fs::write(&derived, r#"[{"name": "ends", "expression": "last(SSE, year)"}]"#).expect("a file");
    let with = ["next", "ends", "2027-01-01", "--with", &derived, "--with", &definition];
    assert_eq!(told(&with), "2027-12-31\n");

    std::fs::write(&file, "date,session\n2027-01-04,full\n2027/1/5,full\n2028-01-01,half\n").expect("a file");
    let (out, failed) = say(&["import", &file, "--calendar", "SSE", "--lang", "en"], "");
    assert!(out.starts_with(&format!("{file}:3:1: `2027/1/5` is written in another way")), "{out}");
    assert!(failed.is_some_and(|failed| failed.contains("is not imported, problems: 1")));
    let (out, failed) = say(&["import", &file, "--calendar", "SSE", "--json"], "");
    assert!(failed.is_some() && out.contains("\"line\":3"));
}
