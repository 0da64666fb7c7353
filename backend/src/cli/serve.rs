//! `almanac serve`: start, answer, stop when told.

use clap::Args;
use service::account::Issued;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{CliError, say};
use crate::{
    app::App,
    config::Config,
    demo::{self, SignIn},
    http::server::{bind, serve},
};

/// What the server begins with.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Put a demo firm into it: four departments with workflows that really work, and people to sign in as
    #[arg(long)]
    demo: bool,
}

/// Runs until SIGTERM or SIGINT; a second one ends it at once.
pub(super) async fn run(args: ServeArgs, mut config: Config) -> Result<(), CliError> {
    // First of all: when the port is taken, the database must not be touched.
    let listener = bind(config.http.listen).await?;
    let addr = listener.local_addr()?;
    // Port 0 is a wish; from here on it is the one that was found.
    config.http.listen = addr;
    let drain = config.http.drain_timeout;
    let public_url = config.http.public_url.0.clone();
    let data_dir = config.general.data_dir.clone();
    let told = stop_signal()?;
    let app = tokio::select! {
        app = App::build(config) => app?,
        () = told.clone().cancelled_owned() => return Ok(()),
    };
    let sign_ins = if args.demo {
        demo::seed(&app.services, &data_dir, app.first_administrator.as_ref(), app.services.clock().now_ms()).await?
    } else {
        app.first_administrator.as_ref().map_or(Ok(()), welcome)?;
        Vec::new()
    };
    let url = if public_url.is_empty() { format!("http://{addr}") } else { public_url };
    say(&format!("Almanac {} is ready at {url}", env!("CARGO_PKG_VERSION")))?;
    show(&sign_ins)?;
    tracing::info!(%addr, "listening");
    let stop = app.shutdown.clone();
    let served = {
        let serving = serve(listener, app.router.clone(), stop.clone(), drain);
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => served,
            () = until_over(&app, &told) => {
                tracing::info!("stopping: no new requests, open ones may end");
                stop.cancel();
                serving.await
            }
        }
    };
    app.stop().await;
    tracing::info!("stopped");
    Ok(served?)
}

/// Until somebody asks for the stop, or another process has this node's name.
async fn until_over(app: &App, told: &CancellationToken) {
    tokio::select! {
        () = told.cancelled() => {}
        () = app.replaced() => tracing::error!("another process took this node's name; this one stops"),
    }
}

/// Cancelled at the first SIGTERM or SIGINT; the second one kills the process as if nobody had listened.
fn stop_signal() -> Result<CancellationToken, CliError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = CancellationToken::new();
    let cancel = told.clone();
    #[expect(clippy::disallowed_methods, reason = "it waits for signals as long as the process lives")]
    tokio::spawn(async move {
        let name = hear(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "told to stop");
        cancel.cancel();
        hear(&mut terminate, &mut interrupt).await;
        tracing::warn!("told a second time; ending at once");
        #[expect(clippy::disallowed_methods, reason = "the person does not want to wait for the graceful stop")]
        std::process::exit(130);
    });
    Ok(told)
}

/// The name of the next signal that asks for the stop.
async fn hear(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

/// The only time that the first password is seen.
fn welcome(issued: &Issued) -> Result<(), CliError> {
    say("This is the first start. Sign in as the administrator, and choose a password of your own:")?;
    say(&format!("  user name:         {}", issued.account.username))?;
    say(&format!("  one-time password: {}", issued.one_time_password.reveal()))
}

/// Who can sign in to the demo firm, the first one first.
fn show(sign_ins: &[SignIn]) -> Result<(), CliError> {
    if !sign_ins.is_empty() {
        say("Sign in to the demo firm as one of these (user name, password):")?;
    }
    sign_ins.iter().try_for_each(|it| say(&format!("  {:<12} {}   {}", it.username, it.password, it.about)))
}
