//! The nearest of some names, for "did you mean".

/// The candidate nearest to what was written, unless all are too far off to be meant.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // One slip in a short word, two in a longer one; `maxDelay` for `max_delay` counts as one.
    let length = written.chars().count();
    let allowed = if length <= 4 { 1 } else { 2 };
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(written, candidate);
            let loose = strsim::damerau_levenshtein(&plain(written), &plain(candidate)) + 1;
            (distance.min(loose), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expect: Option<&str>) {
        let names = ["needs", "needs_rule", "when", "max_delay", "timeout", "env"];
        assert_eq!(nearest(written, names).as_deref(), expect, "{written}");
    }

    #[test]
    fn near_names_are_found() {
        check("need", Some("needs"));
        check("maxDelay", Some("max_delay"));
        check("Timeout", Some("timeout"));
        check("tiemout", Some("timeout"));
        check("envs", Some("env"));
        check("wehn", Some("when"));
        check("retries", None);
        check("x", None);
        check("", None);
    }
}
