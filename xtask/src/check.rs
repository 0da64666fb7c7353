//! `cargo xtask check`: everything that can be said about the code without running the product's tests.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::progress::step;
use crate::{need, schema};

/// Fails at the first finding; what is quick comes first.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    step("Format");
    cmd!(sh, "cargo fmt --all --check").run()?;

    step("Tidy rules");
    cmd!(sh, "cargo test --quiet --package xtask").run()?;

    need::wasm_target(sh)?;
    step("The domain compiles for the browser");
    let web_target = cargo::target_dir().join("web");
    let wasm = ["--target", "wasm32-unknown-unknown", "--target-dir"];
    cmd!(sh, "cargo check --package domain {wasm...} {web_target}").run()?;

    // Before the lints, so that they see the server as it is shipped: with the UI inside.
    let program = cargo::almanac(sh, Profile::Dev)?;

    step("Lints");
    cmd!(sh, "cargo clippy {WORKSPACE...} --all-targets -- -D warnings").run()?;
    cmd!(sh, "cargo clippy --package frontend --profile wasm-dev {wasm...} {web_target} -- -D warnings").run()?;

    step("Documentation");
    // The pages are for the people who work on the code, private items included; so links to those are fine.
    let strict = sh.push_env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
    cmd!(sh, "cargo doc {WORKSPACE...} --exclude xtask --no-deps --document-private-items").run()?;
    drop(strict);

    step("Generated files");
    schema::compare(sh, &program, true)
}
