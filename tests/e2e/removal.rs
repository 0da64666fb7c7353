//! A workflow that is deleted with a run at work, read afterwards, and taken back.

use serde_json::json;
use tests::firm::{Firm, PASSWORD};
use tests::work;

use crate::person::{DAY, content, picture, sign_in};

#[tokio::test]
async fn a_deleted_workflow_can_be_read_and_comes_back() {
    let firm = Firm::start().await;
    let department = firm.department("old", "Old").await;
    let document = work::document("feed", &[("load", &[], "sleep 600")]);
    let workflow = work::create(&department.head, &department.project, &document).await;
    let run = work::start(&department.head, &workflow, json!({})).await;

    let browser = sign_in(&firm.server.client(), DAY, "old-head", PASSWORD).await;
    browser.click("a[href^='/workflows']").await;
    browser.click("tr[data-workflow=feed] a").await;
    browser.click(".phead [aria-haspopup=menu]").await;
    browser.click("[data-act=delete]").await;
    browser.text("dialog [data-preview=runs]").await;
    browser.click("[data-stop-runs]").await;
    browser.fill("dialog textarea", "replaced by the new feed").await;
    picture(&browser, "workflow-delete", DAY).await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-deleted]").await;
    browser.see("replaced by the new feed").await;
    assert_eq!(work::end(&department.head, &run).await["state"], "STOPPED");

    browser.click("a[href^='/workflows']").await;
    browser.until("it to be gone", "document.querySelector('tr[data-workflow=feed]') ? null : true").await;
    browser.click("[data-filter=deleted]").await;
    browser.click("tr[data-workflow=feed] a").await;
    browser.click("[data-act=restore]").await;
    browser.fill("dialog textarea", "the new one is late").await;
    browser.click("dialog button[type=submit]").await;
    browser.until("the banner to go", "document.querySelector('[data-deleted]') ? null : true").await;
    content(&browser);
}
