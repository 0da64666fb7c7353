//! Journeys through the calendars: a year is read and walked, two markets are compared, an expression becomes a calendar,
//! a published file is brought in, and a day is closed in an emergency.
//!
//! They rest on this: the calendars that come with the program are there from the first start and everybody sees them;
//! whoever administers a department may make, edit and activate calendars of that department.

use serde_json::json;
use tests::browser::{Browser, Look};
use tests::demo;
use tests::firm::{Department, Firm, PASSWORD};

use crate::person::{DAY, NIGHT, content, picture, sign_in};

/// Puts a file into the field of the import, as dropping it would.
const GIVE_FILE: &str = "(() => { const field = document.querySelector('dialog input[type=file]'); if (!field) return null; \
    const bag = new DataTransfer(); bag.items.add(new File([TEXT], 'days.csv')); field.files = bag.files; \
    field.dispatchEvent(new Event('change', { bubbles: true })); return true })()";

async fn read_a_year(look: Look, status: &str, next: &str) {
    let server = demo::start().await;
    let browser = sign_in(&server.client(), look, "duty", &demo::password(&server, "duty")).await;
    browser.click("nav a[href^='/calendars']").await;
    browser.click("[data-calendar=SSE]").await;
    let address = browser.until("the calendar's own address", "location.pathname.split('/')[2] || null").await;
    browser
        .open(&format!("{}/calendars/{}?year=2026", server.client().address(), address.as_str().expect("text")))
        .await;
    assert_eq!(browser.text("[data-fact=open]").await, "242");
    browser.click("[data-day='2026-09-29']").await;
    browser.press("ArrowRight").await;
    browser.until("the day in the address", "location.search.includes('day=2026-09-30') || null").await;
    let focused = "document.activeElement?.dataset.day === '2026-09-30' || null";
    browser.until("the keyboard on the next day", focused).await;
    assert_eq!(browser.text("[data-status]").await.trim(), status);
    assert!(browser.text("[data-fact=next]").await.starts_with("2026-10-08"));
    browser.see(next).await;
    picture(&browser, "calendar", look).await;
    content(&browser);
}

#[tokio::test]
async fn a_year_is_read_and_walked_by_day_in_english() {
    read_a_year(DAY, "Trading day", "8 days later").await;
}

#[tokio::test]
async fn a_year_is_read_and_walked_by_night_in_chinese() {
    read_a_year(NIGHT, "交易日", "相隔 8 天").await;
}

#[tokio::test]
async fn two_markets_are_compared() {
    let server = demo::start().await;
    let browser = sign_in(&server.client(), DAY, "duty", &demo::password(&server, "duty")).await;
    let address = server.client().address().to_owned();
    browser.open(&format!("{address}/calendars/compare?a=SSE&b=HKEX&year=2026")).await;
    let differing = browser.text("[data-differs='2026-02-16']").await;
    assert!(differing.contains("Closed") && differing.contains("Half day"), "{differing}");
    let class =
        browser.until("the grid", "document.querySelector(\"[data-day='2026-07-01']\")?.className ?? null").await;
    assert!(class.as_str().is_some_and(|class| class.contains("d--ao")), "{class}");
    picture(&browser, "calendar-compare", DAY).await;
    browser.click("button text=Save as derived…").await;
    browser.click("[role=menu] span text=All open").await;
    browser.until("the expression in the address", "location.search.includes('SSE') || null").await;
    browser.text("[data-token=HKEX]").await;
    content(&browser);
}

/// A department, and the browser of the person who administers it.
async fn head(firm: &Firm) -> (Department, Browser) {
    let department = firm.department("funds", "Funds").await;
    let browser = sign_in(&firm.server.client(), DAY, "funds-head", PASSWORD).await;
    (department, browser)
}

