//! The scripts of the demo's workflows, compiled into the program and written to the data directory.

use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

macro_rules! files {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("../../demo/", $path)))),+] };
}

/// Path below the scripts' folder, and content.
const FILES: &[(&str, &str)] = files![
    "desk.py",
    "valuation/mart.sql",
    "valuation/nav.py",
    "risk/mart.sql",
    "risk/var.py",
    "investment/mart.sql",
    "investment/market.py",
    "operations/mart.sql",
    "operations/settle.py",
];

/// The written scripts.
pub(super) struct Scripts {
    home: PathBuf,
}

impl Scripts {
    /// Writes every script that is missing or differs.
    pub(super) fn write(home: &Path) -> Result<Self, Error> {
        for (path, text) in FILES {
            let path = home.join(path);
            if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
                continue;
            }
            let folder = path.parent().unwrap_or(home);
            fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
            fs::write(&path, text).map_err(|source| Error::File { path: path.clone(), source })?;
        }
        // Tasks run in folders of their own, so the path must not depend on the server's.
        let home = fs::canonicalize(home).map_err(|source| Error::File { path: home.to_owned(), source })?;
        Ok(Self { home })
    }

    /// The folder of the scripts, absolute.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// A document with the folder in it.
    pub(super) fn fill(&self, source: &str) -> String {
        // A JSON text is a YAML text, whatever stands in the path.
        let home = serde_json::Value::from(self.home.to_string_lossy().into_owned()).to_string();
        source.replace("\"@DEMO_HOME@\"", &home)
    }
}
