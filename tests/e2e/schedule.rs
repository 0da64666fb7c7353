//! Journeys through the schedule of a workflow: the sentence, cron and the text say the same, the preview follows at
//! once, and what is saved is the text with nothing else changed.

use serde_json::{Value, json};
use tests::browser::{Browser, Look};
use tests::demo;
use tests::server::Server;

use crate::person::{DAY, NIGHT, content, picture, sign_in};

/// Opens the nightly schedule of the valuation as somebody of the demo firm.
async fn open(server: &Server, look: Look, person: &str) -> Browser {
    let browser = sign_in(&server.client(), look, person, &demo::password(server, person)).await;
    browser.click("a[href^='/workflows']").await;
    browser.click("tr[data-workflow=nav-valuation] a.name").await;
    browser.click("[data-tab=schedule]").await;
    browser.click("[data-schedule=nightly]").await;
    browser.text("[data-schedule=nightly][aria-pressed=true]").await;
    browser
}

/// The document as it stands in the other tab, and back.
async fn document(browser: &Browser) -> String {
    browser.click("[data-tab=yaml]").await;
    browser.text("textarea").await;
    let source = browser.evaluate("document.querySelector('textarea').value").await;
    browser.click("[data-tab=schedule]").await;
    browser.text("[data-pick=calendar], [data-recipe]").await;
    source.as_str().expect("text").to_owned()
}

/// Waits until something on the page says these words.
async fn says(browser: &Browser, selector: &str, words: &str) {
    let script = format!(
        "[...document.querySelectorAll({})].some((e) => String(e.value ?? '').includes({words}) || e.innerText.includes({words})) || null",
        json!(selector),
        words = json!(words)
    );
    browser.until(&format!("{selector} to say {words:?}"), &script).await;
}

/// Chooses an entry of what a picker opens.
async fn pick(browser: &Browser, picker: &str, choice: &str) {
    browser.click(&format!("[data-pick={picker}]")).await;
    browser.click(&format!("[data-choice='{choice}']")).await;
}

/// Sets a field that tells its change when it is left.
async fn enter(browser: &Browser, selector: &str, value: &str) {
    let script = format!(
        "(() => {{ const e = document.querySelector({}); if (!e) return null; e.value = {}; \
         e.dispatchEvent(new Event('input', {{ bubbles: true }})); e.dispatchEvent(new Event('change', {{ bubbles: true }})); return true }})()",
        json!(selector),
        json!(value)
    );
    browser.until(&format!("a field {selector}"), &script).await;
}

#[tokio::test]
async fn a_person_changes_the_schedule_as_a_sentence_and_saves_nothing_else() {
    let server = demo::start().await;
    let browser = open(&server, DAY, "valuation").await;
    picture(&browser, "schedule", DAY).await;
    browser.resize(1280, 800).await;
    picture(&browser, "schedule-narrow", DAY).await;
    browser.resize(1440, 900).await;
    let before = document(&browser).await;

    browser.click("[data-recipe=month-end]").await;
    says(&browser, "[data-pick=days]", "last open day of the month").await;
    says(&browser, "[data-words]", "last open day of each month").await;
    browser
        .until("fires that go", "Number(document.querySelector('[data-changes]').dataset.changes) > 0 || null")
        .await;
    browser.click("[data-pick=times]").await;
    browser.fill(".picker__b input", "21:15").await;
    says(&browser, "[data-fires]", "21:15").await;
    picture(&browser, "schedule-times", DAY).await;
    browser.press("Escape").await;
    browser.click("[data-pick=days]").await;
    browser.text("[data-choice=nth][aria-checked=true]").await;
    picture(&browser, "schedule-days", DAY).await;
    browser.press("Escape").await;
    browser.click("[data-pick=calendar]").await;
    browser.text("[data-choice=SSE][aria-checked=true]").await;
    picture(&browser, "schedule-calendar", DAY).await;
    browser.press("Escape").await;
    pick(&browser, "date", "T-1").await;
    says(&browser, "[data-pick=date]", "T-1").await;
    picture(&browser, "schedule-changed", DAY).await;

    let after = document(&browser).await;
    let same = |text: &str| text.lines().filter(|line| !before.contains(line)).map(str::to_owned).collect::<Vec<_>>();
    let new = same(&after);
    assert!((1..=6).contains(&new.len()), "few lines are new: {new:?}");
    assert!(new.iter().any(|line| line.contains("last open day of month at 21:15")), "{new:?}");

    browser.click("[data-act=save]").await;
    browser.until("the second version", "document.body.innerText.match(/v2\\b/) && true").await;
    assert_eq!(document(&browser).await, after, "what was saved is the text that was shown");
    content(&browser);
}

