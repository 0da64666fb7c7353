//! The text that a row's hash covers, version 1.
//!
//! `hash = hex(SHA-256(canonical))`, where `canonical` is one JSON object in UTF-8 without white space, its keys sorted
//! by their bytes, with every column of the row but `hash` itself, and `v` = 1:
//!
//! `action, actor_id, actor_kind, actor_name, after_json, at_ms, before_json, channel, client_addr, error_code,
//! object_id, object_kind, object_name, prev_hash, reason, request_id, result, seq, session_id, tenant_id, v`
//!
//! Numbers are JSON integers, an absent value is `null`, and `before_json` and `after_json` are strings that hold the
//! stored text as it is. Texts are escaped as by `serde_json`: only `"`, `\` and control characters. `prev_hash` of the
//! first row is [`genesis`], which differs per tenant, so that no chain can stand in for another.

use domain::id::TenantId;
use serde::Serialize;
use serde_json::{Map, Value};
use store::audit::{AuditEvent, Head};

use super::{AuditEntry, mask::masked};
use crate::{ctx::OpCtx, digest::sha256_hex};

/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 2_000;

/// Largest state of an object that is kept, in bytes; of a larger one the digest.
const STATE_MAX: usize = 256 * 1024;

/// `prev_hash` of a tenant's first row.
#[must_use]
pub fn genesis(tenant: TenantId) -> String {
    sha256_hex(format!("almanac audit chain 1, tenant {tenant}").as_bytes())
}

/// The canonical text of a row.
///
/// # Panics
/// Never: the row has only numbers and texts.
#[must_use]
pub fn text(event: &AuditEvent) -> String {
    // The fields stand in the order of their names, which is the order they are written in.
    #[derive(Serialize)]
    struct Row<'a> {
        action: &'a str,
        actor_id: Option<i64>,
        actor_kind: &'a str,
        actor_name: &'a str,
        after_json: Option<&'a str>,
        at_ms: i64,
        before_json: Option<&'a str>,
        channel: &'a str,
        client_addr: Option<&'a str>,
        error_code: Option<&'a str>,
        object_id: Option<&'a str>,
        object_kind: &'a str,
        object_name: Option<&'a str>,
        prev_hash: &'a str,
        reason: Option<&'a str>,
        request_id: Option<&'a str>,
        result: &'a str,
        seq: i64,
        session_id: Option<i64>,
        tenant_id: i64,
        v: u8,
    }
    let row = Row {
        action: &event.action,
        actor_id: event.actor_id.map(|it| it.0),
        actor_kind: &event.actor_kind,
        actor_name: &event.actor_name,
        after_json: event.after_json.as_deref(),
        at_ms: event.at_ms,
        before_json: event.before_json.as_deref(),
        channel: &event.channel,
        client_addr: event.client_addr.as_deref(),
        error_code: event.error_code.as_deref(),
        object_id: event.object_id.as_deref(),
        object_kind: &event.object_kind,
        object_name: event.object_name.as_deref(),
        prev_hash: &event.prev_hash,
        reason: event.reason.as_deref(),
        request_id: event.request_id.as_deref(),
        result: &event.result,
        seq: event.seq,
        session_id: event.session.map(|it| it.0),
        tenant_id: event.tenant.0,
        v: 1,
    };
    serde_json::to_string(&row).expect("a row of numbers and texts can be written")
}

/// The hash of a row.
#[must_use]
pub fn hash(event: &AuditEvent) -> String {
    sha256_hex(text(event).as_bytes())
}

/// The row of an act as it will be stored, at its place in the chain.
pub(super) fn event(ctx: &OpCtx, entry: &AuditEntry, link: Head) -> AuditEvent {
    let mut event = AuditEvent {
        tenant: entry.tenant,
        seq: link.seq,
        at_ms: ctx.now_ms,
        actor_kind: ctx.actor.kind().to_owned(),
        actor_id: ctx.actor.account_id(),
        actor_name: fit(ctx.actor.name(), 100).unwrap_or_else(|| "-".to_owned()),
        channel: ctx.channel.as_str().to_owned(),
        action: entry.action.to_owned(),
        object_kind: entry.object_kind.to_owned(),
        object_id: entry.object_id.as_deref().and_then(|it| fit(it, 64)),
        object_name: entry.object_name.as_deref().and_then(|it| fit(it, 200)),
        result: entry.result.as_str().to_owned(),
        error_code: entry.error_code.map(|it| it.as_str().to_owned()),
        reason: entry.reason.as_deref().and_then(|it| fit(it, REASON_MAX)),
        before_json: entry.before.as_ref().map(state),
        after_json: entry.after.as_ref().map(state),
        request_id: fit(&ctx.request_id, 64),
        session: ctx.session_id,
        client_addr: ctx.client_addr.as_deref().and_then(|it| fit(it, 64)),
        prev_hash: link.hash,
        hash: String::new(),
    };
    event.hash = hash(&event);
    event
}

/// The text as a column of `length` characters keeps it on every engine: cut, without NUL, absent when empty.
fn fit(text: &str, length: usize) -> Option<String> {
    let kept: String = text.chars().take(length).map(|it| if it == '\0' { '\u{fffd}' } else { it }).collect();
    if kept.is_empty() { None } else { Some(kept) }
}

/// The state of an object as it is kept: masked, keys sorted.
fn state(value: &Value) -> String {
    let text = sorted(&masked(value)).to_string();
    if text.len() <= STATE_MAX {
        return text;
    }
    serde_json::json!({ "omitted_bytes": text.len(), "sha256": sha256_hex(text.as_bytes()) }).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(names.into_iter().map(|(name, it)| (name.clone(), sorted(it))).collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests;
