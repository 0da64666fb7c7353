//! The form of a row.

use domain::{
    error::ErrorCode,
    id::{AccountId, SessionId},
};
use serde_json::json;

use super::*;
use crate::ctx::{Actor, Channel};

fn ctx() -> OpCtx {
    let actor = Actor::Account { id: AccountId(5), username: "wang.fang".into(), must_change_password: false };
    OpCtx {
        actor,
        request_id: "r-1".into(),
        client_addr: Some("10.0.0.7".into()),
        channel: Channel::Ui,
        session_id: Some(SessionId(9)),
        ..OpCtx::anonymous(1_767_000_000_000)
    }
}

fn entry() -> AuditEntry {
    AuditEntry::new(TenantId(7), "run.stop", "run").id(123).name("nav-valuation").reason(Some("wrong \"date\"".into()))
}

fn link() -> Head {
    Head { seq: 1, hash: genesis(TenantId(7)) }
}

/// The text is the contract with whoever verifies an export: a change of it is a new version.
#[test]
fn the_canonical_text_is_as_documented() {
    let event = event(&ctx(), &entry().after(json!({ "b": 1, "a": [true, null] })), link());
    assert_eq!(
        text(&event),
        concat!(
            r#"{"action":"run.stop","actor_id":5,"actor_kind":"account","actor_name":"wang.fang","#,
            r#""after_json":"{\"a\":[true,null],\"b\":1}","at_ms":1767000000000,"before_json":null,"channel":"ui","#,
            r#""client_addr":"10.0.0.7","error_code":null,"object_id":"123","object_kind":"run","#,
            r#""object_name":"nav-valuation","#,
            r#""prev_hash":"6995b6b7b07ee1683545439501b40dfbd6cce02f07c48e00ef3c93fbb3c81347","#,
            r#""reason":"wrong \"date\"","request_id":"r-1","result":"succeeded","seq":1,"session_id":9,"tenant_id":7,"v":1}"#
        )
    );
    assert_eq!(event.hash, sha256_hex(text(&event).as_bytes()));
}

#[test]
fn keys_stand_in_the_order_of_their_bytes() {
    let text = text(&event(&ctx(), &entry(), link()));
    let fields: Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(fields.keys().is_sorted(), "{text}");
    assert_eq!(fields.len(), 21);
}

/// Every column but the hash itself is covered.
#[test]
fn a_change_of_any_column_changes_the_hash() {
    let row = event(&ctx(), &entry(), link());
    let some = || Some("x".to_owned());
    let changes: [fn(&mut AuditEvent, Option<String>); 20] = [
        |row, _| row.tenant = TenantId(8),
        |row, _| row.seq += 1,
        |row, _| row.at_ms += 1,
        |row, _| row.actor_kind.push('x'),
        |row, _| row.actor_id = None,
        |row, _| row.actor_name.push('x'),
        |row, _| row.channel.push('x'),
        |row, _| row.action.push('x'),
        |row, _| row.object_kind.push('x'),
        |row, x| row.object_id = x,
        |row, x| row.object_name = x,
        |row, _| row.result.push('x'),
        |row, x| row.error_code = x,
        |row, x| row.reason = x,
        |row, x| row.before_json = x,
        |row, x| row.after_json = x,
        |row, x| row.request_id = x,
        |row, _| row.session = None,
        |row, x| row.client_addr = x,
        |row, _| row.prev_hash.push('x'),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut changed = row.clone();
        change(&mut changed, some());
        assert_ne!(hash(&changed), row.hash, "change {at}");
    }
}

#[test]
fn texts_fit_their_columns_on_every_engine() {
    let ctx = OpCtx { request_id: String::new(), client_addr: Some("x".repeat(100)), ..ctx() };
    let entry = AuditEntry { reason: Some("净".repeat(3_000)), ..entry().name("a\0b") };
    let event = event(&ctx, &entry, link());
    assert_eq!(event.object_name.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(event.request_id, None, "an empty text is absent");
    assert_eq!(event.client_addr.unwrap().len(), 64);
    assert_eq!(event.reason.unwrap().chars().count(), REASON_MAX);
}

#[test]
fn secrets_and_bulk_are_kept_out() {
    let after = json!({ "password": "canary", "note": "x".repeat(STATE_MAX) });
    let event = event(&ctx(), &entry().before(json!({ "token": "canary" })).after(after), link());
    assert_eq!(event.before_json.as_deref(), Some(r#"{"token":"***"}"#));
    let after = event.after_json.unwrap();
    assert!(after.len() < 200 && after.contains("omitted_bytes") && after.contains("sha256"), "{after}");
    assert!(!after.contains("canary"));
}

#[test]
fn a_refusal_tells_its_code() {
    let refused = entry().refused(&crate::Error::Denied { permission: domain::access::Permission::RunOperate });
    let event = event(&ctx(), &refused, link());
    assert_eq!((event.result.as_str(), event.error_code.as_deref()), ("denied", Some(ErrorCode::Denied.as_str())));
    let failed = entry().refused(&crate::Error::Conflict { kind: "run" });
    assert_eq!(failed.result.as_str(), "failed");
}

#[test]
fn no_two_chains_begin_alike() {
    assert_ne!(genesis(TenantId(1)), genesis(TenantId(2)));
    assert_eq!(genesis(TenantId(1)), genesis(TenantId(1)));
}
