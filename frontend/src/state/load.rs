//! Loading what a page shows: pending, there, or failed with a reason; what is there stays while it is loaded again.

use std::future::Future;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::browser;
use crate::state::clock;

/// What became of a load.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Load<T> {
    Pending,
    Ready(T),
    Failed(Failure),
}

/// A load that can be asked for again.
pub(crate) struct Loader<T: Send + Sync + 'static> {
    pub(crate) state: RwSignal<Load<T>>,
    /// Whether something is being loaded, first or again.
    pub(crate) busy: RwSignal<bool>,
    round: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Loader<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loader<T> {}

impl<T: Clone + Send + Sync + 'static> Loader<T> {
    pub(crate) fn reload(self) {
        self.round.update(|round| *round += 1);
    }

    /// What is there, if it is.
    pub(crate) fn ready(self) -> Option<T> {
        match self.state.get() {
            Load::Ready(value) => Some(value),
            _ => None,
        }
    }

    /// Changes what is there in place.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        self.state.update(|state| {
            if let Load::Ready(value) = state {
                change(value);
            }
        });
    }
}

/// Loads for a key, and again whenever the key changes or a reload is asked for. A new key clears what was there; an
/// answer that comes after a newer question is dropped.
pub(crate) fn load<K, T, F, R>(key: impl Fn() -> K + 'static, fetch: F) -> Loader<T>
where
    K: PartialEq + Clone + 'static,
    T: Clone + Send + Sync + 'static,
    F: Fn(K) -> R + 'static,
    R: Future<Output = Result<T, Failure>> + 'static,
{
    let loader = Loader { state: RwSignal::new(Load::Pending), busy: RwSignal::new(true), round: RwSignal::new(0) };
    let question = RwSignal::new(0_u32);
    Effect::new(move |before: Option<(K, u32)>| {
        let (key, round) = (key(), loader.round.get());
        if let Some((old, old_round)) = &before {
            if *old == key && *old_round == round {
                return (key, round);
            }
            if *old != key {
                loader.state.set(Load::Pending);
            }
        }
        let number = question.get_untracked() + 1;
        question.set(number);
        loader.busy.set(true);
        let answer = fetch(key.clone());
        spawn_local(async move {
            let answer = answer.await;
            // The page may have gone meanwhile, and its signals with it.
            if question.try_get_untracked() == Some(number) {
                loader.busy.set(false);
                loader.state.set(match answer {
                    Ok(value) => Load::Ready(value),
                    Err(failure) => Load::Failed(failure),
                });
            }
        });
        (key, round)
    });
    loader
}

/// Loads again every so often while the page is looked at; gives what was there last, though a later load failed.
pub(crate) fn poll<T: Clone + PartialEq + Send + Sync + 'static>(loader: Loader<T>, every_ms: i64) -> Memo<Option<T>> {
    let turn = Memo::new(move |_| clock::now() / every_ms);
    Effect::new(move |before: Option<i64>| {
        let turn = turn.get();
        let due = before.is_some_and(|before| before != turn);
        if due && !loader.busy.get_untracked() && !browser::is_hidden() {
            loader.reload();
        }
        turn
    });
    Memo::new(move |before: Option<&Option<T>>| loader.ready().or_else(|| before.cloned().flatten()))
}

/// Why nothing of a polled load was ever there; it does not change while what was there last is shown.
pub(crate) fn first_failure<T: Clone + Send + Sync + 'static, L: Send + Sync + 'static>(
    loader: Loader<T>,
    last: Memo<Option<L>>,
) -> Memo<Option<Failure>> {
    Memo::new(move |_| match (last.with(Option::is_none), loader.state.get()) {
        (true, Load::Failed(failure)) => Some(failure),
        _ => None,
    })
}

/// Runs `action` after a pause unless it is asked for again meanwhile.
pub(crate) fn debounced<T: 'static>(
    pause_ms: u32,
    action: impl Fn(T) + Clone + 'static,
) -> impl Fn(T) + Clone + 'static {
    let latest = StoredValue::new(0_u32);
    move |value| {
        let Some(number) = latest.try_update_value(|latest| {
            *latest += 1;
            *latest
        }) else {
            return;
        };
        let action = action.clone();
        spawn_local(async move {
            TimeoutFuture::new(pause_ms).await;
            if latest.try_get_value() == Some(number) {
                action(value);
            }
        });
    }
}
