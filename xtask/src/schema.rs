//! `cargo xtask schema`: files that the program itself writes, checked in so that people and other builds can read them.

use std::path::Path;

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile};
use crate::root;

/// File, and the command of the program that prints it.
const GENERATED: [(&str, &[&str]); 2] =
    [("frontend/schema.graphql", &["schema"]), ("docs/config.md", &["check-config", "--reference"])];

/// Writes the generated files, or with `check` fails when one isn't what the program would write.
pub(crate) fn schema(sh: &Shell, check: bool) -> Result<()> {
    let program = cargo::almanac(sh, Profile::Dev)?;
    compare(sh, &program, check)
}

/// The same with a program that is built already.
pub(crate) fn compare(sh: &Shell, program: &Path, check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (file, command) in GENERATED {
        // What tells the build where the UI is would be an unknown setting of the program.
        let printed = cmd!(sh, "{program} {command...}").env_remove(cargo::UI_DIR).quiet().read()?;
        let text = printed.trim_end().to_owned() + "\n";
        let path = root().join(file);
        if sh.read_file(&path).is_ok_and(|old| old == text) {
            continue;
        }
        stale.push(file);
        if !check {
            sh.write_file(&path, text)?;
            eprintln!("wrote {file}");
        }
    }
    ensure!(!check || stale.is_empty(), "out of date: {}. Run `cargo xtask schema` and commit it", stale.join(", "));
    Ok(())
}
