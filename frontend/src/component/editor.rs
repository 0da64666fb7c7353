//! A YAML document to read or edit: line numbers, colours, a mark on each line with a problem. The text field lies over
//! the coloured text and shows nothing but its caret and selection, so typing, undo and input methods are the browser's.

use leptos::ev::KeyboardEvent;
use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use crate::api::workflow::SpecProblem;
use crate::browser;
use crate::highlight::{self, Ink};
use crate::t;

/// The height of a line, as in the style sheet.
const LINE_PX: i32 = 20;

/// Where the caret stands, counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caret {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[component]
pub(crate) fn Editor(
    source: RwSignal<String>,
    #[prop(into)] read_only: Signal<bool>,
    #[prop(into)] problems: Signal<Vec<SpecProblem>>,
    caret: RwSignal<Caret>,
    /// A line to go to; taken when gone to.
    go_to: RwSignal<Option<i32>>,
) -> impl IntoView {
    let scroll = NodeRef::<Div>::new();
    let field = NodeRef::<Textarea>::new();
    let leaving = RwSignal::new(false);
    Effect::new(move |_| {
        if let (Some(line), Some(scroll)) = (go_to.get(), scroll.get()) {
            scroll.set_scroll_top((line - 1) * LINE_PX - scroll.client_height() / 3);
            place_caret(field, &source.get_untracked(), line);
            go_to.set(None);
        }
    });
    let follow = move || {
        if let Some(field) = field.get_untracked() {
            let end = field.selection_start().ok().flatten().unwrap_or(0) as usize;
            caret.set(caret_at(&source.get_untracked(), end));
        }
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => leaving.set(true),
        "Tab" if !leaving.get_untracked() && !read_only.get_untracked() && !event.shift_key() => {
            event.prevent_default();
            if let Some(field) = field.get_untracked() {
                insert(&field, "  ");
                source.set(field.value());
            }
        }
        _ => leaving.set(false),
    };
    let count = move || source.with(|source| source.split('\n').count());
    view! {
        <div class="yed" node_ref=scroll>
            <div class="yed__in" style:--lines=move || count().to_string()>
                <Gutter count=Signal::derive(count) problems caret />
                <div class="yed__t">
                    <Colours source problems />
                    <textarea
                        node_ref=field
                        class="code"
                        spellcheck="false"
                        autocapitalize="off"
                        autocomplete="off"
                        wrap="off"
                        aria-label=move || t!(editor_label)
                        aria-describedby="editor-keys"
                        readonly=move || read_only.get()
                        prop:value=move || source.get()
                        on:input=move |event| {
                            source.set(browser::input_value(&event));
                            follow();
                        }
                        on:keydown=keys
                        on:keyup=move |_| follow()
                        on:click=move |_| follow()
                    ></textarea>
                </div>
            </div>
            <span id="editor-keys" class="sr">{move || t!(editor_keys)}</span>
        </div>
    }
}

#[component]
fn Gutter(count: Signal<usize>, problems: Signal<Vec<SpecProblem>>, caret: RwSignal<Caret>) -> impl IntoView {
    let number = move |line: usize| {
        let bad = move || problems.with(|all| all.iter().any(|problem| problem.line == i32::try_from(line).ok()));
        view! {
            <span class:is-bad=bad class:is-cur=move || caret.get().line == line>
                {line}
            </span>
        }
    };
    view! {
        <div class="yed__n" aria-hidden="true">
            <For each=move || 1..=count.get() key=|line| *line let:line>
                {number(line)}
            </For>
        </div>
    }
}

/// The coloured text below the field, with the first problem of a line after it.
#[component]
fn Colours(source: RwSignal<String>, problems: Signal<Vec<SpecProblem>>) -> impl IntoView {
    let stretch = |(ink, text): (Ink, String)| match ink {
        Ink::Plain => text.into_any(),
        ink => view! { <span class=ink.class()>{text}</span> }.into_any(),
    };
    let lines = Memo::new(move |_| source.with(|source| highlight::yaml(source)));
    let line = move |index: usize| {
        let parts = Memo::new(move |_| lines.with(|lines| lines.get(index).cloned().unwrap_or_default()));
        let note = Memo::new(move |_| {
            let here = i32::try_from(index + 1).ok();
            problems.with(|all| all.iter().find(|problem| problem.line == here).map(|problem| problem.message.clone()))
        });
        view! {
            <div class="yed__l" class:is-bad=move || note.with(Option::is_some)>
                {move || parts.get().into_iter().map(stretch).collect_view()}
                {move || note.get().map(|note| view! { <span class="yed__m">{note}</span> })}
            </div>
        }
    };
    view! {
        <div class="code yed__c" aria-hidden="true">
            <For each=move || 0..lines.with(Vec::len) key=|index| *index let:index>
                {line(index)}
            </For>
        </div>
    }
}

/// Types text where the caret is, as the keyboard would, so that undo knows it.
fn insert(field: &web_sys::HtmlTextAreaElement, text: &str) {
    let at = |place: Result<Option<u32>, _>| place.ok().flatten().unwrap_or(0);
    let (start, end) = (at(field.selection_start()), at(field.selection_end()));
    // It fails only for places beyond the text, which these are not.
    let _ = field.set_range_text_with_start_and_end(text, start, end);
    let after = start + text.len() as u32;
    let _ = field.set_selection_range(after, after);
}

fn place_caret(field: NodeRef<Textarea>, source: &str, line: i32) {
    let Some(field) = field.get_untracked() else { return };
    let before = usize::try_from(line - 1).unwrap_or(0);
    // Places in a text field count UTF-16 units.
    let at: usize = source.split('\n').take(before).map(|line| line.encode_utf16().count() + 1).sum();
    let _ = field.focus();
    let _ = field.set_selection_range(at as u32, at as u32);
}

fn caret_at(source: &str, utf16: usize) -> Caret {
    let (mut line, mut column, mut seen) = (1, 1, 0);
    for sign in source.chars() {
        if seen >= utf16 {
            break;
        }
        seen += sign.len_utf16();
        if sign == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    Caret { line, column }
}
