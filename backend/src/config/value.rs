//! How a configured value is written: every layer (file, environment, flag) gives text, and one parser reads it.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use domain::error::Lang;

/// A type that can be a configured value.
pub(crate) trait Value: Sized {
    /// What a value looks like, in a few words.
    const KIND: &'static str;

    /// Reads a value; the error completes the sentence "… is not …".
    fn parse(text: &str) -> Result<Self, String>;

    /// The value as it may be shown: a secret is masked.
    fn show(&self) -> String;

    /// Text that did not parse, as it may be shown.
    fn mask(text: &str) -> String {
        text.to_owned()
    }
}

macro_rules! plain_values {
    ($($type:ty: $kind:literal),+ $(,)?) => {$(
        impl Value for $type {
            const KIND: &'static str = $kind;

            fn parse(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!("not {}", $kind))
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

plain_values! {
    bool: "true or false",
    u16: "a whole number up to 65535",
    u32: "a whole number",
    usize: "a whole number",
    SocketAddr: "an address and port such as 127.0.0.1:8650",
}

impl Value for String {
    const KIND: &'static str = "text";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "a path";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() { Err("not a path: it is empty".to_owned()) } else { Ok(Self::from(text)) }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for Duration {
    const KIND: &'static str = "a duration such as 500ms, 30s, 10m, 12h or 7d";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let scale: u64 = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(format!("not {}", Self::KIND)),
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .map(Self::from_millis)
            .ok_or_else(|| format!("not {}", Self::KIND))
    }

    fn show(&self) -> String {
        const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let ms = self.as_millis();
        let unit = UNITS.iter().find(|(scale, _)| ms > 0 && ms.is_multiple_of(*scale));
        unit.map_or_else(|| format!("{ms}ms"), |(scale, unit)| format!("{}{unit}", ms / scale))
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Value for Size {
    const KIND: &'static str = "a size such as 64KiB or 4MiB";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let scale = match unit.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(format!("not {}", Self::KIND)),
        };
        number
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .map(Self)
            .ok_or_else(|| format!("not {}", Self::KIND))
    }

    fn show(&self) -> String {
        const UNITS: [(usize, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let unit = UNITS.iter().find(|(scale, _)| self.0 > 0 && self.0.is_multiple_of(*scale));
        unit.map_or_else(|| format!("{}B", self.0), |(scale, unit)| format!("{}{unit}", self.0 / scale))
    }
}

/// Slots by name of the worker pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools(pub BTreeMap<String, u32>);

impl Value for Pools {
    const KIND: &'static str = "pools and their slots, such as default=8,etl=4";

    fn parse(text: &str) -> Result<Self, String> {
        let mut pools = BTreeMap::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, slots) = item.split_once('=').ok_or_else(|| format!("not {}", Self::KIND))?;
            let slots = slots.trim().parse::<u32>().map_err(|_| format!("not {}", Self::KIND))?;
            if slots == 0 {
                return Err(format!("not usable: pool `{}` has no slot", name.trim()));
            }
            pools.insert(name.trim().to_owned(), slots);
        }
        if pools.is_empty() { Err(format!("not {}", Self::KIND)) } else { Ok(Self(pools)) }
    }

    fn show(&self) -> String {
        self.0.iter().map(|(name, slots)| format!("{name}={slots}")).collect::<Vec<_>>().join(",")
    }
}

/// The address of a database; its password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address with its password, for connecting.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when nothing was configured, so that the embedded database is used.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

impl Value for DatabaseUrl {
    const KIND: &'static str = "a database URL (sqlite:, postgres:, mysql:)";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let known = ["sqlite:", "postgres:", "postgresql:", "mysql:"].iter().any(|scheme| text.starts_with(scheme));
        if text.is_empty() || known { Ok(Self(text.to_owned())) } else { Err(format!("not {}", Self::KIND)) }
    }

    fn show(&self) -> String {
        Self::mask(&self.0)
    }

    /// Hides what stands between the first `:` of the user part and the last `@`.
    fn mask(text: &str) -> String {
        let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
        match rest.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
            Some((user, host)) => format!("{scheme}://{user}:****@{host}"),
            None => text.to_owned(),
        }
    }
}

/// The address people use in the browser, without a slash at its end; empty when it is simply where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    /// Whether browsers reach the server over TLS (a proxy ends it), so that cookies can be `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl Value for PublicUrl {
    const KIND: &'static str = "an address such as https://almanac.example.com";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches('/');
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match host {
            None if text.is_empty() => Ok(Self(String::new())),
            Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', ' ']) => Ok(Self(text.to_owned())),
            _ => Err(format!("not {}; a path is not supported", Self::KIND)),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

macro_rules! choices {
    ($(#[doc = $about:literal])+ $name:ident: $kind:literal { $($(#[doc = $doc:literal])+ $item:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $doc])+ $item),+
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text {
                    $($text => Ok(Self::$item),)+
                    _ => Err(()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$item => $text),+ })
            }
        }

        plain_values! { $name: $kind }
    };
}

choices! {
    /// How log lines look.
    LogFormat: "human or json" {
        /// For a terminal.
        Human = "human",
        /// One JSON object a line, for collectors.
        Json = "json",
    }
}

impl Value for Lang {
    const KIND: &'static str = "en or zh";

    fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|lang| lang.as_str() == text.trim());
        found.copied().ok_or_else(|| format!("not {}", <Self as Value>::KIND))
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_back_what_they_show() {
        for text in ["0ms", "500ms", "30s", "10m", "12h", "7d", "90s"] {
            assert_eq!(Duration::parse(text).expect(text).show(), text);
        }
        for text in ["0B", "1000B", "64KiB", "4MiB", "2GiB"] {
            assert_eq!(Size::parse(text).expect(text).show(), text);
        }
    }

    #[test]
    fn values_without_a_unit_or_too_large_are_refused() {
        for text in ["", "30", "s", "-1s", "1w", "99999999999999999999s", "18446744073709551615d"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
        for text in ["", "MiB", "1.5MiB", "4MB", "99999999999GiB1"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = DatabaseUrl::parse("postgres://almanac:p@ss:word@db:5432/almanac").expect("a URL");
        assert_eq!(url.show(), "postgres://almanac:****@db:5432/almanac");
        assert_eq!(format!("{url:?}"), url.show());
        assert!(url.expose().contains("p@ss:word"));
    }

    #[test]
    fn a_pool_needs_a_name_and_slots() {
        let pools = Pools::parse("etl=4, default=8").expect("two pools");
        assert_eq!(pools.show(), "default=8,etl=4");
        for text in ["", "default", "default=x", "default=0"] {
            assert!(Pools::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(PublicUrl::parse("https://a.example/").expect("an origin").0, "https://a.example");
        for text in ["a.example", "ftp://a", "https://", "https://a/b"] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }
}
