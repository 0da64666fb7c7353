//! What a template may contain, and what it names: a look at its syntax tree when a document is saved.
//!
//! Rendering happens inside the server, so a template must not be able to use up its memory or stack. Output and steps
//! are limited when it runs; here everything is refused by which a short text could make values grow without bound or
//! a tree grow deep: assignments, multiplied texts, includes, and very many terms in one tag. What is left is
//! expressions, filters, `if` and `for`.

use minijinja::{
    machinery::{
        Span, Token, WhitespaceConfig,
        ast::{BinOpKind, CallArg, Expr, Stmt},
        parse, parse_expr, tokenize,
    },
    value::Value,
};

use super::{
    environment::{FILTERS, FUNCTIONS, TESTS, syntax},
    fault::{Fault, TemplateError, error, line_column},
};
use crate::workflow::suggest::nearest;

/// The most tokens between two braces; bounds the depth of a tree.
const MAX_TOKENS: usize = 500;

/// The most statements of a template; a chain of `elif` is as deep as it is long.
const MAX_BLOCKS: usize = 200;

/// A variable that a template reads, with the constant fields behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// E.g. `outputs`, `load`, `rows`.
    pub path: Vec<String>,
    /// Where it stands in the template, in bytes.
    pub offset: usize,
}

impl Name {
    /// The line and the character in it, both from 1.
    #[must_use]
    pub fn line_column(&self, source: &str) -> (usize, usize) {
        line_column(source, self.offset)
    }
}

/// Checks a template and tells what it names.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn template_names(source: &str) -> Result<Vec<Name>, TemplateError> {
    count_tokens(source, false)?;
    let tree = parse(source, "<string>", syntax(), WHITESPACE).map_err(|e| error(&e, source))?;
    let mut walk = Walk { source, names: Vec::new(), locals: vec!["loop"] };
    walk.statement(&tree)?;
    Ok(walk.names)
}

/// Checks an expression and tells what it names.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn expression_names(source: &str) -> Result<Vec<Name>, TemplateError> {
    if source.trim_start().starts_with("{{") {
        return Err(TemplateError { line: 1, column: 1, fault: Fault::BracesInExpression });
    }
    count_tokens(source, true)?;
    let tree = parse_expr(source).map_err(|e| error(&e, source))?;
    let mut walk = Walk { source, names: Vec::new(), locals: Vec::new() };
    walk.expression(&tree)?;
    Ok(walk.names)
}

/// Checks an expression, bare or as one `{{ … }}`, and tells what it names.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn list_names(source: &str) -> Result<Vec<Name>, TemplateError> {
    let (before, inner) = within_braces(source).unwrap_or((0, source));
    let names = expression_names(inner).map_err(|error| error.behind(source, before))?;
    Ok(names.into_iter().map(|name| Name { offset: name.offset + before, ..name }).collect())
}

/// What stands between the braces of a text that begins and ends with them, behind how many bytes.
pub(super) fn within_braces(source: &str) -> Option<(usize, &str)> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    // A sign beside a brace is of the brace: it trims the text around.
    let behind = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    let before = source.len() - source.trim_start().len() + 2 + inner.len() - behind.len();
    Some((before, behind.strip_suffix(['-', '+']).unwrap_or(behind)))
}

/// A script keeps the line break at its end.
const WHITESPACE: WhitespaceConfig =
    WhitespaceConfig { keep_trailing_newline: true, lstrip_blocks: false, trim_blocks: false };

fn count_tokens(source: &str, in_expression: bool) -> Result<(), TemplateError> {
    let (mut tokens, mut blocks) = (0, 0);
    for token in tokenize(source, in_expression, syntax(), WHITESPACE) {
        let (token, span) = token.map_err(|cause| error(&cause, source))?;
        match token {
            // The tokenizer cannot go on after it.
            Token::VariableEnd | Token::BlockEnd if in_expression => {
                return Err(at(source, span, Fault::BracesInExpression));
            }
            Token::TemplateData(_) | Token::VariableEnd | Token::BlockEnd => tokens = 0,
            Token::BlockStart => blocks += 1,
            _ => tokens += 1,
        }
        if tokens > MAX_TOKENS || blocks > MAX_BLOCKS {
            return Err(at(source, span, Fault::TooComplex));
        }
    }
    Ok(())
}

fn at(source: &str, span: Span, fault: Fault) -> TemplateError {
    let (line, column) = line_column(source, span.start_offset as usize);
    TemplateError { line, column, fault }
}

struct Walk<'s> {
    source: &'s str,
    names: Vec<Name>,
    /// Loop variables in sight.
    locals: Vec<&'s str>,
}

impl<'s> Walk<'s> {
    fn refuse(&self, span: Span, fault: Fault) -> Result<(), TemplateError> {
        Err(at(self.source, span, fault))
    }

