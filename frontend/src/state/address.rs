//! The address bar as state: reading a parameter of the query, and changing some while the others stay.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::graph::Observer;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::params::ParamsMap;

type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// Usable where hooks are not: in event handlers and after an answer.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    pathname: Memo<String>,
    query: Memo<ParamsMap>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

pub(crate) fn use_address() -> Address {
    let location = use_location();
    let navigate: Navigate = Rc::new(use_navigate());
    Address { pathname: location.pathname, query: location.query, navigate: StoredValue::new_local(navigate) }
}

impl Address {
    /// A parameter, followed where something can follow it; an empty one is none.
    pub(crate) fn get(self, name: &str) -> Option<String> {
        let read = |query: &ParamsMap| query.get(name);
        let value = if Observer::get().is_some() { self.query.with(read) } else { self.query.with_untracked(read) };
        value.filter(|value| !value.is_empty())
    }

    pub(crate) fn path(self) -> String {
        self.pathname.get_untracked()
    }

    /// Changes some parameters as a step that Back undoes.
    pub(crate) fn set(self, changes: &[(&'static str, Option<String>)]) {
        self.change(changes, false);
    }

    /// Changes some parameters without a step of its own, as while typing.
    pub(crate) fn replace(self, changes: &[(&'static str, Option<String>)]) {
        self.change(changes, true);
    }

    pub(crate) fn go(self, target: &str) {
        self.navigate.with_value(|navigate| navigate(target, NavigateOptions::default()));
    }

    /// Goes there in the place of this address, which Back then skips.
    pub(crate) fn go_instead(self, target: &str) {
        let options = NavigateOptions { replace: true, ..Default::default() };
        self.navigate.with_value(|navigate| navigate(target, options));
    }

    fn change(self, changes: &[(&'static str, Option<String>)], replace: bool) {
        let mut query = self.query.get_untracked();
        for (name, value) in changes {
            query.remove(name);
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                // The map takes values as they stand in an address.
                query.insert(*name, String::from(js_sys::encode_uri_component(value)));
            }
        }
        let target = format!("{}{}", self.pathname.get_untracked(), query.to_query_string());
        // The view keeps its place: nothing but a part of it changes.
        let options = NavigateOptions { replace, scroll: false, ..Default::default() };
        self.navigate.with_value(|navigate| navigate(&target, options));
    }
}
