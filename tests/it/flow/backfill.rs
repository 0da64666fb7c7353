//! A backfill survives a power cut: every date is done, none twice.

use std::fs;

use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::Firm;
use tests::{wait, work};

const BACKFILL: &str = "id state total pending running succeeded failed skipped cancelled
    items(first: 50) { nodes { businessDate action state attempt reason run { id state backfill { id } } } }";

async fn call(client: &Client, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ backfill {{ {BACKFILL} }} userErrors {{ code message }} }} }}"
    );
    let data = client.ask(&query, json!({ "input": input })).await.ok();
    assert_eq!(data[mutation]["userErrors"], json!([]), "{mutation}");
    data[mutation]["backfill"].clone()
}

async fn until(client: &Client, id: &Value, what: &str, wish: impl Fn(&Value) -> bool) -> Value {
    let query = format!("query($id: ID!) {{ backfill(id: $id) {{ {BACKFILL} }} }}");
    wait::until(what, || async {
        let found = client.ask(&query, json!({ "id": id })).await.ok()["backfill"].clone();
        wish(&found).then_some(found)
    })
    .await
}

#[tokio::test]
async fn every_date_is_done_once_over_a_power_cut() {
    let mut firm = Firm::start().await;
    let department = firm.department("fill", "Fill").await;
    let head = department.head.clone();
    let seen = firm.server.scratch().join("seen");
    let gate = firm.server.scratch().join("gate");
    // The first dates pass, then all wait for the gate.
    let script = format!(
        "echo $ALMANAC_BIZDATE >> {seen}\n[ $ALMANAC_BIZDATE -le 20260303 ] || while [ ! -e {gate} ]; do sleep 0.1; done\n\
         [ $ALMANAC_BIZDATE != 20260306 ] || [ -e {gate}.2 ]",
        seen = seen.display(),
        gate = gate.display()
    );
    let mut document = work::document("nav", &[("work", &[], &script)]);
    document["spec"]["tasks"]["work"]["on_lost"] = json!("retry");
    document["spec"]["business_date"] = json!({ "calendar": "SSE" });
    let workflow = work::create(&head, &department.project, &document).await;

    let input = json!({ "workflow": workflow, "from": "2026-02-28", "to": "2026-03-06", "parallelism": 2 });
    let query = "query($input: PlanBackfillInput!) { planBackfill(input: $input) { userErrors { message } plan {
        calendar total creates blocked withoutDate { date reason } items { nodes { businessDate action } } } } }";
    let plan = head.ask(query, json!({ "input": input })).await.ok()["planBackfill"]["plan"].clone();
    assert_eq!(
        (&plan["calendar"], &plan["total"], &plan["creates"]),
        (&json!("SSE"), &json!(5), &json!(5)),
        "{plan:#}"
    );
    assert_eq!(plan["withoutDate"].as_array().map(Vec::len), Some(2), "{plan:#}");

    let mut start = input.clone();
    start["reason"] = json!("the price file was late");
    let backfill = call(&head, "startBackfill", start).await;
    let id = backfill["id"].clone();
    until(&head, &id, "two dates to wait", |it| it["succeeded"] == 2 && it["running"] == 2).await;
    firm.server.kill().await;
    firm.server.restart().await;
    let it = until(&head, &id, "the two to go on", |it| it["running"] == 2).await;
    assert_eq!((&it["state"], &it["pending"]), (&json!("RUNNING"), &json!(1)), "{it:#}");
    fs::write(&gate, "").expect("written");
    let ended = until(&head, &id, "the backfill to end", |it| it["state"] == "FAILED").await;
    assert_eq!((&ended["succeeded"], &ended["failed"]), (&json!(4), &json!(1)), "{ended:#}");
    let runs = head
        .ask(
            "query($id: ID!) { runs(filter: { workflow: $id }) { nodes { id cause backfill { id } } } }",
            json!({ "id": workflow }),
        )
        .await
        .ok()["runs"]["nodes"]
        .clone();
    assert_eq!(runs.as_array().map(Vec::len), Some(5), "{runs:#}");
    assert!(runs.as_array().expect("runs").iter().all(|run| run["backfill"]["id"] == id && run["cause"] == "BACKFILL"));

    fs::write(gate.with_extension("2"), "").expect("written");
    call(&head, "rerunFailedOfBackfill", json!({ "id": id, "reason": "the file is there" })).await;
    let ended = until(&head, &id, "what failed to be repeated", |it| it["state"] == "SUCCEEDED").await;
    let last = &ended["items"]["nodes"][4];
    assert_eq!((&last["businessDate"], &last["attempt"]), (&json!("2026-03-06"), &json!(2)), "{ended:#}");
    assert_eq!(ended["items"]["nodes"][0]["attempt"], 1);

    // A second one over the same days finds them in place.
    let plan = "query($input: PlanBackfillInput!) { planBackfill(input: $input) { plan { skips creates } } }";
    let again = head.ask(plan, json!({ "input": input })).await.ok()["planBackfill"]["plan"].clone();
    assert_eq!(again, json!({ "skips": 5, "creates": 0 }));
}
