//! What a process remembers of sessions for some seconds.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::id::{AccountId, SessionId};

use super::RefreshToken;
use crate::ctx::Actor;

/// How old the knowledge may be that a session is alive: within it an end on another node acts here.
pub const ALIVE_MS: i64 = 2_000;

/// Entries of each kind; past it the cache starts anew.
const ENTRIES_MAX: usize = 10_000;

/// See the module's text.
#[derive(Default)]
pub(crate) struct Cache {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    alive: HashMap<SessionId, (Actor, i64)>,
    successors: HashMap<SessionId, Successor>,
}

/// The token that replaced another one, for a second tab with the replaced one.
struct Successor {
    of_hash: String,
    token: RefreshToken,
    until_ms: i64,
}

impl Cache {
    /// The actor of a session that was alive a moment ago.
    pub(super) fn alive(&self, id: SessionId, now_ms: i64) -> Option<Actor> {
        let inner = self.lock();
        let (actor, seen_ms) = inner.alive.get(&id)?;
        (now_ms.abs_diff(*seen_ms) < ALIVE_MS.unsigned_abs()).then(|| actor.clone())
    }

    pub(super) fn keep_alive(&self, id: SessionId, actor: Actor, now_ms: i64) {
        let mut inner = self.lock();
        if inner.alive.len() >= ENTRIES_MAX {
            inner.alive.clear();
        }
        inner.alive.insert(id, (actor, now_ms));
    }

    /// Drops what is remembered of a session: it has changed or ended.
    pub(super) fn forget(&self, id: SessionId) {
        let mut inner = self.lock();
        inner.alive.remove(&id);
        inner.successors.remove(&id);
    }

    /// Drops what is remembered of all sessions of an account.
    pub(crate) fn forget_account(&self, account: AccountId) {
        self.lock().alive.retain(|_, (actor, _)| actor.account_id() != Some(account));
    }

    /// The token that replaced the one with the hash, while it may still be given out.
    pub(super) fn successor(&self, id: SessionId, of_hash: &str, now_ms: i64) -> Option<RefreshToken> {
        let inner = self.lock();
        inner.successors.get(&id).filter(|it| it.of_hash == of_hash && now_ms < it.until_ms).map(|it| it.token.clone())
    }

    pub(super) fn keep_successor(&self, of_hash: String, token: RefreshToken, now_ms: i64, until_ms: i64) {
        let mut inner = self.lock();
        if inner.successors.len() >= ENTRIES_MAX {
            inner.successors.retain(|_, it| now_ms < it.until_ms);
        }
        inner.successors.insert(token.session(), Successor { of_hash, token, until_ms });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing that holds the lock can leave the maps half-changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
