//! Passwords: what is accepted as one, how it is kept, and how much of the machine checking may take.
//!
//! Kept is an argon2id hash in PHC format. The defaults ([`Cost::default`]) are those that OWASP's password storage
//! cheat sheet names as the least: 19 MiB, two passes, one lane; some 30 ms on a server's core. Each hash carries its
//! own parameters, so they can be raised without locking anybody out.
//!
//! Hashing runs on blocking threads and at most on as many at once as [`Cost::parallel`] says, so that a storm of
//! sign-ins can't starve the scheduler; who would have to wait behind [`QUEUE_MAX`] others is sent away.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{PasswordHash as Phc, SaltString},
};
use domain::error::ErrorCode;
use rand::{TryRngCore as _, rngs::OsRng};
use store::account::PasswordHash;
use tokio::sync::Semaphore;

mod one_time;
mod policy;

pub(crate) use policy::check;

use crate::error::{Error, Result, Text};

/// Most checks that wait for a turn.
pub const QUEUE_MAX: usize = 64;

/// Longest password that is looked at, in bytes: hashing text of any length is a gift to attackers.
pub(crate) const LENGTH_MAX: usize = 256;

/// A password in clear; it doesn't show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes the text as it was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text; for hashing, and for showing a one-time password once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A password that nobody has chosen, to be changed at first use.
    pub(crate) fn one_time() -> Result<Self> {
        one_time::make().map(Self)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a check costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory of one check, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Checks at once.
    pub parallel: usize,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, parallel: 1 }
    }
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    turns: Semaphore,
    queue: Semaphore,
    /// The hash of a random password, checked for users that don't exist so that they take as long as others.
    decoy: tokio::sync::OnceCell<PasswordHash>,
}

impl Passwords {
    pub(crate) fn new(cost: Cost) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|error| Error::Internal(format!("the cost of passwords is not accepted: {error}")))?;
        let parallel = cost.parallel.max(1);
        let (turns, queue) = (Semaphore::new(parallel), Semaphore::new(parallel + QUEUE_MAX));
        Ok(Self { params, turns, queue, decoy: tokio::sync::OnceCell::new() })
    }

    /// Hashes a password.
    pub(crate) async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let (params, password) = (self.params.clone(), password.clone());
        let mut salt = [0_u8; 16];
        OsRng.try_fill_bytes(&mut salt).map_err(no_random)?;
        self.in_turn(move || {
            let salt = SaltString::encode_b64(&salt).map_err(broken)?;
            let hash = argon(params).hash_password(password.0.as_bytes(), &salt).map_err(broken)?;
            Ok(PasswordHash(hash.to_string()))
        })
        .await
    }

    /// Whether it is the password; with no hash to check against it takes as long and says no.
    pub(crate) async fn verify(&self, hash: Option<&PasswordHash>, password: &Password) -> Result<bool> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash.clone(),
            None => self.decoy.get_or_try_init(|| async { self.hash(&Password::one_time()?).await }).await?.clone(),
        };
        let (params, password) = (self.params.clone(), password.clone());
        let matches = self.in_turn(move || {
            if password.0.len() > LENGTH_MAX {
                return Ok(false);
            }
            let hash = Phc::new(&hash.0).map_err(broken)?;
            Ok(argon(params).verify_password(password.0.as_bytes(), &hash).is_ok())
        });
        Ok(matches.await? && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _place = self.queue.try_acquire().map_err(|_| {
            let text =
                Text::new("Too many people sign in at the moment; try again soon.", "当前登录人数过多，请稍后再试。");
            Error::refused(ErrorCode::RateLimited, text)
        })?;
        let _turn = self.turns.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
    }
}

fn argon(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn broken(error: argon2::password_hash::Error) -> Error {
    Error::Internal(format!("password hashing failed: {error}"))
}

pub(crate) fn no_random(error: rand::rand_core::OsError) -> Error {
    Error::Internal(format!("the system gives no random numbers: {error}"))
}

#[cfg(test)]
mod tests;