/// Activates the draft that is shown, for a reason.
async fn activate(browser: &Browser) {
    browser.click("[data-act=activate]").await;
    browser.text("dialog #reason").await;
    browser.fill("dialog #reason", "published by the exchange").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-revision-state] text=Active").await;
}

#[tokio::test]
async fn an_expression_becomes_a_calendar() {
    let firm = Firm::start().await;
    let (_department, browser) = head(&firm).await;
    let address = firm.server.client().address().to_owned();
    browser.open(&format!("{address}/calendars/new?year=2026")).await;
    browser.click("[data-insert=SSE]").await;
    browser.click("[data-insert='&']").await;
    browser.fill("#expression-next", "HKEXX ").await;
    browser.see("Not valid").await;
    browser.click("#expression-next").await;
    browser.press("Backspace").await;
    browser.fill("#expression-next", "HKEX ").await;
    browser.see("days when both SSE and HKEX are open").await;
    let days = browser.text("[data-fact=open]").await;
    assert!(days.parse::<u32>().is_ok_and(|days| (200..242).contains(&days)), "{days}");
    browser.click("[data-act=save-derived]").await;
    browser.fill("#calendar-name", "CONNECT").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-revision='1']").await;
    activate(&browser).await;
    browser.click("[data-tab=year]").await;
    browser.open(&format!("{address}/calendars/CONNECT?year=2026")).await;
    assert_eq!(browser.text("[data-fact=open]").await, days);
    content(&browser);
}

#[tokio::test]
async fn a_file_is_brought_in_and_a_day_is_closed_in_an_emergency() {
    let firm = Firm::start().await;
    let (_department, browser) = head(&firm).await;
    let address = firm.server.client().address().to_owned();
    browser.open(&format!("{address}/calendars")).await;
    browser.click(".clist [aria-haspopup=menu]").await;
    browser.click("[role=menuitem] text=New calendar…").await;
    browser.fill("#calendar-name", "FUND_DAYS").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-revision='1']").await;

    browser.click("[data-act=import]").await;
    let twice = "date,type\n2027-01-04,1\n2027-01-04,1\n";
    browser.until("the field for a file", &GIVE_FILE.replace("TEXT", &json!(twice).to_string())).await;
    browser.text("[data-problem]").await;
    let problems = browser.text("dialog [role=alert]").await;
    assert!(problems.contains("Line 3") && problems.contains("2027-01-04"), "{problems}");
    assert_eq!(browser.evaluate("document.querySelector('dialog button[type=submit]').disabled").await, json!(true));
    picture(&browser, "calendar-import-problem", DAY).await;
    browser.until("the field for a file", &GIVE_FILE.replace("TEXT", &json!(whole_year()).to_string())).await;
    browser.text("dialog [data-difference]").await;
    browser.click("dialog button[type=submit]").await;
    browser.text("[data-revision='2']").await;
    activate(&browser).await;

    browser.open(&format!("{address}/calendars/FUND_DAYS?year=2027&day=2027-03-03")).await;
    browser.click("[data-act=change-day]").await;
    let follows = browser.text("[data-follows]").await;
    assert!(follows.contains("2027-03-03") && follows.contains("2027-03-04"), "{follows}");
    browser.fill("dialog #reason", "Typhoon").await;
    browser.click("dialog button[type=submit]").await;
    browser
        .until("the day to be closed", "document.querySelector('[data-status]')?.innerText.includes('Typhoon') || null")
        .await;
    browser.text("[data-act=restore-day]").await;
    picture(&browser, "calendar-overridden", DAY).await;
    content(&browser);
}

/// Every day of 2027, weekends closed.
fn whole_year() -> String {
    let mut file = String::from("date,type\n");
    let mut weekday = 4; // 2027 begins on a Friday; Monday is 0.
    for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        for day in 1..=days {
            let open = u8::from(weekday < 5);
            file.push_str(&format!("2027-{:02}-{day:02},{open}\n", month + 1));
            weekday = (weekday + 1) % 7;
        }
    }
    file
}
