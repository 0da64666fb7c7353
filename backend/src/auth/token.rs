//! Access tokens: JWT with HS256, naming an account and its session, good for minutes.

use std::{fmt, time::Duration};

use domain::id::{AccountId, SessionId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::key::SigningKey;

const ISSUER: &str = "almanac";

/// A token does not count: expired, forged, of a former key, or no token at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid or has expired")]
pub struct InvalidToken;

/// What a token says, in the names of the standard.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The account; text, because the standard wants it so.
    sub: String,
    /// The session.
    sid: String,
    iat: i64,
    exp: i64,
}

/// Whom a valid token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub account: AccountId,
    /// The session that the token belongs to.
    pub session: SessionId,
}

/// A token as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// To be sent as `Authorization: Bearer …`.
    pub text: String,
    /// When it stops being good.
    pub expires_ms: i64,
}

/// Signs and reads access tokens.
#[derive(Clone)]
pub struct TokenKey {
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    ttl: Duration,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("kid", &self.header.kid).finish_non_exhaustive()
    }
}

impl TokenKey {
    /// Tokens of this key, each good for `ttl`.
    #[must_use]
    pub fn new(key: &SigningKey, ttl: Duration) -> Self {
        Self {
            header: Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) },
            encoding: EncodingKey::from_secret(key.expose()),
            decoding: DecodingKey::from_secret(key.expose()),
            ttl,
        }
    }

    /// A token for a session.
    #[must_use]
    pub fn issue(&self, bearer: Bearer, now_ms: i64) -> AccessToken {
        let iat = now_ms.div_euclid(1000);
        let exp = iat.saturating_add(i64::try_from(self.ttl.as_secs()).unwrap_or(i64::MAX));
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: bearer.account.to_string(),
            sid: bearer.session.to_string(),
            iat,
            exp,
        };
        let text = jsonwebtoken::encode(&self.header, &claims, &self.encoding)
            .expect("five plain claims serialise, and HS256 signs with any key");
        AccessToken { text, expires_ms: exp.saturating_mul(1000) }
    }

    /// Whom a token names.
    ///
    /// # Errors
    /// When the token is not one of this key, or its time is over.
    pub fn verify(&self, token: &str, now_ms: i64) -> Result<Bearer, InvalidToken> {
        // The algorithm is fixed here: what the token's own header asks for does not count.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        // Time is an input; it is judged below.
        validation.validate_exp = false;
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| InvalidToken)?;
        let claims = data.claims;
        if data.header.kid != self.header.kid || claims.exp <= now_ms.div_euclid(1000) {
            return Err(InvalidToken);
        }
        let account = claims.sub.parse().map_err(|_| InvalidToken)?;
        let session = claims.sid.parse().map_err(|_| InvalidToken)?;
        Ok(Bearer { account, session })
    }
}

/// The token of an `Authorization` header, or of what a WebSocket sends in its place.
#[must_use]
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;
    const BEARER: Bearer = Bearer { account: AccountId(5), session: SessionId(i64::MAX) };

    fn key(byte: u8) -> TokenKey {
        TokenKey::new(&SigningKey::of_bytes(vec![byte; 32]), Duration::from_secs(600))
    }

    #[test]
    fn a_token_names_its_session_until_it_expires() {
        let key = key(1);
        let token = key.issue(BEARER, NOW_MS);
        assert_eq!(token.expires_ms, NOW_MS + 600_000);
        assert_eq!(key.verify(&token.text, NOW_MS + 599_999), Ok(BEARER));
        assert_eq!(key.verify(&token.text, NOW_MS + 600_000), Err(InvalidToken));
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_is_refused() {
        let token = key(1).issue(BEARER, NOW_MS).text;
        assert_eq!(key(2).verify(&token, NOW_MS), Err(InvalidToken));
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [format!("{none}.{}.", parts[1]), format!("{none}.{}.{}", parts[1], parts[2]), String::new()] {
            assert_eq!(key(1).verify(&forged, NOW_MS), Err(InvalidToken), "{forged}");
        }
        let other = URL_SAFE_NO_PAD.encode(r#"{"iss":"almanac","sub":"1","sid":"1","iat":0,"exp":99999999999}"#);
        assert_eq!(key(1).verify(&format!("{}.{other}.{}", parts[0], parts[2]), NOW_MS), Err(InvalidToken));
    }

    #[test]
    fn the_header_is_read_in_its_usual_spellings() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for header in ["abc", "Basic abc", "Bearer", "Bearer  "] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
