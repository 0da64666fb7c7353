//! The browser harness itself: a wait that can't fail, or a press that hits nothing, would make every journey worthless.

use std::fs;

use tests::browser::{Browser, Look};

#[tokio::test]
async fn the_harness_types_presses_and_reads() {
    let browser = Browser::start(Look { language: "zh-CN", dark: true }).await;
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("page.html");
    let html = "<meta charset=utf-8><input id=name><button disabled id=b onclick=\"this.innerText = \
        [document.querySelector('#name').value, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches].join()\">Go</button>\
        <script>setTimeout(() => b.disabled = false, 100); console.error('as expected')</script>";
    fs::write(&page, html).expect("a page");
    browser.open(&format!("file://{}", page.display())).await;
    browser.fill("#name", "恒远").await;
    browser.click("button text=Go").await;
    assert_eq!(browser.text("#b").await, "恒远,zh-CN,true");
    assert!(browser.complaints().contains("as expected"), "{}", browser.complaints());
}
