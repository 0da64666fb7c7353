//! How runs end: well, badly, after a retry, and again.

use serde_json::json;
use tests::firm::Firm;
use tests::work;

#[tokio::test]
async fn a_chain_passes_its_outputs_on_and_succeeds() {
    let firm = Firm::start().await;
    let department = firm.department("flow", "Flow").await;
    let mut document = work::document(
        "chain",
        &[
            ("make", &[], "echo \"rows=42\" >> \"$ALMANAC_OUTPUT\"; echo made for $ALMANAC_BUSINESS_DATE"),
            (
                "use",
                &["make"],
                "echo got {{ outputs.make.rows }} on {{ T | fmt('yyyyMMdd') }} as $colour; echo aside >&2",
            ),
        ],
    );
    document["spec"]["params"] = json!([{ "name": "colour", "type": "string", "default": "red" }]);
    let workflow = work::create(&department.head, &department.project, &document).await;
    let input = json!({ "businessDate": "2026-03-06", "params": { "colour": "blue" } });
    let run = work::start(&department.head, &workflow, input).await;
    let run = work::end(&department.head, &run).await;

    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    assert_eq!((&run["taskTotal"], &run["taskSucceeded"]), (&json!(2), &json!(2)));
    assert_eq!(work::task(&run, "make")["outputs"]["rows"], json!(42));
    let lines = work::log(&department.head, work::task(&run, "use")).await;
    let has = |stream: &str, text: &str| lines.contains(&(stream.to_owned(), text.to_owned()));
    assert!(has("STDOUT", "got 42 on 20260306 as blue"), "{lines:?}");
    assert!(has("STDERR", "aside"), "{lines:?}");
}

#[tokio::test]
async fn a_failure_stops_what_needs_it_and_a_rerun_makes_it_good() {
    let firm = Firm::start().await;
    let department = firm.department("flow", "Flow").await;
    let switch = firm.server.scratch().join("switch");
    let broken = format!("echo looking; test -e '{}' || exit 3", switch.display());
    let tasks: [(&str, &[&str], &str); 4] = [
        ("before", &[], "true"),
        ("broken", &["before"], &broken),
        ("after", &["broken"], "true"),
        ("beside", &["before"], "true"),
    ];
    let workflow = work::create(&department.head, &department.project, &work::document("broken", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let failed = work::end(&department.head, &run).await;

    let state = |name: &str| work::task(&failed, name)["state"].clone();
    assert_eq!(failed["state"], "FAILED");
    assert_eq!(
        [state("before"), state("broken"), state("after"), state("beside")],
        ["SUCCEEDED", "FAILED", "UPSTREAM_FAILED", "SUCCEEDED"]
    );
    assert_eq!(work::task(&failed, "broken")["exitCode"], 3);

    std::fs::write(switch, "").expect("a file");
    let query = "mutation($input: RerunRunInput!) { rerunRun(input: $input) { run { generation } tasks userErrors { code message } } }";
    let input = json!({ "id": run, "scope": "FAILED", "reason": "the switch is there now" });
    let data = department.head.ask(query, json!({ "input": input })).await.ok();
    assert_eq!(data["rerunRun"]["tasks"], json!(["broken", "after"]), "{data:#}");
    let again = work::end(&department.head, &run).await;
    assert_eq!(again["state"], "SUCCEEDED", "{again:#}");
    assert_eq!(work::task(&again, "before")["attempt"], 1, "what had succeeded does not run again");

    let query = "query($id: ID!) { taskRun(id: $id) { attempts { number state generation exitCode } } }";
    let data = department.head.ask(query, json!({ "id": work::task(&again, "broken")["id"] })).await.ok();
    let attempts = data["taskRun"]["attempts"].as_array().expect("attempts");
    let states: Vec<_> =
        attempts.iter().map(|attempt| (attempt["state"].clone(), attempt["exitCode"].clone())).collect();
    assert!(
        states.contains(&(json!("FAILED"), json!(3))) && states.contains(&(json!("SUCCEEDED"), json!(0))),
        "history stays: {data:#}"
    );
}

#[tokio::test]
async fn a_task_is_tried_again_as_its_document_says() {
    let firm = Firm::start().await;
    let department = firm.department("flow", "Flow").await;
    let mut document =
        work::document("retried", &[("late", &[], "echo try $ALMANAC_ATTEMPT; test $ALMANAC_ATTEMPT -ge 3")]);
    document["spec"]["tasks"]["late"]["retries"] = json!({ "max": 3, "delay": "100ms", "backoff": 2 });
    let workflow = work::create(&department.head, &department.project, &document).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let run = work::end(&department.head, &run).await;
    let late = work::task(&run, "late");
    assert_eq!((&run["state"], &late["attempt"]), (&json!("SUCCEEDED"), &json!(3)), "{run:#}");
    let lines = work::log(&department.head, late).await;
    assert!(lines.iter().any(|(_, text)| text == "try 3"), "the newest attempt's log is shown: {lines:?}");
}

#[tokio::test]
async fn the_same_request_twice_starts_one_run() {
    let firm = Firm::start().await;
    let department = firm.department("flow", "Flow").await;
    let workflow =
        work::create(&department.head, &department.project, &work::document("once", &[("only", &[], "true")])).await;
    let input = json!({ "idempotencyKey": "order-1" });
    let first = work::start(&department.head, &workflow, input.clone()).await;
    let second = work::start(&department.head, &workflow, input).await;
    let other = work::start(&department.head, &workflow, json!({ "idempotencyKey": "order-2" })).await;
    assert_eq!(first, second);
    assert_ne!(first, other);
}

#[tokio::test]
async fn every_problem_of_a_document_is_told_at_once_with_its_place() {
    let firm = Firm::start().await;
    let department = firm.department("flow", "Flow").await;
    let source = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: bad}\nspec:\n  tasks:\n    a: {type: shell, needs: [b], script: x}\n    b: {type: shell, needs: [a], script: x}\n    c: {type: shell, needs: [nobody], script: x, colour: red}\n";
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { workflow { id } problems { code line path message } userErrors { code } } }";
    let input = json!({ "project": department.project, "source": source });
    let answer = department.head.ask(query, json!({ "input": input })).await;
    let problems = answer.data["createWorkflow"]["problems"].as_array().expect("problems").clone();
    let found: Vec<(&str, i64)> = problems
        .iter()
        .map(|it| (it["code"].as_str().unwrap_or_default(), it["line"].as_i64().unwrap_or_default()))
        .collect();
    for expected in [("SPEC_UNKNOWN_NEED", 8), ("SPEC_UNKNOWN_FIELD", 8)] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert!(found.iter().any(|(code, _)| *code == "SPEC_CYCLE"), "{found:?}");
    assert!(answer.data["createWorkflow"]["workflow"].is_null());
}
