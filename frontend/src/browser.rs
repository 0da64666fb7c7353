//! The few things that are asked of the browser itself, in one place: clock, storage, focus, clipboard, locks.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{
    Blob, Element, File, FileReader, HtmlAnchorElement, HtmlElement, HtmlInputElement, HtmlTextAreaElement, Url,
};

thread_local! {
    /// How far the server's clock is ahead of this machine's.
    static SKEW_MS: Cell<i64> = const { Cell::new(0) };
}

/// This machine's clock.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The server's clock, as well as it is known.
pub(crate) fn server_now_ms() -> i64 {
    now_ms() + SKEW_MS.get()
}

pub(crate) fn set_server_skew(ms: i64) {
    SKEW_MS.set(ms);
}

/// Minutes east of UTC that hold here at an instant.
pub(crate) fn offset_min(ms: i64) -> i32 {
    let date = js_sys::Date::new(&JsValue::from_f64(ms as f64));
    -(date.get_timezone_offset() as i32)
}

/// A number in 0..1, for jitter.
pub(crate) fn chance() -> f64 {
    js_sys::Math::random()
}

/// A value kept for this browser under the product's prefix. Storage may be forbidden; nothing depends on it.
pub(crate) fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&format!("almanac.{key}")).ok()?
}

pub(crate) fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden store only means that the choice is forgotten.
        let _ = storage.set_item(&format!("almanac.{key}"), value);
    }
}

pub(crate) fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(&format!("almanac.{key}"));
    }
}

pub(crate) fn document_lang() -> String {
    document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

pub(crate) fn set_document_lang(tag: &str) {
    set_root_attribute("lang", tag);
}

pub(crate) fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

pub(crate) fn prefers_dark() -> bool {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether nobody can see the page: another tab is in front.
pub(crate) fn is_hidden() -> bool {
    document().hidden()
}

pub(crate) fn width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1440.0)
}

/// The element that has the keyboard, to give it back later.
pub(crate) fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// Gives the keyboard to an element once the page is drawn, if what had it is gone by then.
pub(crate) fn focus_if_lost(selector: &'static str) {
    leptos::prelude::request_animation_frame(move || {
        if focused().is_none_or(|element| element.tag_name() == "BODY") {
            focus(selector);
        }
    });
}

pub(crate) fn focus(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        let _ = element.focus();
    }
}

/// Whether typing goes into a field, where single letters are no commands.
pub(crate) fn is_typing(target: Option<web_sys::EventTarget>) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    element.is_content_editable() || matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

pub(crate) fn has_open_dialog() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

pub(crate) fn input_value(event: &web_sys::Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return input.value();
    }
    target.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value).unwrap_or_default()
}

/// Whether `element` is, or lies within, something matching `selector`.
pub(crate) fn lies_in(target: Option<web_sys::EventTarget>, selector: &str) -> bool {
    let element = target.and_then(|target| target.dyn_into::<Element>().ok());
    element.and_then(|element| element.closest(selector).ok().flatten()).is_some()
}

/// Puts text on the clipboard. Without a secure context (plain HTTP within a firm) the browser has no clipboard
/// interface; a selected field and the old command still work there.
pub(crate) async fn copy(text: String) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_undefined() {
        return copy_by_selection(&text);
    }
    let promise = window().navigator().clipboard().write_text(&text);
    JsFuture::from(promise).await.is_ok() || copy_by_selection(&text)
}

fn copy_by_selection(text: &str) -> bool {
    let document = document();
    let Some(field) = document.create_element("textarea").ok().and_then(|it| it.dyn_into::<HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    field.set_value(text);
    field.set_class_name("sr");
    let Some(body) = document.body() else { return false };
    if body.append_child(&field).is_err() {
        return false;
    }
    field.select();
    let command = Reflect::get(&document, &"execCommand".into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    let done =
        command.and_then(|command| command.call1(&document, &"copy".into()).ok()).is_some_and(|it| it.is_truthy());
    field.remove();
    done
}

/// The bytes of a file in base64; `None` when it can't be read any more.
pub(crate) async fn base64(file: File) -> Option<String> {
    let reader = FileReader::new().ok()?;
    let done = Promise::new(&mut |resolve, _| {
        // It ends with an event in any case; the result is then there, or it is not.
        reader.set_onloadend(Some(&resolve));
    });
    reader.read_as_data_url(&file).ok()?;
    JsFuture::from(done).await.ok()?;
    let address = reader.result().ok()?.as_string()?;
    address.split_once(',').map(|(_, bytes)| bytes.to_owned())
}

/// Saves a text as a file of the person's.
pub(crate) fn save_as(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(address) = Blob::new_with_str_sequence(&parts).and_then(|blob| Url::create_object_url_with_blob(&blob))
    else {
        return;
    };
    if let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The browser has taken the text over; only a forbidden address could fail, and there is none.
    let _ = Url::revoke_object_url(&address);
}

/// Runs `work` while no other tab runs work of that name. Browsers without locks (no secure context) run it at once.
pub(crate) async fn exclusively<T: 'static>(name: &str, work: impl Future<Output = T> + 'static) -> T {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).unwrap_or(JsValue::UNDEFINED);
    let request = Reflect::get(&locks, &"request".into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    let Some(request) = request else { return work.await };
    let result = Rc::new(Cell::new(None));
    let slot = Rc::clone(&result);
    let work = async move {
        slot.set(Some(work.await));
        Ok(JsValue::UNDEFINED)
    };
    let granted = Closure::once_into_js(move || JsValue::from(future_to_promise(work)));
    let promise = request.call2(&locks, &name.into(), &granted).expect("the lock can be asked for");
    // The promise only rejects when the page goes away, and then nobody waits.
    let _ = JsFuture::from(Promise::from(promise)).await;
    result.take().expect("the work ran before its lock was given back")
}
