//! Pages of lists: Relay connections over the keyset pages of the services.

use async_graphql::{
    OutputType,
    connection::{Connection, Edge},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::error::ErrorCode;
use serde::{Serialize, de::DeserializeOwned};
use service::error::{Error, FieldError, Text};

/// Page size when none is asked for.
const DEFAULT: u64 = 50;
/// Largest page size.
const MAX: u64 = 200;
/// Longest cursor that is looked at; ours are far shorter.
const MAX_CURSOR: usize = 1_000;

/// A page as the API shows it.
pub(crate) type Nodes<T> = Connection<String, T>;

/// The size of the page that is asked for.
///
/// # Errors
/// When it is not between 1 and [`MAX`].
pub(crate) fn size(first: Option<i32>) -> Result<u64, Error> {
    let Some(first) = first else { return Ok(DEFAULT) };
    u64::try_from(first).ok().filter(|first| (1..=MAX).contains(first)).ok_or_else(|| {
        let en = format!("`first` must be from 1 to {MAX}, not {first}.");
        let zh = format!("first 须为 1 到 {MAX}，不能是 {first}。");
        Error::Invalid(vec![FieldError::new("first", ErrorCode::TooMany, Text::new(en, zh))])
    })
}

/// A key as a text that is opaque to clients.
pub(crate) fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("keys are tuples of numbers and texts"))
}

/// Reads a key back, when one is given.
///
/// # Errors
/// When the cursor, which stands in `after`, is none that this list gave out.
pub(crate) fn decode<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, Error> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = Some(cursor).filter(|it| it.len() <= MAX_CURSOR).and_then(|it| URL_SAFE_NO_PAD.decode(it).ok());
    let key = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    key.map(Some).ok_or_else(|| {
        let text = Text::new("The cursor is not one that this list gave out.", "游标不是由此列表给出的。");
        Error::invalid("after", text)
    })
}

/// What is asked for of a list: the size of the page, and the key after which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window<K> {
    pub(crate) size: u64,
    pub(crate) after: Option<K>,
}

impl<K: DeserializeOwned> Window<K> {
    /// Reads the two arguments that every list has.
    ///
    /// # Errors
    /// When one of them can't be.
    pub(crate) fn of(first: Option<i32>, after: Option<&str>) -> Result<Self, Error> {
        Ok(Self { size: size(first)?, after: decode(after)? })
    }
}

/// A page of rows as a connection; `of` gives each row's key and its node.
pub(crate) fn connection<R, K, T>(
    (rows, has_next): (Vec<R>, bool),
    has_previous: bool,
    mut of: impl FnMut(R) -> (K, T),
) -> Nodes<T>
where
    K: Serialize,
    T: OutputType,
{
    let mut connection = Connection::new(has_previous, has_next);
    connection.edges.extend(rows.into_iter().map(|row| {
        let (key, node) = of(row);
        Edge::new(encode(&key), node)
    }));
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_size_is_bounded() {
        assert_eq!(size(None).expect("the default"), 50);
        assert_eq!(size(Some(200)).expect("the most"), 200);
        for first in [0, -1, 201, i32::MAX] {
            assert_eq!(size(Some(first)).expect_err("refused").code(), ErrorCode::TooMany, "{first}");
        }
    }

    #[test]
    fn a_cursor_reads_back_and_others_are_refused() {
        let key = ("nav-值".to_owned(), i64::MAX);
        let cursor = encode(&key);
        assert_eq!(decode::<(String, i64)>(Some(&cursor)).expect("ours"), Some(key));
        assert_eq!(decode::<i64>(None).expect("none"), None);
        let long = "A".repeat(2_000);
        for cursor in ["", "!", "MQ==", cursor.as_str(), &long] {
            assert!(decode::<i64>(Some(cursor)).is_err(), "{cursor}");
        }
    }
}
