//! Colours for YAML, line by line: enough to read a workflow document, not a parser. Block scalars are text, so that a
//! script's colons are not taken for keys.

/// What a stretch of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Key,
    Text,
    Number,
    Comment,
}

impl Ink {
    /// The class of `style/component/data.css`.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Key => "k",
            Self::Text => "s",
            Self::Number => "n",
            Self::Comment => "c",
        }
    }
}

/// The stretches of each line of a document, in order; together they are the line.
pub fn yaml(source: &str) -> Vec<Vec<(Ink, String)>> {
    let mut block: Option<usize> = None;
    source
        .split('\n')
        .map(|line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            if let Some(owner) = block {
                if line.trim().is_empty() || indent > owner {
                    return vec![(Ink::Text, line.to_owned())];
                }
                block = None;
            }
            if opens_block(line) {
                block = Some(indent);
            }
            colour(line)
        })
        .collect()
}

/// Whether the value begins a literal or folded block (`key: |`, `- >-`).
fn opens_block(line: &str) -> bool {
    let text = split_comment(line).0.trim_end();
    let value = text.rsplit_once(": ").or_else(|| text.rsplit_once("- ")).map_or("", |(_, value)| value.trim());
    let mut signs = value.chars();
    matches!(signs.next(), Some('|' | '>')) && signs.all(|sign| matches!(sign, '+' | '-' | '0'..='9'))
}

/// A comment starts at a `#` after a blank that stands outside quotes.
fn split_comment(line: &str) -> (&str, &str) {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, sign) in line.char_indices() {
        match quote {
            Some(open) if sign == open => quote = None,
            None if sign == '#' && before == ' ' => return line.split_at(at),
            // A quote inside a plain word (an apostrophe) opens nothing.
            None if matches!(sign, '"' | '\'') && !before.is_alphanumeric() => quote = Some(sign),
            _ => {}
        }
        before = sign;
    }
    (line, "")
}

fn colour(line: &str) -> Vec<(Ink, String)> {
    let (text, comment) = split_comment(line);
    let mut parts = Vec::new();
    let mut push = |ink, part: &str| {
        if !part.is_empty() {
            parts.push((ink, part.to_owned()));
        }
    };
    let lead = text.len() - text.trim_start_matches([' ', '-']).len();
    let (start, rest) = text.split_at(lead);
    push(Ink::Plain, start);
    match key_end(rest) {
        Some(end) => {
            push(Ink::Key, &rest[..end]);
            push(Ink::Plain, ":");
            value(&rest[end + 1..], &mut push);
        }
        None => value(rest, &mut push),
    }
    push(Ink::Comment, comment);
    parts
}

/// Where a plain key ends: before the first `: ` or a colon at the end of the line.
fn key_end(text: &str) -> Option<usize> {
    let end = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
    let key = &text[..end];
    (!key.is_empty() && !key.contains(['"', '{', '[', ' '])).then_some(end)
}

fn value(text: &str, push: &mut impl FnMut(Ink, &str)) {
    let word = text.trim();
    let ink = if word.is_empty() || word.starts_with(['{', '[', '|', '>', '&', '*']) {
        Ink::Plain
    } else if word.parse::<f64>().is_ok() || matches!(word, "true" | "false" | "null" | "~") {
        Ink::Number
    } else {
        Ink::Text
    };
    push(ink, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inks(line: &str) -> Vec<(Ink, String)> {
        yaml(line).remove(0)
    }

    #[test]
    fn the_parts_of_a_line_are_the_line() {
        for line in ["  - name: x  # why", "a: {b: 1}", "", "plain text", "k: \"a # b\"", "when: it's # c", "键: 值"]
        {
            assert_eq!(inks(line).into_iter().map(|(_, text)| text).collect::<String>(), line);
        }
    }

    #[test]
    fn keys_values_and_comments_differ() {
        let parts = inks("  max: 3 # times");
        let expected =
            [(Ink::Plain, "  "), (Ink::Key, "max"), (Ink::Plain, ":"), (Ink::Number, " 3 "), (Ink::Comment, "# times")];
        assert_eq!(parts, expected.map(|(ink, text)| (ink, text.to_owned())));
        assert_eq!(inks("k: \"a # b\"")[2], (Ink::Text, " \"a # b\"".to_owned()));
    }

    #[test]
    fn a_script_is_text_until_its_indent_ends() {
        let lines = yaml("script: |\n  echo a: b\n\n  done\nnext: 1");
        assert_eq!(lines[1], [(Ink::Text, "  echo a: b".to_owned())]);
        assert_eq!(lines[3], [(Ink::Text, "  done".to_owned())]);
        assert_eq!(lines[4][0], (Ink::Key, "next".to_owned()));
    }
}
