//! Whether a request comes from a page of this server. A browser always says so for what a page sends by script.

use axum::http::{HeaderMap, Uri, header};

use crate::config::value::PublicUrl;

/// False when a browser says that another site's page sent the request. Clients that are no browsers send no origin.
#[must_use]
pub fn is_own(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if !public_url.0.is_empty() && origin.eq_ignore_ascii_case(&public_url.0) {
        return true;
    }
    // Reached under the name it was asked by, as without a proxy or through one that keeps the name.
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    authority.zip(host).is_some_and(|(authority, host)| authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        let public = PublicUrl("https://almanac.example".to_owned());
        for (origin, host, site, own) in [
            (None, "almanac.example", None, true),
            (Some("https://almanac.example"), "10.0.0.1:8650", Some("same-origin"), true),
            (Some("http://10.0.0.1:8650"), "10.0.0.1:8650", None, true),
            (Some("http://10.0.0.1:8651"), "10.0.0.1:8650", None, false),
            (Some("https://evil.example"), "almanac.example", None, false),
            (Some("null"), "almanac.example", None, false),
            (None, "almanac.example", Some("cross-site"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a header"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().expect("a header"));
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().expect("a header"));
            }
            assert_eq!(is_own(&headers, &public), own, "{origin:?} {host} {site:?}");
        }
    }
}
