//! First start, accounts, signing in and out, passwords, lock-out.

use domain::{
    access::Permission,
    error::{ErrorCode, Lang},
    id::TenantId,
};
use service::{
    Actor, Error, OpCtx,
    account::{self, NewAccount},
    authz::Scope,
    password::Password,
    project, role, session, tenant,
};

use crate::firm::{Firm, PASSWORD};

const PLATFORM: TenantId = TenantId::PLATFORM;
const MINUTE_MS: i64 = 60_000;

fn new_account(username: &str) -> NewAccount {
    NewAccount { username: username.into(), display_name: "Wang Fang".into(), email: Some("wang@example.com".into()) }
}

#[tokio::test]
async fn the_first_start_makes_one_administrator_once() {
    let firm = Firm::new().await;
    let issued = account::bootstrap(&firm.services, firm.now_ms()).await.unwrap().unwrap();
    assert_eq!(issued.account.username, account::FIRST_ADMINISTRATOR);
    assert!(account::bootstrap(&firm.services, firm.now_ms()).await.unwrap().is_none());
    assert_eq!(firm.trail(PLATFORM).await, ["account.bootstrap succeeded"]);
    let row = firm.last_audit(PLATFORM).await;
    assert_eq!((row.actor_kind.as_str(), row.actor_name.as_str()), ("system", "bootstrap"));
    assert!(!format!("{row:?}").contains(issued.one_time_password.reveal()));
}

#[tokio::test]
async fn two_nodes_that_start_at_once_make_one_administrator() {
    let firm = Firm::new().await;
    let other = Firm::on(firm.services.store().clone());
    let (one, two) = tokio::join!(
        account::bootstrap(&firm.services, firm.now_ms()),
        account::bootstrap(&other.services, other.now_ms()),
    );
    assert_eq!([one.unwrap(), two.unwrap()].iter().flatten().count(), 1);
}

#[tokio::test]
async fn a_one_time_password_allows_nothing_but_changing_it() {
    let firm = Firm::new().await;
    let issued = account::bootstrap(&firm.services, firm.now_ms()).await.unwrap().unwrap();
    let signed_in = firm.sign_in("ADMIN ", issued.one_time_password.reveal()).await.unwrap();
    assert!(signed_in.account.must_change_password);
    let ctx = firm.in_session(signed_in.session).await.unwrap();
    let new = new_account("wang.fang");
    let assignment = role::Assignment {
        username: "x".into(),
        tenant: PLATFORM,
        role: domain::access::Role::SystemAdmin,
        project: None,
    };
    let refused = [
        account::create(&firm.services, &ctx, new).await.unwrap_err(),
        tenant::list(&firm.services, &ctx, None, 10).await.unwrap_err(),
        project::list(&firm.services, &ctx, None, None, 10).await.unwrap_err(),
        role::grant(&firm.services, &ctx, &assignment, None).await.unwrap_err(),
        ctx.require(&firm.services, Permission::PlatformRead, Scope::PLATFORM).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, Error::PasswordChangeRequired), "{error:?}");
    }
    assert_eq!(ctx.permissions(&firm.services, Scope::PLATFORM).await.unwrap().iter().count(), 0);
    assert_eq!(account::memberships(&firm.services, &ctx).await.unwrap(), []);
    assert_eq!(account::viewer(&firm.services, &ctx).await.unwrap().username, "admin");

    let own = Password::new(PASSWORD);
    let changed = account::change_password(&firm.services, &ctx, &issued.one_time_password, &own).await.unwrap();
    assert!(!changed.must_change_password);
    let ctx = firm.in_session(signed_in.session).await.unwrap();
    ctx.require(&firm.services, Permission::PlatformManage, Scope::PLATFORM).await.unwrap();
    assert!(firm.sign_in("admin", issued.one_time_password.reveal()).await.is_err(), "it was for one time");
}

