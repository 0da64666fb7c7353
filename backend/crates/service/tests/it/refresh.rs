//! Refresh tokens: rotation, two tabs, theft, and the ends of a session.

use domain::id::TenantId;
use service::{
    Error,
    session::{self, SignedIn},
};

use crate::firm::{Firm, PASSWORD};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

async fn signed_in() -> (Firm, SignedIn) {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let signed_in = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    (firm, signed_in)
}

async fn refresh(firm: &Firm, token: &str) -> service::Result<String> {
    let answer = session::refresh(&firm.services, &firm.anonymous(), token).await?;
    Ok(answer.refresh_token.reveal())
}

#[track_caller]
fn refused(answer: &service::Result<String>) {
    assert!(matches!(answer, Err(Error::Unauthenticated)), "{answer:?}");
}

#[tokio::test]
async fn each_use_replaces_the_token() {
    let (firm, first) = signed_in().await;
    let mut token = first.refresh_token.reveal();
    for _ in 0..3 {
        firm.advance(10 * MINUTE_MS);
        let next = refresh(&firm, &token).await.unwrap();
        assert_ne!(next, token);
        token = next;
    }
    firm.in_session(first.session).await.unwrap();
    assert_eq!(firm.trail(TenantId::PLATFORM).await.last().unwrap(), "session.refresh succeeded");
    assert_eq!(firm.last_audit(TenantId::PLATFORM).await.actor_name, "wang.fang");
}

#[tokio::test]
async fn a_replaced_token_ends_the_session_for_both_holders() {
    let (firm, first) = signed_in().await;
    let stolen = first.refresh_token.reveal();
    let own = refresh(&firm, &stolen).await.unwrap();
    firm.in_session(first.session).await.unwrap();
    firm.advance(11 * SECOND_MS);
    refused(&refresh(&firm, &stolen).await);
    refused(&refresh(&firm, &own).await);
    assert!(firm.in_session(first.session).await.is_err());
    assert_eq!(firm.trail(TenantId::PLATFORM).await.last().unwrap(), "session.token_reused denied UNAUTHENTICATED");
}

/// The thief was faster, more than once: the owner's old token is found out all the same.
#[tokio::test]
async fn a_token_replaced_long_ago_ends_the_session_too() {
    let (firm, first) = signed_in().await;
    let mut thief = first.refresh_token.reveal();
    for _ in 0..3 {
        thief = refresh(&firm, &thief).await.unwrap();
    }
    refused(&refresh(&firm, &first.refresh_token.reveal()).await);
    refused(&refresh(&firm, &thief).await);
}

#[tokio::test]
async fn two_tabs_at_the_same_moment_are_no_theft() {
    let (firm, first) = signed_in().await;
    let token = first.refresh_token.reveal();
    let (one, two) = tokio::join!(refresh(&firm, &token), refresh(&firm, &token));
    assert_eq!(one.unwrap(), two.unwrap(), "both keep the same next token, whichever answer comes last");
    firm.advance(10 * SECOND_MS - 1);
    let late = refresh(&firm, &token).await.unwrap();
    firm.advance(10 * MINUTE_MS);
    refresh(&firm, &late).await.unwrap();
}

/// The other node does not know the token that replaced it, so it makes a new one.
#[tokio::test]
async fn two_tabs_on_two_nodes_are_no_theft() {
    let (firm, first) = signed_in().await;
    let other = Firm::on(firm.services.store().clone());
    let token = first.refresh_token.reveal();
    let here = refresh(&firm, &token).await.unwrap();
    let there = refresh(&other, &token).await.unwrap();
    assert_ne!(here, there);
    let next = refresh(&other, &there).await.unwrap();
    firm.in_session(first.session).await.unwrap();
    firm.advance(MINUTE_MS);
    refresh(&firm, &next).await.unwrap();
}

/// Who knows only the session's id, or has the secret of another one, can't end it.
#[tokio::test]
async fn a_forged_token_changes_nothing() {
    let (firm, first) = signed_in().await;
    let other = firm.sign_in("wang.fang", PASSWORD).await.unwrap().refresh_token.reveal();
    let (_, secrets) = other.split_once('.').unwrap();
    for forged in [format!("{}.{secrets}", first.session), format!("{}.x.y", first.session), "rubbish".into()] {
        refused(&refresh(&firm, &forged).await);
    }
    refresh(&firm, &first.refresh_token.reveal()).await.unwrap();
}

#[tokio::test]
async fn an_idle_session_ends() {
    let (firm, first) = signed_in().await;
    firm.advance(30 * MINUTE_MS);
    assert!(firm.in_session(first.session).await.is_err());
    refused(&refresh(&firm, &first.refresh_token.reveal()).await);
}

#[tokio::test]
async fn a_busy_session_ends_after_half_a_day() {
    let (firm, first) = signed_in().await;
    let mut token = first.refresh_token.reveal();
    for _ in 0..(12 * 60 / 20 - 1) {
        firm.advance(20 * MINUTE_MS);
        token = refresh(&firm, &token).await.unwrap();
    }
    firm.advance(20 * MINUTE_MS);
    refused(&refresh(&firm, &token).await);
    assert!(firm.in_session(first.session).await.is_err());
}
