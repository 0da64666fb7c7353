//! A range of business dates made up for: planned, started, halted, ended.

use serde_json::json;
use tests::firm::{Firm, PASSWORD};
use tests::work;

use crate::person::{DAY, content, picture, sign_in};
use tests::browser::Browser;

/// Gives a field of the form a value, whatever its type.
async fn enter(browser: &Browser, field: &str, value: &str) {
    browser.text("form.bf__l").await;
    let (field, value) = (json!(field), json!(value));
    let script = format!(
        "(() => {{ const it = document.querySelector({field}); it.value = {value}; \
         for (const name of ['input', 'change']) it.dispatchEvent(new Event(name, {{ bubbles: true }})); return true; }})()"
    );
    browser.evaluate(&script).await;
}

#[tokio::test]
async fn an_operator_plans_starts_and_cancels_a_backfill() {
    let firm = Firm::start().await;
    let department = firm.department("nav", "NAV").await;
    let gate = firm.server.scratch().join("gate");
    let script = format!("until [ -e '{}' ]; do sleep 0.1; done", gate.display());
    let document = work::document("valuation", &[("value", &[], &script)]);
    let workflow = work::create(&department.head, &department.project, &document).await;
    // One of the dates has a run that is at work.
    work::start(&department.head, &workflow, json!({ "businessDate": "2026-03-03" })).await;

    let browser = sign_in(&firm.server.client(), DAY, "nav-head", PASSWORD).await;
    browser.click("a[href^='/workflows']").await;
    browser.click("tr[data-workflow] a").await;
    browser.click("a[href^='/backfills/new']").await;
    enter(&browser, "#bf-from", "2026-02-28").await;
    enter(&browser, "#bf-to", "2026-03-05").await;
    enter(&browser, "#bf-calendar", "SSE").await;
    enter(&browser, "#bf-parallelism", "2").await;
    let rows = "document.querySelectorAll('.bf__r tbody tr').length === 6 || null";
    browser.until("four dates, and two days without", rows).await;
    let stuck = "document.querySelector('[data-act=start]')?.disabled || null";
    browser.until("the start to be held back", stuck).await;
    enter(&browser, "[data-own='2026-03-03']", "skip").await;
    let free = "document.querySelector('[data-act=start]')?.disabled === false || null";
    browser.until("the start to be free", free).await;
    picture(&browser, "backfill-plan", DAY).await;
    browser.click("[data-act=start]").await;
    browser.fill("dialog textarea", "prices were corrected").await;
    browser.click("dialog button[type=submit]").await;

    let working = "document.querySelectorAll('tr[data-date] .st--run').length === 2 || null";
    browser.until("two dates at work", working).await;
    browser.see("prices were corrected").await;
    let cells = "document.querySelectorAll('.bfg__d').length === 4 || null";
    browser.until("a cell for each date", cells).await;
    picture(&browser, "backfill", DAY).await;
    browser.click("[data-act=pause]").await;
    browser.fill("dialog textarea", "tonight's work first").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-act=resume]").await;
    browser.click("[data-act=cancel]").await;
    browser.fill("dialog textarea", "not needed after all").await;
    browser.click("dialog button[type=submit]").await;
    std::fs::write(gate, "").expect("a file");
    let ended = "document.querySelector('[data-act=cancel]') ? null : true";
    browser.until("the backfill to end", ended).await;
    browser.see("not needed after all").await;
    content(&browser);
}
