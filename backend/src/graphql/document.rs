//! What a query's text may be, looked at before anything walks through it.
//!
//! The parser and several validation rules follow each fragment wherever it is used. A short text can so stand for
//! billions of fields, or nest deeper than a stack: such a text is refused here, by looking at each part once.

use std::collections::HashMap;

use async_graphql::{
    Name, Request, ServerError,
    parser::types::{
        ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use domain::error::{ErrorCode, Lang};

use super::error::server_error;
use crate::config::section::GraphqlConfig;

/// Longest text of a query. Long values belong into variables, which the body limit bounds.
const MAX_BYTES: usize = 64 * 1024;
/// Most fields of a query with its fragments written out; the largest page of the UI has a few hundred.
const MAX_FIELDS: usize = 5_000;
/// Deepest nesting of brackets in the text; a query of the deepest allowed kind has about twice its depth.
const MAX_BRACKETS: usize = 100;

/// Reads and checks the query of a request, which then need not be parsed again.
///
/// # Errors
/// When it can't be read, or passes a limit.
pub(crate) fn check(request: &mut Request, config: &GraphqlConfig, lang: Lang) -> Result<(), ServerError> {
    if request.query.len() > MAX_BYTES {
        return Err(too_costly(lang, "bytes of text", "字节文本", request.query.len(), MAX_BYTES));
    }
    if brackets(&request.query) > MAX_BRACKETS {
        return Err(too_deep(lang, config.max_depth));
    }
    let document = request.parsed_query()?;
    let mut census = Census { fragments: fragments_of(document), known: HashMap::new(), aliases: 0 };
    let mut fields = 0_usize;
    for (_, operation) in document.operations.iter() {
        let found = census.fields(&operation.node.selection_set.node).ok_or_else(|| circular(lang))?;
        fields = fields.saturating_add(found);
    }
    let aliases = census.aliases;
    if aliases > config.max_aliases {
        return Err(too_costly(lang, "aliases", "个别名", aliases, config.max_aliases));
    }
    if fields > MAX_FIELDS {
        return Err(too_costly(lang, "fields", "个字段", fields, MAX_FIELDS));
    }
    Ok(())
}

/// The operation that a checked request would execute; `None` when it names none or leaves it open.
pub(crate) fn operation(request: &mut Request) -> Option<&OperationDefinition> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| *known == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    found.map(|(_, operation)| &operation.node)
}

/// The kind of the operation that a checked request would execute.
pub(crate) fn kind(request: &mut Request) -> Option<OperationType> {
    operation(request).map(|operation| operation.ty)
}

/// Whether the operation only opens or renews a session: what one does with a token that has run out.
pub(crate) fn only_signs_in(request: &mut Request) -> bool {
    const FIELDS: [&str; 3] = ["signIn", "refreshSession", "__typename"];
    operation(request).is_some_and(|operation| {
        operation.ty == OperationType::Mutation
            && operation.selection_set.node.items.iter().all(
                |item| matches!(&item.node, Selection::Field(field) if FIELDS.contains(&field.node.name.node.as_str())),
            )
    })
}

/// The deepest nesting of brackets, strings and comments left out.
fn brackets(query: &str) -> usize {
    let bytes = query.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at += bytes[at..].iter().take_while(|it| !matches!(it, b'\n' | b'\r')).count(),
            b'"' => {
                at = end_of_string(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// Where the string that begins at `at` has ended.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    if bytes[at..].starts_with(b"\"\"\"") {
        let mut end = at + 3;
        while end < bytes.len() && !bytes[end..].starts_with(b"\"\"\"") {
            end += if bytes[end..].starts_with(b"\\\"\"\"") { 4 } else { 1 };
        }
        return end + 3;
    }
    let mut end = at + 1;
    while end < bytes.len() && !matches!(bytes[end], b'"' | b'\n' | b'\r') {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    end + 1
}

type Fragments<'a> = HashMap<&'a Name, &'a FragmentDefinition>;

fn fragments_of(document: &ExecutableDocument) -> Fragments<'_> {
    document.fragments.iter().map(|(name, fragment)| (name, &fragment.node)).collect()
}

/// Counts what a document stands for, each fragment once.
struct Census<'a> {
    fragments: Fragments<'a>,
    /// Fields of the fragments met so far; `None` while one is being counted.
    known: HashMap<&'a Name, Option<usize>>,
    aliases: usize,
}

impl<'a> Census<'a> {
    /// Fields of a selection with its fragments written out; `None` when a fragment uses itself. The depth of the
    /// recursion is bounded by the brackets, times the number of fragments that follow each other.
    fn fields(&mut self, set: &'a SelectionSet) -> Option<usize> {
        let mut fields = 0_usize;
        for item in &set.items {
            let found = match &item.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.fields(&field.node.selection_set.node)?.saturating_add(1)
                }
                Selection::InlineFragment(inline) => self.fields(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            fields = fields.saturating_add(found);
        }
        Some(fields)
    }

    fn fragment(&mut self, name: &'a Name) -> Option<usize> {
        /// Longest chain of fragments that use each other.
        const MAX_OPEN: usize = 50;
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        // One that does not exist is told by validation.
        let Some(fragment) = self.fragments.get(name).copied() else { return Some(0) };
        if self.known.values().filter(|known| known.is_none()).count() >= MAX_OPEN {
            return None;
        }
        self.known.insert(name, None);
        let fields = self.fields(&fragment.selection_set.node)?;
        self.known.insert(name, Some(fields));
        Some(fields)
    }
}

pub(crate) fn too_deep(lang: Lang, allowed: usize) -> ServerError {
    let message = match lang {
        Lang::En => format!("The query is nested too deeply; {allowed} levels are allowed."),
        Lang::Zh => format!("查询嵌套过深，最多允许 {allowed} 层。"),
    };
    server_error(ErrorCode::QueryTooDeep, message)
}

pub(crate) fn too_costly(lang: Lang, unit_en: &str, unit_zh: &str, found: usize, allowed: usize) -> ServerError {
    let message = match lang {
        Lang::En => format!("The query has {found} {unit_en}; {allowed} are allowed. Ask for less at a time."),
        Lang::Zh => format!("查询有 {found} {unit_zh}，最多允许 {allowed}，请分批查询。"),
    };
    server_error(ErrorCode::QueryTooCostly, message)
}

fn circular(lang: Lang) -> ServerError {
    let message = match lang {
        Lang::En => "The query's fragments use each other in a circle, or in too long a chain.",
        Lang::Zh => "查询的片段循环引用或引用链过长。",
    };
    server_error(ErrorCode::QueryTooDeep, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn refusal(query: &str) -> Option<String> {
        let config = Config::load(Sources::default()).expect("the defaults").graphql;
        let error = check(&mut Request::new(query), &config, Lang::En).err()?;
        let code = error.extensions.and_then(|it| it.get("code").cloned());
        Some(code.map_or_else(|| "SYNTAX".to_owned(), |code| code.to_string().replace('"', "")))
    }

    #[test]
    fn a_usual_query_passes() {
        assert_eq!(refusal("query A { viewer { ...F } } fragment F on Viewer { account { id } }"), None);
    }

    #[test]
    fn a_short_text_that_stands_for_billions_of_fields_is_refused() {
        let mut query = String::from("{ ...F0 }");
        for level in 0..40 {
            let next = level + 1;
            query += &format!(" fragment F{level} on Query {{ ...F{next} ...F{next} }}");
        }
        query += " fragment F40 on Query { __typename }";
        assert_eq!(refusal(&query).as_deref(), Some("QUERY_TOO_COSTLY"));
    }

    #[test]
    fn circles_and_long_chains_of_fragments_are_refused() {
        let circle = "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }";
        assert_eq!(refusal(circle).as_deref(), Some("QUERY_TOO_DEEP"));
        let chain: String = (0..1_000).map(|at| format!("fragment F{at} on Query {{ ...F{} }} ", at + 1)).collect();
        assert_eq!(refusal(&format!("{{ ...F0 }} {chain}")).as_deref(), Some("QUERY_TOO_DEEP"));
    }

    #[test]
    fn deep_brackets_are_refused_before_they_are_parsed() {
        let texts: [(&str, &str); 3] = [("{a", "}"), ("{a(x:[", "])}"), ("{... on Query", "}")];
        for (open, close) in texts {
            let query = format!("{}{}", open.repeat(3_000), close.repeat(3_000));
            assert_eq!(refusal(&query).as_deref(), Some("QUERY_TOO_DEEP"), "{open}");
        }
        let hidden = format!("{{ a(x: \"}}\", y: {}", "[\"]\"".repeat(2_000));
        assert_eq!(refusal(&hidden).as_deref(), Some("QUERY_TOO_DEEP"));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = "{".repeat(500);
        assert_eq!(
            refusal(&format!("{{ a(x: \"{text}\\\"\", y: \"\"\"{text}\\\"\"\" {text}\"\"\") # {text}\n }}")),
            None
        );
    }

    #[test]
    fn many_aliases_and_long_texts_are_refused() {
        let aliases: String = (0..200).map(|at| format!("a{at}: __typename ")).collect();
        assert_eq!(refusal(&format!("{{ {aliases} }}")).as_deref(), Some("QUERY_TOO_COSTLY"));
        assert_eq!(refusal(&format!("{{ a }} # {}", "x".repeat(70_000))).as_deref(), Some("QUERY_TOO_COSTLY"));
        assert_eq!(refusal("{ a").as_deref(), Some("SYNTAX"));
    }

    #[test]
    fn the_operation_that_would_run_is_known() {
        let kind_of = |query: &str, name: Option<&str>| {
            let mut request = Request::new(query);
            request.operation_name = name.map(str::to_owned);
            kind(&mut request)
        };
        let both = "query Q { a } mutation M { b }";
        assert_eq!(kind_of(both, Some("M")), Some(OperationType::Mutation));
        assert_eq!(kind_of(both, Some("Q")), Some(OperationType::Query));
        assert_eq!(kind_of(both, None), None);
        assert_eq!(kind_of("{ a }", None), Some(OperationType::Query));
        assert!(only_signs_in(&mut Request::new("mutation { refreshSession { accessToken } }")));
        assert!(!only_signs_in(&mut Request::new("mutation { refreshSession { accessToken } signOut { x } }")));
        assert!(!only_signs_in(&mut Request::new("{ viewer { x } }")));
    }
}
