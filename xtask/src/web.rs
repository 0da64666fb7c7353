//! Builds the web UI into `target/web/dist`: Rust to WebAssembly, bindings by the library that `Cargo.lock` pins, style
//! sheets joined, every asset named by its content and stored a second time in brotli.
//!
//! Nothing is fetched from outside the package registries, and the result is reproducible from the working tree. A
//! build whose inputs did not change is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

/// How much time the build may take for a smaller bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fast to build; for `run`, tests and daily work.
    Dev,
    /// Small to load; for releases.
    Release,
}

impl Profile {
    fn cargo_name(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }

    /// Brotli quality: 11 takes about thirty times as long as 5 for some 12 % less.
    fn brotli_quality(self) -> u32 {
        match self {
            Self::Dev => 5,
            Self::Release => 11,
        }
    }
}

/// Builds the UI and returns the folder to serve or embed.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let root = workspace_root()?;
    let out = root.join("target/web");
    let dist = out.join("dist");
    fs::create_dir_all(&out)?;
    // Two builds at once would write one tree. The lock goes with the file handle, also when the build fails.
    let lock = fs::File::create(out.join("dist.lock"))?;
    lock.lock().context("waiting for another build of the web UI")?;
    let wasm = compile(&root, &out, profile)?;
    let stamp = input_stamp(&root.join("frontend"), &wasm, profile)?;
    let stamp_file = out.join("dist.stamp");
    if dist.join("index.html").is_file() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(dist);
    }
    // The new tree is made beside the old one, so that a server reading it never sees half a build.
    let fresh = out.join("dist.new");
    remove_dir(&fresh)?;
    fs::create_dir_all(fresh.join("assets"))?;
    Dist { frontend: root.join("frontend"), dir: fresh.clone(), quality: profile.brotli_quality() }.write(&wasm)?;
    remove_dir(&dist)?;
    fs::rename(&fresh, &dist).context("putting the new web bundle in place")?;
    fs::write(stamp_file, stamp)?;
    Ok(dist)
}

fn workspace_root() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(manifest.parent().context("xtask lies in the workspace")?.to_path_buf())
}

fn compile(root: &Path, out: &Path, profile: Profile) -> Result<PathBuf> {
    ensure_target()?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["build", "--quiet", "--package", "frontend", "--target", TARGET, "--profile", profile.cargo_name()])
        // Its own folder: a native build running beside it must not wait for this one's lock.
        .env("CARGO_TARGET_DIR", out)
        .status()
        .context("starting cargo for the web UI")?;
    ensure!(status.success(), "the web UI does not compile");
    Ok(out.join(TARGET).join(profile.cargo_name()).join("frontend.wasm"))
}

/// Adds the WebAssembly target when the tool chain lacks it. Without rustup (a distribution's own Rust) cargo's message
/// must do.
fn ensure_target() -> Result<()> {
    let Ok(installed) = Command::new("rustup").args(["target", "list", "--installed"]).output() else {
        return Ok(());
    };
    if String::from_utf8_lossy(&installed.stdout).lines().any(|line| line == TARGET) {
        return Ok(());
    }
    let status = Command::new("rustup").args(["target", "add", TARGET]).status()?;
    ensure!(status.success(), "rustup could not add the target {TARGET}");
    Ok(())
}

/// Everything that the bundle depends on, apart from the tools, as one hash.
fn input_stamp(frontend: &Path, wasm: &Path, profile: Profile) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(profile.cargo_name());
    hash.update(include_bytes!("web.rs"));
    hash.update(fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?);
    hash.update(fs::read(frontend.join("index.html"))?);
    for folder in ["style", "asset"] {
        for file in files_below(&frontend.join(folder))? {
            hash.update(file.to_string_lossy().as_bytes());
            hash.update(fs::read(&file)?);
        }
    }
    Ok(hex(&hash.finalize()))
}

/// The folder being written.
struct Dist {
    frontend: PathBuf,
    dir: PathBuf,
    quality: u32,
}

