//! Tests of the previews.

use serde_json::json;

use super::*;

fn document() -> Value {
    json!({"spec": {
        "params": [
            {"name": "fund", "type": "string", "default": "ALL"},
            {"name": "limit", "type": "number", "required": true},
            {"name": "on", "type": "date"},
        ],
        "tasks": {"load": {"type": "shell", "script": "echo 1"}},
    }})
}

#[test]
fn a_schedule_is_told_in_words() {
    // The words are the domain's; here it matters that they are there, in the reader's language.
    let nightly = json!({"name": "n", "cron": "0 30 18 * * ?", "timezone": "Asia/Shanghai", "calendar": "SSE"});
    let words = schedule_words(&nightly, Lang::En);
    assert!(words.starts_with('A') && words.contains("18:30") && words.contains("SSE"), "{words}");
    assert!(schedule_words(&nightly, Lang::Zh).starts_with("每天"));
    assert_eq!(schedule_calendar(&nightly).as_deref(), Some("SSE"));
    let month_end = json!({"name": "m", "rule": "last open day of month on SSE at 21:00 tz Asia/Shanghai"});
    assert!(schedule_words(&month_end, Lang::Zh).contains("最后一个开放日"));
    assert_eq!(schedule_calendar(&month_end).as_deref(), Some("SSE"));
    assert_eq!(schedule_words(&json!({"name": "x", "rule": "by moonlight"}), Lang::En), "By moonlight");
    assert_eq!(schedule_words(&json!({}), Lang::En), "Not scheduled");
}

#[test]
fn a_schedule_says_how_long_its_calendars_are_known() {
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant").timestamp_millis();
    // In Shanghai it is the next day already.
    let now = at("2026-11-24T17:00:00Z");
    let both = json!({"name": "n", "rule": "every open day on SSE & HKEX at 18:00 tz Asia/Shanghai"});
    let found = horizon(&both, Calendars::builtin(), now).map(|(until, left)| (until.to_string(), left));
    assert_eq!(found, Some(("2026-12-31".to_owned(), 36)));
    assert_eq!(horizon(&json!({"name": "n", "cron": "0 9 * * *", "timezone": "UTC"}), Calendars::builtin(), now), None);
}

#[test]
fn fields_come_from_the_document() {
    let fields = param_fields(&document());
    assert_eq!(
        fields.iter().map(|field| field.kind).collect::<Vec<_>>(),
        [ParamKind::Text, ParamKind::Number, ParamKind::Date]
    );
    assert_eq!(fields[0].default, "ALL");
    assert!(task_spec(&document(), "load").is_some());
    assert!(task_spec(&document(), "store").is_none());
}

#[test]
fn values_are_read_without_brackets() {
    assert_eq!(readable(&json!(["load", "check"])), "load, check");
    assert_eq!(readable(&json!({"max": 3, "delay": "30s"})), "max: 3\ndelay: 30s");
    let cases = json!([{"when": "T.is_month_end()", "then": ["month", "report"]}, {"when": "true", "then": []}]);
    assert_eq!(readable(&cases), "when: T.is_month_end(); then: month, report\nwhen: true; then: ");
    assert_eq!(readable(&Value::Null), "");
}

#[test]
fn entered_texts_become_values_or_faults() {
    let fields = param_fields(&document());
    assert_eq!(param_value(&fields[0], "ALL"), Ok(None));
    assert_eq!(param_value(&fields[0], "BOND"), Ok(Some(json!("BOND"))));
    assert_eq!(param_value(&fields[1], ""), Err(ParamFault::Missing));
    assert_eq!(param_value(&fields[1], "many"), Err(ParamFault::NotANumber));
    assert_eq!(param_value(&fields[1], " 12 "), Ok(Some(json!(12))));
    assert_eq!(param_value(&fields[2], "2026-02-30"), Err(ParamFault::NotADate));
    assert_eq!(param_value(&fields[2], ""), Ok(None));
}
