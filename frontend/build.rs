//! Registers the API's schema for cynic, and makes typed Rust of the icon sprite and of the message catalogues. A key
//! that one language lacks, or a placeholder that differs, stops the build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

const SOURCE: &str = "en";
const LANGUAGES: [(&str, &str); 2] = [("en", "En"), ("zh-CN", "Zh")];

fn main() {
    println!("cargo:rerun-if-changed=schema.graphql");
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=asset/icons.svg");
    cynic_codegen::register_schema("almanac")
        .from_sdl_file("schema.graphql")
        .expect("schema.graphql is valid")
        .as_default()
        .expect("the default schema can be registered");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("text.rs"), catalogue()).expect("OUT_DIR is writable");
    fs::write(out.join("icon.rs"), icons()).expect("OUT_DIR is writable");
}

/// One entry of a catalogue: its forms by plural category, a single `other` when it does not count.
type Forms = BTreeMap<String, String>;

fn catalogue() -> String {
    let tables: Vec<BTreeMap<String, Forms>> = LANGUAGES.iter().map(|(folder, _)| read_language(folder)).collect();
    let source = &tables[0];
    for (table, (folder, _)) in tables.iter().zip(LANGUAGES) {
        let missing: Vec<_> = source.keys().filter(|key| !table.contains_key(*key)).collect();
        let extra: Vec<_> = table.keys().filter(|key| !source.contains_key(*key)).collect();
        assert!(missing.is_empty(), "locales/{folder} lacks {missing:?}");
        assert!(extra.is_empty(), "locales/{folder} has {extra:?}, which locales/{SOURCE} has not");
    }
    let mut code = String::from("// Made by build.rs from locales/.\nuse super::Lang;\n");
    for (key, forms) in source {
        let names = placeholders(&forms["other"]);
        for (table, (folder, _)) in tables.iter().zip(LANGUAGES) {
            for text in table[key].values() {
                let here: BTreeSet<_> = placeholders(text).into_iter().collect();
                let all: BTreeSet<_> = names.iter().cloned().collect();
                assert!(here.is_subset(&all), "{key} in locales/{folder} names a placeholder that {SOURCE} has not");
            }
        }
        emit(&mut code, key, &names, &tables);
    }
    code
}

fn read_language(folder: &str) -> BTreeMap<String, Forms> {
    let mut table = BTreeMap::new();
    for entry in fs::read_dir(Path::new("locales").join(folder)).expect("the language has a folder") {
        let path = entry.expect("the folder can be listed").path();
        let area = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).expect("a catalogue can be read");
        let Value::Object(entries) =
            serde_json::from_str(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        else {
            panic!("{} is not an object", path.display());
        };
        for (key, value) in entries {
            let forms = match value {
                Value::String(text) => Forms::from([("other".to_owned(), text)]),
                Value::Object(forms) => forms
                    .into_iter()
                    .map(|(form, text)| (form, text.as_str().expect("a form is a string").to_owned()))
                    .collect(),
                _ => panic!("{key} in {} is neither a text nor its plural forms", path.display()),
            };
            assert!(forms.contains_key("other"), "{key} in {} has no form `other`", path.display());
            table.insert(format!("{area}_{key}"), forms);
        }
    }
    table
}

fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split('{').skip(1) {
        let name = part.split('}').next().expect("split yields one part").to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A function for one entry. Texts without placeholders are `&'static str`; a `count` chooses the form.
fn emit(code: &mut String, key: &str, names: &[String], tables: &[BTreeMap<String, Forms>]) {
    let plural = tables.iter().any(|table| table[key].len() > 1);
    let doc = tables[0][key]["other"].replace('\n', " ");
    let mut parameters = String::from("lang: Lang");
    for name in names {
        let kind = if plural && name == "count" { "i64" } else { "impl std::fmt::Display" };
        let _ = write!(parameters, ", {name}: {kind}");
    }
    let result = if names.is_empty() { "&'static str" } else { "String" };
    let _ = write!(code, "/// {doc}\npub fn {key}({parameters}) -> {result} {{\n    match lang {{\n");
    for (table, (_, variant)) in tables.iter().zip(LANGUAGES) {
        let forms = &table[key];
        let text = |form: &str| {
            let literal = format!("{:?}", forms[form]);
            if names.is_empty() { literal } else { format!("format!({literal})") }
        };
        match (forms.contains_key("one"), names.is_empty()) {
            (true, false) => {
                let _ = writeln!(
                    code,
                    "        Lang::{variant} if count == 1 => {},\n        Lang::{variant} => {},",
                    text("one"),
                    text("other")
                );
            }
            _ => {
                let _ = writeln!(code, "        Lang::{variant} => {},", text("other"));
            }
        }
    }
    code.push_str("    }\n}\n");
}

/// An enum with a variant for each symbol of the sprite: a misspelt icon does not compile.
fn icons() -> String {
    let sprite = fs::read_to_string("asset/icons.svg").expect("the sprite can be read");
    let ids: Vec<&str> =
        sprite.split("<symbol id=\"").skip(1).map(|rest| rest.split('"').next().expect("an id ends")).collect();
    let mut code =
        String::from("/// A symbol of the sprite.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Icon {\n");
    for id in &ids {
        let _ = writeln!(code, "    {},", variant(id));
    }
    let addresses: Vec<String> = ids.iter().map(|id| format!("\"#{id}\"")).collect();
    let _ = write!(
        code,
        "}}\n\n/// The addresses of the symbols, in the order of the variants.\nconst ADDRESSES: [&str; {}] = [{}];\n\n\
         impl Icon {{\n    /// The address of the symbol within the page.\n    pub fn href(self) -> &'static str {{\n        \
         ADDRESSES[self as usize]\n    }}\n}}\n",
        ids.len(),
        addresses.join(", ")
    );
    code
}

/// `i-rerunfrom` → `Rerunfrom`, `s-ok` → `StateOk`.
fn variant(id: &str) -> String {
    let (kind, name) = id.split_once('-').expect("an id is i-… or s-…");
    let mut letters = name.chars();
    let head: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{}{head}{}", if kind == "s" { "State" } else { "" }, letters.as_str())
}
