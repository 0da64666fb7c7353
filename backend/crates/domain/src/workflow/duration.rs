//! Lengths of time as people write them: `30s`, `10m`, `2h`, `1d`, `1h30m`.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The units, largest first, with their milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// The longest duration: a year of 366 days.
const MAX_MS: i64 = 366 * 86_400_000;

/// A length of time in milliseconds, written with units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DurationMs(i64);

/// A text that is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a duration such as 30s, 10m, 2h, 1d or 1h30m, at most 366d")]
pub struct BadDuration;

impl DurationMs {
    /// A duration of so many milliseconds, within the bounds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(if ms < 0 {
            0
        } else if ms > MAX_MS {
            MAX_MS
        } else {
            ms
        })
    }

    /// A duration of so many seconds.
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self::from_ms(secs as i64 * 1_000)
    }

    /// The milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl FromStr for DurationMs {
    type Err = BadDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut units = UNITS.iter();
        let mut total: i64 = 0;
        while !rest.is_empty() || total == 0 && text.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(BadDuration)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            // Units go from large to small, each at most once.
            let (_, ms) = units.find(|(name, _)| *name == unit).ok_or(BadDuration)?;
            let number: i64 = number.parse().map_err(|_| BadDuration)?;
            total = number.checked_mul(*ms).and_then(|part| total.checked_add(part)).ok_or(BadDuration)?;
            rest = tail;
        }
        if total <= MAX_MS { Ok(Self(total)) } else { Err(BadDuration) }
    }
}

impl fmt::Display for DurationMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, ms) in UNITS {
            if rest >= ms {
                write!(f, "{}{unit}", rest / ms)?;
                rest %= ms;
            }
        }
        Ok(())
    }
}

impl Serialize for DurationMs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DurationMs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for DurationMs {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A length of time such as 30s, 10m, 2h, 1d or 1h30m.",
            "type": "string",
            "format": "almanac-duration",
            "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
            "minLength": 2
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: Option<i64>) {
        assert_eq!(text.parse::<DurationMs>().ok().map(DurationMs::ms), expect, "{text}");
    }

    #[test]
    fn durations_are_read() {
        check("30s", Some(30_000));
        check("10m", Some(600_000));
        check("2h", Some(7_200_000));
        check("1d", Some(86_400_000));
        check("1h30m", Some(5_400_000));
        check("250ms", Some(250));
        check("1m1ms", Some(60_001));
        check("0s", Some(0));
        check("90m", Some(5_400_000));
        for text in ["", "30", "s", "1.5h", "-1s", "1 h", "30S", "1m1h", "1s1s", "367d", "99999999999999999999s", "1w"]
        {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ms in 0..=MAX_MS) {
            let duration = DurationMs::from_ms(ms);
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }
}
