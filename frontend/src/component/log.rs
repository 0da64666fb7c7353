//! The log of an attempt: a window of rows over the lines at hand, following the end until scrolled up, with search.

use std::sync::Arc;

use leptos::html::{Div, Span};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::ResizeObserver;

use crate::api::task::{LogLine, LogStream};
use crate::browser;
use crate::format;
use crate::t;
use crate::view::log::{self, LogBuffer, Row};

/// As in the style sheet.
const ROW_PX: f64 = 18.0;
/// The signs of the hidden ruler whose width gives that of a column.
const RULER: &str = "0000000000000000000000000000000000000000";

/// What the user chose for the log.
#[derive(Clone, Copy)]
pub(crate) struct LogOptions {
    pub(crate) wrap: RwSignal<bool>,
    pub(crate) times: RwSignal<bool>,
    /// Follows the end.
    pub(crate) follow: RwSignal<bool>,
    /// Words searched for.
    pub(crate) words: RwSignal<String>,
    /// The line that the search stands at.
    pub(crate) hit: RwSignal<Option<usize>>,
    pub(crate) stream: RwSignal<Option<LogStream>>,
}

#[component]
pub(crate) fn LogView(
    buffer: RwSignal<LogBuffer>,
    options: LogOptions,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let top = RwSignal::new(0.0);
    let size = RwSignal::new((0.0, 0.0));
    let (ruler, column) = (NodeRef::<Span>::new(), RwSignal::new(7.0));
    Effect::new(move |_| {
        if let Some(ruler) = ruler.get() {
            column.set((ruler.get_bounding_client_rect().width() / RULER.len() as f64).max(3.0));
        }
    });
    measure(area, size);
    let columns = Memo::new(move |_| {
        let side = 44.0 + if options.times.get() { 92.0 } else { 0.0 } + 24.0;
        options.wrap.get().then(|| ((size.get().0 - side) / column.get()).max(20.0) as usize)
    });
    let rows = Memo::new(move |_| {
        let wanted = options.stream.get();
        let rows = buffer.with(|buffer| {
            let mut rows = buffer.rows(columns.get());
            rows.retain(|row| wanted.is_none() || buffer.line(row.line).map(|line| line.stream) == wanted);
            rows
        });
        Arc::new(rows)
    });
    keep_at_end(area, rows, options.follow, size);
    Effect::new(move |_| {
        let Some(line) = options.hit.get() else { return };
        let at = rows.with_untracked(|rows| rows.iter().position(|row| row.line == line));
        if let (Some(at), Some(area)) = (at, area.get_untracked()) {
            options.follow.set(false);
            area.set_scroll_top((at as f64 * ROW_PX) as i32 - area.client_height() / 2);
        }
    });
    let scrolled = move |_| {
        let Some(area) = area.get_untracked() else { return };
        top.set(f64::from(area.scroll_top()));
        let from_end = area.scroll_height() - area.scroll_top() - area.client_height();
        options.follow.set(from_end < 24);
    };
    let window = Memo::new(move |_| log::window(rows.with(|rows| rows.len()), top.get(), size.get().1, ROW_PX));
    view! {
        <div
            class="log"
            class:log--times=move || options.times.get()
            node_ref=area
            role="log"
            aria-live="off"
            aria-label=move || label.get()
            tabindex="0"
            on:scroll=scrolled
        >
            <span class="log__r" node_ref=ruler aria-hidden="true">{RULER}</span>
            <div class="log__all" style:--rows=move || rows.with(|rows| rows.len()).to_string()>
                <div class="log__win" style:--first=move || window.get().start.to_string()>
                    {move || {
                        let words = options.words.get();
                        let here = options.hit.get();
                        buffer.with_untracked(|buffer| {
                            rows.with(|rows| {
                                let shown = rows.get(window.get()).unwrap_or_default();
                                shown.iter().filter_map(|row| draw(buffer, row, &words, here)).collect_view()
                            })
                        })
                    }}
                </div>
            </div>
        </div>
    }
}

fn draw(buffer: &LogBuffer, row: &Row, words: &str, here: Option<usize>) -> Option<impl IntoView + use<>> {
    let line: &LogLine = buffer.line(row.line)?;
    let first = row.bytes.start == 0;
    let text = line.text.get(row.bytes.clone())?.to_owned();
    let class = match line.stream {
        LogStream::Stdout => "log__l",
        LogStream::Stderr => "log__l lg-err",
        LogStream::System => "log__l lg-sys",
    };
    let time = first.then(|| format::clock_millis(line.at.0, browser::offset_min(line.at.0)));
    // Counted from the top of the log only; within a tail the true number is not known.
    let number = (first && buffer.from_start).then(|| row.line + 1);
    let current = here == Some(row.line);
    let parts = log::marked(&text, words).into_iter().map(move |(hit, part)| match hit {
        true => view! { <mark class:is-cur=current>{part}</mark> }.into_any(),
        false => part.into_any(),
    });
    Some(view! {
        <div class=class>
            <span class="log__n" aria-hidden="true">{number}</span>
            <span class="log__t">{time}</span>
            <span class="log__m">{parts.collect_view()}</span>
        </div>
    })
}

/// Keeps the end in sight while it is followed.
fn keep_at_end(area: NodeRef<Div>, rows: Memo<Arc<Vec<Row>>>, follow: RwSignal<bool>, size: RwSignal<(f64, f64)>) {
    Effect::new(move |_| {
        rows.track();
        size.track();
        if follow.get() {
            request_animation_frame(move || {
                if let Some(area) = area.try_get_untracked().flatten() {
                    area.set_scroll_top(area.scroll_height());
                }
            });
        }
    });
}

fn measure(area: NodeRef<Div>, size: RwSignal<(f64, f64)>) {
    Effect::new(move |_| {
        let Some(element) = area.get() else { return };
        let changed = Closure::<dyn Fn()>::new(move || {
            if let Some(area) = area.try_get_untracked().flatten() {
                let _ = size.try_set((f64::from(area.client_width()), f64::from(area.client_height())));
            }
        });
        let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let kept = StoredValue::new_local((observer, changed));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
}

/// The number of hits and the place among them, in words.
pub(crate) fn hits_words(found: &[usize], hit: Option<usize>) -> String {
    if found.is_empty() {
        return t!(log_no_hits).to_owned();
    }
    let at = hit.and_then(|line| found.iter().position(|found| *found == line)).map_or(0, |at| at + 1);
    t!(log_hits, at, found.len())
}
