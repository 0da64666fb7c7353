//! Output in kinds and amounts that nobody asked for.

use super::lab::Lab;

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_safe() {
    let lab = Lab::new(true);
    let done = lab.run(lab.script(r"printf 'a\377b\0c\007\n\303'; printf '\344\270\255\346\226\207' >&2")).await;
    assert_eq!(done.of('O'), ["a\u{fffd}b␀c␇", "\u{fffd}"]);
    assert_eq!(done.of('E'), ["中文"]);
}

#[tokio::test]
async fn much_output_is_quick_and_keeps_its_head_and_tail() {
    for lab in Lab::both() {
        let script = "echo the first line\nyes 'some line of output, as programs write them' | head -c 200000000\n\
                      echo\necho the last error >&2\necho the last line";
        let done = lab.run(lab.script(script)).await;
        assert_eq!(done.report.exit_code, Some(0));
        assert!(done.log.truncated);
        assert!((32 << 20..36 << 20).contains(&done.log.bytes), "{}", done.log.bytes);
        assert_eq!(done.lines.first().expect("lines").1, "the first line");
        assert_eq!(*done.of('O').last().expect("lines"), "the last line");
        assert_eq!(done.of('E'), ["the last error"]);
        let notes = done.of('S');
        assert!(notes[0].starts_with("The output is longer than 32 MiB"), "{notes:?}");
        assert!(notes[1].ends_with("MiB of output were left out here."), "{notes:?}");
        let whole = |line: &&&str| line.starts_with("some line") && line.ends_with("write them");
        let lines = done.of('O');
        // All but the first, the last, and the one that `head` cut.
        assert!(lines.iter().filter(whole).count() >= lines.len() - 4);
    }
}

#[tokio::test]
async fn output_between_head_and_tail_is_whole() {
    let mut lab = Lab::new(true);
    lab.limits.head_bytes = 10_000;
    let done = lab.run(lab.script("seq 1 20000")).await;
    assert!(!done.log.truncated);
    let numbers: Vec<String> = (1..=20_000).map(|number| number.to_string()).collect();
    assert_eq!(done.of('O'), numbers);
    assert_eq!(done.of('S').len(), 1);
}

#[tokio::test]
async fn what_waits_for_nobody_still_ends() {
    // Nothing reads a pipe faster than `yes` writes it; the stop must be heard in between.
    let mut lab = Lab::new(true);
    lab.limits.head_bytes = 100_000;
    let mut invocation = lab.script("yes");
    invocation.timeout_ms = Some(300);
    let done = lab.run(invocation).await;
    assert_eq!(done.report.ended, domain::run::Ended::TimedOut { after_ms: 300 });
    assert!(done.log.truncated);
}
