//! Which layer wins, and what is refused.

use std::{io::Write as _, path::Path, time::Duration};

use super::{layer::Origin, *};

fn pairs(items: &[(&str, &str)]) -> Vec<(String, String)> {
    items.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

fn problems(file: Option<&Path>, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources { file: file.map(Path::to_owned), environment: pairs(environment), flags: pairs(flags) };
    let Invalid(problems) = Config::load(sources).expect_err("refused");
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_valid() {
    let config = Config::load(Sources::default()).expect("the defaults");
    assert_eq!(config.auth.access_ttl, Duration::from_secs(600));
    assert_eq!(config.engine.pools.0.get("default"), Some(&8));
    assert_eq!(config.database_url(), "sqlite://almanac-data/almanac.db?mode=rwc");
}

#[test]
fn a_later_layer_wins_and_is_named() {
    let file = file(
        "environment = 'file'\n[http]\nlisten = '127.0.0.1:1'\n[log]\nlevel = 'debug'\n[engine.pools]\ndefault = 2\netl = 3\n",
    );
    let config = Config::load(Sources {
        file: Some(file.path().to_owned()),
        environment: pairs(&[("ALMANAC_HTTP_LISTEN", "127.0.0.1:2"), ("ALMANAC_ENVIRONMENT", "env"), ("PATH", "/bin")]),
        flags: pairs(&[("environment", "flag")]),
    })
    .expect("valid");
    assert_eq!(config.general.environment, "flag");
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.log.level, "debug");
    assert_eq!(config.engine.pools.0.len(), 2);
    assert_eq!(config.origin("http.listen"), Origin::Env("ALMANAC_HTTP_LISTEN".into()));
    assert_eq!(config.origin("log.level"), Origin::File(file.path().to_owned()));
    assert_eq!(config.origin("http.body_limit"), Origin::Default);
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let file = file("[http]\nlistne = '127.0.0.1:1'\n");
    let found = problems(Some(file.path()), &[("ALMANAC_HTTP_LISTNE", "x")], &[("zzz", "1")]);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with("unknown key `http.listne`"), "{}", found[0]);
    assert!(found[0].ends_with("did you mean `http.listen`?"), "{}", found[0]);
    assert!(found[1].ends_with("did you mean `ALMANAC_HTTP_LISTEN`?"), "{}", found[1]);
    assert!(!found[2].contains("did you mean"), "{}", found[2]);
}

#[test]
fn all_bad_values_are_told_at_once_with_their_place() {
    let found =
        problems(None, &[("ALMANAC_HTTP_BODY_LIMIT", "big")], &[("auth.access_ttl", "10"), ("log.format", "xml")]);
    assert_eq!(
        found,
        [
            "http.body_limit: `big` is not a size such as 64KiB or 4MiB (environment variable ALMANAC_HTTP_BODY_LIMIT)",
            "auth.access_ttl: `10` is not a duration such as 500ms, 30s, 10m, 12h or 7d (flag auth.access_ttl)",
            "log.format: `xml` is not human or json (flag log.format)",
        ]
    );
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    let found = problems(None, &[], &[("engine.lease", "1s"), ("auth.session_idle", "1m")]);
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_file_that_is_missing_or_broken_is_named() {
    assert!(problems(Some(Path::new("/nowhere/almanac.toml")), &[], &[])[0].contains("/nowhere/almanac.toml"));
    let file = file("http = [");
    assert!(problems(Some(file.path()), &[], &[])[0].contains("not valid TOML"));
}

#[test]
fn no_password_is_shown() {
    let config = Config::load(Sources {
        flags: pairs(&[("database.url", "postgres://almanac:hunter2@db/almanac")]),
        ..Sources::default()
    })
    .expect("valid");
    assert!(!format!("{config:?} {:?}", config.shown()).contains("hunter2"));
    assert!(config.database_url().contains("hunter2"));
}

#[test]
fn the_reference_page_lists_every_key() {
    let page = docs::reference();
    for key in SECTIONS.iter().flat_map(|section| section.keys) {
        assert!(page.contains(&format!("| `{}` | `{}` |", key.path, key.env())), "{}", key.path);
    }
}

#[test]
fn the_reference_page_is_current() {
    assert_eq!(
        include_str!("../../../docs/config.md"),
        docs::reference(),
        "run `almanac check-config --reference > docs/config.md`"
    );
}
