//! Tests of questions as they come in, as JSON, against their answers as they go out.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::{ErrorCode, Lang};

fn ask(question: Value) -> Result<Answer, AskError> {
    let question = Question::parse(&question.to_string())?;
    // Questions are stored and sent on: what is written must read back.
    let again = serde_json::to_string(&question).unwrap();
    assert_eq!(Question::parse(&again), Ok(question.clone()));
    answer(&question, Calendars::builtin())
}

fn told(question: Value) -> Value {
    serde_json::to_value(ask(question.clone()).unwrap_or_else(|error| panic!("{question}: {error}"))).unwrap()
}

#[test]
fn questions_about_days_are_answered() {
    let table = [
        (json!({"ask": "is_open", "calendar": "SSE", "date": "2024-02-09"}), json!({"open": false})),
        (json!({"ask": "next", "calendar": "SSE", "date": "2024-09-30"}), json!({"date": "2024-10-08"})),
        (json!({"ask": "previous", "calendar": "SSE & HKEX", "date": "20241008"}), json!({"date": "2024-09-30"})),
        (json!({"ask": "offset", "calendar": "SSE", "date": "2024-10-03", "n": 1}), json!({"date": "2024-10-08"})),
        (
            json!({"ask": "roll_then_offset", "calendar": "SSE", "date": "2024-10-03", "roll": "following", "n": 1}),
            json!({"date": "2024-10-09"}),
        ),
        (
            json!({"ask": "roll", "calendar": "SSE", "date": "2024-08-31", "roll": "modified_following"}),
            json!({"date": "2024-08-30"}),
        ),
        (
            json!({"ask": "nth", "calendar": "SSE", "date": "2024-02-01", "period": "month", "n": 5}),
            json!({"date": "2024-02-07"}),
        ),
        (
            json!({"ask": "nth", "calendar": "SSE", "date": "2024-02-01", "period": "month", "n": 20}),
            json!({"date": null}),
        ),
        (json!({"ask": "count", "calendar": "SSE", "from": "2026-01-01", "to": "2026-12-31"}), json!({"count": 242})),
        (
            json!({"ask": "range", "calendar": "last(SSE, month)", "from": "2026-01-01", "to": "2026-12-31", "limit": 2}),
            json!({"days": ["2026-01-30", "2026-02-27"], "more": true}),
        ),
        (
            json!({"ask": "day", "calendar": "HKEX", "date": "2024-12-24"}),
            json!({"date": "2024-12-24", "weekday": "Tue", "status": "open", "half": true, "opens": "09:30", "closes": "12:00", "reason": {"en": "Christmas", "zh": "圣诞节"}}),
        ),
        (
            json!({"ask": "day", "calendar": "SSE", "date": "2030-01-01"}),
            json!({"date": "2030-01-01", "weekday": "Tue", "status": "unset"}),
        ),
        (
            json!({"ask": "date", "expression": "T-1", "t": "2024-02-19", "calendar": "SSE"}),
            json!({"date": "2024-02-08"}),
        ),
        (
            json!({"ask": "date", "expression": "T.start(quarter).prev(SSE)", "t": "2026-01-05"}),
            json!({"date": "2025-12-31"}),
        ),
        (
            json!({"ask": "render", "template": "{{ T | fmt('yyyyMMdd') }}-{{ params.fund }}-{{ date('T-1') }}", "t": "2024-02-19", "calendar": "SSE", "params": {"fund": "A1"}}),
            json!({"text": "20240219-A1-2024-02-08"}),
        ),
    ];
    for (question, expected) in table {
        assert_eq!(told(question.clone()), expected, "{question}");
    }
    let year = told(json!({"ask": "year", "calendar": "half(HKEX)", "year": 2024}));
    assert_eq!(
        (&year["open"], &year["half"], &year["words"]["en"]),
        (&json!(3), &json!(3), &json!("half days of HKEX"))
    );
    assert_eq!(year["days"].as_array().map(Vec::len), Some(366));
    let names = told(json!({"ask": "calendars"}));
    assert!(names["calendars"].as_array().unwrap().contains(&json!("SSE")));
}

