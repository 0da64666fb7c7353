//! Tests of the calendars by name.

use cynic::Id;
use domain::bizdate::BizDate;
use serde_json::json;

use super::*;
use crate::api::calendar::{CalendarRevisionState, Revision};
use crate::api::scalar::Instant;
use crate::api::tenant::TenantRef;

fn row(id: &str, name: &str, tenant: Option<&str>, definition: Option<Value>) -> CalendarRow {
    let derived = definition.as_ref().is_some_and(|it| it.get("expression").is_some());
    let active = definition.map(|definition| Revision {
        id: Id::new(format!("calendarRevision:{id}.1")),
        number: 1,
        state: CalendarRevisionState::Active,
        definition,
        based_on: None,
        source: None,
        note: None,
        created_at: Instant(0),
        created_by: None,
        activated_at: None,
        activated_by: None,
        reason: None,
    });
    let tenant = tenant.map(|id| TenantRef { id: Id::new(id), slug: id.to_owned(), title: id.to_owned() });
    CalendarRow {
        id: Id::new(format!("calendar:{id}")),
        tenant,
        name: name.to_owned(),
        title: name.to_owned(),
        kind: if derived { CalendarKind::Derived } else { CalendarKind::Base },
        second_person: false,
        active,
        known_until: None,
        days_left: None,
        alarm_days: None,
        viewer_can: Vec::new(),
    }
}

/// Only the first of January 2026 is closed.
fn listed(name: &str) -> Value {
    json!({
        "name": name, "zone": "Asia/Shanghai", "week": [true, true, true, true, true, true, true], "years": [2026],
        "days": [{"date": "2026-01-01", "status": "closed", "reason": "rest"}],
    })
}

fn is_open(calendars: &Calendars, name: &str, day: &str) -> Option<bool> {
    let day: BizDate = day.parse().expect("a date");
    calendars.get(name).ok()?.is_open(day).ok()
}

#[test]
fn a_stored_calendar_replaces_the_built_in_one_of_its_name() {
    let book = Book::of(vec![row("0.1", "SSE", None, Some(listed("anything")))]);
    assert_eq!(is_open(&book.calendars(None), "SSE", "2026-01-03"), Some(true));
    assert_eq!(is_open(&Book::default().calendars(None), "SSE", "2026-01-03"), Some(false));
    assert_eq!(is_open(&book.calendars(None), "HKEX", "2026-01-02"), Some(true), "others stay");
}

#[test]
fn derived_calendars_may_come_before_what_they_name() {
    let rows = vec![
        row("0.1", "OUTER", None, Some(json!({"expression": "INNER - NYSE"}))),
        row("0.2", "INNER", None, Some(json!({"expression": "SSE & HKEX"}))),
        row("0.3", "LOST", None, Some(json!({"expression": "NOWHERE"}))),
    ];
    let book = Book::of(rows);
    assert!(book.entries()[0].calendar().is_some_and(|it| it.name() == "OUTER"));
    assert_eq!(book.entries()[1].expression.as_deref(), Some("SSE & HKEX"));
    assert!(
        book.entries()[2].active.as_ref().is_err_and(|error| error.text(Lang::Zh).contains("NOWHERE")),
        "{:?}",
        book.entries()[2].active
    );
}

#[test]
fn a_name_means_to_a_tenant_its_own_calendar() {
    let rows = vec![
        row("1.1", "OWN", Some("tenant:1"), Some(listed("OWN"))),
        row("2.1", "OWN", Some("tenant:2"), Some(json!({"expression": "SSE"}))),
        row("0.1", "FIRM", None, Some(json!({"expression": "HKEX"}))),
    ];
    let book = Book::of(rows);
    assert_eq!(is_open(&book.calendars(Some("tenant:1")), "OWN", "2026-01-03"), Some(true));
    assert_eq!(is_open(&book.calendars(Some("tenant:2")), "OWN", "2026-01-03"), Some(false));
    assert_eq!(is_open(&book.calendars(Some("tenant:3")), "OWN", "2026-01-03"), None);
    assert!(book.calendars(Some("tenant:3")).get("FIRM").is_ok());
    assert_eq!(book.seen_by(Some("tenant:1")).count(), 2);
    assert_eq!(book.seen_by(None).count(), 3);
    assert_eq!(book.find("own", Some("tenant:2")).map(|it| it.address()), Some("2.1"));
    assert_eq!(book.find("1.1", Some("tenant:2")).map(|it| it.address()), Some("1.1"));
    assert!(book.find("nothing", None).is_none());
}

#[test]
fn a_calendar_without_days_is_listed_all_the_same() {
    let broken = row("0.2", "BROKEN", None, Some(json!({"week": 7})));
    let book = Book::of(vec![row("0.1", "EMPTY", None, None), broken]);
    assert!(book.entries()[0].active.as_ref().is_ok_and(Option::is_none));
    assert!(book.entries()[1].active.is_err());
    assert_eq!((book.seen_by(None).count(), book.usable_by(None).count()), (2, 0));
}
