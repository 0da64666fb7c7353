//! The path that the top bar shows and the title of the browser's tab; each page says its own.

use leptos::prelude::*;

/// One step of the path; the last one is the page itself and has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crumb {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    /// An area of the side bar, which has no page of its own.
    pub(crate) is_area: bool,
}

impl Crumb {
    pub(crate) fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()), is_area: false }
    }

    pub(crate) fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None, is_area: false }
    }

    pub(crate) fn area(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None, is_area: true }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Crumbs(RwSignal<Vec<Crumb>>);

pub(crate) fn provide_crumbs() {
    provide_context(Crumbs(RwSignal::new(Vec::new())));
}

pub(crate) fn use_crumbs() -> Signal<Vec<Crumb>> {
    expect_context::<Crumbs>().0.into()
}

/// Shows the path, now and whenever what it is made of changes.
pub(crate) fn set_crumbs(path: impl Fn() -> Vec<Crumb> + 'static) {
    let Crumbs(signal) = expect_context::<Crumbs>();
    Effect::new(move |_| {
        let path = path();
        let title: Vec<&str> = path
            .iter()
            .rev()
            .filter(|crumb| crumb.href.is_none() && !crumb.is_area)
            .map(|it| it.label.as_str())
            .collect();
        document().set_title(&format!("{} · {}", title.join(" · "), crate::t!(app_name)));
        signal.set(path);
    });
}
