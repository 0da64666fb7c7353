//! `almanac calendar`: the examples of the documentation are run, and their output is compared; and a stream of
//! questions is answered as it comes.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::server::program;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// An example: its command, the line it is on, and what it prints.
struct Example {
    line: usize,
    command: String,
    output: String,
}

/// The commands of a page's `console` blocks: what follows `$ `, and the lines up to the next one.
fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for (index, line) in page.lines().enumerate() {
        match (inside, line.strip_prefix("$ ")) {
            (_, _) if line.starts_with("```") => inside = line == "```console",
            (true, Some(command)) => {
                examples.push(Example { line: index + 1, command: command.to_owned(), output: String::new() });
            }
            (true, None) => {
                let example = examples.last_mut().expect("a block begins with a command");
                example.output.push_str(line);
                example.output.push('\n');
            }
            (false, _) => {}
        }
    }
    examples
}

#[test]
fn the_examples_of_the_page_print_what_it_says() {
    let page = fs::read_to_string(root().join("docs/calendar-cli.md")).expect("the page");
    let examples = examples(&page);
    assert!(examples.len() >= 20, "{}", examples.len());
    let folder = tempfile::tempdir().expect("a folder");
    let path = std::env::join_paths(
        [program().parent().expect("a folder").to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    for Example { line, command, output } in examples {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(folder.path());
        shell.env("PATH", path.as_ref().expect("folders")).env("LANG", "en_GB.UTF-8");
        let found = shell.output().expect("a shell");
        assert_eq!(String::from_utf8_lossy(&found.stdout), output, "docs/calendar-cli.md:{line}: {command}");
    }
}

#[test]
fn a_question_is_answered_before_the_next_is_asked() {
    let mut command = Command::new(program());
    command.args(["calendar", "ask"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let (mut input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut answers = BufReader::new(output).lines();
    for (date, next) in [("2024-09-30", "2024-10-08"), ("2024-10-08", "2024-10-09")] {
        writeln!(input, "{{\"ask\":\"next\",\"calendar\":\"SSE\",\"date\":\"{date}\"}}").expect("it listens");
        let answer = answers.next().expect("an answer").expect("text");
        assert_eq!(answer, format!("{{\"ok\":{{\"date\":\"{next}\"}}}}"));
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_file_with_problems_ends_with_one_and_wrong_use_with_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("fund.csv");
    fs::write(&file, "date,type\n2026-01-01,7\n").expect("a file");
    let status = |arguments: &[&str]| {
        let output = Command::new(program()).args(arguments).output().expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = status(&["calendar", "import", &file.to_string_lossy(), "--calendar", "FUND", "--lang", "zh"]);
    assert_eq!(code, Some(1));
    assert!(said.contains(":2:12: `7` 不是日期类型"), "{said}");
    assert_eq!(status(&["calendar", "next", "SSE", "yesterday"]).0, Some(2));
    assert_eq!(status(&["calendar", "next", "SSE", "2026-12-31"]).0, Some(1));
}
