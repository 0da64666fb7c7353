//! The API's schema as the server tells it, and operations made from it: what no test has to be told when a field is
//! added.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::client::Client;

/// Levels of fields below a root field. The server's limits on depth and cost allow it.
const DEPTH: usize = 5;

const INTROSPECTION: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { \
    kind name possibleTypes { name } \
    fields { name type { ...Ref } args { name type { ...Ref } } } \
    inputFields { name type { ...Ref } } enumValues { name } } } } \
    fragment Ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The types by name.
pub struct Schema {
    types: BTreeMap<String, Value>,
    roots: Value,
}

/// An argument of a field or a field of an input.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// The name of its type, without list and non-null.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is a list.
    pub list: bool,
}

impl Schema {
    /// Asks the server for it.
    ///
    /// # Panics
    /// When the server does not tell.
    pub async fn of(client: &Client) -> Self {
        let mut roots = client.ask(INTROSPECTION, json!({})).await.ok()["__schema"].take();
        let types = roots["types"].take();
        let named = types.as_array().expect("types").iter().map(|it| (text(&it["name"]), it.clone()));
        Self { types: named.collect(), roots }
    }

    /// The fields of `query`, `mutation` or `subscription`.
    #[must_use]
    pub fn root_fields(&self, root: &str) -> Vec<String> {
        self.fields(self.root(root)).iter().map(|field| text(&field["name"])).collect()
    }

    /// The arguments of a root field.
    ///
    /// # Panics
    /// When there is no such field.
    #[must_use]
    pub fn arguments(&self, root: &str, field: &str) -> Vec<Argument> {
        arguments(&self.field(root, field)["args"])
    }

    /// The fields of an input type.
    #[must_use]
    pub fn input_fields(&self, input: &str) -> Vec<Argument> {
        arguments(&self.types[input]["inputFields"])
    }

    /// The first value of an enum.
    #[must_use]
    pub fn first_value(&self, name: &str) -> Option<String> {
        Some(text(self.types.get(name)?["enumValues"].get(0)?.get("name")?))
    }

    /// An operation that asks one root field for everything below it; `arguments` is GraphQL, with its parentheses.
    #[must_use]
    pub fn operation(&self, root: &str, field: &str, arguments: &str) -> String {
        let below = self.selection(&named(&self.field(root, field)["type"]), &mut Vec::new());
        format!("{root} {{ {field}{arguments} {below} }}")
    }

    /// Everything of an object that can be asked without arguments, a few of each list. A type is not entered again
    /// below itself: what is reached that way is reached from its own root field too.
    fn selection(&self, kind: &str, path: &mut Vec<String>) -> String {
        let Some(definition) = self.types.get(kind) else { return String::new() };
        if matches!(definition["kind"].as_str(), Some("SCALAR" | "ENUM")) {
            return String::new();
        }
        path.push(kind.to_owned());
        let mut fields = String::from("{ __typename");
        for part in definition["possibleTypes"].as_array().into_iter().flatten() {
            let _ = write!(fields, " ... on {} {}", text(&part["name"]), self.selection(&text(&part["name"]), path));
        }
        // The members of an interface are asked in its implementations.
        let own = if definition["possibleTypes"].is_array() { &[][..] } else { self.fields(kind) };
        for field in own {
            let (below, arguments) = (named(&field["type"]), arguments(&field["args"]));
            let object = matches!(self.types[&below]["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION"));
            let too_deep = object && (path.len() >= DEPTH || path.contains(&below));
            if too_deep || arguments.iter().any(|it| it.required) {
                continue;
            }
            let few = if arguments.iter().any(|it| it.name == "first") { "(first: 3)" } else { "" };
            let selection = self.selection(&below, path);
            if !object || selection.len() > "{ __typename }".len() {
                let _ = write!(fields, " {}{few} {selection}", text(&field["name"]));
            }
        }
        path.pop();
        fields + " }"
    }

    fn root(&self, root: &str) -> &str {
        self.roots[format!("{root}Type")]["name"].as_str().expect("the root is there")
    }

    fn field(&self, root: &str, field: &str) -> &Value {
        let fields = self.fields(self.root(root));
        fields.iter().find(|it| it["name"] == field).unwrap_or_else(|| panic!("no {root} {field}"))
    }

    fn fields(&self, kind: &str) -> &[Value] {
        self.types[kind]["fields"].as_array().map_or(&[], Vec::as_slice)
    }
}

fn arguments(list: &Value) -> Vec<Argument> {
    let one = |it: &Value| Argument {
        name: text(&it["name"]),
        kind: named(&it["type"]),
        required: it["type"]["kind"] == "NON_NULL",
        list: it["type"]["kind"] == "LIST" || it["type"]["ofType"]["kind"] == "LIST",
    };
    list.as_array().into_iter().flatten().map(one).collect()
}

/// The name below lists and non-nulls.
fn named(reference: &Value) -> String {
    let mut inner = reference;
    while !inner["ofType"].is_null() {
        inner = &inner["ofType"];
    }
    text(&inner["name"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
