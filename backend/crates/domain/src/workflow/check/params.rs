//! Names that occur once, and defaults of the type of their parameter.

use std::collections::HashSet;

use super::super::{
    ParamType,
    problem::{Kind, Problem},
    yaml::{Data, Node},
};
use crate::bizdate::BizDate;

/// Reports names of parameters and schedules that occur twice, and defaults that don't fit.
pub(super) fn check(spec: &Node, problems: &mut Vec<Problem>) {
    for list in ["params", "schedules"] {
        unique_names(spec, list, problems);
    }
    defaults(spec, problems);
}

/// Items of a list have names of their own.
fn unique_names(spec: &Node, list: &str, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (index, item) in spec.get(list).map(Node::items).unwrap_or_default().iter().enumerate() {
        if let Some(node) = item.get("name")
            && let Some(name) = node.text()
            && !seen.insert(name)
        {
            let path = format!("spec.{list}[{index}].name");
            problems.push(Problem::new(&path, node.place, Kind::DuplicateName { name: name.to_owned() }));
        }
    }
}

/// A default is of its parameter's type, and only where the parameter may be left out.
fn defaults(spec: &Node, problems: &mut Vec<Problem>) {
    for (index, param) in spec.get("params").map(Node::items).unwrap_or_default().iter().enumerate() {
        let Some(default) = param.get("default").filter(|it| it.data != Data::Null) else { continue };
        let path = format!("spec.params[{index}].default");
        let expected = match param.get("type").map(Node::text) {
            None | Some(Some("string")) => ParamType::String,
            Some(Some("number")) => ParamType::Number,
            Some(Some("boolean")) => ParamType::Boolean,
            Some(Some("date")) => ParamType::Date,
            Some(_) => continue,
        };
        let fits = match (expected, &default.data) {
            (ParamType::String, Data::Text(_))
            | (ParamType::Number, Data::Int(_) | Data::Float(_))
            | (ParamType::Boolean, Data::Bool(_)) => true,
            (ParamType::Date, Data::Text(text)) => text.value.parse::<BizDate>().is_ok(),
            _ => false,
        };
        if !fits {
            problems.push(Problem::new(&path, default.place, Kind::DefaultType { expected }));
        }
        if param.get("required").is_some_and(|it| it.data == Data::Bool(true)) {
            problems.push(Problem::new(&path, default.place, Kind::RequiredWithDefault));
        }
    }
}
