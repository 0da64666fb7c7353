//! What is known of a request before anybody signed in: its id, where it comes from, which language it reads.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, header},
};
use domain::error::Lang;

use super::request_id::RequestId;

/// The caller of a request; an extension of every request behind the outermost layer.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) request_id: RequestId,
    /// The client's address as far as it can be trusted.
    pub(crate) addr: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) lang: Lang,
    /// Whether a browser says that a page of this server sent the request.
    pub(crate) is_own_page: bool,
}

impl Caller {
    /// Reads it off a request. Only a trusted proxy's word about the id and the address is taken.
    pub(crate) fn of(request: &Request, trust_proxy: bool, default_lang: Lang) -> Self {
        let headers = request.headers();
        let proxied = trust_proxy.then(|| (RequestId::of_proxy(request), forwarded_for(headers)));
        let (request_id, forwarded) = proxied.unwrap_or_default();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
        Self {
            request_id: request_id.unwrap_or_else(RequestId::random),
            addr: forwarded.or(peer),
            user_agent: text(headers, &header::USER_AGENT).map(|agent| agent.chars().take(200).collect()),
            lang: text(headers, &header::ACCEPT_LANGUAGE).map_or(default_lang, |wish| preferred(wish, default_lang)),
            is_own_page: headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The address nearest to the proxy that is trusted: the last of the list, which that proxy itself wrote.
fn forwarded_for(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let addr: std::net::IpAddr = last.rsplit(',').next()?.trim().parse().ok()?;
    Some(addr.to_string())
}

/// The language of an `Accept-Language` header with the highest weight among those the product speaks.
pub(crate) fn preferred(header: &str, default: Lang) -> Lang {
    let wishes = header.split(',').take(16).filter_map(|item| {
        let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>).ok()?;
        let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
        let lang = Lang::ALL.iter().copied().find(|lang| lang.as_str() == primary)?;
        (weight > 0.0).then_some((weight, lang))
    });
    // Of equal weights the first one stands.
    let best = wishes.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(default, |(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).expect("a request")
    }

    #[test]
    fn the_language_is_the_one_wished_most_of_those_spoken() {
        for (header, lang) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr, en;q=0.5, zh;q=0.7", Lang::Zh),
            ("en-GB", Lang::En),
            ("zh;q=0, en", Lang::En),
            ("fr", Lang::En),
            ("zh;q=x", Lang::En),
        ] {
            assert_eq!(preferred(header, Lang::En), lang, "{header}");
        }
        assert_eq!(preferred("fr", Lang::Zh), Lang::Zh);
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let headers = [("x-forwarded-for", "6.6.6.6, 10.1.2.3"), ("x-request-id", "from-proxy")];
        let caller = Caller::of(&request(&headers), false, Lang::En);
        assert_eq!(caller.addr, None);
        assert_ne!(caller.request_id.as_str(), "from-proxy");
        let caller = Caller::of(&request(&headers), true, Lang::En);
        assert_eq!(caller.addr.as_deref(), Some("10.1.2.3"));
        assert_eq!(caller.request_id.as_str(), "from-proxy");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        let caller = Caller::of(&request(&[("x-request-id", "a b")]), true, Lang::En);
        assert_eq!(caller.request_id.as_str().len(), 24);
    }
}
