//! Builds: the web UI and the server that carries it.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::progress::step;
use crate::{need, root, web};

/// How much time to spend on a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build: development and tests.
    Dev,
    /// Quick to run: what is shipped and measured.
    Release,
}

impl Profile {
    pub(crate) fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

/// Builds the web UI, then the server with it inside, and returns the path of the program.
pub(crate) fn almanac(sh: &Shell, profile: Profile) -> Result<PathBuf> {
    web(sh, profile)?;
    server(sh, profile)
}

/// Builds the web UI; a release one is small and slow to build.
pub(crate) fn web(sh: &Shell, profile: Profile) -> Result<()> {
    need::wasm_target(sh)?;
    step("Building the web UI");
    let dist = web::build(match profile {
        Profile::Dev => web::Profile::Dev,
        Profile::Release => web::Profile::Release,
    })?;
    eprintln!("the web UI is in {}", dist.display());
    Ok(())
}

/// Builds the server with the web UI that is in the target folder.
///
/// The whole workspace is selected although one program is wanted: another selection would compile the large
/// dependencies again with other features.
pub(crate) fn server(sh: &Shell, profile: Profile) -> Result<PathBuf> {
    step("Building the server");
    let release = (profile == Profile::Release).then_some("--release");
    cmd!(sh, "cargo build --workspace --exclude frontend --bin almanac {release...}").run()?;
    Ok(target_dir().join(profile.folder()).join("almanac"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
