//! Reads the product's one-line languages (calendar and date expressions, schedules) word by word.

use crate::error::Lang;

/// Text that doesn't follow its grammar: where, what was wanted there, what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: expected {expected}, found {}", .at + 1, if .found.is_empty() { "the end" } else { .found.as_str() })]
pub struct SyntaxError {
    /// Characters (not bytes) before the place.
    pub at: usize,
    /// What would have been right.
    pub expected: String,
    /// The same in Chinese.
    pub expected_zh: String,
    /// What stands there; empty at the end of the text.
    pub found: String,
}

impl SyntaxError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Zh => {
                let found = if self.found.is_empty() { "结尾" } else { &self.found };
                format!("第 {} 个字符：应为{}，实际为{found}", self.at + 1, self.expected_zh)
            }
        }
    }
}

/// What would have been right, in both languages. A plain text is the grammar's own words, the same in both.
pub(crate) struct Wanted {
    pub(crate) en: String,
    pub(crate) zh: String,
}

impl From<&str> for Wanted {
    fn from(words: &str) -> Self {
        Self { en: words.to_owned(), zh: words.to_owned() }
    }
}

impl From<&String> for Wanted {
    fn from(words: &String) -> Self {
        words.as_str().into()
    }
}

impl<En: Into<String>, Zh: Into<String>> From<(En, Zh)> for Wanted {
    fn from((en, zh): (En, Zh)) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }
}

/// The longest text that is read; longer ones are refused before any work.
pub(crate) const MAX_LEN: usize = 1_000;

/// How deep parentheses may nest, so that hostile text can't exhaust the stack.
pub(crate) const MAX_DEPTH: usize = 32;

/// A cursor over one line of text.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    pub(crate) depth: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, SyntaxError> {
        let mut scanner = Self { text, pos: 0, depth: 0 };
        if text.len() > MAX_LEN {
            return Err(scanner.error_here((format!("at most {MAX_LEN} bytes"), format!("不超过 {MAX_LEN} 字节"))));
        }
        Ok(scanner)
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    pub(crate) fn skip_space(&mut self) {
        self.pos = self.text.len() - self.rest().trim_start().len();
    }

    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }

    pub(crate) fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    /// Takes the sign when it comes next.
    pub(crate) fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.pos += sign.len_utf8();
        }
        found
    }

    pub(crate) fn expect(&mut self, sign: char) -> Result<(), SyntaxError> {
        if self.eat(sign) { Ok(()) } else { Err(self.error_here(&format!("`{sign}`"))) }
    }

    /// Takes the next word of letters, digits and `_`, if one comes.
    pub(crate) fn word(&mut self) -> Option<&'a str> {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.pos += end;
        (end > 0).then(|| &rest[..end])
    }

    /// Takes the phrase when its words (whatever their case) come next.
    pub(crate) fn phrase(&mut self, words: &str) -> bool {
        let start = self.pos;
        for word in words.split(' ') {
            if !self.word().is_some_and(|found| found.eq_ignore_ascii_case(word)) {
                self.pos = start;
                return false;
            }
        }
        true
    }

    /// Takes digits, at most six, so that no sum of them overflows.
    pub(crate) fn number(&mut self) -> Result<i64, SyntaxError> {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if !(1..=6).contains(&end) {
            return Err(self.error_here(("a number of at most six digits", "至多六位的数字")));
        }
        self.pos += end;
        rest[..end].parse().map_err(|_| self.error_here(("a number", "数字")))
    }

    /// Takes a number with an optional sign.
    pub(crate) fn signed(&mut self) -> Result<i64, SyntaxError> {
        let negative = self.eat('-');
        if !negative {
            self.eat('+');
        }
        Ok(if negative { -self.number()? } else { self.number()? })
    }

    /// Takes everything up to one of the ends (or the end of the text).
    pub(crate) fn until(&mut self, ends: &[char]) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends).unwrap_or(rest.len());
        self.pos += end;
        &rest[..end]
    }

    pub(crate) fn mark(&self) -> usize {
        self.pos
    }

    pub(crate) fn reset(&mut self, mark: usize) {
        self.pos = mark;
    }

    pub(crate) fn error_here(&mut self, expected: impl Into<Wanted>) -> SyntaxError {
        self.skip_space();
        self.error_at(self.pos, expected)
    }

    pub(crate) fn error_at(&self, mark: usize, expected: impl Into<Wanted>) -> SyntaxError {
        let Wanted { en, zh } = expected.into();
        let word = self.text[mark..].split_whitespace().next();
        let found = word.map(|word| format!("`{}`", word.chars().take(24).collect::<String>())).unwrap_or_default();
        SyntaxError { at: self.chars_before(mark), expected: en, expected_zh: zh, found }
    }

    /// How many characters stand before a mark.
    pub(crate) fn chars_before(&self, mark: usize) -> usize {
        self.text[..mark].chars().count()
    }

    pub(crate) fn finish(mut self, expected: impl Into<Wanted>) -> Result<(), SyntaxError> {
        if self.at_end() { Ok(()) } else { Err(self.error_here(expected)) }
    }
}
