//! Who is signed in.

use std::sync::LazyLock;

use cynic::{MutationBuilder, QueryBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::session::{
    ChangePassword, ChangePasswordInput, ChangePasswordVariables, SignIn, SignInInput, SignInVariables, SignOut, Viewer,
};
use crate::api::socket;
use crate::api::system::{System, SystemInfo};
use crate::browser;

/// The state of the session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Session {
    /// The refresh cookie is being tried.
    Unknown,
    /// The server could not be asked.
    Unreachable(Failure),
    Nobody {
        /// Whether somebody was signed in before.
        ended: bool,
    },
    /// Signed in; `must_change_password` allows nothing but that.
    SignedIn(Viewer),
}

/// Global: also answers that arrive late may end the session.
static SESSION: LazyLock<ArcRwSignal<Session>> = LazyLock::new(|| ArcRwSignal::new(Session::Unknown));
static SYSTEM: LazyLock<ArcRwSignal<Option<SystemInfo>>> = LazyLock::new(|| ArcRwSignal::new(None));

pub(crate) fn session() -> Session {
    SESSION.get()
}

pub(crate) fn viewer() -> Option<Viewer> {
    match SESSION.get() {
        Session::SignedIn(viewer) => Some(viewer),
        _ => None,
    }
}

/// What the server says about itself, when it says so.
pub(crate) fn system() -> Option<SystemInfo> {
    SYSTEM.get()
}

/// Tries the refresh cookie, once at start and again when the server was not reached.
pub(crate) fn resume() {
    client::on_session_ended(|| {
        let ended = matches!(SESSION.get_untracked(), Session::SignedIn(_));
        socket::close();
        SESSION.set(Session::Nobody { ended });
    });
    spawn_local(async {
        match client::exchange().await {
            Ok(viewer) => enter(viewer),
            Err(failure) if failure.is_passing() => SESSION.set(Session::Unreachable(failure)),
            Err(_) => {
                SESSION.set(Session::Nobody { ended: false });
                learn_system(client::send_anonymous(System::build(()))).await;
            }
        }
    });
}

fn enter(viewer: Viewer) {
    SESSION.set(Session::SignedIn(viewer));
    spawn_local(async { learn_system(client::send(System::build(()))).await });
}

/// Learns version, environment and time from an answer, as far as the asker may know them.
async fn learn_system(answer: impl Future<Output = Result<System, Failure>>) {
    let before = browser::now_ms();
    if let Ok(System { system }) = answer.await {
        browser::set_server_skew(system.now.0 - i64::midpoint(before, browser::now_ms()));
        SYSTEM.set(Some(system));
    }
}

/// Signs in. The inner error is the server's refusal in words.
pub(crate) async fn sign_in(username: String, password: String) -> Result<Result<(), String>, Failure> {
    let input = SignInInput { username, password };
    let payload = client::send_anonymous(SignIn::build(SignInVariables { input })).await?.sign_in;
    match (payload.access_token, payload.access_expires_at, payload.viewer) {
        (Some(bearer), Some(expires), Some(viewer)) => {
            client::keep_token(bearer, expires.0);
            enter(viewer);
            Ok(Ok(()))
        }
        _ => Ok(Err(refusal(&payload.user_errors).unwrap_or_default())),
    }
}

/// Changes the password of who is signed in.
pub(crate) async fn change_password(current: String, new: String) -> Result<Result<(), String>, Failure> {
    let input = ChangePasswordInput { current_password: current, new_password: new };
    let payload = client::send(ChangePassword::build(ChangePasswordVariables { input })).await?.change_password;
    match payload.viewer {
        Some(viewer) => {
            SESSION.set(Session::SignedIn(viewer));
            Ok(Ok(()))
        }
        None => Ok(Err(refusal(&payload.user_errors).unwrap_or_default())),
    }
}

/// Signs out here. When the server cannot be told, the session ends there by its idle limit.
pub(crate) fn sign_out() {
    spawn_local(async {
        let told = client::send(SignOut::build(())).await;
        if let Err(failure) = told {
            crate::state::toast::failed(&failure);
            return;
        }
        client::forget_token();
        socket::close();
        SESSION.set(Session::Nobody { ended: false });
    });
}
