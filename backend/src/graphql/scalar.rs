//! The scalars that GraphQL lacks: instants, dates, 64-bit numbers, free JSON.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use domain::bizdate::BizDate;

/// An instant in epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) i64);

/// An instant, RFC 3339 with milliseconds, UTC.
#[Scalar(name = "DateTime")]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let at = DateTime::parse_from_rfc3339(text)
            .map_err(|_| InputValueError::custom("not an instant such as 2026-12-01T08:00:00.000Z"))?;
        Ok(Self(at.timestamp_millis()))
    }

    fn to_value(&self) -> Value {
        // Within ±262,000 years; a stored instant beyond that would be a fault that is better seen than hidden.
        match DateTime::from_timestamp_millis(self.0) {
            Some(at) => Value::String(at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => Value::Null,
        }
    }
}

/// A civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) BizDate);

impl Date {
    /// A date as it is stored (`YYYY-MM-DD`); `None` for any other text, such as the empty one of "no date".
    #[must_use]
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)?;
        BizDate::from_naive(date).map(Self)
    }
}

/// A civil date, `YYYY-MM-DD`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Self::of_text(text).ok_or_else(|| InputValueError::custom("not a date such as 2026-12-01, from 1900 to 2299"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A 64-bit number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int64(pub(crate) i64);

/// A 64-bit number as a decimal string.
#[Scalar(name = "Int64")]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| InputValueError::custom("not a whole number")),
            Value::Number(number) => {
                number.as_i64().map(Self).ok_or_else(|| InputValueError::custom("not a whole number"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Free JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json(pub(crate) serde_json::Value);

impl Json {
    /// Stored JSON text; a text that is no JSON is shown as the string it is.
    #[must_use]
    pub(crate) fn of_text(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned())))
    }
}

/// Any JSON value.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_utc_with_milliseconds() {
        assert_eq!(Instant(0).to_value(), Value::from("1970-01-01T00:00:00.000Z"));
        let read = Instant::parse(Value::from("2026-12-01T08:00:00.250+08:00")).expect("an instant");
        assert_eq!(read.to_value(), Value::from("2026-12-01T00:00:00.250Z"));
        assert!(Instant::parse(Value::from("2026-12-01")).is_err());
    }

    #[test]
    fn a_date_has_one_spelling() {
        assert_eq!(Date::parse(Value::from("2026-12-01")).expect("a date").to_value(), Value::from("2026-12-01"));
        for text in ["2026-12-1", "2026-02-30", "20261201", "2026-12-01T00:00:00Z", "1800-01-01"] {
            assert!(Date::parse(Value::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_large_number_survives() {
        let value = Int64(i64::MAX).to_value();
        assert_eq!(value, Value::from(i64::MAX.to_string()));
        assert_eq!(Int64::parse(value).expect("a number"), Int64(i64::MAX));
        assert!(Int64::parse(Value::from("1.5")).is_err());
    }
}
