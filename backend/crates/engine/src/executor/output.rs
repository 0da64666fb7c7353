//! What a task leaves for others: the file `$ALMANAC_OUTPUT`.
//!
//! Each line is `key=value` or a JSON object whose members are taken. A value that is JSON and prints back the same
//! (`42`, `true`, `"x"`, `[1,2]`) is taken as JSON; any other (`000123`, `1.50`, `2024-06-30`) is a string, so that no
//! digit is lost.

use std::io::Read;
use std::path::Path;

use domain::run::Outputs;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use serde_json::Value;

/// Most bytes of an output file.
pub(super) const MAX_BYTES: u64 = 256 * 1024;

/// Reads the outputs; none when the task wrote no file.
///
/// # Errors
/// What is wrong with the file, and in which line.
pub(super) fn read(path: &Path) -> Result<Outputs, String> {
    // The task may have put anything in its place: a link is not followed, a pipe not waited for.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(CWD, path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(rustix::io::Errno::NOENT) => return Ok(Outputs::new()),
        Err(error) => return Err(format!("$ALMANAC_OUTPUT can't be opened: {error}")),
    };
    let stat = fstat(&file).map_err(|error| error.to_string())?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err("$ALMANAC_OUTPUT is not a regular file".into());
    }
    let mut bytes = Vec::new();
    std::fs::File::from(file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("$ALMANAC_OUTPUT is larger than {} KiB", MAX_BYTES / 1024));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} of $ALMANAC_OUTPUT is not UTF-8")
    })?;
    parse(&text)
}

fn parse(text: &str) -> Result<Outputs, String> {
    let mut outputs = Outputs::new();
    for (index, line) in text.lines().enumerate() {
        let said = |what: String| format!("line {} of $ALMANAC_OUTPUT: {what}", index + 1);
        let line = line.trim();
        if line.starts_with('{') {
            let members: Outputs = serde_json::from_str(line).map_err(|error| said(format!("not JSON: {error}")))?;
            outputs.extend(members);
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim();
            if !is_key(key) {
                let key: String = key.chars().take(100).collect();
                return Err(said(format!("{key:?} is not a key: letters, digits, '_', '-' and '.', at most 100")));
            }
            outputs.insert(key.into(), value_of(value.trim()));
        } else if !line.is_empty() {
            return Err(said("expected key=value or a JSON object".into()));
        }
    }
    Ok(outputs)
}

fn is_key(key: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !key.is_empty() && key.chars().count() <= 100 && key.chars().all(allowed)
}

fn value_of(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Number(number)) if number.to_string() != text => Value::String(text.into()),
        Ok(value) => value,
        Err(_) => Value::String(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_line_is_read() {
        let cases = [
            ("", json!({})),
            ("rows=42\n\n  name = 基金 A \n", json!({"rows": 42, "name": "基金 A"})),
            ("code=000123\nprice=1.50\nbig=123456789012345678901234567890", {
                json!({"code": "000123", "price": "1.50", "big": "123456789012345678901234567890"})
            }),
            ("day=2024-06-30\nok=true\nnothing=\nurl=a=b", {
                json!({"day": "2024-06-30", "ok": true, "nothing": "", "url": "a=b"})
            }),
            ("shards=[1, \"b\"]\nquoted=\"x y\"", json!({"shards": [1, "b"], "quoted": "x y"})),
            ("{\"a\": {\"b\": [1]}}\r\n{\"c\": null}\na=2", json!({"a": 2, "c": null})),
        ];
        for (text, expected) in cases {
            assert_eq!(Value::Object(parse(text).expect(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, said) in [
            ("a=1\nnonsense", "line 2 of $ALMANAC_OUTPUT: expected key=value"),
            ("{\"a\":", "line 1 of $ALMANAC_OUTPUT: not JSON"),
            ("\n\na b=1", "line 3 of $ALMANAC_OUTPUT: \"a b\" is not a key"),
            ("=1", "\"\" is not a key"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_file_may_be_missing_but_not_strange() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("output");
        assert_eq!(read(&path), Ok(Outputs::new()));
        std::fs::write(&path, b"a=1\nb=\xff").expect("written");
        assert!(read(&path).expect_err("not UTF-8").contains("line 2"));
        std::fs::write(&path, vec![b'a'; MAX_BYTES as usize + 1]).expect("written");
        assert!(read(&path).expect_err("too large").contains("larger than 256 KiB"));
        std::fs::remove_file(&path).expect("removed");
        std::os::unix::fs::symlink("/etc/passwd", &path).expect("linked");
        assert!(read(&path).expect_err("a link").contains("can't be opened"));
        std::fs::remove_file(&path).expect("removed");
        std::fs::create_dir(&path).expect("created");
        assert!(read(&path).expect_err("a directory").contains("not a regular file"));
    }
}
