//! `cargo xtask e2e`: the browser tests against the real program.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::progress::step;
use crate::{flags, need};

/// Builds the UI and the server and lets Chromium walk through them.
pub(crate) fn e2e(sh: &Shell, flags: &flags::E2e) -> Result<()> {
    need::for_tests(sh)?;
    let program = cargo::almanac(sh, Profile::Dev)?;
    sh.set_var("ALMANAC_TEST_PROGRAM", program);
    if flags.headed {
        sh.set_var("ALMANAC_TEST_HEADED", "1");
    }
    step("Browser tests");
    let name = flags.name.as_deref();
    cmd!(sh, "cargo test {WORKSPACE...} --test e2e -- --test-threads 1 {name...}").run()?;
    Ok(())
}