#[tokio::test]
async fn the_forms_stay_in_step_by_night_in_chinese() {
    let server = demo::start().await;
    let browser = open(&server, NIGHT, "valuation").await;
    picture(&browser, "schedule", NIGHT).await;
    browser.click(".seg button text=文本").await;
    let text = "15 day of month on SSE if closed following at 09:00 tz Asia/Shanghai";
    browser.fill("[data-field=text]", &text.replace("following", "folowing")).await;
    says(&browser, ".schedtext mark", "folowing").await;
    picture(&browser, "schedule-text", NIGHT).await;
    browser.fill("[data-field=text]", text).await;
    says(&browser, "[data-words]", "15").await;
    browser.click(".seg button text=日历规则").await;
    says(&browser, "[data-pick=on-closed]", "顺延至下一开放日").await;
    says(&browser, "[data-pick=times]", "09:00").await;
    enter(&browser, ".sched__ph input[type=date]", "2026-02-01").await;
    says(&browser, "[data-fires]", "春节").await;
    enter(&browser, "[data-field=explain]", "2026-02-15").await;
    says(&browser, "[data-answer]", "2026-02-24").await;
    picture(&browser, "schedule-rolled", NIGHT).await;

    browser.click(".seg button text=Cron").await;
    browser.fill("[data-field=cron]", "0 25 * *").await;
    browser.text(".cronfield .hint--err").await;
    says(&browser, "[data-unread]", "0 25 * *").await;
    let off = browser.evaluate("document.querySelector('[data-act=save]').disabled").await;
    assert_eq!(off, Value::Bool(true), "nothing is saved in the place of what was entered");
    browser.fill("[data-field=cron]", "*/15 9-14 * * 1-5").await;
    says(&browser, "[data-words]", "15").await;
    picture(&browser, "schedule-cron", NIGHT).await;
    content(&browser);
}

#[tokio::test]
async fn ends_and_clock_changes_are_told_before_they_come_and_schedules_come_and_go() {
    let server = demo::start().await;
    let browser = open(&server, DAY, "valuation").await;
    enter(&browser, ".sched__ph input[type=date]", "2026-12-24").await;
    says(&browser, ".fire--hz", "2026-12-31").await;
    says(&browser, ".fires__end", "2027-01-01").await;
    picture(&browser, "schedule-horizon", DAY).await;
    enter(&browser, "[data-field=beyond]", "assume").await;
    says(&browser, ".fire--plan", "Provisional").await;
    picture(&browser, "schedule-provisional", DAY).await;

    browser.click("[data-pick=zone]").await;
    browser.fill(".picker__b input[type=search]", "new york").await;
    browser.click("[data-choice='America/New_York']").await;
    pick(&browser, "calendar", "NYSE").await;
    enter(&browser, ".sched__ph input[type=date]", "2026-10-26").await;
    says(&browser, ".fire--clock", "Clocks go back 1h").await;
    picture(&browser, "schedule-clocks", DAY).await;

    browser.click("[data-act=add-schedule]").await;
    browser.text("[data-schedule=daily][aria-pressed=true]").await;
    enter(&browser, ".inp--name", "Morning!").await;
    browser.text(".inp--name.inp--err").await;
    enter(&browser, ".inp--name", "morning").await;
    browser.text("[data-schedule=morning][aria-pressed=true]").await;
    browser.click("[role=switch][aria-label^=morning]").await;
    says(&browser, "[data-schedule=morning]", "Off").await;
    picture(&browser, "schedule-two", DAY).await;
    for left in [2, 0] {
        browser.click("[data-act=remove-schedule]").await;
        let count = format!("document.querySelectorAll('[data-schedule]').length === {left} || null");
        browser.until("one schedule less", &count).await;
    }
    browser.click("[data-act=remove-schedule]").await;
    says(&browser, "[data-words]", "by hand only").await;
    picture(&browser, "schedule-none", DAY).await;
    browser.click("[data-recipe=quarter-end]").await;
    says(&browser, "[data-words]", "quarter").await;
    content(&browser);
}

#[tokio::test]
async fn who_may_not_edit_looks_only_and_a_fault_in_the_text_is_told_at_its_field() {
    let server = demo::start().await;
    let browser = open(&server, DAY, "duty").await;
    let off = browser.evaluate("[...document.querySelectorAll('.sent')].every((e) => e.disabled)").await;
    assert_eq!(off, Value::Bool(true), "nothing can be picked");
    picture(&browser, "schedule-read-only", DAY).await;
    drop(browser);

    let browser = open(&server, DAY, "valuation").await;
    browser.click("[data-tab=yaml]").await;
    browser.click("[data-act=edit]").await;
    let source = browser.evaluate("document.querySelector('textarea').value").await;
    let source = source.as_str().expect("text");
    let broken = source.replace("timezone: Asia/Shanghai", "timezone: Asia/Shanghigh");
    assert_ne!(broken, source);
    browser.fill("textarea", &broken).await;
    browser.click("[data-tab=schedule]").await;
    says(&browser, "[data-form=when] .hint--err", "a time zone such as").await;
    picture(&browser, "schedule-fault", DAY).await;
    browser.click("a[href^='/workflows']").await;
    browser.click("tr[data-workflow=nav-valuation] a.name").await;
    browser.click("[data-tab=yaml]").await;
    browser.text("textarea").await;
    let kept = browser.evaluate("document.querySelector('textarea').value").await;
    assert_eq!(kept, broken, "a draft outlives its page");
    content(&browser);
}
