//! The published JSON Schema, and the check of a document against it.
//!
//! The schema is generated from the types of [`super::spec`] and is the one description of what a document may hold;
//! the check reads nothing else. It understands the keywords that the types produce and reports every deviation with
//! its place, instead of the first. Texts with a `format` of ours (`almanac-…`) are looked at by [`super::form`].

use std::{collections::HashSet, sync::LazyLock};

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{
    MAX_PROBLEMS,
    form::{self, Site},
    problem::{Kind, Measure, Problem, Type},
    spec::Document,
    suggest::nearest,
    yaml::{Data, Node, join},
};
use crate::calendar::Calendars;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    schema.insert("$id".into(), "https://almanac.example/schema/workflow-v1.json".into());
    schema.insert("title".into(), "Almanac workflow".into());
    schema.to_value()
});

/// The JSON Schema (draft 2020-12) of a workflow document, for editors.
#[must_use]
pub fn json_schema() -> &'static Value {
    &SCHEMA
}

/// The fields of the map at a path of keys and item numbers, in the order in which they are written.
pub(super) fn fields_at(path: &[&str]) -> Vec<&'static str> {
    let inner = |schema: &'static Value, step: &str| {
        let schema = resolved(schema);
        let kind = if step.parse::<usize>().is_ok() { "items" } else { "additionalProperties" };
        schema.get("properties").and_then(|properties| properties.get(step)).or_else(|| schema.get(kind))
    };
    let schema = path.iter().try_fold(&*SCHEMA, |schema, step| inner(schema, step));
    let properties = schema.and_then(|schema| resolved(schema).get("properties")?.as_object());
    properties.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// What a schema refers to; of an optional value, that of the value.
fn resolved(schema: &'static Value) -> &'static Value {
    let branch = schema.get("anyOf").and_then(|branches| branches.get(0)).unwrap_or(schema);
    branch.get("$ref").and_then(Value::as_str).and_then(definition).unwrap_or(branch)
}

/// What the check found.
#[derive(Default)]
pub(super) struct Findings<'a> {
    pub(super) problems: Vec<Problem>,
    /// The templates and expressions, for a look at what they name.
    pub(super) sites: Vec<Site<'a>>,
}

impl Findings<'_> {
    /// Takes a problem, unless more than can be told were found: a text of nothing but faults must not cost more than
    /// it is worth.
    pub(super) fn report(&mut self, problem: Problem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }
}

/// Checks a document against the schema.
pub(super) fn check<'a>(root: &'a Node, calendars: &Calendars) -> Findings<'a> {
    let mut check = Check { calendars, findings: Findings::default() };
    check.node(&SCHEMA, root, "");
    check.findings
}

struct Check<'c, 'a> {
    calendars: &'c Calendars,
    findings: Findings<'a>,
}

/// All schema objects that apply to a node: the schema itself, what it refers to, and the chosen branch.
#[derive(Default)]
struct Facets<'s> {
    objects: Vec<&'s Map<String, Value>>,
    /// The texts of which the node must be one.
    choices: Vec<&'s str>,
    /// Whether a branch could not be chosen, so that fields can't be told from unknown ones.
    undecided: bool,
}

impl<'s> Facets<'s> {
    fn first(&self, keyword: &str) -> Option<&'s Value> {
        self.objects.iter().find_map(|object| object.get(keyword))
    }

    fn number(&self, keyword: &str) -> Option<f64> {
        self.first(keyword).and_then(Value::as_f64)
    }

    fn property(&self, name: &str) -> Option<&'s Value> {
        self.objects.iter().find_map(|object| object.get("properties")?.get(name))
    }

    fn property_names(&self) -> Vec<&'s str> {
        let maps = self.objects.iter().filter_map(|object| object.get("properties")?.as_object());
        maps.flat_map(|map| map.keys().map(String::as_str)).collect()
    }

    fn required(&self) -> impl Iterator<Item = &'s str> {
        let lists = self.objects.iter().filter_map(|object| object.get("required")?.as_array());
        lists.flatten().filter_map(Value::as_str)
    }

    fn is_closed(&self) -> bool {
        !self.undecided
            && self.objects.iter().any(|object| {
                ["additionalProperties", "unevaluatedProperties"]
                    .iter()
                    .any(|keyword| object.get(*keyword) == Some(&Value::Bool(false)))
            })
    }

    fn types(&self) -> Vec<Type> {
        match self.first("type") {
            Some(Value::String(name)) => type_named(name).into_iter().collect(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter_map(type_named).collect(),
            _ if !self.choices.is_empty() => vec![Type::Text],
            _ => Vec::new(),
        }
    }
}

fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Nothing,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "string" => Type::Text,
        "array" => Type::List,
        "object" => Type::Map,
        _ => return None,
    })
}

fn type_of(node: &Node) -> Type {
    match node.data {
        Data::Null => Type::Nothing,
        Data::Bool(_) => Type::Boolean,
        Data::Int(_) => Type::Integer,
        Data::Float(_) => Type::Number,
        Data::Text(_) => Type::Text,
        Data::List(_) => Type::List,
        Data::Map(_) => Type::Map,
    }
}

/// The definition that a `$ref` names.
fn definition(reference: &str) -> Option<&'static Value> {
    SCHEMA.get("$defs")?.get(reference.strip_prefix("#/$defs/")?)
}

impl<'a> Check<'_, 'a> {
    fn report(&mut self, node: &Node, path: &str, kind: Kind) {
        self.findings.report(Problem::new(path, node.place, kind));
    }

    fn node(&mut self, schema: &'static Value, node: &'a Node, path: &str) {
        if self.findings.is_full() {
            return;
        }
        let mut facets = Facets::default();
        self.collect(schema, node, path, &mut facets);
        let expected = facets.types();
        let found = type_of(node);
        let fits = expected.is_empty()
            || expected.contains(&found)
            || found == Type::Integer && expected.contains(&Type::Number);
        if !fits {
            let expected = expected.into_iter().filter(|it| *it != Type::Nothing).collect();
            self.report(node, path, Kind::WrongType { expected, found, value: short_value(node) });
            return;
        }
        match &node.data {
            Data::Int(value) => self.bounds(node, path, &facets, Measure::Value, *value as f64),
            Data::Float(value) => self.bounds(node, path, &facets, Measure::Value, *value),
            Data::Text(text) => self.text(node, &text.value, path, &facets),
            Data::List(items) => self.list(node, items, path, &facets),
            Data::Map(_) => self.map(node, path, &facets),
            Data::Null | Data::Bool(_) => {}
        }
    }

    /// Gathers what applies to the node, through references and the branches of `anyOf` and `oneOf`.
    fn collect(&mut self, schema: &'static Value, node: &Node, path: &str, facets: &mut Facets<'static>) {
        let Some(object) = schema.as_object() else { return };
        facets.objects.push(object);
        if let Some(target) = object.get("$ref").and_then(Value::as_str).and_then(definition) {
            self.collect(target, node, path, facets);
        }
        if let Some(only) = object.get("const").and_then(Value::as_str) {
            facets.choices.push(only);
        }
        if let Some(choices) = object.get("enum").and_then(Value::as_array) {
            facets.choices.extend(choices.iter().filter_map(Value::as_str));
        }
        let branches = |keyword: &str| object.get(keyword).and_then(Value::as_array);
        if let Some(branches) = branches("anyOf") {
            // The types make it only for values that may be absent.
            let is_null = |branch: &&Value| branch.get("type").is_some_and(|name| name == "null");
            if let Some(branch) = branches.iter().find(|branch| is_null(branch) == (type_of(node) == Type::Nothing)) {
                self.collect(branch, node, path, facets);
            }
        }
        if let Some(branches) = branches("oneOf") {
            self.choose(branches, node, path, facets);
        }
    }

    /// `oneOf` is either a choice among words, or among maps told apart by a field with a constant.
    fn choose(&mut self, branches: &'static [Value], node: &Node, path: &str, facets: &mut Facets<'static>) {
        let constants = branches.iter().filter_map(|branch| branch.get("const")?.as_str());
        facets.choices.extend(constants);
        for branch in branches {
            let words = branch.get("enum").and_then(Value::as_array);
            facets.choices.extend(words.into_iter().flatten().filter_map(Value::as_str));
        }
        let Some(tag) = branches.first().and_then(tag_of) else { return };
        if type_of(node) != Type::Map {
            return;
        }
        let constant = |branch: &'static Value| branch["properties"][tag]["const"].as_str();
        let named = node.get(tag);
        let chosen = branches.iter().find(|branch| named.is_some_and(|it| it.text() == constant(branch)));
        if let Some(branch) = chosen {
            return self.collect(branch, node, path, facets);
        }
        facets.undecided = true;
        let choices: Vec<String> = branches.iter().filter_map(constant).map(str::to_owned).collect();
        let path = join(path, tag);
        match named {
            None => self.report(node, &path, Kind::Missing { field: tag.to_owned() }),
            Some(named) => match named.text() {
                Some(value) => {
                    let meant = nearest(value, choices.iter().map(String::as_str));
                    self.report(named, &path, Kind::UnknownChoice { value: value.to_owned(), meant, choices });
                }
                None => {
                    let kind = Kind::WrongType {
                        expected: vec![Type::Text],
                        found: type_of(named),
                        value: short_value(named),
                    };
                    self.report(named, &path, kind);
                }
            },
        }
    }

    fn bounds(&mut self, node: &Node, path: &str, facets: &Facets<'_>, measure: Measure, value: f64) {
        let (min, max) = match measure {
            Measure::Value => ("minimum", "maximum"),
            Measure::Characters => ("minLength", "maxLength"),
            Measure::Items if type_of(node) == Type::Map => ("minProperties", "maxProperties"),
            Measure::Items => ("minItems", "maxItems"),
        };
        let (min, max) = (facets.number(min), facets.number(max));
        if min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max) {
            self.report(node, path, Kind::OutOfBounds { measure, min, max });
        }
    }

    fn text(&mut self, node: &'a Node, text: &'a str, path: &str, facets: &Facets<'_>) {
        if !facets.choices.is_empty() {
            if !facets.choices.contains(&text) {
                let meant = nearest(text, facets.choices.iter().copied());
                let choices = facets.choices.iter().map(ToString::to_string).collect();
                self.report(node, path, Kind::UnknownChoice { value: text.to_owned(), meant, choices });
            }
            return;
        }
        let Some(form) = facets.first("format").and_then(Value::as_str).and_then(form::of_schema) else {
            return self.bounds(node, path, facets, Measure::Characters, text.chars().count() as f64);
        };
        let before = self.findings.problems.len();
        if let Data::Text(value) = &node.data {
            form::check(form, value, node.place, path, self.calendars, &mut self.findings);
        }
        // A name that is no name is told once.
        if self.findings.problems.len() == before {
            self.bounds(node, path, facets, Measure::Characters, text.chars().count() as f64);
        }
    }

    fn list(&mut self, node: &'a Node, items: &'a [Node], path: &str, facets: &Facets<'static>) {
        self.bounds(node, path, facets, Measure::Items, items.len() as f64);
        let mut seen = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if let Some(schema) = facets.first("items") {
                self.node(schema, item, &path);
            }
            if facets.first("uniqueItems") == Some(&Value::Bool(true))
                && let Some(text) = item.text()
                && !seen.insert(text)
            {
                self.report(item, &path, Kind::DuplicateName { name: text.to_owned() });
            }
        }
    }

    fn map(&mut self, node: &'a Node, path: &str, facets: &Facets<'static>) {
        self.bounds(node, path, facets, Measure::Items, node.entries().len() as f64);
        let names = facets.first("propertyNames");
        let values = facets.first("additionalProperties").filter(|schema| schema.is_object());
        for entry in node.entries() {
            if self.findings.is_full() {
                return;
            }
            let path = join(path, &entry.key);
            if let Some(schema) = facets.property(&entry.key) {
                self.node(schema, &entry.value, &path);
                continue;
            }
            if let Some(form) = names.and_then(|it| it.get("format")?.as_str()).and_then(form::of_schema) {
                form::check_key(
                    form,
                    entry,
                    &path,
                    names.and_then(|it| it.get("maxLength")?.as_u64()),
                    &mut self.findings,
                );
            }
            if let Some(schema) = values {
                self.node(schema, &entry.value, &path);
            } else if facets.is_closed() {
                let known = facets.property_names();
                let meant = nearest(&entry.key, known.iter().copied());
                let known = known.into_iter().map(str::to_owned).collect();
                let kind = Kind::UnknownField { field: entry.key.clone(), meant, known };
                self.findings.report(Problem::new(&path, entry.place, kind));
            }
        }
        for field in facets.required() {
            // A tag that is missing was told when the branch was chosen.
            let told = facets.undecided && facets.property(field).is_none();
            if !told && node.get(field).is_none() {
                self.report(node, &join(path, field), Kind::Missing { field: field.to_owned() });
            }
        }
    }
}

/// The field whose constant tells the branches of `oneOf` apart.
fn tag_of(branch: &'static Value) -> Option<&'static str> {
    let properties = branch.get("properties")?.as_object()?;
    properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str())
}

/// The value for a message, unless it is long.
fn short_value(node: &Node) -> Option<Value> {
    match &node.data {
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => Some(node.to_json()),
        Data::Text(text) if text.value.chars().count() <= 40 => Some(node.to_json()),
        _ => None,
    }
}