#[tokio::test]
async fn wrong_name_wrong_password_and_locked_account_are_answered_alike() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let unknown = firm.sign_in("nobody", PASSWORD).await.unwrap_err();
    let wrong = firm.sign_in("wang.fang", "wrong").await.unwrap_err();
    for _ in 0..4 {
        firm.sign_in("wang.fang", "wrong").await.unwrap_err();
    }
    let locked = firm.sign_in("wang.fang", PASSWORD).await.unwrap_err();
    for error in [&unknown, &wrong, &locked] {
        assert_eq!(error.code(), ErrorCode::BadCredentials);
        for lang in Lang::ALL {
            assert_eq!(error.message(*lang), unknown.message(*lang));
        }
    }
    let trail = firm.trail(PLATFORM).await;
    assert_eq!(
        trail[2..],
        [
            "session.sign_in failed BAD_CREDENTIALS",
            "session.sign_in failed BAD_CREDENTIALS",
            "session.sign_in failed BAD_CREDENTIALS",
            "session.sign_in failed BAD_CREDENTIALS",
            "session.sign_in failed BAD_CREDENTIALS",
            "account.lock_out succeeded",
            "session.sign_in failed BAD_CREDENTIALS",
            "session.sign_in failed ACCOUNT_LOCKED",
        ]
    );
}

#[tokio::test]
async fn a_lock_ends_by_itself_and_failures_meanwhile_do_not_prolong_it() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    for _ in 0..5 {
        firm.sign_in("wang.fang", "wrong").await.unwrap_err();
    }
    firm.advance(29 * MINUTE_MS);
    firm.sign_in("wang.fang", "wrong").await.unwrap_err();
    firm.sign_in("wang.fang", PASSWORD).await.unwrap_err();
    firm.advance(MINUTE_MS);
    firm.sign_in("wang.fang", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    for _ in 0..3 {
        for _ in 0..4 {
            firm.sign_in("wang.fang", "wrong").await.unwrap_err();
        }
        firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    }
}

/// A hundred guesses at once are judged one after the other: after the fifth none is accepted, right or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_guesses_at_once_count_each() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let guesses = (0..20).map(|_| firm.sign_in("wang.fang", "wrong"));
    let refused = futures(guesses).await;
    assert!(refused.iter().all(Result::is_err));
    firm.sign_in("wang.fang", PASSWORD).await.unwrap_err();
    let trail = firm.trail(PLATFORM).await;
    assert_eq!(trail.iter().filter(|it| it.contains("lock_out")).count(), 1);
    assert_eq!(trail.iter().filter(|it| it.contains("BAD_CREDENTIALS")).count(), 5);
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut set: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        set.retain_mut(|it| match it.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if set.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

/// People type their password into the wrong field.
#[tokio::test]
async fn what_can_not_be_a_name_is_not_kept() {
    let firm = Firm::new().await;
    firm.sign_in("My Secret-1!", "x").await.unwrap_err();
    assert_eq!(firm.last_audit(PLATFORM).await.object_name.unwrap(), "(not a user name)");
    firm.sign_in("who.knows", "x").await.unwrap_err();
    let row = firm.last_audit(PLATFORM).await;
    assert_eq!(row.object_name.unwrap(), "who.knows");
    assert_eq!(row.client_addr.unwrap(), "10.0.0.7");
}

#[tokio::test]
async fn a_session_acts_until_it_is_signed_out() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let signed_in = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let ctx = firm.in_session(signed_in.session).await.unwrap();
    assert_eq!(ctx.actor.name(), "wang.fang");
    session::sign_out(&firm.services, &ctx, None).await.unwrap();
    assert!(matches!(firm.in_session(signed_in.session).await, Err(Error::Unauthenticated)));
    assert!(!session::is_alive(&firm.services, signed_in.session, firm.now_ms()).await.unwrap());
    assert_eq!(firm.trail(PLATFORM).await.last().unwrap(), "session.sign_out succeeded");
    session::sign_out(&firm.services, &ctx, None).await.unwrap();
}

/// The access token has run out, the cookie is still there.
#[tokio::test]
async fn a_refresh_token_signs_out_its_session_and_no_other() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let one = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let two = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let (_, secrets) =
        one.refresh_token.reveal().split_once('.').map(|(id, it)| (id.to_owned(), it.to_owned())).unwrap();
    let forged = format!("{}.{secrets}", two.session);
    session::sign_out(&firm.services, &firm.anonymous(), Some(&forged)).await.unwrap();
    firm.in_session(two.session).await.unwrap();
    session::sign_out(&firm.services, &firm.anonymous(), Some(&one.refresh_token.reveal())).await.unwrap();
    assert!(firm.in_session(one.session).await.is_err());
    firm.in_session(two.session).await.unwrap();
}

