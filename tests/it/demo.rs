//! The demo firm: its valuation chain runs on its schedule and by hand, and its report is right.
//!
//! The report is computed here a second time, from the same files and in other arithmetic.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::client::Client;
use tests::demo::{self, sign_in};
use tests::{wait, work};

const DATE: &str = "2026-11-20";

/// The workflows that a person sees, by name.
async fn workflows(client: &Client) -> BTreeMap<String, String> {
    let query = "{ workflows(first: 50) { nodes { id name tenant { slug } } } }";
    let data = client.ask(query, json!({})).await.ok();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    data["workflows"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|it| (text(&it["name"]), text(&it["id"])))
        .collect()
}

#[tokio::test]
async fn every_workflow_of_every_department_succeeds() {
    let server = demo::start().await;
    let duty = sign_in(&server, "duty").await;
    let tenants = duty.ask("{ tenants(first: 10) { nodes { slug } } }", json!({})).await.ok();
    assert_eq!(tenants["tenants"]["nodes"].as_array().map(Vec::len), Some(4), "{tenants:#}");
    let workflows = workflows(&duty).await;
    assert!(workflows.len() >= 7, "{workflows:?}");
    for (name, workflow) in &workflows {
        let run = work::start(&duty, workflow, json!({ "businessDate": DATE, "params": { "pace": 0 } })).await;
        let run = work::end(&duty, &run).await;
        assert_eq!(run["state"], "SUCCEEDED", "{name}: {run:#}");
    }
}

#[tokio::test]
async fn the_report_of_the_valuation_is_right() {
    let server = demo::start().await;
    let valuation = sign_in(&server, "valuation").await;
    let workflow = &workflows(&valuation).await["nav-valuation"];
    for date in [DATE, "2026-11-19"] {
        let run = work::start(&valuation, workflow, json!({ "businessDate": date, "params": { "pace": 0 } })).await;
        let run = work::end(&valuation, &run).await;
        assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
        let day = date.replace('-', "");
        let data = server.data().join("demo/data/valuation");
        let report = rows(&data.join("out").join(&day).join("nav-report.csv"));
        let expected = net_asset_values(&data.join("in").join(&day));
        let (total, funds) = report.split_last().expect("a total");
        assert_eq!(funds.len(), expected.len());
        for fund in funds {
            assert_eq!(fixed(&fund["nav"], 2), expected[&fund["fund"]], "{} on {date}", fund["fund"]);
        }
        assert_eq!(fixed(&total["nav"], 2), expected.values().sum::<i128>(), "the total on {date}");
        assert_eq!(work::task(&run, "report")["outputs"]["total"], Value::from(total["nav"].clone()));
    }
}

#[tokio::test]
async fn the_schedule_starts_the_valuation_by_itself() {
    let server = demo::start().await;
    let valuation = sign_in(&server, "valuation").await;
    let workflow = &workflows(&valuation).await["nav-valuation"];
    // The same document, but every two seconds and at full speed.
    let query = "query($id: ID!) { workflow(id: $id) { currentVersion { number source } } }";
    let data = valuation.ask(query, json!({ "id": workflow })).await.ok();
    let version = &data["workflow"]["currentVersion"];
    let source = version["source"]
        .as_str()
        .expect("text")
        .replace("0 */5 * * * ?", "*/2 * * * * ?")
        .replace("default: 0.15", "default: 0");
    let query = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { id } problems { message } userErrors { message } } }";
    let input = json!({ "id": workflow, "source": source, "baseVersion": version["number"] });
    valuation.ask(query, json!({ "input": input })).await.ok();

    let query = "query($id: ID!) { workflow(id: $id) { schedules { name fires(first: 5) { nodes { outcome run { id cause state } } } } } }";
    let run = wait::until("a run of the schedule that succeeded", || async {
        let data = valuation.ask(query, json!({ "id": workflow })).await.ok();
        let schedules = data["workflow"]["schedules"].as_array().expect("schedules");
        let fires = schedules.iter().filter_map(|it| it["fires"]["nodes"].as_array()).flatten();
        fires.map(|fire| fire["run"].clone()).find(|run| run["state"] == "SUCCEEDED")
    });
    assert_eq!(run.await["cause"], "SCHEDULE");
}

#[tokio::test]
async fn a_second_start_makes_nothing_twice() {
    let mut server = demo::start().await;
    let count = |client: Client| async move { workflows(&client).await.len() };
    let before = count(sign_in(&server, "duty").await).await;
    server.stop().await;
    server.restart().await;
    assert_eq!(count(sign_in(&server, "duty").await).await, before);
    let version = "{ workflows(first: 50) { nodes { currentVersion { number } } } }";
    let data = sign_in(&server, "duty").await.ask(version, json!({})).await.ok();
    let nodes = data["workflows"]["nodes"].as_array().expect("nodes");
    assert!(nodes.iter().all(|it| it["currentVersion"]["number"] == 1), "{data:#}");
}

/// The net asset value of each fund in fen, from the day's files: every position to the fen, less the day's fee.
fn net_asset_values(inbox: &Path) -> BTreeMap<String, i128> {
    let prices: BTreeMap<String, (i128, String)> = rows(&inbox.join("prices.csv"))
        .into_iter()
        .map(|row| (row["security"].clone(), (fixed(&row["close"], 4), row["currency"].clone())))
        .collect();
    let rates: BTreeMap<String, i128> = rows(&inbox.join("rates.csv"))
        .into_iter()
        .map(|row| (row["currency"].clone(), fixed(&row["rate"], 6)))
        .collect();
    let positions = rows(&inbox.join("positions.csv"));
    assert!(positions.len() > 20, "the demo has real positions");
    let funds = rows(&inbox.join("funds.csv")).into_iter().map(|fund| {
        let held = positions.iter().filter(|row| row["fund"] == fund["fund"]);
        let values = held.map(|row| {
            let (close, currency) = &prices[&row["security"]];
            // 1e-4 of the price and 1e-6 of the rate make 1e-10 yuan; a fen is 1e-2.
            half_up(fixed(&row["quantity"], 0) * close * rates[currency], 100_000_000)
        });
        let assets = values.sum::<i128>() + fixed(&fund["cash"], 2);
        let fee = half_up(assets * fixed(&fund["fee_bp"], 0), 10_000 * 365);
        (fund["fund"].clone(), assets - fee)
    });
    funds.collect()
}

fn half_up(numerator: i128, denominator: i128) -> i128 {
    assert!(numerator >= 0, "the demo has no short positions");
    (2 * numerator + denominator) / (2 * denominator)
}

/// A decimal text as a whole number of its smallest unit.
fn fixed(text: &str, places: usize) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= places, "{text} has more than {places} places");
    format!("{whole}{fraction:0<places$}").parse().unwrap_or_else(|_| panic!("{text} is a number"))
}

/// The rows of a CSV file without quotes, by column name.
fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(!text.contains('"'), "{} needs a real CSV reader", file.display());
    let mut lines = text.lines().map(|line| line.split(','));
    let columns: Vec<&str> = lines.next().expect("a head").collect();
    lines.map(|cells| columns.iter().map(|it| (*it).to_owned()).zip(cells.map(str::to_owned)).collect()).collect()
}
