//! Chromium, driven over the DevTools protocol: just enough for a dozen journeys.

mod protocol;

use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use self::protocol::Protocol;
use crate::wait;

/// A browser process with one page.
pub struct Browser {
    page: Protocol,
    session: String,
    _process: Child,
    _reader: JoinSet<()>,
    _profile: TempDir,
}

/// How the page looks to the person.
#[derive(Clone, Copy)]
pub struct Look {
    /// The browser's language, such as `zh-CN`.
    pub language: &'static str,
    /// Whether the system is set to dark.
    pub dark: bool,
}

impl Browser {
    /// Starts Chromium with an empty profile.
    ///
    /// # Panics
    /// When there is no Chromium: `cargo xtask e2e` installs one.
    pub async fn start(look: Look) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut process =
            chromium(profile.path(), look).spawn().expect("chromium starts; `cargo xtask e2e` installs it");
        let mut stderr = BufReader::new(process.stderr.take().expect("the pipe was asked for")).lines();
        let address = loop {
            let line = stderr.next_line().await.expect("chromium speaks UTF-8");
            let line = line.expect("chromium says where its DevTools are before it ends");
            if let Some((_, address)) = line.split_once("DevTools listening on ") {
                break address.to_owned();
            }
        };
        // What it goes on to say is read and dropped, so that it never waits for us.
        let mut reader = JoinSet::new();
        reader.spawn(async move { while let Ok(Some(_)) = stderr.next_line().await {} });
        let page = Protocol::connect(&address).await;
        let target = page.call(None, "Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session =
            page.call(None, "Target.attachToTarget", attach).await["sessionId"].as_str().expect("an id").to_owned();
        let browser = Self { page, session, _process: process, _reader: reader, _profile: profile };
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": if look.dark { "dark" } else { "light" } }] });
        browser.call("Emulation.setEmulatedMedia", scheme).await;
        browser.call("Emulation.setLocaleOverride", json!({ "locale": look.language })).await;
        browser.resize(1440, 900).await;
        browser
    }

    /// Sets the size of the page.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Goes to an address.
    pub async fn open(&self, address: &str) {
        self.call("Page.navigate", json!({ "url": address })).await;
    }

    /// Waits until an element that matches is seen and gives its text.
    pub async fn text(&self, selector: &str) -> String {
        let script = format!("{FIND} find({})?.innerText ?? null", json!(selector));
        self.until(&format!("an element {selector}"), &script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page's text has these words.
    pub async fn see(&self, words: &str) {
        let script = format!("document.body.innerText.includes({}) || null", json!(words));
        self.until(&format!("the words {words:?}"), &script).await;
    }

    /// Waits until an element that matches can be pressed and stands still, and presses it with the mouse.
    pub async fn click(&self, selector: &str) {
        let script = format!(
            "{FIND} (() => {{ const e = find({selector}); if (!e || e.disabled) return null; e.scrollIntoView({{block: 'center'}});\
             const r = e.getBoundingClientRect(); const x = r.x + r.width / 2, y = r.y + r.height / 2;\
             if (e.__at !== `${{x}} ${{y}}`) {{ e.__at = `${{x}} ${{y}}`; return null }}\
             const top = document.elementFromPoint(x, y); return top && (e.contains(top) || top.contains(e)) ? [x, y] : null }})()",
            selector = json!(selector)
        );
        let place = self.until(&format!("an element {selector} to press"), &script).await;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Types into the field that matches, in the place of what it held.
    pub async fn fill(&self, selector: &str, text: &str) {
        let script = format!(
            "{FIND} (() => {{ const e = find({}); if (!e) return null; e.focus(); e.select(); return true }})()",
            json!(selector)
        );
        self.until(&format!("a field {selector}"), &script).await;
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key, such as `Enter`.
    pub async fn press(&self, key: &str) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key, "text": text })).await;
        }
    }

    /// Waits until a script gives something that is neither null nor an error, and gives it.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        let found = wait::until_or(wait::PATIENCE, || async {
            let value = self.evaluate(script).await;
            (!value.is_null()).then_some(value)
        });
        match found.await {
            Some(value) => value,
            None => panic!(
                "waited in vain for {what}\n{}\nthe page says:\n{}",
                self.complaints(),
                self.evaluate("document.body.innerText").await
            ),
        }
    }

    /// The value of a script; null when it fails, as during a page load.
    pub async fn evaluate(&self, script: &str) -> Value {
        let arguments = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        self.call("Runtime.evaluate", arguments).await["result"]["value"].clone()
    }

    /// Saves what the page looks like as a PNG.
    ///
    /// # Panics
    /// When the file can't be written.
    pub async fn picture(&self, file: &Path) {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        let data = shot["data"].as_str().expect("a picture");
        let png = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(file, png).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// What the page complained of so far: uncaught errors, failed requests, console errors.
    #[must_use]
    pub fn complaints(&self) -> String {
        self.page.complaints().join("\n")
    }

    async fn call(&self, method: &str, arguments: Value) -> Value {
        self.page.call(Some(&self.session), method, arguments).await
    }
}

/// `find` takes a CSS selector, or `text=…` for the innermost visible element whose whole text is that.
const FIND: &str = "var find = window.__find ??= (s) => { \
    const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== 'hidden' }; \
    const at = s.lastIndexOf('text='); const css = at < 0 ? s : s.slice(0, at).trim() || '*'; const text = at < 0 ? null : s.slice(at + 5); \
    const all = [...document.querySelectorAll(css)].filter((e) => seen(e) && (text === null || e.innerText?.trim() === text)); \
    return text === null ? all[0] ?? null : all[all.length - 1] ?? null };";

fn chromium(profile: &Path, look: Look) -> Command {
    let mut command = Command::new("chromium");
    command
        .args(["--remote-debugging-port=0", "--no-first-run", "--disable-extensions", "--hide-scrollbars"])
        // Containers give /dev/shm 64 MB, and root may not sandbox.
        .args(["--disable-dev-shm-usage", "--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"])
        .args([format!("--lang={}", look.language), format!("--accept-lang={}", look.language)])
        .arg(format!("--user-data-dir={}", profile.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if std::env::var_os("ALMANAC_TEST_HEADED").is_none() {
        command.arg("--headless=new");
    }
    command.arg("about:blank");
    command
}
