//! Journeys in which something is wrong, and the page says what.

use serde_json::json;
use tests::demo;
use tests::firm::{Firm, PASSWORD};
use tests::work;

use crate::person::{DAY, NIGHT, content, picture, sign_in};
use tests::browser::Browser;

#[tokio::test]
async fn a_wrong_password_is_refused_in_words() {
    let server = demo::start().await;
    let browser = Browser::start(NIGHT).await;
    browser.open(server.client().address()).await;
    browser.fill("#username", "duty").await;
    browser.fill("#password", "not it").await;
    browser.click("button[type=submit]").await;
    browser.text("[role=alert]").await;
    picture(&browser, "sign-in-refused", NIGHT).await;
}

#[tokio::test]
async fn a_failed_run_says_why_and_is_made_good() {
    let firm = Firm::start().await;
    let department = firm.department("trouble", "Trouble").await;
    let switch = firm.server.scratch().join("switch");
    let script = format!("echo the switch is missing >&2; test -e '{}' || exit 7; echo found", switch.display());
    let tasks: [(&str, &[&str], &str); 2] = [("look", &[], &script), ("go", &["look"], "true")];
    let workflow = work::create(&department.head, &department.project, &work::document("switched", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    work::end(&department.head, &run).await;

    let browser = sign_in(&firm.server.client(), DAY, "trouble-head", PASSWORD).await;
    browser.click("a[href^='/runs']").await;
    browser.click("tr[data-run]").await;
    browser.text("[data-task=look][data-state=fail]").await;
    browser.text("[data-task=go][data-state=block]").await;
    browser.see("the switch is missing").await;
    picture(&browser, "run-failed", DAY).await;

    std::fs::write(switch, "").expect("a file");
    browser.click("[data-act=rerun-failed]").await;
    browser.text("dialog [data-preview=effect]").await;
    browser.fill("dialog textarea", "the switch is there now").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-task=look][data-state=ok]").await;
    browser.text("[data-task=go][data-state=ok]").await;
    content(&browser);
}

#[tokio::test]
async fn a_page_whose_server_is_gone_says_so_and_goes_on_when_it_is_back() {
    let mut server = demo::start().await;
    let browser = sign_in(&server.client(), DAY, "duty", &demo::password(&server, "duty")).await;
    let live = |yes: bool| format!("document.querySelector('[data-live={yes}]') && true");
    browser.until("the page to be live", &live(true)).await;
    server.kill().await;
    browser.until("the page to notice", &live(false)).await;
    picture(&browser, "lost-connection", DAY).await;
    server.restart().await;
    browser.until("the page to be live again", &live(true)).await;
}

#[tokio::test]
async fn a_person_of_one_department_sees_no_other() {
    let server = demo::start().await;
    let browser = sign_in(&server.client(), DAY, "risk", &demo::password(&server, "risk")).await;
    browser.click("a[href^='/workflows']").await;
    browser.text("tr[data-workflow=var-daily]").await;
    let names = browser.evaluate("JSON.stringify([...document.querySelectorAll('[data-workflow]')].map((row) => row.dataset.workflow).sort())").await;
    assert_eq!(names, json!("[\"stress-test\",\"var-daily\"]"));
    content(&browser);
}
