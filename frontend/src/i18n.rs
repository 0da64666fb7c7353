//! The texts of the UI in both languages: one function per entry of `locales/`, checked for completeness by `build.rs`.
//!
//! [`t!`](crate::t) reads the language that is chosen now, so a text inside a reactive closure changes in place.

pub use domain::error::Lang;

/// The generated functions, named `<area>_<key>`.
#[rustfmt::skip]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

/// A text of the catalogue without arguments, in whatever language it is asked for.
pub type Word = fn(Lang) -> &'static str;

/// The tag for `lang` attributes and `Accept-Language`.
pub fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh-CN",
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use current::{lang, lang_now, set_lang};

#[cfg(target_arch = "wasm32")]
mod current {
    use std::sync::LazyLock;

    use leptos::prelude::*;
    use leptos::reactive::graph::Observer;

    use super::{Lang, tag};
    use crate::browser;

    /// Global rather than a context: texts are also needed where no reactive owner is left, after an answer arrived.
    static LANG: LazyLock<ArcRwSignal<Lang>> =
        LazyLock::new(|| ArcRwSignal::new(Lang::of_tag(&browser::document_lang())));

    /// The chosen language; followed where something can follow it, and simply read in handlers and after answers.
    pub(crate) fn lang() -> Lang {
        if Observer::get().is_some() { LANG.get() } else { LANG.get_untracked() }
    }

    /// The chosen language, without following it.
    pub(crate) fn lang_now() -> Lang {
        LANG.get_untracked()
    }

    pub(crate) fn set_lang(lang: Lang) {
        browser::keep("language", tag(lang));
        browser::set_document_lang(tag(lang));
        LANG.set(lang);
    }
}

/// A text of the catalogue in the chosen language: `t!(runs_title)`, `t!(runs_loaded, count)`.
#[macro_export]
macro_rules! t {
    ($key:ident $(, $argument:expr)* $(,)?) => {
        $crate::i18n::text::$key($crate::i18n::lang() $(, $argument)*)
    };
}