#[test]
fn calendars_are_compared_day_by_day() {
    let found =
        ask(json!({"ask": "compare", "calendar": "SSE", "with": "HKEX", "from": "2024-10-01", "to": "2024-10-15"}))
            .unwrap();
    assert_eq!(found.text(Lang::En).lines().next(), Some("2024-10-02 Wed  closed (National Day) | open 09:30-16:00"));
    assert_eq!(found.text(Lang::Zh).lines().count(), 5);
    let same = json!({"ask": "compare", "calendar": "SSE", "with": "SZSE", "from": "2015-01-01", "to": "2026-12-31"});
    assert_eq!(ask(same).unwrap().text(Lang::En), "no difference");
}

/// One schedule in the three ways in which it can be given.
fn schedules() -> [Value; 3] {
    let text = "15 day of month on SSE if closed modified following at 09:00 tz Asia/Shanghai";
    let spec = crate::schedule::ScheduleSpec::parse(text, chrono_tz::UTC).unwrap();
    let entry = json!({
        "rule": "15 day of month", "at": ["09:00"], "calendar": "SSE", "on_closed": "modified_following", "timezone": "Asia/Shanghai"
    });
    [text.into(), serde_json::to_value(spec).unwrap(), entry]
}

#[test]
fn a_schedule_fires_the_same_however_it_is_given() {
    let question =
        |schedule: Value| json!({"ask": "fires", "schedule": schedule, "from": "2026-02-01", "until": "2026-03-31"});
    let [text, spec, entry] = schedules().map(|schedule| told(question(schedule)));
    assert_eq!((&text, &text), (&spec, &entry));
    assert_eq!(
        text,
        json!({
            "events": [
                {"fires": true, "at": "2026-02-24T09:00:00+08:00", "utc": "2026-02-24T01:00:00Z", "day": "2026-02-24", "nominal_dates": ["2026-02-15"],
                 "note": {"en": "for 2026-02-15, closed: move (modified following).", "zh": "2026-02-15 非开放日：调整：顺延(不跨月)。"}},
                {"fires": true, "at": "2026-03-16T09:00:00+08:00", "utc": "2026-03-16T01:00:00Z", "day": "2026-03-16", "nominal_dates": ["2026-03-15"],
                 "note": {"en": "for 2026-03-15, closed: move (modified following).", "zh": "2026-03-15 非开放日：调整：顺延(不跨月)。"}},
            ],
            "more": false
        })
    );
    for schedule in schedules() {
        let forms = told(json!({"ask": "convert", "schedule": schedule}));
        assert_eq!(forms["text"], schedules()[0]);
        assert_eq!(forms["spec"], schedules()[1]);
        assert_eq!(forms["entry"]["rule"], "15 day of month at 09:00");
    }
    let explained = ask(json!({"ask": "explain", "schedule": schedules()[0], "date": "2026-02-15"})).unwrap();
    assert!(
        explained.text(Lang::En).starts_with("Doesn't fire on 2026-02-15: SSE closed"),
        "{}",
        explained.text(Lang::En)
    );
    assert!(explained.text(Lang::Zh).contains("2026-02-24"));
}

#[test]
fn what_is_left_out_and_what_cannot_be_told_is_said() {
    let cron = json!({"cron": "0 30 18 * * ?", "calendar": "SSE"});
    let question = json!({"ask": "fires", "schedule": cron, "timezone": "Asia/Shanghai", "from": "2026-12-30T19:00:00+08:00", "until": "2027-01-10"});
    let found = ask(question).unwrap();
    assert_eq!(
        found.text(Lang::En),
        "2026-12-31T18:30:00+08:00  for 2026-12-31\nSSE is not known on 2027-01-01 (known until 2026-12-31)"
    );
    let skips = json!({"ask": "fires", "schedule": "every day on SSE at 18:00 tz Asia/Shanghai", "from": "2026-10-01", "until": "2026-10-01"});
    assert_eq!(ask(skips).unwrap().text(Lang::Zh), "2026-10-01  不触发：SSE 休市（国庆节）");
    let many = json!({"ask": "fires", "schedule": "cron(* * * * *) tz UTC", "from": "2026-10-01", "until": "2026-10-02", "limit": 3});
    assert!(ask(many).unwrap().text(Lang::En).ends_with("…  (more)"));
}

