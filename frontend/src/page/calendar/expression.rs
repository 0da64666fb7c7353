//! An expression being written: as tokens or as text, with buttons that insert, its meaning in words, and what it gives.

use std::sync::Arc;

use domain::calendar::{Calendar, CalendarExpr, Calendars};
use leptos::html::Input;
use leptos::prelude::*;

use crate::browser;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::calendar::tokens::{self, TokenField};
use crate::state::calendars::use_calendars;
use crate::t;
use crate::view::calendar::derive;

/// The text, what it means, and where the next piece goes.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) source: RwSignal<String>,
    /// Before which token the next one is put.
    pub(crate) caret: RwSignal<usize>,
    /// Which calendars its names mean.
    pub(crate) calendars: Signal<Arc<Calendars>>,
    /// What it gives, or what is wrong with it in words.
    pub(crate) meaning: Signal<Result<Arc<Meaning>, String>>,
}

/// An expression that means something.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    pub(crate) expr: CalendarExpr,
    pub(crate) calendar: Calendar,
}

impl Draft {
    /// Whether nothing is written yet: then nothing is wrong either.
    fn is_empty(self) -> bool {
        self.source.with(|source| source.trim().is_empty())
    }

    /// Begins with a text; names mean the calendars of a tenant, or of the firm.
    pub(crate) fn new(text: String, tenant: Option<cynic::Id>) -> Self {
        let book = use_calendars();
        let caret = derive::tokens(&text).len();
        let source = RwSignal::new(text);
        let calendars = Signal::derive(move || book.calendars(tenant.as_ref()));
        let meaning = Memo::new_with_compare(
            move |_| {
                let text = source.get();
                if text.trim().is_empty() {
                    return Err(t!(calendar_write_expression).to_owned());
                }
                let expr = CalendarExpr::parse(&text).map_err(|error| error.text(lang()))?;
                let calendar = calendars.get().resolve(&expr).map_err(|error| error.text(lang()))?;
                Ok(Arc::new(Meaning { expr, calendar }))
            },
            |_, _| true,
        );
        Self { source, caret: RwSignal::new(caret), calendars, meaning: meaning.into() }
    }

    pub(crate) fn is_sound(self) -> bool {
        self.meaning.with(Result::is_ok)
    }

    /// The expression as the domain writes it.
    pub(crate) fn text(self) -> Option<String> {
        self.meaning.with_untracked(|meaning| meaning.as_ref().ok().map(|meaning| meaning.expr.to_string()))
    }

    /// Puts a piece where the caret is; the caret then stands in its first gap, or after it.
    pub(crate) fn insert(self, piece: &str) {
        let (new, gap) = tokens::read(piece);
        let mut all = derive::tokens(&self.source.get_untracked());
        let at = self.caret.get_untracked().min(all.len());
        self.caret.set(at + gap);
        all.splice(at..at, new);
        self.source.set(derive::joined(&all));
    }
}

#[component]
pub(crate) fn ExpressionField(draft: Draft) -> impl IntoView {
    let as_text = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    let typed = move |event| {
        let text = derive::plain(&browser::input_value(&event));
        draft.caret.set(derive::tokens(&text).len());
        draft.source.set(text);
    };
    let mode = move |text: bool, words: fn(crate::i18n::Lang) -> &'static str| {
        view! {
            <button type="button" aria-pressed=move || (as_text.get() == text).to_string() on:click=move |_| as_text.set(text)>
                {move || words(lang())}
            </button>
        }
    };
    use crate::i18n::text;
    view! {
        <div class="expr">
            <div class="expr__in" class:is-bad=move || !draft.is_sound() && !draft.is_empty()>
                <Show
                    when=move || as_text.get()
                    fallback=move || view! { <TokenField draft /> }
                >
                    <input
                        class="expr__t mono"
                        node_ref=field
                        spellcheck="false"
                        autocomplete="off"
                        aria-label=move || t!(calendar_tab_edit)
                        aria-describedby="expression-state"
                        prop:value=move || draft.source.get()
                        on:input=typed
                    />
                </Show>
                <span class="push row row--s">
                    <State draft />
                    <div class="seg seg--s" role="group" aria-label=move || t!(calendar_written_as)>
                        {mode(false, text::calendar_tokens)}
                        {mode(true, text::calendar_text)}
                    </div>
                </span>
            </div>
            <Insert draft />
            <p class="muted">
                {move || match draft.meaning.get() {
                    Ok(meaning) => t!(calendar_in_words, meaning.expr.describe(lang())),
                    Err(error) => error,
                }}
            </p>
        </div>
    }
}

#[component]
fn State(draft: Draft) -> impl IntoView {
    move || {
        let (class, si, icon, words) = match draft.is_sound() {
            true => ("st st--ok small", "si si-ok", Icon::StateOk, t!(calendar_valid)),
            false => ("st st--fail small", "si si-fail", Icon::StateFail, t!(calendar_invalid)),
        };
        view! {
            <span id="expression-state" class=class role="status">
                {(!draft.is_empty()).then(|| view! {
                    <svg class=si aria-hidden="true">
                        <use_ href=icon.href()></use_>
                    </svg>
                    {words}
                })}
            </span>
        }
    }
}

#[component]
fn Insert(draft: Draft) -> impl IntoView {
    let calendars = use_calendars();
    let button = move |label: String, piece: String| {
        view! {
            <button
                class="chip chip--s"
                type="button"
                data-insert=piece.clone()
                on:click=move |_| {
                    draft.insert(&piece);
                    tokens::focus();
                }
            >
                <span class="mono">{label}</span>
            </button>
        }
    };
    let names = move || {
        let (book, tenant) = (calendars.book(), calendars.tenant());
        let names: Vec<String> = book.usable_by(tenant.as_deref()).map(|entry| entry.row.name.clone()).collect();
        names.into_iter().map(|name| button(name.clone(), name)).collect_view()
    };
    let operators = derive::OPERATORS.iter().map(|(piece, sign)| button((*sign).to_owned(), (*piece).to_owned()));
    let functions = derive::functions().map(|piece| button(piece.to_owned(), piece.to_owned()));
    view! {
        <div class="row row--wrap row--s small">
            <span class="dim">{move || t!(calendar_insert)}</span>
            {operators.collect_view()}
            {button("( )".to_owned(), "( )".to_owned())}
            {functions.collect_view()}
            <span class="fbar__r"></span>
            {names}
        </div>
    }
}
