//! The main journey: sign in, run the valuation chain, see it turn green live, read its log.

use serde_json::{Value, json};
use tests::browser::{Browser, Look};
use tests::demo;

use crate::person::{DAY, NIGHT, content, picture, sign_in};

/// Notes every state that a task is ever seen in, without asking the server.
const NOTE_STATES: &str = "window.__seen = {}; new MutationObserver(() => { \
    for (const node of document.querySelectorAll('[data-task]')) \
        (window.__seen[node.dataset.task] ??= new Set()).add(node.dataset.state) \
    }).observe(document.body, { subtree: true, childList: true, attributes: true }); true";

const ALL_GREEN: &str = "(() => { const nodes = [...document.querySelectorAll('[data-task]')]; \
    return nodes.length && nodes.every((node) => node.dataset.state === 'ok') ? nodes.length : null })()";

async fn run_the_chain(look: Look, done: &str) {
    let server = demo::start().await;
    let client = server.client();
    let fresh = Browser::start(look).await;
    fresh.open(client.address()).await;
    fresh.text("#username").await;
    picture(&fresh, "sign-in", look).await;
    drop(fresh);

    let browser = sign_in(&client, look, "duty", &demo::password(&server, "duty")).await;
    browser.evaluate(NOTE_STATES).await;
    browser.click("a[href^='/workflows']").await;
    browser.text("tr[data-workflow=settlement-daily]").await;
    picture(&browser, "workflows", look).await;
    browser.click("tr[data-workflow=nav-valuation] a.name").await;
    browser.text("[data-task=report]").await;
    picture(&browser, "workflow", look).await;
    browser.click(".phead [data-act=run]").await;
    browser.click("dialog button[type=submit]").await;

    browser
        .until(
            "a task of the valuation to run",
            "document.querySelector('[data-task^=value_][data-state=run]') && true",
        )
        .await;
    picture(&browser, "run-live", look).await;
    let tasks = browser.until("every task to turn green", ALL_GREEN).await;
    assert_eq!(tasks, 14);
    let seen = browser
        .evaluate(
            "JSON.stringify(Object.values(__seen).filter((states) => states.has('run') && states.has('ok')).length)",
        )
        .await;
    let live: Value = serde_json::from_str(seen.as_str().expect("text")).expect("JSON");
    assert!(live.as_u64() > Some(5), "tasks were seen to run and then to be done, without a reload: {live}");
    browser.see(done).await;

    browser.click("[data-task=report]").await;
    let log = "(() => { const line = [...document.querySelectorAll('.log__m')].find((line) => line.innerText.startsWith('TOTAL')); return line ? line.innerText : null })()";
    let total = browser.until("the total in the log", log).await;
    let report = server.data().join("demo/data/valuation/out");
    let day = std::fs::read_dir(report).expect("a report").next().expect("a day").expect("a folder");
    let sheet = std::fs::read_to_string(day.path().join("nav-report.csv")).expect("a sheet");
    let (_, number) = total.as_str().expect("text").rsplit_once(' ').expect("a number");
    assert!(sheet.contains(&format!("TOTAL,,,,,{},", number.replace(',', ""))), "{total} is not in\n{sheet}");
    picture(&browser, "run-done", look).await;
    content(&browser);
}

#[tokio::test]
async fn a_person_runs_the_chain_by_day_in_english() {
    run_the_chain(DAY, "Done").await;
}

#[tokio::test]
async fn a_person_runs_the_chain_by_night_in_chinese() {
    run_the_chain(NIGHT, "成功").await;
}

#[tokio::test]
async fn a_person_changes_the_document_and_sees_what_is_wrong_with_it() {
    let server = demo::start().await;
    let browser = sign_in(&server.client(), DAY, "valuation", &demo::password(&server, "valuation")).await;
    browser.click("a[href^='/workflows']").await;
    browser.click("tr[data-workflow=nav-valuation] a.name").await;
    browser.click("[data-tab=yaml]").await;
    browser.click("[data-act=edit]").await;
    browser.text("textarea").await;
    let source = browser.evaluate("document.querySelector('textarea').value").await;
    let source = source.as_str().expect("text");
    let broken = source.replace("needs: [total]", "needs: [totals]");
    assert_ne!(broken, source);
    browser.fill("textarea", &broken).await;
    let problem = browser.text("button.problem").await;
    let line = broken.lines().position(|line| line.contains("totals")).expect("the line") + 1;
    assert!(problem.contains("totals") && problem.contains(&line.to_string()), "the name and line {line}: {problem}");
    picture(&browser, "document-problem", DAY).await;
    assert_eq!(browser.evaluate("document.querySelector('[data-act=save]').disabled").await, json!(true));

    browser.fill("textarea", &source.replace("priority: high", "priority: urgent")).await;
    browser.click("[data-act=save]").await;
    browser.until("the second version", "document.body.innerText.match(/v2\\b/) && true").await;
    content(&browser);
}
