//! Builds: the web UI and the server that carries it.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::progress::step;
pub(crate) use crate::web::Profile;
use crate::{need, root, web};

/// Names the folder of the built web UI to the server's build script. Every build of the workspace must say the same,
/// else the server is built anew each time, and once without its UI.
pub(crate) const UI_DIR: &str = "ALMANAC_UI_DIR";

/// The whole workspace, whatever is built of it: another selection would compile the large dependencies again with
/// other features. The UI's package compiles for the browser only.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "frontend"];

/// Builds the web UI, then the server with it inside, and returns the path of the program. The shell's later builds
/// keep the UI.
pub(crate) fn almanac(sh: &Shell, profile: Profile) -> Result<PathBuf> {
    let dist = web(sh, profile)?;
    sh.set_var(UI_DIR, dist);
    step("Building the server");
    let release = (profile == Profile::Release).then_some("--release");
    cmd!(sh, "cargo build {WORKSPACE...} --bin almanac {release...}").run()?;
    let folder = if profile == Profile::Release { "release" } else { "debug" };
    Ok(target_dir().join(folder).join("almanac"))
}

/// Builds the web UI and returns its folder.
pub(crate) fn web(sh: &Shell, profile: Profile) -> Result<PathBuf> {
    need::wasm_target(sh)?;
    step("Building the web UI");
    web::build(profile)
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