    fn statements(&mut self, statements: &[Stmt<'s>]) -> Result<(), TemplateError> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'s>) -> Result<(), TemplateError> {
        let refused = |what: &'static str| Fault::NotAllowed(what.to_owned());
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::IfCond(cond) => {
                self.expression(&cond.expr)?;
                self.statements(&cond.true_body)?;
                self.statements(&cond.false_body)
            }
            Stmt::ForLoop(for_loop) => {
                if for_loop.recursive {
                    return self.refuse(for_loop.span(), refused("recursive"));
                }
                self.expression(&for_loop.iter)?;
                let outside = self.locals.len();
                self.locals.push("loop");
                self.declare(&for_loop.target);
                for_loop.filter_expr.iter().try_for_each(|filter| self.expression(filter))?;
                self.statements(&for_loop.body)?;
                self.locals.truncate(outside);
                self.statements(&for_loop.else_body)
            }
            Stmt::WithBlock(it) => self.refuse(it.span(), refused("with")),
            Stmt::Set(it) => self.refuse(it.span(), refused("set")),
            Stmt::SetBlock(it) => self.refuse(it.span(), refused("set")),
            Stmt::AutoEscape(it) => self.refuse(it.span(), refused("autoescape")),
            Stmt::FilterBlock(it) => self.refuse(it.span(), refused("filter")),
            Stmt::Block(it) => self.refuse(it.span(), refused("block")),
            Stmt::Import(it) => self.refuse(it.span(), refused("import")),
            Stmt::FromImport(it) => self.refuse(it.span(), refused("import")),
            Stmt::Extends(it) => self.refuse(it.span(), refused("extends")),
            Stmt::Include(it) => self.refuse(it.span(), refused("include")),
            Stmt::Do(it) => self.refuse(it.span(), refused("do")),
        }
    }

    /// The variables of a loop.
    fn declare(&mut self, target: &Expr<'s>) {
        match target {
            Expr::Var(var) => self.locals.push(var.id),
            Expr::List(list) => list.items.iter().for_each(|item| self.declare(item)),
            _ => {}
        }
    }

    fn expression(&mut self, expr: &Expr<'s>) -> Result<(), TemplateError> {
        match expr {
            Expr::Const(_) => Ok(()),
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => self.access(expr),
            Expr::Slice(slice) => {
                self.expression(&slice.expr)?;
                let ends = [&slice.start, &slice.stop, &slice.step];
                ends.into_iter().flatten().try_for_each(|end| self.expression(end))
            }
            Expr::UnaryOp(op) => self.expression(&op.expr),
            Expr::BinOp(op) => {
                let grows = matches!(op.op, BinOpKind::Mul | BinOpKind::Pow);
                if grows && !(is_number(&op.left) && is_number(&op.right)) {
                    return self.refuse(op.span(), Fault::MultipliesText);
                }
                self.expression(&op.left)?;
                self.expression(&op.right)
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr)?;
                compare.ops.iter().try_for_each(|op| self.expression(&op.expr))
            }
            Expr::IfExpr(cond) => {
                self.expression(&cond.test_expr)?;
                self.expression(&cond.true_expr)?;
                cond.false_expr.iter().try_for_each(|other| self.expression(other))
            }
            Expr::Filter(filter) => {
                self.known(filter.name, FILTERS, filter.span(), Fault::UnknownFilter)?;
                filter.expr.iter().try_for_each(|inner| self.expression(inner))?;
                self.arguments(&filter.args)
            }
            Expr::Test(test) => {
                self.known(test.name, TESTS, test.span(), Fault::UnknownTest)?;
                self.expression(&test.expr)?;
                self.arguments(&test.args)
            }
            Expr::Call(call) => {
                match &call.expr {
                    Expr::Var(var) => self.known(var.id, FUNCTIONS, call.span(), Fault::UnknownFunction)?,
                    Expr::GetAttr(method) => self.expression(&method.expr)?,
                    other => self.expression(other)?,
                }
                self.arguments(&call.args)
            }
            Expr::List(list) => list.items.iter().try_for_each(|item| self.expression(item)),
            Expr::Map(map) => map.keys.iter().chain(&map.values).try_for_each(|item| self.expression(item)),
        }
    }

    fn arguments(&mut self, args: &[CallArg<'s>]) -> Result<(), TemplateError> {
        args.iter().try_for_each(|arg| match arg {
            CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => {
                self.expression(expr)
            }
        })
    }

    fn known(
        &self,
        name: &str,
        names: &[&str],
        span: Span,
        fault: fn(String, Option<String>) -> Fault,
    ) -> Result<(), TemplateError> {
        if names.contains(&name) {
            return Ok(());
        }
        self.refuse(span, fault(name.to_owned(), nearest(name, names.iter().copied())))
    }

    /// Records `a.b['c'].d` as one name, up to the first field that is computed.
    fn access(&mut self, expr: &Expr<'s>) -> Result<(), TemplateError> {
        let mut path = Vec::new();
        let mut inner = expr;
        loop {
            match inner {
                Expr::GetAttr(attr) => {
                    path.push(attr.name.to_owned());
                    inner = &attr.expr;
                }
                Expr::GetItem(item) => {
                    match &item.subscript_expr {
                        Expr::Const(key) => path.push(key.value.to_string()),
                        computed => {
                            self.expression(computed)?;
                            path.clear();
                        }
                    }
                    inner = &item.expr;
                }
                Expr::Var(var) => {
                    if !self.locals.contains(&var.id) {
                        path.push(var.id.to_owned());
                        path.reverse();
                        self.names.push(Name { path, offset: var.span().start_offset as usize });
                    }
                    return Ok(());
                }
                other => return self.expression(other),
            }
        }
    }
}

/// Whether an operand is a number by what it is, whatever the variables hold.
fn is_number(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Const(constant) => Value::is_number(&constant.value),
        Expr::UnaryOp(op) => is_number(&op.expr),
        Expr::BinOp(op) => match op.op {
            BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => true,
            BinOpKind::Add | BinOpKind::Mul | BinOpKind::Pow => is_number(&op.left) && is_number(&op.right),
            _ => false,
        },
        Expr::Filter(filter) => ["int", "float", "abs", "round", "length"].contains(&filter.name),
        Expr::IfExpr(cond) => is_number(&cond.true_expr) && cond.false_expr.as_ref().is_some_and(is_number),
        _ => false,
    }
}
