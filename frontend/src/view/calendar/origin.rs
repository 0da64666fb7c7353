//! Where a revision comes from, in words: what the server itself writes is said in the viewer's language.

use domain::bizdate::BizDate;

use crate::i18n::{Lang, text};

/// The source of a revision. Days changed by hand have theirs from the server; everything else is as somebody wrote it.
pub fn source(written: &str, lang: Lang) -> String {
    let day = |text: &str| text.parse::<BizDate>().ok();
    let Some(of) = written.strip_prefix("override ") else { return written.to_owned() };
    match (day(of), of.strip_suffix(" taken back").and_then(day)) {
        (Some(day), _) => text::calendar_by_hand(lang, day),
        (None, Some(day)) => text::calendar_by_hand_back(lang, day),
        (None, None) => written.to_owned(),
    }
}

/// Who did something to a revision; what came with the program was done by nobody else.
pub fn author(name: Option<&str>, lang: Lang) -> String {
    match name {
        None => text::calendar_by_system(lang).to_owned(),
        Some("bootstrap") => text::calendar_by_almanac(lang).to_owned(),
        Some(name) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_writes_is_worded() {
        assert_eq!(source("override 2026-12-01", Lang::En), "2026-12-01 changed by hand");
        assert_eq!(source("override 2026-12-01 taken back", Lang::Zh), "撤回 2026-12-01 的手工改动");
        for written in ["override of the exchange", "sse.csv"] {
            assert_eq!(source(written, Lang::Zh), written);
        }
    }

    #[test]
    fn what_came_with_the_program_is_by_almanac() {
        assert_eq!(author(Some("bootstrap"), Lang::Zh), "历书");
        assert_eq!(author(Some("chen.yu"), Lang::Zh), "chen.yu");
        assert_eq!(author(None, Lang::En), "the system");
    }
}
