//! An expression as tokens, with a small field where the next one is typed. Typing, moving and deleting work as in a line
//! of text, a token being one sign.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::browser;
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::page::calendar::expression::Draft;
use crate::state::calendars::use_calendars;
use crate::t;
use crate::view::calendar::derive::{self, Token, TokenKind};

const FIELD: &str = "expression-next";

/// The tokens of a piece, and how many of them stand before its first gap: `last( , month)` has it after the bracket.
pub(crate) fn read(piece: &str) -> (Vec<Token>, usize) {
    let tokens = derive::tokens(piece);
    let opened = tokens.iter().position(|token| token.text == "(");
    let gap = opened.filter(|_| piece.contains("( ")).map_or(tokens.len(), |bracket| bracket + 1);
    (tokens, gap)
}

/// To the field, after a button has put something before it.
pub(crate) fn focus() {
    request_animation_frame(|| browser::focus(&format!("#{FIELD}")));
}

#[component]
pub(crate) fn TokenField(draft: Draft) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let field = NodeRef::<Input>::new();
    let tokens = Memo::new(move |_| draft.source.with(|source| derive::tokens(source)));
    let caret = move || draft.caret.get().min(tokens.with(Vec::len));
    let take = move || {
        let piece = typed.get_untracked();
        typed.set(String::new());
        if !piece.trim().is_empty() {
            draft.insert(&piece);
        }
    };
    let input = move |event| {
        let text = derive::plain(&browser::input_value(&event));
        let whole = is_whole(&text);
        typed.set(text);
        if whole {
            take();
        }
    };
    let keys = move |event: KeyboardEvent| walk(&event, draft, tokens, typed, take);
    let before = move || tokens.get().into_iter().enumerate().take(caret());
    let after = move || tokens.get().into_iter().enumerate().skip(caret());
    let drawn = move |(index, token)| view! { <Piece draft index token /> };
    view! {
        <div class="expr__k" role="group" aria-label=move || draft.source.get()>
            {move || before().map(drawn).collect_view()}
            <input
                id=FIELD
                class="expr__f mono"
                node_ref=field
                spellcheck="false"
                autocomplete="off"
                list="expression-names"
                aria-label=move || t!(calendar_next_piece)
                aria-describedby="expression-state"
                placeholder=move || if tokens.with(Vec::is_empty) { t!(calendar_write_expression) } else { "" }
                style:width=move || width(&typed.get(), tokens.with(Vec::is_empty))
                prop:value=move || typed.get()
                on:input=input
                on:keydown=keys
                on:blur=move |_| take()
            />
            {move || after().map(drawn).collect_view()}
            <Names />
        </div>
    }
}

/// What is typed ends with something that ends a token: a space or a sign that stands alone.
fn is_whole(text: &str) -> bool {
    let ends = text.ends_with([' ', ',', '(', ')', '&', '|', '!']);
    // A hyphen within a date or before a number belongs to it.
    let minus = text.ends_with('-') && (text == "-" || text.starts_with(char::is_alphabetic));
    ends || (minus && text != "-")
}

fn width(typed: &str, empty: bool) -> String {
    const PLACEHOLDER: usize = 34;
    let signs = if empty && typed.is_empty() { PLACEHOLDER } else { typed.chars().count() + 2 };
    format!("{signs}ch")
}

/// The keys that move between tokens and delete them while nothing is typed.
fn walk(event: &KeyboardEvent, draft: Draft, tokens: Memo<Vec<Token>>, typed: RwSignal<String>, take: impl Fn()) {
    let key = event.key();
    if key == "Enter" && !event.ctrl_key() {
        event.prevent_default();
        take();
        return;
    }
    if !typed.with_untracked(String::is_empty) {
        return;
    }
    let count = tokens.with_untracked(Vec::len);
    let caret = draft.caret.get_untracked().min(count);
    let remove = |index: usize| {
        let mut all = tokens.get_untracked();
        all.remove(index);
        draft.caret.set(index);
        draft.source.set(derive::joined(&all));
    };
    match key.as_str() {
        "Backspace" if caret > 0 => remove(caret - 1),
        "Delete" if caret < count => remove(caret),
        "ArrowLeft" if caret > 0 => draft.caret.set(caret - 1),
        "ArrowRight" if caret < count => draft.caret.set(caret + 1),
        "Home" => draft.caret.set(0),
        "End" => draft.caret.set(count),
        _ => return,
    }
    event.prevent_default();
    // The field has moved among its siblings and lost the keyboard.
    focus();
}

#[component]
fn Piece(draft: Draft, index: usize, token: Token) -> impl IntoView {
    let known = {
        let name = token.text.clone();
        move || draft.calendars.with(|calendars| calendars.get(&name).is_ok())
    };
    let class = move || match token.kind {
        TokenKind::Calendar if known() => "tok tok--cal",
        TokenKind::Calendar => "tok tok--bad",
        TokenKind::Operator | TokenKind::Bracket => "tok tok--op",
        TokenKind::Function => "tok tok--fn",
        TokenKind::Other => "tok tok--arg",
    };
    let sign = derive::sign(&token).to_owned();
    let icon = (token.kind == TokenKind::Calendar).then(|| view! { <Ic icon=Icon::Cal size="ic--s" /> });
    view! {
        <button
            class=class
            type="button"
            tabindex="-1"
            data-token=token.text.clone()
            on:click=move |_| {
                draft.caret.set(index + 1);
                focus();
            }
        >
            {icon}
            {sign}
        </button>
    }
}

/// The names to choose from while one is typed.
#[component]
fn Names() -> impl IntoView {
    let calendars = use_calendars();
    let options = move || {
        let (book, tenant) = (calendars.book(), calendars.tenant());
        let option = |name: &String, title: &String| view! { <option value=name.clone()>{title.clone()}</option> };
        book.usable_by(tenant.as_deref()).map(|entry| option(&entry.row.name, &entry.row.title)).collect_view()
    };
    view! { <datalist id="expression-names">{options}</datalist> }
}
