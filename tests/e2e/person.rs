//! Somebody in front of the browser.

use std::path::PathBuf;

use tests::browser::{Browser, Look};
use tests::client::Client;

/// English, by day.
pub(crate) const DAY: Look = Look { language: "en-US", dark: false };

/// Chinese, by night.
pub(crate) const NIGHT: Look = Look { language: "zh-CN", dark: true };

/// Opens the UI and signs in as a person would.
pub(crate) async fn sign_in(server: &Client, look: Look, username: &str, password: &str) -> Browser {
    let browser = Browser::start(look).await;
    browser.open(server.address()).await;
    browser.fill("#username", username).await;
    browser.fill("#password", password).await;
    browser.click("button[type=submit]").await;
    browser.text(".side").await;
    browser
}

/// Keeps a picture under a name when pictures are asked for.
pub(crate) async fn picture(browser: &Browser, name: &str, look: Look) {
    let Some(folder) = std::env::var_os("ALMANAC_TEST_PICTURES").map(PathBuf::from) else { return };
    let language = look.language.split('-').next().unwrap_or_default();
    let theme = if look.dark { "dark" } else { "light" };
    browser.picture(&folder.join(format!("{name}-{language}-{theme}.png"))).await;
}

/// The page has complained of nothing: no uncaught error, no failed request.
pub(crate) fn content(browser: &Browser) {
    assert_eq!(browser.complaints(), "", "the page complained");
}
