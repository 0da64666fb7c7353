//! The API's own scalars.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::schema;

/// An instant in epoch milliseconds, RFC 3339 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = DateTime::parse_from_rfc3339(&text).map_err(de::Error::custom)?;
        Ok(Self(parsed.timestamp_millis()))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A 64-bit number, which JavaScript's numbers cannot carry, as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int64(pub i64);

impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Int64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

cynic::impl_scalar!(Instant, schema::DateTime);
cynic::impl_scalar!(Int64, schema::Int64);
cynic::impl_scalar!(NaiveDate, schema::Date);
cynic::impl_scalar!(serde_json::Value, schema::JSON);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_big_numbers_keep_their_wire_form() {
        let at: Instant = serde_json::from_str("\"2026-11-21T06:42:18.377+08:00\"").expect("an instant");
        assert_eq!(serde_json::to_string(&at).expect("text"), "\"2026-11-20T22:42:18.377Z\"");
        let big: Int64 = serde_json::from_str("\"9007199254740993\"").expect("a number");
        assert_eq!(big.0, 9_007_199_254_740_993);
        assert!(serde_json::from_str::<Instant>("\"yesterday\"").is_err());
    }
}
