//! Keeps secrets out of the audit trail: a value is masked when its name says that it is one.

use serde_json::Value;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Parts of names, compared without case, hyphens and underscores.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "privatekey",
    "apikey",
    "accesskey",
    "authorization",
    "cookie",
    "passwordhash",
];

/// The value with each secret in it replaced.
#[must_use]
pub fn masked(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(fields) => {
            let field =
                |(name, it): (&String, &Value)| (name.clone(), if hides(name, it) { MASK.into() } else { masked(it) });
            Value::Object(fields.iter().map(field).collect())
        }
        plain => plain.clone(),
    }
}

/// Truth values and absence are no secrets: `must_change_password` stays readable.
fn hides(name: &str, value: &Value) -> bool {
    let name: String = name.chars().filter(|it| !matches!(it, '-' | '_')).flat_map(char::to_lowercase).collect();
    !matches!(value, Value::Bool(_) | Value::Null) && SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let value = json!({
            "name": "mart", "Password": "a", "env": [{ "API_KEY": "b", "DATE": "2026-01-05" }],
            "refresh-token": { "x": 1 }, "must_change_password": true, "client_secret": null,
        });
        assert_eq!(
            masked(&value),
            json!({
                "name": "mart", "Password": "***", "env": [{ "API_KEY": "***", "DATE": "2026-01-05" }],
                "refresh-token": "***", "must_change_password": true, "client_secret": null,
            })
        );
    }
}
