//! The environment of a task: made from nothing, so that no secret of the server can reach it.
//!
//! A process gets the few variables of the server that programs can't do without ([`KEPT`]), then the task's own, then
//! Almanac's; nothing else, whatever the server was started with.

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;

/// What a process of a task inherits of the server's environment.
pub(super) const KEPT: &[&str] = &["PATH", "HOME", "LANG", "TZ", "USER", "SHELL", "TMPDIR"];

/// For a server that was started with an empty environment.
const DEFAULTS: &[(&str, &str)] =
    &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("LANG", "C.UTF-8")];

/// The variables that every task begins with.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    base: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Environment {
    /// Takes what is kept of the given variables.
    #[must_use]
    pub fn kept_of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let defaults = DEFAULTS.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        let mut base: BTreeMap<_, _> = defaults.collect();
        let kept = variables.into_iter().filter(|(name, _)| KEPT.iter().any(|kept| name == kept));
        base.extend(kept.map(|(name, value)| (name.into_vec(), value.into_vec())));
        Self { base }
    }

    /// The entries for a process: the base, the task's, Almanac's; the later of two of one name counts.
    ///
    /// # Errors
    /// The name of a variable that can't be one.
    pub(super) fn entries<'a>(
        &self,
        task: impl IntoIterator<Item = (&'a str, &'a str)>,
        almanac: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<CString>, String> {
        let mut all = self.base.clone();
        for (name, value) in task.into_iter().chain(almanac) {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(format!("{name:?} can't be the name of an environment variable"));
            }
            if value.contains('\0') {
                return Err(format!("the environment variable {name} holds a NUL character"));
            }
            all.insert(name.into(), value.into());
        }
        let entries = all.into_iter().map(|(name, value)| [&name[..], b"=", &value[..]].concat());
        entries.map(|entry| CString::new(entry).map_err(|error| error.to_string())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Environment {
        let server = [("PATH", "/opt/bin"), ("ALMANAC_JWT_SECRET", "hush"), ("DATABASE_URL", "hush"), ("TZ", "UTC")];
        Environment::kept_of(server.map(|(name, value)| (name.into(), value.into())))
    }

    fn texts(entries: Vec<CString>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.into_string().expect("UTF-8")).collect()
    }

    #[test]
    fn only_the_named_few_are_kept() {
        let entries = texts(base().entries([], []).expect("valid"));
        assert_eq!(entries, ["LANG=C.UTF-8", "PATH=/opt/bin", "TZ=UTC"]);
    }

    #[test]
    fn the_task_may_replace_what_is_kept_but_not_what_almanac_says() {
        let task = [("TZ", "Asia/Shanghai"), ("ALMANAC_RUN_ID", "forged")];
        let entries = texts(base().entries(task, [("ALMANAC_RUN_ID", "7")]).expect("valid"));
        assert!(entries.contains(&"TZ=Asia/Shanghai".into()) && entries.contains(&"ALMANAC_RUN_ID=7".into()));
        assert!(!entries.iter().any(|entry| entry.contains("forged")));
    }

    #[test]
    fn impossible_names_and_values_are_named() {
        for (pair, said) in [(("", "x"), "\"\""), (("a=b", "x"), "a=b"), (("a", "x\0y"), "NUL")] {
            let error = base().entries([pair], []).expect_err("refused");
            assert!(error.contains(said), "{error}");
        }
    }
}
