//! The page of the cluster: what a node holds, and taking it out of work and back.

use serde_json::json;
use tests::firm::{Firm, PASSWORD};
use tests::server::Options;
use tests::work;

use crate::person::{DAY, NIGHT, content, picture, sign_in};

#[tokio::test]
async fn a_node_is_drained_and_put_to_work_again() {
    let options = Options { settings: vec!["engine.node_name=n1".into()], ..Options::default() };
    let firm = Firm::start_with(options).await;
    let department = firm.department("nodes", "Nodes").await;
    let document = work::document("long", &[("sleeper", &[], "sleep 600")]);
    let workflow = work::create(&department.head, &department.project, &document).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let running = |run: &serde_json::Value| work::task(run, "sleeper")["state"] == "RUNNING";
    work::until(&department.head, &run, "the task to run", running).await;

    let browser = sign_in(&firm.server.client(), NIGHT, "nodes-head", PASSWORD).await;
    browser.click("a[href^='/monitoring']").await;
    browser.text("tr[data-held=sleeper]").await;
    let may = browser.evaluate("!document.querySelector('[data-act=drain]').disabled").await;
    assert_eq!(may, false, "who does not manage the platform drains nothing");
    content(&browser);

    let browser = sign_in(&firm.server.client(), DAY, "admin", PASSWORD).await;
    browser.click("a[href^='/monitoring']").await;
    browser.text("tr[data-loop=heartbeat]").await;
    browser.click("tr[data-node=n1] [data-act=drain]").await;
    browser.fill("dialog textarea", "new kernel").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-drained=true]").await;
    browser.text("tr[data-node=n1] [data-state=hold]").await;
    picture(&browser, "cluster-draining", DAY).await;
    browser.click("tr[data-node=n1] [data-act=resume]").await;
    browser.fill("dialog textarea", "done").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("tr[data-node=n1] [data-state=ok]").await;
    content(&browser);
}
