//! Stopping a run ends everything that it started, also what has hidden itself.

use std::fs;
use std::path::Path;

use serde_json::json;
use tests::firm::Firm;
use tests::{wait, work};

#[tokio::test]
async fn stop_reaches_grandchildren_that_left_their_parents() {
    let firm = Firm::start().await;
    let department = firm.department("stop", "Stop").await;
    let pids = firm.server.scratch().join("pids");
    // One that ignores the polite signal, and one that forks twice into a session of its own.
    let script = format!(
        "trap '' TERM\n(setsid sh -c 'echo $$ >> {pids}; exec sleep 600' &)\necho $$ >> {pids}\nwhile :; do sleep 1; done",
        pids = pids.display()
    );
    let mut document = work::document("stubborn", &[("stay", &[], &script), ("after", &["stay"], "true")]);
    document["spec"]["tasks"]["stay"]["grace"] = json!("300ms");
    let workflow = work::create(&department.head, &department.project, &document).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let lines = || fs::read_to_string(&pids).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let started = wait::until("both processes", || async { Some(lines()).filter(|it| it.len() == 2) }).await;
    assert!(started.iter().all(|pid| alive(pid)), "{started:?}");

    let query = "mutation($input: StopRunInput!) { stopRun(input: $input) { status userErrors { code message } } }";
    let stop = || department.head.ask(query, json!({ "input": { "id": run, "reason": "the test says so" } }));
    assert_eq!(stop().await.ok()["stopRun"]["status"], "STOPPING");
    let run_now = work::end(&department.head, &run).await;
    assert_eq!(run_now["state"], "STOPPED", "{run_now:#}");
    assert_eq!(work::task(&run_now, "stay")["state"], "STOPPED");
    wait::until("the processes to be gone", || async { started.iter().all(|pid| !alive(pid)).then_some(()) }).await;
    assert_eq!(stop().await.ok()["stopRun"]["status"], "ALREADY_FINISHED");
}

/// Whether a process exists and has not ended: a zombie waits only to be counted.
fn alive(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}
