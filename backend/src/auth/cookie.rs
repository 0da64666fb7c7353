//! The cookie that carries the refresh token.

use std::time::Duration;

use axum::http::{HeaderMap, header};

/// Its name.
pub const NAME: &str = "almanac_refresh";

/// Where the browser sends it, and over what.
#[derive(Debug, Clone, Copy)]
pub struct CookiePolicy {
    /// Only over TLS; true when people reach the server by https.
    pub secure: bool,
}

impl CookiePolicy {
    /// A `Set-Cookie` value that stores the token for as long as the session can last.
    #[must_use]
    pub fn store(self, token: &str, lifetime: Duration) -> String {
        self.header(token, lifetime.as_secs())
    }

    /// A `Set-Cookie` value that removes it.
    #[must_use]
    pub fn remove(self) -> String {
        self.header("", 0)
    }

    /// Scripts can't read it, other sites can't make the browser send it, and it goes to the API only.
    fn header(self, value: &str, max_age: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{NAME}={value}; Path=/graphql; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}")
    }
}

/// The refresh token of a request. When the cookie is there twice somebody has planted one, and none is taken.
#[must_use]
pub fn refresh_token(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut tokens = values.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME && !value.is_empty()).then_some(value)
    });
    let token = tokens.next()?;
    tokens.next().is_none().then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (header::COOKIE, cookie.parse().expect("a header"))).collect()
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let plain = CookiePolicy { secure: false }.store("t", Duration::from_secs(60));
        assert_eq!(plain, "almanac_refresh=t; Path=/graphql; Max-Age=60; HttpOnly; SameSite=Strict");
        assert!(CookiePolicy { secure: true }.store("t", Duration::ZERO).ends_with("; Secure"));
        assert!(CookiePolicy { secure: false }.remove().contains("Max-Age=0"));
    }

    #[test]
    fn the_token_is_found_among_others() {
        assert_eq!(refresh_token(&headers(&["a=1; almanac_refresh=t=x; b=2"])).as_deref(), Some("t=x"));
        assert_eq!(refresh_token(&headers(&["a=1", "almanac_refresh=t"])).as_deref(), Some("t"));
        for cookies in
            [&["a=1"][..], &["almanac_refresh="], &["xalmanac_refresh=t"], &["almanac_refresh=t; almanac_refresh=u"]]
        {
            assert_eq!(refresh_token(&headers(cookies)), None, "{cookies:?}");
        }
    }
}
