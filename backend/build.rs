//! Embeds the built web UI: the files of the directory named by `ALMANAC_UI_DIR`, when it is set.
//!
//! Writes `$OUT_DIR/ui.rs`, a list of `(path, plain bytes, brotli bytes)`. Of a file that has a `.br` variant only that
//! one is embedded. Without the variable the list is empty, and the server says how to build the UI.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ALMANAC_UI_DIR");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut files = Vec::new();
    if let Some(dir) = env::var_os("ALMANAC_UI_DIR").filter(|dir| !dir.is_empty()) {
        let dir = PathBuf::from(dir);
        println!("cargo::rerun-if-changed={}", dir.display());
        collect(&dir, &mut files)?;
        files.sort();
        return fs::write(out.join("ui.rs"), list(&dir, &files));
    }
    fs::write(out.join("ui.rs"), list(Path::new(""), &files))
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn list(dir: &Path, files: &[PathBuf]) -> String {
    let mut code = String::from("&[\n");
    for file in files.iter().filter(|file| file.extension().is_none_or(|it| it != "br")) {
        let path = file.strip_prefix(dir).expect("a collected file lies in the directory");
        let packed = PathBuf::from(format!("{}.br", file.display()));
        let (plain, packed) = if files.contains(&packed) {
            ("None".to_owned(), format!("Some(include_bytes!({packed:?}))"))
        } else {
            (format!("Some(include_bytes!({file:?}))"), "None".to_owned())
        };
        let _ = writeln!(code, "    Embedded {{ path: {path:?}, plain: {plain}, packed: {packed} }},");
    }
    code.push_str("]\n");
    code
}
