//! What accounts may be called.

use super::fault;
use crate::error::FieldError;

const LENGTH_MAX: usize = 64;
const LENGTH_MIN: usize = 2;
const EMAIL_MAX: usize = 200;

/// A username as it is compared and kept.
pub(crate) fn normal(username: &str) -> String {
    username.trim().to_lowercase()
}

/// Whether the text could be a username. What was typed at a sign-in may as well be a password in the wrong field.
pub(crate) fn is_username(text: &str) -> bool {
    let letters = text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-@".contains(&it));
    (LENGTH_MIN..=LENGTH_MAX).contains(&text.len())
        && letters
        && text.starts_with(|it: char| it.is_ascii_alphanumeric())
}

pub(super) fn check(field: &str, username: &str) -> Option<FieldError> {
    let en = "A user name has 2 to 64 letters, digits and the signs . _ - @, and begins with a letter or digit.";
    let zh = "用户名由 2 到 64 个字母、数字或 . _ - @ 组成，并以字母或数字开头。";
    (!is_username(username)).then(|| fault(field, en, zh))
}

/// Only what would break a mail header or a column; whether mail arrives is seen by sending it.
pub(super) fn check_email(field: &str, email: &str) -> Option<FieldError> {
    let parts = email.rsplit_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    let printable = !email.chars().any(|it| it.is_control() || it.is_whitespace());
    let accepted = parts && printable && email.chars().count() <= EMAIL_MAX;
    (!accepted).then(|| fault(field, "This is no mail address.", "邮箱地址无效。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_follow_the_rule() {
        for good in ["wang.fang", "op1", "7d", "a@b.example", "x_y-z"] {
            assert!(is_username(good), "{good}");
        }
        for bad in ["", "a", ".a", "Wang", "a b", "王芳", "a/b", "a\0b", &"x".repeat(65)] {
            assert!(!is_username(bad), "{bad}");
        }
        assert_eq!(normal("  Wang.Fang "), "wang.fang");
    }

    #[test]
    fn mail_addresses_fit_into_a_header() {
        assert!(check_email("email", "a@b").is_none());
        for bad in ["a", "@b", "a@", "a b@c", "a@b\r\nBcc: x@y"] {
            assert!(check_email("email", bad).is_some(), "{bad}");
        }
    }
}
