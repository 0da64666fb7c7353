//! What a command needs from the machine, installed when missing: Debian packages, one PyPI wheel, the wasm target.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::progress::step;

/// A Debian package, and the file or program that shows that it (or its like) is there already.
struct Package {
    name: &'static str,
    proof: &'static [&'static str],
}

/// Scripts of the demo firm are Python; everything they import is in the standard library.
const DEMO: &[Package] = &[Package { name: "python3", proof: &["python3"] }];

/// The servers and the browser that the tests start for themselves.
const TESTS: &[Package] = &[
    Package { name: "python3", proof: &["python3"] },
    Package { name: "python3-pip", proof: &["pip3", "pip"] },
    Package { name: "postgresql", proof: &["/usr/lib/postgresql/*/bin/initdb"] },
    Package { name: "mariadb-server", proof: &["mariadbd", "/usr/sbin/mariadbd"] },
    Package { name: "openssh-server", proof: &["/usr/sbin/sshd"] },
    Package { name: "chromium", proof: &["chromium", "google-chrome"] },
    Package { name: "fonts-noto-cjk", proof: &["/usr/share/fonts/opentype/noto/NotoSansCJK*"] },
];

/// The wheel that holds a real OceanBase engine.
const SEEKDB: &str = "pylibseekdb";
const SEEKDB_VERSION: &str = "1.4.0.post1";

/// Makes sure that rustc can compile for the browser.
pub(crate) fn wasm_target(sh: &Shell) -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    step("Installing the wasm32 target");
    if !on_path("rustup") {
        bail!("the Rust target {TARGET} is missing and there is no rustup to add it; install it and try again");
    }
    cmd!(sh, "rustup target add {TARGET}").run()?;
    Ok(())
}

/// Makes sure that the demo's scripts can run.
pub(crate) fn for_demo(sh: &Shell) -> Result<()> {
    debian(sh, DEMO)
}

/// Makes sure that the test servers and the browser are there.
pub(crate) fn for_tests(sh: &Shell) -> Result<()> {
    debian(sh, TESTS)
}

/// The folder of the unpacked OceanBase wheel, fetched into `target/` when it is not there.
pub(crate) fn oceanbase(sh: &Shell) -> Result<PathBuf> {
    if let Ok(dir) = cmd!(sh, "python3 -c 'import pylibseekdb, os; print(os.path.dirname(pylibseekdb.__file__))'")
        .quiet()
        .ignore_stderr()
        .read()
    {
        return Ok(dir.into());
    }
    let home = crate::root().join("target/pypi");
    let package = home.join(SEEKDB);
    if !package.join("seekdb").exists() {
        step("Installing the OceanBase engine for tests (PyPI pylibseekdb)");
        // A folder of its own: Debian refuses to mix PyPI packages into the system's.
        cmd!(sh, "python3 -m pip install --quiet --target {home} {SEEKDB}=={SEEKDB_VERSION}").run()?;
    }
    Ok(package)
}

/// Whether a program is found on the search path.
pub(crate) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

fn debian(sh: &Shell, wanted: &[Package]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().filter(|package| !present(package)).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("Installing {}", missing.join(", ")));
    if !on_path("apt-get") {
        bail!("missing: {}. This is not a Debian system: install them by hand and try again", missing.join(", "));
    }
    // `env` carries the setting through sudo, which clears the environment.
    let (program, prefix): (_, &[&str]) = if is_root() { ("env", &[]) } else { ("sudo", &["env"]) };
    let quiet = "DEBIAN_FRONTEND=noninteractive";
    cmd!(sh, "{program} {prefix...} {quiet} apt-get update -q").run()?;
    cmd!(sh, "{program} {prefix...} {quiet} apt-get install -q -y --no-install-recommends {missing...}").run()?;
    match wanted.iter().find(|package| !present(package)) {
        Some(package) => bail!("{} is installed, but none of {:?} appeared", package.name, package.proof),
        None => Ok(()),
    }
}

fn present(package: &Package) -> bool {
    package.proof.iter().any(|proof| match proof.rsplit_once('/') {
        None => on_path(proof),
        Some(_) => glob(proof),
    })
}

/// Whether a path exists, with one `*` in at most one of its parts.
fn glob(pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return Path::new(pattern).exists() };
    let (dir, prefix) = before.rsplit_once('/').expect("the pattern is an absolute path");
    let (suffix, rest) = after.split_once('/').map_or((after, ""), |(suffix, rest)| (suffix, rest));
    std::fs::read_dir(format!("{dir}/")).into_iter().flatten().flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(prefix) && name.ends_with(suffix) && (rest.is_empty() || entry.path().join(rest).exists())
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_part_of_one_name() {
        assert!(glob("/etc/pass*"));
        assert!(glob("/et*/passwd"));
        assert!(!glob("/etc/no-such-*"));
        assert!(!glob("/et*/no-such-file"));
    }
}
