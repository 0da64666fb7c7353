//! Refresh tokens: `<session>.<family>.<secret>`.
//!
//! The session's id finds the row, the family (16 random bytes, the same through all rotations) proves that the bearer
//! had a token of this session, the secret (32 random bytes, new with each rotation) proves that it is the newest. An
//! id alone, which could be guessed, neither opens nor ends a session.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::id::SessionId;
use rand::{TryRngCore as _, rngs::OsRng};
use store::session::Session;

use crate::{
    digest::{same, sha256_hex},
    error::Result,
    password::no_random,
};

const FAMILY: usize = 16;
const SECRET: usize = 32;

/// A refresh token in clear; it doesn't show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    session: SessionId,
    family: [u8; FAMILY],
    secret: [u8; SECRET],
}

impl RefreshToken {
    /// The first token of a session.
    pub(super) fn begin(session: SessionId) -> Result<Self> {
        Ok(Self { session, family: random()?, secret: random()? })
    }

    /// The next token of the session.
    pub(super) fn next(&self) -> Result<Self> {
        Ok(Self { secret: random()?, ..*self })
    }

    /// Reads a token; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (session, family, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self { session: session.parse().ok()?, family: bytes(family)?, secret: bytes(secret)? })
    }

    /// The token as the client keeps it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}.{}.{}", self.session, BASE64.encode(self.family), BASE64.encode(self.secret))
    }

    pub(super) const fn session(&self) -> SessionId {
        self.session
    }

    pub(super) fn family_hash(&self) -> String {
        sha256_hex(&self.family)
    }

    pub(super) fn secret_hash(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// Whether it is, or was, a token of the session.
    pub(super) fn is_of(&self, session: &Session) -> bool {
        self.session == session.id && same(&self.family_hash(), &session.family_hash)
    }

    /// Whether it is the session's newest token.
    pub(super) fn is_newest_of(&self, session: &Session) -> bool {
        same(&self.secret_hash(), &session.refresh_hash)
    }

    /// Whether it is the token that the newest replaced.
    pub(super) fn is_previous_of(&self, session: &Session) -> bool {
        session.previous_hash.as_ref().is_some_and(|it| same(&self.secret_hash(), it))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}.…)", self.session)
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(no_random)?;
    Ok(bytes)
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_its_successor_is_of_the_same_family() {
        let token = RefreshToken::begin(SessionId(7)).unwrap();
        assert_eq!(RefreshToken::parse(&token.reveal()).unwrap(), token);
        let next = token.next().unwrap();
        assert_eq!(next.family_hash(), token.family_hash());
        assert_ne!(next.secret_hash(), token.secret_hash());
        assert_eq!(format!("{token:?}"), "RefreshToken(7.…)");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let good = RefreshToken::begin(SessionId(7)).unwrap().reveal();
        let longer = format!("{good}.x");
        let cut = &good[..good.len() - 2];
        for bad in ["", ".", "..", "7", "x.y.z", "7.AAAA.AAAA", &longer, cut, "7.\u{1f512}.x"] {
            assert!(RefreshToken::parse(bad).is_none(), "{bad}");
        }
    }
}
