//! Tests of expressions taken apart.

use super::*;

fn kinds(source: &str) -> Vec<(String, TokenKind)> {
    tokens(source).into_iter().map(|token| (token.text, token.kind)).collect()
}

fn parsed(source: &str) -> CalendarExpr {
    CalendarExpr::parse(source).expect("an expression")
}

#[test]
fn texts_become_tokens() {
    use TokenKind::{Bracket, Calendar, Function, Operator, Other};
    let check = |source: &str, expected: &[(&str, TokenKind)]| {
        let expected: Vec<_> = expected.iter().map(|(text, kind)| ((*text).to_owned(), *kind)).collect();
        assert_eq!(kinds(source), expected, "{source}");
    };
    check("SSE&HKEX", &[("SSE", Calendar), ("&", Operator), ("HKEX", Calendar)]);
    check(
        "!(A | B)-C_1",
        &[
            ("!", Operator),
            ("(", Bracket),
            ("A", Calendar),
            ("|", Operator),
            ("B", Calendar),
            (")", Bracket),
            ("-", Operator),
            ("C_1", Calendar),
        ],
    );
    check(
        "shift(last(SSE, month), -2)",
        &[
            ("shift", Function),
            ("(", Bracket),
            ("last", Function),
            ("(", Bracket),
            ("SSE", Calendar),
            (",", Other),
            ("month", Other),
            (")", Bracket),
            (",", Other),
            ("-2", Other),
            (")", Bracket),
        ],
    );
    check(
        "between(SSE, 2026-01-01, 2026-06-30)",
        &[
            ("between", Function),
            ("(", Bracket),
            ("SSE", Calendar),
            (",", Other),
            ("2026-01-01", Other),
            (",", Other),
            ("2026-06-30", Other),
            (")", Bracket),
        ],
    );
    check("基金 & §", &[("基金", Calendar), ("&", Operator), ("§", Other)]);
    check("", &[]);
}

#[test]
fn tokens_joined_mean_the_same() {
    for source in ["SSE & HKEX", "!(SSE | HKEX) - CNIB", "A & (B | !C)", "SSE-HKEX"] {
        let joined = joined(&tokens(source));
        assert_eq!(parsed(&joined), parsed(source), "{joined}");
        assert_eq!(super::joined(&tokens(&joined)), joined);
    }
    assert_eq!(joined(&tokens("last(SSE,month)")), "last(SSE, month)");
}

#[test]
fn only_functions_that_expressions_know_are_offered() {
    assert_eq!(functions().count(), FUNCTIONS.len());
    for insert in functions() {
        let filled = insert.replacen(' ', "SSE", 1);
        assert!(CalendarExpr::parse(&filled).is_ok(), "{filled}");
    }
}

#[test]
fn steps_count_what_each_part_leaves() {
    let steps = steps(&parsed("SSE & HKEX - NYSE"), Calendars::builtin(), 2026, Lang::En);
    let labels: Vec<&str> = steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["SSE", "∩ HKEX", "− NYSE"]);
    assert_eq!(steps[0].days, Some(242));
    assert!(steps[1].days < steps[0].days && steps[2].days < steps[1].days, "{steps:?}");
    let grouped = super::steps(&parsed("SSE & (HKEX | NYSE)"), Calendars::builtin(), 2027, Lang::Zh);
    assert_eq!((grouped[1].label.as_str(), grouped[1].days), ("∩ (HKEX ∪ NYSE)", None));
    let shifted = super::steps(&parsed("shift(last(SSE, month), -1)"), Calendars::builtin(), 2026, Lang::En);
    let labels: Vec<&str> = shifted.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["SSE", "last(…, month)", "shift(…, -1)"]);
    assert_eq!(shifted[1].days, Some(12));
}

#[test]
fn the_horizon_is_that_of_the_shortest_part() {
    let of = |source: &str| shortest(&Calendars::builtin().resolve_text(source).expect("a calendar"));
    let day = |text: &str| text.parse().expect("a date");
    assert_eq!(of("SSE & HKEX"), Some((day("2026-12-31"), Some("SSE".to_owned()))));
    assert_eq!(of("SSE"), Some((day("2026-12-31"), None)));
    assert_eq!(of("DAILY & WEEKDAY"), None);
}

#[test]
fn days_that_a_part_loses_are_struck_out() {
    let of = |source: &str| {
        let expr = parsed(source);
        let calendar = Calendars::builtin().resolve(&expr).expect("a calendar");
        year(&expr, &calendar, 2026, Lang::En)
    };
    let picked = of("last(SSE, month)");
    assert_eq!((picked[0].cells[29].class, picked[0].cells[28].class), ("d d--o", "d d--w"));
    let months = of("SSE & HKEX");
    let class = |month: usize, day: usize| months[month - 1].cells[day - 1].class;
    assert_eq!((class(1, 2), class(1, 5), class(1, 3)), ("d d--x", "d d--o", "d d--w"));
    assert_eq!(class(12, 24), "d d--f");
}

#[test]
fn the_signs_that_are_shown_can_be_typed() {
    assert_eq!(plain("SSE ∩ (HKEX ∪ NYSE) − half(HKEX)"), "SSE & (HKEX | NYSE) - half(HKEX)");
    assert_eq!(plain(&short("SSE & HKEX - half(HKEX)")), "SSE & HKEX - half(HKEX)");
}
