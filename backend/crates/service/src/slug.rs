//! Names in addresses: what tenants and projects are called in URLs, documents and commands.

use domain::error::ErrorCode;

use crate::error::{FieldError, Text};

/// Longest slug; a label of the domain name system.
const LENGTH_MAX: usize = 63;
const LENGTH_MIN: usize = 2;

/// Longest title.
const TITLE_MAX: usize = 200;

/// Words that addresses need for themselves.
const RESERVED: &[&str] =
    &["platform", "api", "graphql", "graphiql", "assets", "system", "new", "all", "healthz", "readyz", "metrics"];

/// The faults of a slug: lower-case letters, digits and single hyphens, a letter first.
pub(crate) fn check(field: &str, slug: &str) -> Vec<FieldError> {
    let length = (LENGTH_MIN..=LENGTH_MAX).contains(&slug.len());
    let letters = slug.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    let ends = slug.starts_with(|it: char| it.is_ascii_lowercase()) && !slug.ends_with('-');
    if !(length && letters && ends && !slug.contains("--")) {
        let en = format!(
            "A name has {LENGTH_MIN} to {LENGTH_MAX} lower-case letters, digits and single hyphens, and begins with a letter."
        );
        let zh = format!("名称由 {LENGTH_MIN} 到 {LENGTH_MAX} 个小写字母、数字和单个连字符组成，并以字母开头。");
        return vec![FieldError::new(field, ErrorCode::InvalidInput, Text::new(en, zh))];
    }
    if RESERVED.contains(&slug) {
        let text = Text::new(format!("“{slug}” is reserved."), format!("“{slug}”为保留名称。"));
        return vec![FieldError::new(field, ErrorCode::InvalidInput, text)];
    }
    Vec::new()
}

/// The faults of a title or another name for people.
pub(crate) fn check_title(field: &str, title: &str) -> Vec<FieldError> {
    let length = title.chars().count();
    if title.trim().is_empty() || length > TITLE_MAX || title.chars().any(char::is_control) {
        let text = Text::new(
            format!("A title has 1 to {TITLE_MAX} printable characters."),
            format!("标题须为 1 到 {TITLE_MAX} 个可显示字符。"),
        );
        return vec![FieldError::new(field, ErrorCode::InvalidInput, text)];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_follow_the_rule() {
        for good in ["nav", "a1", "risk-etl", "x".repeat(63).as_str()] {
            assert!(check("slug", good).is_empty(), "{good}");
        }
        let long = "x".repeat(64);
        for bad in ["", "a", "1a", "-a", "a-", "a--b", "A", "a_b", "净值", "a b", "a/b", &long, "platform", "api"] {
            assert_eq!(check("slug", bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn titles_are_printable() {
        assert!(check_title("title", "净值估值 NAV").is_empty());
        let long = "x".repeat(201);
        for bad in ["", "  ", "a\nb", "a\0", &long] {
            assert_eq!(check_title("title", bad).len(), 1, "{bad:?}");
        }
    }
}