/// An end on another node acts here as soon as the short memory is over.
#[tokio::test]
async fn an_end_elsewhere_acts_within_seconds() {
    let firm = Firm::new().await;
    let other = Firm::on(firm.services.store().clone());
    firm.person("wang.fang").await;
    let signed_in = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let ctx = firm.in_session(signed_in.session).await.unwrap();
    session::sign_out(&other.services, &ctx, None).await.unwrap();
    firm.advance(session::ALIVE_MS);
    assert!(firm.in_session(signed_in.session).await.is_err());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let firm = Firm::new().await;
    firm.person("wang.fang").await;
    let here = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let there = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    let ctx = firm.in_session(here.session).await.unwrap();
    firm.in_session(there.session).await.unwrap();
    let new = Password::new("Better-walnut-77");
    account::change_password(&firm.services, &ctx, &Password::new(PASSWORD), &new).await.unwrap();
    firm.in_session(here.session).await.unwrap();
    assert!(firm.in_session(there.session).await.is_err());
    firm.sign_in("wang.fang", PASSWORD).await.unwrap_err();
    firm.sign_in("wang.fang", new.reveal()).await.unwrap();
}

#[tokio::test]
async fn changing_a_password_asks_for_the_old_one_and_counts() {
    let firm = Firm::new().await;
    let ctx = firm.person("wang.fang").await;
    let change = async |current: &str, new: &str| {
        account::change_password(&firm.services, &ctx, &Password::new(current), &Password::new(new)).await.unwrap_err()
    };
    let fields = change(PASSWORD, "short").await.field_errors().unwrap();
    assert!(fields.iter().all(|it| it.path == ["newPassword"] && it.code == ErrorCode::PasswordTooWeak));
    let same = change(PASSWORD, PASSWORD).await;
    assert_eq!(same.code(), ErrorCode::PasswordTooWeak);
    let wrong = change("wrong", "short").await.field_errors().unwrap();
    assert_eq!((wrong.len(), wrong[0].path[0].as_str()), (1, "currentPassword"), "the rules are not told to a guesser");
    for _ in 0..4 {
        change("wrong", "Better-walnut-77").await;
    }
    assert!(matches!(change(PASSWORD, "Better-walnut-77").await, Error::AccountLocked));
}

#[tokio::test]
async fn an_administrator_resets_a_password_and_unlocks() {
    let firm = Firm::new().await;
    let admin = firm.administrator().await;
    let wang = firm.person("wang.fang").await;
    let signed_in = firm.sign_in("wang.fang", PASSWORD).await.unwrap();
    for _ in 0..5 {
        firm.sign_in("wang.fang", "wrong").await.unwrap_err();
    }
    let id = wang.actor.account_id().unwrap();
    let denied = account::reset_password(&firm.services, &wang, id).await.unwrap_err();
    assert!(matches!(denied, Error::Denied { permission: Permission::PlatformManage }), "{denied:?}");
    let issued = account::reset_password(&firm.services, &admin, id).await.unwrap();
    assert!(firm.in_session(signed_in.session).await.is_err());
    let again = firm.sign_in("wang.fang", issued.one_time_password.reveal()).await.unwrap();
    assert!(again.account.must_change_password);
}

#[tokio::test]
async fn accounts_are_made_by_the_platforms_administrators() {
    let firm = Firm::new().await;
    let admin = firm.administrator().await;
    let made = account::create(&firm.services, &admin, new_account("Wang.Fang")).await.unwrap();
    assert_eq!(made.account.username, "wang.fang");
    let taken = account::create(&firm.services, &admin, new_account("wang.fang")).await.unwrap_err();
    assert!(matches!(&taken, Error::NameTaken { field: "username", .. }), "{taken:?}");
    assert_eq!(taken.field_errors().unwrap()[0].path, ["username"]);

    let bad = NewAccount { username: "王".into(), display_name: " ".into(), email: Some("x".into()) };
    let faults = account::create(&firm.services, &admin, bad).await.unwrap_err().field_errors().unwrap();
    let paths: Vec<_> = faults.iter().map(|it| it.path[0].as_str()).collect();
    assert_eq!(paths, ["displayName", "username", "email"], "all faults are told at once");

    let wang = OpCtx {
        actor: Actor::Account { id: made.account.id, username: "wang.fang".into(), must_change_password: false },
        ..admin
    };
    let denied = account::create(&firm.services, &wang, new_account("li.na")).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
    let trail = firm.trail(PLATFORM).await;
    assert_eq!(
        trail[trail.len() - 4..],
        [
            "account.create succeeded",
            "account.create failed NAME_TAKEN",
            "account.create failed INVALID_INPUT",
            "account.create denied DENIED",
        ]
    );
}
