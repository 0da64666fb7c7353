//! An operator at work on runs: pausing, approving, doing again what failed, one by one and many at once.

use serde_json::json;
use tests::firm::{Firm, PASSWORD};
use tests::work;

use crate::person::{DAY, content, picture, sign_in};
use tests::browser::Browser;

/// Gives a reason and confirms, once the preview is there.
async fn confirm(browser: &Browser, preview: &str, reason: &str) {
    let shown = browser.text("dialog [data-preview=effect]").await;
    assert!(shown.contains(preview), "{shown:?} does not foretell {preview:?}");
    browser.fill("dialog textarea", reason).await;
    browser.click("dialog button[type=submit]").await;
    browser.until("the dialog to close", "document.querySelector('dialog[open]') ? null : true").await;
}

#[tokio::test]
async fn an_operator_pauses_approves_and_repairs_a_run() {
    let firm = Firm::start().await;
    let department = firm.department("ops", "Operations").await;
    let gate = firm.server.scratch().join("gate");
    let document = json!({
        "apiVersion": "almanac/v1", "kind": "Workflow", "metadata": { "name": "release" },
        "spec": { "tasks": {
            "release": { "type": "approval", "approvers": ["TENANT_ADMIN"], "message": "Release the day?" },
            "shards": {
                "type": "shell", "needs": ["release"], "for_each": ["a", "b", "c"],
                "script": format!("test {{{{ item }}}} != b || test -e '{}'", gate.display()),
            },
            "publish": { "type": "shell", "needs": ["shards"], "script": "echo published" },
        }},
    });
    let workflow = work::create(&department.head, &department.project, &document).await;
    work::start(&department.head, &workflow, json!({})).await;

    let browser = sign_in(&firm.server.client(), DAY, "ops-head", PASSWORD).await;
    browser.click("a[href^='/runs']").await;
    browser.click("tr[data-run]").await;
    browser.text("[data-task=release][data-state=appr]").await;
    browser.click("[data-act=pause]").await;
    confirm(&browser, "Paused", "looking at the figures").await;
    browser.click("[data-act=resume]").await;
    confirm(&browser, "", "they are right").await;
    browser.text("[data-act=pause]").await;

    browser.click("[data-task=release]").await;
    browser.see("Release the day?").await;
    picture(&browser, "run-approval", DAY).await;
    browser.click("[data-act=approve]").await;
    browser.fill("dialog textarea", "checked against yesterday").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-task=shards][data-state=fail]").await;
    browser.click("[data-task=shards]").await;
    browser.text("[data-item='1'] .st--fail").await;
    picture(&browser, "run-items", DAY).await;

    std::fs::write(gate, "").expect("a file");
    browser.click("[data-act=rerun-failed]").await;
    confirm(&browser, "publish", "the gate is open now").await;
    browser.text("[data-task=publish][data-state=ok]").await;
    browser.click("[data-tab=events]").await;
    browser.see("the gate is open now").await;
    content(&browser);
}

#[tokio::test]
async fn an_operator_stops_many_runs_at_once() {
    let firm = Firm::start().await;
    let department = firm.department("many", "Many").await;
    let workflow =
        work::create(&department.head, &department.project, &work::document("slow", &[("nap", &[], "sleep 300")]))
            .await;
    for _ in 0..2 {
        work::start(&department.head, &workflow, json!({})).await;
    }
    let browser = sign_in(&firm.server.client(), DAY, "many-head", PASSWORD).await;
    browser.click("a[href^='/runs']").await;
    browser.until("both runs", "document.querySelectorAll('tr[data-run]').length === 2 || null").await;
    browser.click("[data-choose-all]").await;
    browser.click("[data-bulk=stop]").await;
    confirm(&browser, "2 runs", "started by mistake").await;
    let stopped = "document.querySelectorAll('tr[data-run] .st--stop').length === 2 || null";
    browser.until("both runs to be stopped", stopped).await;
    content(&browser);
}
