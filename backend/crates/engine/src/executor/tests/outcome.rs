//! How attempts end by themselves, and what is reported of them.

use std::fs;
use std::sync::{Arc, Mutex};

use domain::run::{Ended, Outputs, Reason};
use serde_json::json;

use super::lab::{Lab, until};
use crate::executor::{Executors, Shell, Work};

#[tokio::test]
async fn a_script_succeeds_and_its_lines_are_kept_by_stream() {
    for lab in Lab::both() {
        let seen = Arc::new(Mutex::new(None));
        let (invocation, started) = (lab.script("echo to out\necho to err >&2\nprintf 'no end'"), seen.clone());
        let done = lab.start(invocation, move |begun| *started.lock().expect("not poisoned") = Some(begun)).await;
        assert_eq!(done.report.ended, Ended::Succeeded { outputs: Outputs::new() });
        assert_eq!((done.report.exit_code, done.report.signal), (Some(0), None));
        assert_eq!(done.of('O'), ["to out", "no end"]);
        assert_eq!(done.of('E'), ["to err"]);
        assert_eq!(done.of('S'), [""; 0]);
        let started = seen.lock().expect("not poisoned").expect("called");
        assert_eq!((started.pid, Some(started.at_ms)), (done.report.pid, done.report.started_ms));
        assert!(done.report.finished_ms >= started.at_ms);
        assert!(!done.log.truncated && done.log.bytes > 0);
    }
}

#[tokio::test]
async fn an_exit_code_is_reported_and_may_be_tried_again() {
    let lab = Lab::new(true);
    for (script, code) in [("exit 3", 3), ("no-such-command", 127), ("set -e; false; echo not reached", 1)] {
        let report = lab.run(lab.script(script)).await.report;
        let reason = Reason::ExitCode { code };
        assert_eq!(report.ended, Ended::Failed { exit_code: Some(code), reason, retryable: true }, "{script}");
        assert_eq!(report.exit_code, Some(code));
    }
}

#[tokio::test]
async fn a_signal_is_reported() {
    for lab in Lab::both() {
        let report = lab.run(lab.script("kill -SEGV $$")).await.report;
        let reason = Reason::Signal { signal: 11 };
        assert_eq!(report.ended, Ended::Failed { exit_code: None, reason, retryable: true });
        assert_eq!((report.exit_code, report.signal), (None, Some(11)));
    }
}

#[tokio::test]
async fn time_and_memory_are_measured() {
    for lab in Lab::both() {
        let script = "x=$(head -c 60000000 /dev/zero | tr '\\0' x)\nfor ((i = 0; i < 200000; i++)); do :; done";
        let usage = lab.run(lab.script(script)).await.report.usage;
        assert!(usage.cpu_ms.expect("measured") >= 20, "{usage:?}");
        let peak_rss_kb = usage.peak_rss_kb.expect("measured");
        assert!((50_000..2_000_000).contains(&peak_rss_kb), "{usage:?}");
        let small = lab.run(lab.script("true")).await.report.usage;
        // A process may be too short to be looked at.
        assert!(small.peak_rss_kb.is_none_or(|small| small < peak_rss_kb / 2), "{small:?}");
    }
}

#[tokio::test]
async fn outputs_are_read() {
    let lab = Lab::new(true);
    let script = r#"
        echo rows=42 >> "$ALMANAC_OUTPUT"
        echo '{"shards": ["a", "b"], "净值": 1.25}' >> "$ALMANAC_OUTPUT"
    "#;
    let Ended::Succeeded { outputs } = lab.run(lab.script(script)).await.report.ended else { panic!("succeeds") };
    assert_eq!(serde_json::Value::Object(outputs), json!({"rows": 42, "shards": ["a", "b"], "净值": 1.25}));
}

#[tokio::test]
async fn bad_outputs_fail_the_task_and_say_why() {
    let lab = Lab::new(true);
    for (script, said) in [
        ("echo nonsense > $ALMANAC_OUTPUT", "line 1"),
        ("head -c 300000 /dev/zero > $ALMANAC_OUTPUT", "larger than 256 KiB"),
        ("ln -s /etc/passwd $ALMANAC_OUTPUT", "can't be opened"),
        ("mkfifo $ALMANAC_OUTPUT", "not a regular file"),
    ] {
        let report = lab.run(lab.script(script)).await.report;
        let Ended::Failed { reason: Reason::BadOutput { message }, exit_code: Some(0), retryable: false } =
            report.ended
        else {
            panic!("{script}: {report:?}");
        };
        assert!(message.contains(said), "{message}");
    }
    let failed = lab.run(lab.script("echo nonsense > $ALMANAC_OUTPUT; exit 4")).await.report.ended;
    assert!(matches!(failed, Ended::Failed { reason: Reason::ExitCode { code: 4 }, .. }));
}

#[tokio::test]
async fn a_shell_of_ones_own_is_used_and_a_missing_one_is_named() {
    let lab = Lab::new(true);
    let with = |shell: &str| {
        lab.invocation(Work::Shell(Shell { script: "false\necho on".into(), shell: Some(shell.into()), grace_ms: 0 }))
    };
    assert_eq!(lab.run(with("/bin/sh")).await.of('O'), ["on"]);
    assert_eq!(lab.run(with("/bin/sh -e")).await.report.exit_code, Some(1));
    for (shell, said) in [("/no/such/shell", "/no/such/shell"), ("", "no name")] {
        let report = lab.run(with(shell)).await.report;
        let Ended::Failed { reason: Reason::NotStarted { message }, retryable: true, .. } = report.ended else {
            panic!("{report:?}");
        };
        assert!(message.contains(said), "{message}");
    }
    until(|| lab.is_cleared()).await;
}

#[tokio::test]
async fn the_directory_of_an_attempt_is_private_and_goes_with_it() {
    for lab in Lab::both() {
        let script = "stat -c '%a' .. ../script .\ntouch left-behind\nmkdir -p a/b/c\npwd";
        let done = lab.run(lab.script(script)).await;
        let lines = done.of('O');
        assert_eq!(lines[..3], ["700", "700", "700"]);
        assert!(lines[3].starts_with(lab.rooms().to_str().expect("UTF-8")), "{lines:?}");
        until(|| fs::read_dir(lab.rooms()).expect("there").next().is_none()).await;
        lab.run(lab.script("true")).await;
        until(|| lab.is_cleared()).await;
    }
}

#[tokio::test]
async fn nothing_is_done_at_once() {
    let lab = Lab::new(false);
    let report = lab.run(lab.invocation(Work::Noop)).await.report;
    assert_eq!(report.ended, Ended::Succeeded { outputs: Outputs::new() });
    assert_eq!(report.pid, None);
    assert_eq!(report.started_ms, Some(report.finished_ms));
}

#[tokio::test]
async fn a_kind_without_executor_is_refused() {
    assert_eq!(Work::Noop.kind(), "noop");
    let lab = Lab::new(false);
    let attempt = lab.attempt();
    let (report, _) = Executors::default().run(lab.invocation(Work::Noop), attempt).await;
    assert!(matches!(report.ended, Ended::Failed { reason: Reason::NotStarted { .. }, .. }));
}
