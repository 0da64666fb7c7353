//! `cargo xtask schema`: the API's description is written by the server, checked in, and compiled against by the UI.

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile};
use crate::root;

/// Writes `frontend/schema.graphql`, or with `check` fails when it isn't what the server would write.
pub(crate) fn schema(sh: &Shell, check: bool) -> Result<()> {
    let program = cargo::server(sh, Profile::Dev)?;
    let sdl = cmd!(sh, "{program} schema").quiet().read()?;
    let file = root().join("frontend/schema.graphql");
    let written = sdl.trim_end().to_owned() + "\n";
    if sh.read_file(&file).is_ok_and(|old| old == written) {
        return Ok(());
    }
    ensure!(!check, "frontend/schema.graphql is out of date: run `cargo xtask schema` and commit it");
    sh.write_file(&file, written)?;
    eprintln!("wrote frontend/schema.graphql");
    Ok(())
}
