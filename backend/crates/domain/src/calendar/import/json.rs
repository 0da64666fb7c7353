//! JSON: a calendar's [`Definition`], or a list of objects, one a day, with the fields that a table's columns have.

use serde_json::{Deserializer, Map, Value};

use super::{
    Cell, Definition, MAX_LINES,
    listing::{At, Found},
    problem::{Kind, Problem, Problems},
    table::{self, Row},
};

pub(super) fn read(text: &str, problems: &mut Problems) -> Found {
    match text.trim_start().chars().next() {
        None => problems.add(Problem::new(Kind::Empty)),
        Some('[') => return list(text, problems),
        Some(_) => match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(map) if map.contains_key("expression") => problems.add(Problem::new(Kind::Derived)),
            // From the text once more, so that what is wrong with a field has its place.
            Ok(_) => match serde_json::from_str::<Definition>(text) {
                Ok(definition) => return Found::Definition(Box::new(definition)),
                Err(error) => problems.add(syntax(&error, 1)),
            },
            Err(error) => problems.add(syntax(&error, 1)),
        },
    }
    Found::Nothing
}

fn syntax(error: &serde_json::Error, first_line: usize) -> Problem {
    let line = first_line + error.line().saturating_sub(1);
    // The place is told apart from the words.
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    Problem::at(At { line, column: error.column() }, Kind::Json(words.chars().take(200).collect()))
}

/// What is left of a text, with the line it begins on.
struct Rest<'a> {
    text: &'a str,
    line: usize,
}

impl<'a> Rest<'a> {
    fn skip(&mut self, bytes: usize) {
        self.line += self.text[..bytes].matches('\n').count();
        self.text = &self.text[bytes..];
    }

    /// The first character that is no space; everything before it is gone.
    fn peek(&mut self) -> Option<char> {
        self.skip(self.text.len() - self.text.trim_start().len());
        self.text.chars().next()
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.skip(sign.len_utf8());
        }
        found
    }

    fn wrong(&self, kind: Kind) -> Problem {
        Problem::at(At { line: self.line, column: 0 }, kind)
    }

    fn object(&mut self) -> Result<Item, Problem> {
        let mut values = Deserializer::from_str(self.text).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Object(fields))) => {
                let (line, end) = (self.line, values.byte_offset());
                self.skip(end);
                Ok(Item { line, fields })
            }
            Some(Ok(_)) => Err(self.wrong(Kind::JsonShape)),
            Some(Err(error)) => Err(syntax(&error, self.line)),
            None => Err(self.wrong(Kind::Json("the list doesn't end".into()))),
        }
    }
}

/// An item of a list, with its line.
struct Item {
    line: usize,
    fields: Map<String, Value>,
}

fn list(text: &str, problems: &mut Problems) -> Found {
    match items(text) {
        Ok(items) => days(&items, problems),
        Err(problem) => {
            problems.add(problem);
            Found::Nothing
        }
    }
}

/// Reads the items one by one, so that each is known by its line.
fn items(text: &str) -> Result<Vec<Item>, Problem> {
    let mut rest = Rest { text, line: 1 };
    let mut items = Vec::new();
    rest.eat('[');
    while !rest.eat(']') {
        if !items.is_empty() && !rest.eat(',') {
            return Err(rest.wrong(Kind::Json("expected `,` or `]`".into())));
        }
        rest.peek();
        items.push(rest.object()?);
        if items.len() > MAX_LINES {
            return Err(Problem::new(Kind::TooManyLines(items.len())));
        }
    }
    if rest.peek().is_some() { Err(rest.wrong(Kind::Json("expected the end".into()))) } else { Ok(items) }
}

/// The items as a table: the fields' names are its columns.
fn days(items: &[Item], problems: &mut Problems) -> Found {
    let mut names: Vec<&str> = Vec::new();
    for name in items.iter().flat_map(|item| item.fields.keys()) {
        if !names.contains(&name.as_str()) && names.len() < 64 {
            names.push(name);
        }
    }
    if items.is_empty() {
        problems.add(Problem::new(Kind::Empty));
        return Found::Nothing;
    }
    let header = Row { line: 1, cells: names.iter().map(|name| (0, Cell::Text((*name).to_owned()))).collect() };
    let rows = items.iter().map(|item| Row {
        line: item.line,
        cells: names.iter().map(|name| (0, item.fields.get(*name).map_or(Cell::Empty, cell))).collect(),
    });
    table::read(std::iter::once(header).chain(rows).collect(), problems)
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Value::String(text) if text.trim().is_empty() => Cell::Empty,
        Value::String(text) => Cell::Text(text.clone()),
        nested => Cell::Text(nested.to_string()),
    }
}
