//! `cargo xtask sim`: the simulated cluster over many seeds, or over one to look at.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::flags;
use crate::progress::step;

/// Runs the seeds; the last line of many is how many failed, and each that did is named with the command that shows it.
pub(crate) fn sim(sh: &Shell, flags: &flags::Sim) -> Result<()> {
    let test = if let Some(seed) = flags.seed {
        sh.set_var("ALMANAC_SIM_SEED", seed.to_string());
        "seeds::a_seed_by_its_number"
    } else {
        sh.set_var("ALMANAC_SIM_SEEDS", flags.seeds.unwrap_or(200).to_string());
        sh.set_var("ALMANAC_SIM_FROM", flags.from.unwrap_or(0).to_string());
        "seeds::many_seeds"
    };
    if let Some(level) = &flags.log {
        sh.set_var("ALMANAC_SIM_LOG", level);
    }
    // In a folder of its own, so that it can be the one package: what the others need besides is not built.
    let build = ["--package", "tests", "--test", "sim", "--profile", "sim"];
    step("Building the simulation");
    cmd!(sh, "cargo test --quiet {build...} --no-run").run()?;
    step("Simulating");
    cmd!(sh, "cargo test --quiet {build...} -- --exact {test} --nocapture").run()?;
    Ok(())
}
