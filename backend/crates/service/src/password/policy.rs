//! What is accepted as a password.
//!
//! At least twelve characters, three of the four classes (lower case, upper case and other letters, digits, the rest),
//! not the user's name, not one of the well-known.

use domain::error::ErrorCode;

use super::{LENGTH_MAX, Password};
use crate::error::{FieldError, Text};

const LENGTH_MIN: usize = 12;
const CLASSES_MIN: usize = 3;
/// Fewer different characters than this are a pattern, whatever their number.
const DISTINCT_MIN: usize = 6;

/// What remains of well-known passwords when the digits and signs around them are taken away and look-alikes undone.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "pass",
    "admin",
    "administrator",
    "root",
    "system",
    "guest",
    "test",
    "demo",
    "user",
    "welcome",
    "changeme",
    "letmein",
    "secret",
    "default",
    "almanac",
    "scheduler",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsx",
    "qazwsxedc",
    "abc",
    "abcd",
    "abcdef",
    "abcdefg",
    "abcdefgh",
    "iloveyou",
    "woaini",
    "mima",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "master",
    "sunshine",
    "princess",
    "superman",
    "trustno",
    "company",
];

/// Walks over the keyboard that keep digits and signs among their letters.
const WALKS: &[&str] =
    &["1qaz2wsx3edc", "1qaz@wsx#edc", "1qaz@wsx3edc", "1q2w3e4r5t6y", "qwer1234asdf", "q1w2e3r4t5y6"];

/// The faults of a password, none when it is accepted; `field` is the input's field.
pub(crate) fn check(password: &Password, username: &str, field: &str) -> Vec<FieldError> {
    let text = password.reveal();
    let mut faults = Vec::new();
    let mut fault = |en: String, zh: String| {
        faults.push(FieldError::new(field, ErrorCode::PasswordTooWeak, Text::new(en, zh)));
    };
    if text.chars().count() < LENGTH_MIN {
        fault(
            format!("The password needs at least {LENGTH_MIN} characters."),
            format!("密码至少需要 {LENGTH_MIN} 个字符。"),
        );
    }
    if text.len() > LENGTH_MAX {
        fault(format!("The password may have at most {LENGTH_MAX} bytes."), format!("密码最多 {LENGTH_MAX} 字节。"));
    }
    if classes(text) < CLASSES_MIN {
        fault(
            "The password needs three of these: lower-case letters, upper-case letters, digits, other characters."
                .into(),
            "密码须包含以下四类中的三类：小写字母、大写字母、数字、其他字符。".into(),
        );
    }
    if names(text, username) {
        fault("The password must not contain the user name.".into(), "密码不得包含用户名。".into());
    }
    if is_common(text) {
        fault("The password is one that is guessed first.".into(), "该密码过于常见，容易被猜中。".into());
    }
    faults
}

fn classes(text: &str) -> usize {
    let of = |class: fn(char) -> bool| usize::from(text.chars().any(class));
    let other_letter = |it: char| it.is_alphabetic() && !it.is_lowercase();
    of(char::is_lowercase) + of(other_letter) + of(char::is_numeric) + of(|it| !it.is_alphanumeric())
}

fn names(text: &str, username: &str) -> bool {
    let (text, name) = (text.to_lowercase(), username.to_lowercase());
    let backwards: String = name.chars().rev().collect();
    // A name of one or two letters is in every other password.
    name.chars().count() >= 3 && (text.contains(&name) || text.contains(&backwards))
}

fn is_common(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let core: String = lower.trim_matches(|it: char| !it.is_alphabetic()).chars().map(undo_look_alike).collect();
    let repeated = |word: &str| !core.is_empty() && core.replace(word, "").is_empty();
    distinct.len() < DISTINCT_MIN
        || COMMON.iter().any(|word| repeated(word))
        || WALKS.iter().any(|walk| lower.contains(walk))
}

fn undo_look_alike(it: char) -> char {
    match it {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use domain::error::Lang;

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let faults = check(&Password::new(text), "wang.fang", "newPassword");
        assert!(faults.iter().all(|it| it.code == ErrorCode::PasswordTooWeak && it.path == ["newPassword"]));
        faults.iter().map(|it| it.message(Lang::En).to_owned()).collect()
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let faults = faults(text);
        assert!(faults.iter().any(|it| it.contains(part)), "{text}: {faults:?}");
    }

    #[test]
    fn good_ones_are_accepted() {
        for text in
            ["Correct-horse-7", "nav by 08:00 Daily", "净值估值 must be done 8", "aB3$aB3$xyzwq", "Wang-Fa-ng-2031"]
        {
            assert_eq!(faults(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn each_rule_refuses() {
        refused("Sh0rt-pass!", "12 characters");
        refused(&format!("Aa1-{}", "xyzuvw".repeat(50)), "at most 256");
        refused("onlylowercaseletters", "three of these");
        refused("lowercase-with-sign", "three of these");
        refused("My-Wang.Fang-2031", "user name");
        refused("2031-gnaf.gnaw-X", "user name");
        for common in [
            "Password1234!",
            "P@ssw0rd!2031",
            "Admin@123456",
            "123Qwertyuiop!",
            "1qaz@WSX3edc",
            "AbcAbcAbc123!",
            "aA1aA1aA1aA1",
        ] {
            refused(common, "guessed first");
        }
    }

    #[test]
    fn several_faults_are_told_at_once() {
        assert_eq!(faults("wang.fang").len(), 3);
    }

    #[test]
    fn a_short_name_does_not_forbid_its_letters() {
        assert!(check(&Password::new("Quiet-almond-42"), "qu", "p").is_empty());
    }
}
