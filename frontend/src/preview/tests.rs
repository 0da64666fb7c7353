//! Tests of the previews.

use serde_json::json;

use super::*;
use crate::api::workflow::GraphTask;
use crate::view::graph;

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
fn a_schedule_names_its_calendar() {
    // The words of a rule are the domain's; here it matters that they are there, in the reader's language.
    let words = |spec: Value, lang| schedule_words(&spec, lang);
    let on_days = words(json!({"cron": "0 30 18 * * ?", "calendar": "SSE"}), Lang::En);
    assert!(on_days.starts_with('A') && on_days.contains("18:30") && on_days.ends_with("· SSE"), "{on_days}");
    assert!(words(json!({"cron": "0 30 18 * * ?"}), Lang::Zh).starts_with("每天"));
    let stored = words(json!({"when": {"cron": "0 30 18 * * ?"}}), Lang::En);
    assert!(stored.contains("18:30") && !stored.contains('*'), "{stored}");
    assert_eq!(schedule_words(&json!({"rule": "by moonlight"}), Lang::En), "By moonlight");
    assert_eq!(schedule_words(&json!({}), Lang::En), "Not scheduled");
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

#[test]
fn a_rerun_foretells_its_tasks() {
    let task = |ordinal, name: &str, needs: &[&str]| GraphTask {
        ordinal,
        name: name.to_owned(),
        title: None,
        kind: "shell".to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
    };
    let tasks = [task(0, "a", &[]), task(1, "b", &["a"]), task(2, "c", &["b"])];
    let drawing = graph::draw(&tasks).expect("a sound graph");
    let states = [TaskState::Succeeded, TaskState::Failed, TaskState::UpstreamFailed];
    let names = |scope, task| rerun_tasks(&drawing, &states, scope, task);
    assert_eq!(names(RerunScope::Failed, None), ["b", "c"]);
    assert_eq!(names(RerunScope::FromTask, Some("b")), ["b", "c"]);
    assert_eq!(names(RerunScope::OnlyTask, Some("c")), ["c"]);
    assert_eq!(names(RerunScope::All, None).len(), 3);
    assert!(names(RerunScope::FromTask, Some("gone")).is_empty());
}
