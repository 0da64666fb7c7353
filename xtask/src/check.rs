//! `cargo xtask check`: everything that can be said about the code without running the product's tests.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::progress::step;
use crate::{cargo, need, schema};

/// Fails at the first finding.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    step("Format");
    cmd!(sh, "cargo fmt --all --check").run()?;

    step("Tidy rules");
    cmd!(sh, "cargo test --quiet --package xtask").run()?;

    need::wasm_target(sh)?;
    step("The domain compiles for the browser");
    let web_target = cargo::target_dir().join("web");
    cmd!(sh, "cargo check --package domain --target wasm32-unknown-unknown --target-dir {web_target}").run()?;

    step("Lints");
    // The UI is built first: the server embeds it, and its absence must not hide in a lint run.
    cmd!(sh, "cargo clippy --workspace --exclude frontend --all-targets -- -D warnings").run()?;
    cmd!(
        sh,
        "cargo clippy --package frontend --target wasm32-unknown-unknown --target-dir {web_target} -- -D warnings"
    )
    .run()?;

    step("Documentation");
    let _strict = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    cmd!(sh, "cargo doc --workspace --exclude frontend --exclude xtask --no-deps --document-private-items").run()?;

    schema::schema(sh, true)
}
