//! A draft that began from a revision which is no longer in force, begun anew from the one that is.

use serde_json::Value;

/// The draft's definition with the days that were changed by hand since it began. A day that the draft itself overrides
/// stays as it says; one that it only carries from `began` is as `active` has it, so that what was taken back meanwhile
/// does not return. Expressions have no such days and stay as they are.
pub fn anew(draft: &Value, began: Option<&Value>, active: &Value) -> Value {
    let mut result = draft.clone();
    if draft.get("expression").is_some() || active.get("expression").is_some() {
        return result;
    }
    let carried = began.map(overrides).unwrap_or_default();
    let own: Vec<&Value> = overrides(draft).iter().filter(|rule| !carried.contains(rule)).collect();
    let decided = |rule: &Value| own.iter().any(|it| it.get("date") == rule.get("date"));
    let kept = overrides(active).iter().filter(|rule| !decided(rule));
    let mut all: Vec<Value> = kept.chain(own.iter().copied()).cloned().collect();
    all.sort_by(|one, other| date(one).cmp(&date(other)));
    if let Some(definition) = result.as_object_mut() {
        match all.is_empty() {
            true => definition.remove("overrides"),
            false => definition.insert("overrides".to_owned(), Value::Array(all)),
        };
    }
    result
}

fn overrides(definition: &Value) -> &[Value] {
    definition.get("overrides").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn date(rule: &Value) -> Option<&str> {
    rule.get("date").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(date: &str, status: &str) -> Value {
        json!({ "date": date, "status": status })
    }

    fn check(draft: &[Value], began: Option<&[Value]>, active: &[Value], expected: &[Value]) {
        let definition = |name: &str, rules: &[Value]| json!({ "zone": name, "overrides": rules });
        let began = began.map(|rules| definition("before", rules));
        let found = anew(&definition("draft", draft), began.as_ref(), &definition("active", active));
        assert_eq!((&found["zone"], overrides(&found)), (&json!("draft"), expected));
    }

    #[test]
    fn days_changed_by_hand_since_are_kept() {
        let (first, second) = (rule("2026-11-25", "closed"), rule("2026-12-01", "closed"));
        check(&[second.clone()], None, &[first.clone()], &[first.clone(), second]);
        check(&[], None, &[first.clone()], &[first]);
    }

    #[test]
    fn the_draft_wins_on_its_own_days() {
        let (closed, open) = (rule("2026-11-25", "closed"), rule("2026-11-25", "open"));
        check(&[open.clone()], Some(&[closed.clone()]), &[closed], &[open]);
    }

    #[test]
    fn what_was_taken_back_since_does_not_return() {
        let closed = rule("2026-11-25", "closed");
        check(&[closed.clone()], Some(&[closed]), &[], &[]);
    }

    #[test]
    fn an_expression_stays_as_it_is() {
        let draft = json!({ "expression": "SSE & HKEX" });
        assert_eq!(anew(&draft, None, &json!({ "expression": "SSE" })), draft);
    }
}