#[test]
fn the_ends_of_time_are_answered_like_any_other_day() {
    let daily = "every day at 18:00 tz America/New_York";
    let fires = |from: &str, until: &str| json!({"ask": "fires", "schedule": daily, "from": from, "until": until});
    assert_eq!(told(fires("2299-12-31", "2299-12-31"))["events"][0]["at"], "2299-12-31T18:00:00-05:00");
    assert_eq!(told(fires("1900-01-01", "1900-01-01"))["events"][0]["at"], "1900-01-01T18:00:00-05:00");
    let last = ask(json!({"ask": "explain", "schedule": daily, "date": "2299-12-31"})).unwrap();
    assert!(last.text(Lang::En).starts_with("Fires on 2299-12-31 at 18:00:00"), "{}", last.text(Lang::En));
}

/// An interval fires in both passes of an hour that comes twice, a time of day only in the first.
#[test]
fn a_time_that_comes_twice_is_said_to_be_the_first_or_the_second() {
    let notes = |cron: &str| {
        let question = json!({"ask": "fires", "schedule": format!("cron({cron}) tz America/New_York"),
            "from": "2026-11-01T01:00:00-04:00", "until": "2026-11-01T01:45:00-05:00"});
        let found = told(question);
        let events = found["events"].as_array().unwrap().iter();
        events.map(|event| event["note"]["en"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let [first, second] =
        ["first", "second"].map(|pass| format!("The clock shows this time twice: this is the {pass}."));
    assert_eq!(notes("*/30 * * * *"), [first.clone(), first.clone(), second.clone(), second]);
    assert_eq!(notes("30 1 * * *"), [first]);
}

fn refused(table: &[(Value, ErrorCode, &str)]) {
    for (question, code, text) in table {
        let error = ask(question.clone()).unwrap_err();
        assert_eq!(error.code(), *code, "{question}: {error}");
        assert!(error.text(Lang::En).starts_with(text), "{question}: {error}");
        assert_ne!(error.text(Lang::En), error.text(Lang::Zh), "{question}");
    }
}

#[test]
fn what_is_wrong_has_its_code_in_both_languages() {
    let day = |calendar: &str| json!({"ask": "next", "calendar": calendar, "date": "2026-12-31"});
    let table = [
        (day("SSE"), ErrorCode::BeyondHorizon, "SSE is not known on 2027-01-01"),
        (
            json!({"ask": "is_open", "calendar": "SSE", "date": "2014-12-31"}),
            ErrorCode::BeyondHorizon,
            "SSE is not known on 2014-12-31 (known from 2015-01-01 on)",
        ),
        (day("NOWHERE"), ErrorCode::CalendarUnknown, "there is no calendar named `NOWHERE`"),
        (day("SSE &"), ErrorCode::InvalidInput, "calendar expression: at character 6"),
        (day("DAILY - DAILY"), ErrorCode::InvalidInput, "DAILY - DAILY has no open day"),
        (
            json!({"ask": "year", "calendar": "SSE", "year": 2300}),
            ErrorCode::InvalidInput,
            "the date would lie outside",
        ),
    ];
    refused(&table);
}

#[test]
fn what_is_wrong_with_a_question_or_a_date_has_its_code_in_both_languages() {
    let table = [
        (json!({"ask": "next"}), ErrorCode::InvalidInput, "this is no question: missing field `calendar`"),
        (json!({"ask": "nonsense"}), ErrorCode::InvalidInput, "this is no question: unknown variant"),
        (
            json!({"ask": "is_open", "calendar": "SSE", "date": "2026-02-30"}),
            ErrorCode::InvalidInput,
            "this is no question: `2026-02-30`",
        ),
        (
            json!({"ask": "is_open", "calendar": "SSE", "date": "2026-02-20", "day": 1}),
            ErrorCode::InvalidInput,
            "this is no question: unknown field `day`",
        ),
        (
            json!({"ask": "offset", "calendar": "SSE", "date": "2026-02-20", "n": 99999}),
            ErrorCode::TooMany,
            "an offset of 99999",
        ),
        (
            json!({"ask": "offset", "calendar": "SSE", "date": "2026-02-20", "n": i64::MIN}),
            ErrorCode::TooMany,
            "an offset of -9223372036854775808",
        ),
        (
            json!({"ask": "count", "calendar": "SSE", "from": "2026-02-20", "to": "2026-02-19"}),
            ErrorCode::InvalidInput,
            "2026-02-19 is before 2026-02-20",
        ),
        (
            json!({"ask": "range", "calendar": "SSE", "from": "2026-02-19", "to": "2026-02-20", "limit": 0}),
            ErrorCode::InvalidInput,
            "a list of 0 entries",
        ),
        (
            json!({"ask": "range", "calendar": "SSE", "from": "2026-02-19", "to": "2026-02-20", "limit": -1}),
            ErrorCode::InvalidInput,
            "this is no question: invalid value",
        ),
        (
            json!({"ask": "date", "expression": "T+", "t": "2026-02-20"}),
            ErrorCode::InvalidInput,
            "business-date expression: at character 3",
        ),
        (
            json!({"ask": "date", "expression": "T+1@NOWHERE", "t": "2026-02-20"}),
            ErrorCode::CalendarUnknown,
            "there is no calendar",
        ),
        (
            json!({"ask": "date", "expression": "T+1", "t": "2026-12-31", "calendar": "SSE"}),
            ErrorCode::BeyondHorizon,
            "SSE is not known",
        ),
        (
            json!({"ask": "date", "expression": "T.nth(SSE, month, 30)", "t": "2026-02-20"}),
            ErrorCode::InvalidInput,
            "the month of 2026-02-20",
        ),
        (
            json!({"ask": "render", "template": "{{ x }}", "t": "2026-02-20"}),
            ErrorCode::InvalidInput,
            "template, line 1, column 4",
        ),
        (
            json!({"ask": "render", "template": "{{ T }}", "t": "2026-02-20", "calendar": "NOWHERE"}),
            ErrorCode::CalendarUnknown,
            "there is no",
        ),
    ];
    refused(&table);
}

#[test]
fn a_schedule_that_does_not_hold_is_told_as_in_a_document() {
    let fires =
        |schedule: Value| json!({"ask": "fires", "schedule": schedule, "from": "2026-01-01", "until": "2026-12-31"});
    let table = [
        (fires("every".into()), ErrorCode::InvalidInput, "schedule: at character 6"),
        (fires("every day at 18:00".into()), ErrorCode::SpecMissing, "schedule: "),
        (fires(json!({"cron": "61 * * * *", "timezone": "UTC"})), ErrorCode::SpecValue, "schedule: "),
        (
            fires(json!({"cron": "1 * * * *", "timezone": "UTC", "colour": 1})),
            ErrorCode::SpecUnknownField,
            "schedule: ",
        ),
        (
            fires(json!({"cron": "1 * * * *", "timezone": "UTC", "calendar": "NOWHERE"})),
            ErrorCode::CalendarUnknown,
            "there is no calendar",
        ),
        (
            fires(json!({"when": {"rule": "every_day"}, "timezone": "UTC"})),
            ErrorCode::InvalidInput,
            "schedule: a rule needs at least one time",
        ),
        (
            fires(
                json!({"when": {"rule": "every_day"}, "timezone": "UTC", "times": ["18:00"], "shift": {"n": i64::MIN, "unit": "days"}}),
            ),
            ErrorCode::InvalidInput,
            "schedule: a shift by -9223372036854775808 is too far",
        ),
        (
            json!({"ask": "fires", "schedule": "every day at 18:00 tz UTC", "from": "2026-01-02", "until": "2026-01-01"}),
            ErrorCode::InvalidInput,
            "the end, 2026-01-01, is not after the beginning, 2026-01-02",
        ),
        (
            json!({"ask": "fires", "schedule": "every day at 18:00 tz UTC", "from": "1800-01-01T00:00:00Z", "until": "2026-01-01"}),
            ErrorCode::InvalidInput,
            "the date would lie outside",
        ),
        (
            json!({"ask": "fires", "schedule": "every day at 18:00 tz UTC", "from": "2026-01-01", "until": "2026-01-01", "limit": 0}),
            ErrorCode::InvalidInput,
            "a list of 0 entries",
        ),
        (fires(json!({"when": 1})), ErrorCode::InvalidInput, "this is no question: "),
        (
            json!({"ask": "fires", "schedule": "every day at 18:00 tz UTC", "from": "yesterday", "until": "2026-12-31"}),
            ErrorCode::InvalidInput,
            "`yesterday` is not an instant",
        ),
    ];
    refused(&table);
}

#[test]
fn a_question_spans_no_more_days_than_its_asker_may() {
    let within = |question: &Value, limits| {
        answer_within(&Question::parse(&question.to_string()).unwrap(), Calendars::builtin(), limits)
    };
    let spanning = |from: &str, until: &str| {
        [
            json!({"ask": "count", "calendar": "DAILY", "from": from, "to": until}),
            json!({"ask": "range", "calendar": "DAILY", "from": from, "to": until}),
            json!({"ask": "compare", "calendar": "DAILY", "with": "WEEKDAY", "from": from, "to": until}),
            json!({"ask": "fires", "schedule": "every day at 18:00 tz America/New_York", "from": from, "until": until}),
        ]
    };
    // 4,000 days, and one more.
    for question in spanning("2026-01-01", "2036-12-13") {
        assert!(within(&question, Limits::API).is_ok(), "{question}");
    }
    for question in spanning("2026-01-01", "2036-12-14") {
        assert!(within(&question, Limits::CLI).is_ok(), "{question}");
        let error = within(&question, Limits::API).unwrap_err();
        assert_eq!((&error, error.code()), (&AskError::TooLong { days: 4_001, most: 4_000 }, ErrorCode::TooMany));
        assert!(error.text(Lang::Zh).contains("4000 天"), "{}", error.text(Lang::Zh));
    }
    let year = json!({"ask": "year", "calendar": "SSE", "year": 2026});
    assert!(within(&year, Limits::API).is_ok());
    assert!(within(&year, Limits { days: 364, fires: 1 }).is_err());
    // A list is cut at the limit, whatever is asked for.
    let many = json!({"ask": "fires", "schedule": "cron(* * * * *) tz UTC", "from": "2026-10-01", "until": "2026-10-02", "limit": 5_000});
    for (limits, most) in [(Limits::API, 1_000), (Limits::CLI, 2_880)] {
        let Ok(Answer::Fires { events, more, .. }) = within(&many, limits) else { panic!("{limits:?}") };
        assert_eq!((events.len(), more), (most, limits == Limits::API));
    }
}

proptest! {
    #[test]
    fn any_line_is_a_question_or_an_error(line in "\\PC{0,80}", calendar in "\\PC{0,20}", n in any::<i64>()) {
        let _ = Question::parse(&line);
        for question in [
            json!({"ask": "offset", "calendar": calendar, "date": "2026-01-05", "n": n}),
            json!({"ask": "nth", "calendar": "SSE", "date": "2026-01-05", "period": "month", "n": n}),
            json!({"ask": "fires", "schedule": calendar, "from": "2026-01-01", "until": "2026-01-02"}),
            json!({"ask": "date", "expression": line, "t": "2026-01-05"}),
            json!({"ask": "render", "template": line, "t": "2026-01-05"}),
        ] {
            let _ = ask(question);
        }
    }
}