impl Dist {
    fn write(&self, wasm: &Path) -> Result<()> {
        let mut places = BTreeMap::new();
        places.insert("style.css", self.asset("style", "css", self.style_sheet()?.as_bytes())?);
        for (mark, name) in [("boot.js", "boot"), ("favicon.svg", "favicon")] {
            let source = fs::read(self.frontend.join("asset").join(mark))?;
            let extension = mark.rsplit('.').next().unwrap_or_default();
            places.insert(mark, self.asset(name, extension, &source)?);
        }
        places.insert("start.js", self.program(wasm)?);
        let mut page = fs::read_to_string(self.frontend.join("index.html"))?;
        let sprite = fs::read_to_string(self.frontend.join("asset/icons.svg"))?;
        page = page.replace("<!-- icons.svg -->", sprite.trim());
        for (mark, place) in places {
            let slot = format!("{{{{{mark}}}}}");
            ensure!(page.contains(&slot), "index.html has no place for {mark}");
            page = page.replace(&slot, &place);
        }
        ensure!(!page.contains("{{"), "index.html has a place that nothing fills");
        self.store("index.html", page.as_bytes())
    }

    /// Runs wasm-bindgen and writes the program with the small module that starts it; returns the latter's address.
    fn program(&self, wasm: &Path) -> Result<String> {
        let mut output = Bindgen::new()
            .web(true)?
            .typescript(false)
            .omit_default_module_path(true)
            .remove_name_section(self.quality == 11)
            .input_path(wasm)
            .out_name("frontend")
            .generate_output()
            .context("making the JavaScript bindings")?;
        for (name, source) in output.local_modules() {
            self.store(&format!("assets/snippets/{name}"), source.as_bytes())?;
        }
        for (identifier, sources) in output.snippets() {
            for (number, source) in sources.iter().enumerate() {
                self.store(&format!("assets/snippets/{identifier}/inline{number}.js"), source.as_bytes())?;
            }
        }
        ensure!(output.npm_dependencies().is_empty(), "the bundle must not need an npm package");
        let bindings = self.asset("frontend", "js", output.js().as_bytes())?;
        let module = output.wasm_mut().emit_wasm();
        let module = self.asset("frontend", "wasm", &module)?;
        let start = format!("import init from \"{bindings}\";\ninit({{ module_or_path: \"{module}\" }});\n");
        self.asset("start", "js", start.as_bytes())
    }

    /// The sheets in the order in which `style/main.css` imports them.
    fn style_sheet(&self) -> Result<String> {
        let folder = self.frontend.join("style");
        let mut sheet = String::new();
        for line in fs::read_to_string(folder.join("main.css"))?.lines() {
            let Some(name) = line.strip_prefix("@import \"").and_then(|rest| rest.strip_suffix("\";")) else {
                ensure!(line.is_empty() || line.starts_with("/*"), "style/main.css may only import: {line}");
                continue;
            };
            sheet += &fs::read_to_string(folder.join(name)).with_context(|| format!("reading style/{name}"))?;
        }
        let left_out: Vec<_> = files_below(&folder)?
            .into_iter()
            .filter_map(|path| path.strip_prefix(&folder).ok().map(|name| name.to_string_lossy().into_owned()))
            .filter(|name| name != "main.css")
            .filter(|name| !fs::read_to_string(folder.join("main.css")).is_ok_and(|main| main.contains(name.as_str())))
            .collect();
        ensure!(left_out.is_empty(), "style/main.css does not import {left_out:?}");
        Ok(sheet)
    }

    /// Writes an asset under a name that changes with its content, so that browsers may keep it for ever.
    fn asset(&self, stem: &str, extension: &str, content: &[u8]) -> Result<String> {
        let digest = hex(&Sha256::digest(content));
        let name = format!("assets/{stem}-{}.{extension}", &digest[..16]);
        self.store(&name, content)?;
        Ok(format!("/{name}"))
    }

    fn store(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.dir.join(name);
        fs::create_dir_all(path.parent().context("an asset lies in a folder")?)?;
        fs::write(&path, content)?;
        let mut packed = Vec::new();
        // 22 is the largest window that every browser accepts.
        brotli::CompressorWriter::new(&mut packed, 1 << 16, self.quality, 22).write_all(content)?;
        fs::write(format!("{}.br", path.display()), packed)?;
        Ok(())
    }
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files_below(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => bail!("removing {}: {error}", path.display()),
        _ => Ok(()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
