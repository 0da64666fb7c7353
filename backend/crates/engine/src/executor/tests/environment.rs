//! What a task finds around it.

use std::collections::BTreeMap;

use super::lab::Lab;

#[tokio::test]
async fn the_environment_holds_nothing_of_the_server() {
    let lab = Lab::new(true);
    let mut invocation = lab.script("env -0 | tr '\\n\\0' '~\\n'");
    invocation.env.push(("fund_type".into(), "two\nlines".into()));
    let done = lab.run(invocation).await;
    let found: BTreeMap<&str, &str> = done.of('O').into_iter().filter_map(|line| line.split_once('=')).collect();
    // The shell itself adds the last three.
    let expected = [
        "ALMANAC_ATTEMPT_ID",
        "ALMANAC_OUTPUT",
        "HOME",
        "LANG",
        "PATH",
        "SCRATCH",
        "TZ",
        "fund_type",
        "PWD",
        "SHLVL",
        "_",
    ];
    let mut unexpected = found.keys().filter(|name| !expected.contains(name));
    assert_eq!(unexpected.next(), None);
    assert_eq!((found["TZ"], found["fund_type"]), ("Asia/Shanghai", "two~lines"));
    assert!(!done.of('O').iter().any(|line| line.contains("hush")));
}

#[tokio::test]
async fn the_text_of_a_script_is_in_no_command_line() {
    let lab = Lab::new(true);
    let script = ": password=hunter2\ncat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' '";
    let done = lab.run(lab.script(script)).await;
    let lines = done.of('O').concat();
    assert!(lines.contains("/script") && !lines.contains("hunter2"));
}

#[tokio::test]
async fn only_the_three_usual_files_are_open() {
    for lab in Lab::both() {
        let done = lab.run(lab.script("exec /bin/sh -c 'for f in /proc/$$/fd/*; do readlink $f; done'")).await;
        let files = done.of('O');
        assert_eq!(files[0], "/dev/null");
        assert!(files[1].starts_with("pipe:") && files[2].starts_with("pipe:"), "{files:?}");
        // The shell may hold the directory that it lists, nothing else.
        assert!(files[3..].iter().all(|file| file.starts_with("/proc/")), "{files:?}");
    }
}

#[tokio::test]
async fn a_task_leads_its_own_session_with_usual_signals_and_umask() {
    for lab in Lab::both() {
        let script = "cut -d ' ' -f 5,6 /proc/$$/stat\necho $$ $$\numask\ngrep -E 'Sig(Ign|Blk)' /proc/self/status";
        let done = lab.run(lab.script(script)).await;
        let lines = done.of('O');
        assert_eq!(lines[0], lines[1]);
        assert_eq!(lines[2], "0022");
        // The C library keeps two signals, 32 and 33, to itself.
        let is_usual = |line: &&str| line.ends_with("0000000000000000") || line.ends_with("SigIgn:\t0000000180000000");
        assert!(lines[3..].iter().all(is_usual), "{lines:?}");
    }
}

#[tokio::test]
async fn an_impossible_variable_is_named() {
    let lab = Lab::new(true);
    let mut invocation = lab.script("true");
    invocation.env.push(("a=b".into(), "x".into()));
    let report = lab.run(invocation).await.report;
    assert!(format!("{report:?}").contains("can't be the name"), "{report:?}");
}
