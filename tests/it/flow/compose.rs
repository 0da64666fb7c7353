//! Runs that branch, fan out, call each other and ask people, through the API of the real program.

use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::Firm;
use tests::work;

/// A document of these tasks.
fn document(name: &str, tasks: Value) -> Value {
    let mut document = work::document(name, &[]);
    document["spec"]["tasks"] = tasks;
    document
}

async fn mutate(client: &Client, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query =
        format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}");
    client.ask(&query, json!({ "input": input })).await.data[mutation].clone()
}

#[tokio::test]
async fn a_night_fans_out_asks_a_person_and_calls_another_workflow() {
    let firm = Firm::start().await;
    let department = firm.department("night", "Night").await;
    let operator = firm.person("otto", &department.tenant, "OPERATOR").await;
    let viewer = firm.person("vera", &department.tenant, "VIEWER").await;
    let head = &department.head;
    let publish = json!({ "send": { "type": "shell", "script": "echo rows={{ params.rows }} >> $ALMANAC_OUTPUT" } });
    let mut child = document("publish", publish);
    child["spec"]["params"] = json!([{ "name": "rows", "type": "number", "required": true }]);
    child["spec"]["outputs"] = json!({ "sent": "{{ outputs.send.rows }}" });
    work::create(head, &department.project, &child).await;
    let tasks = json!({
        "list": { "type": "shell", "script": "echo '{\"funds\": [\"a\", \"b\", \"c\"]}' >> $ALMANAC_OUTPUT" },
        "value": { "type": "shell", "needs": ["list"], "for_each": "{{ outputs.list.funds }}", "max_parallel": 2,
            "script": "echo fund=$ALMANAC_ITEM >> $ALMANAC_OUTPUT; test {{ item }} != b || exit 3" },
        "sign": { "type": "approval", "needs": ["value"], "approvers": ["OPERATOR"], "message": "Publish {{ T }}?" },
        "publish": { "type": "sub_workflow", "needs": ["sign"], "workflow": "publish",
            "arguments": { "rows": "{{ outputs.value.total }}" } },
        "tell": { "type": "shell", "handler": "on_failure", "script": "true" },
    });
    let workflow = work::create(head, &department.project, &document("night", tasks)).await;
    let run = work::start(head, &workflow, json!({ "businessDate": "2026-11-20" })).await;
    let failed = work::end(head, &run).await;
    assert_eq!(failed["state"], "FAILED");
    assert_eq!(work::task(&failed, "tell")["state"], "SUCCEEDED", "the handler was told");
    let item = work::tasks(&failed).iter().find(|task| task["exitCode"] == 3).expect("an item failed");

    // The person on duty looks what a decision would do, vouches for the item, and the night goes on.
    let query = "query($run: ID!, $task: ID!) { previewOperation(run: $run, operation: { operation: MARK_TASK_SUCCEEDED, \
        taskRun: $task }) { preview { runs state } userErrors { message } } }";
    let data = operator.ask(query, json!({ "run": run, "task": item["id"] })).await.ok();
    let runs = &data["previewOperation"]["preview"]["runs"];
    assert_eq!(*runs, json!(["sign", "publish", "tell"]), "{data:#}");
    let mark = json!({ "taskRun": item["id"], "mark": "SUCCEEDED", "reason": "valued by hand" });
    assert_eq!(mutate(&operator, "markTask", mark).await["userErrors"], json!([]));
    let asks = work::until(head, &run, "the approval", |run| run["state"] == "WAITING_APPROVAL").await;
    let sign = work::task(&asks, "sign")["id"].clone();
    let query = "query($id: ID!) { taskRun(id: $id) { viewerCanDecide waitingReasons { kind text message } } }";
    let seen = viewer.ask(query, json!({ "id": sign })).await.ok()["taskRun"].clone();
    assert_eq!(seen["viewerCanDecide"], false);
    assert_eq!(seen["waitingReasons"][0]["kind"], "APPROVAL");
    assert_eq!(seen["waitingReasons"][0]["message"], "Publish 2026-11-20?");
    let decide = json!({ "taskRun": sign, "decision": "APPROVE", "reason": "looks right" });
    let refused = mutate(&viewer, "decideApproval", decide.clone()).await;
    assert_eq!(refused["userErrors"][0]["code"], "DENIED", "{refused:#}");
    assert_eq!(mutate(&operator, "decideApproval", decide).await["userErrors"], json!([]));
    let end = work::end(head, &run).await;
    assert_eq!(end["state"], "SUCCEEDED", "{end:#}");
    assert_eq!(work::task(&end, "publish")["outputs"]["sent"], 3);

    let query = "query($id: ID!) { run(id: $id) { children { cause parent { id } workflow { name } } } }";
    let children = head.ask(query, json!({ "id": run })).await.ok()["run"]["children"].clone();
    assert_eq!(
        children[0],
        json!({ "cause": "SUB_WORKFLOW", "parent": { "id": run }, "workflow": { "name": "publish" } })
    );
}

#[tokio::test]
async fn many_runs_are_operated_at_once_each_with_its_result() {
    let firm = Firm::start().await;
    let department = firm.department("bulk", "Bulk").await;
    let head = &department.head;
    let workflow =
        work::create(head, &department.project, &work::document("long", &[("sleep", &[], "sleep 600")])).await;
    let mut runs = Vec::new();
    for date in ["2026-11-18", "2026-11-19", "2026-11-20"] {
        runs.push(work::start(head, &workflow, json!({ "businessDate": date })).await);
    }
    let query = "mutation($input: OperateRunsInput!) { operateRuns(input: $input) { \
        outcomes { id changed run { state } userErrors { code message } } more userErrors { code } } }";
    // The id of a run that nobody made.
    let mut unknown = runs[0].clone();
    let last = unknown.pop();
    unknown.push(if last == Some('1') { '2' } else { '1' });
    let pause = json!({ "ids": [runs[0], unknown], "operation": { "operation": "PAUSE" }, "reason": "wait" });
    let done = head.ask(query, json!({ "input": pause })).await.data["operateRuns"].clone();
    assert_eq!(done["outcomes"][0]["run"]["state"], "PAUSED", "{done:#}");
    assert_eq!(done["outcomes"][1]["userErrors"][0]["code"], "NOT_FOUND");
    let stop =
        json!({ "filter": { "workflow": workflow }, "operation": { "operation": "STOP" }, "reason": "wrong file" });
    let done = head.ask(query, json!({ "input": stop })).await.ok()["operateRuns"].clone();
    assert_eq!(done["outcomes"].as_array().map(Vec::len), Some(3));
    for run in runs {
        assert_eq!(work::end(head, &run).await["state"], "STOPPED");
    }
}
