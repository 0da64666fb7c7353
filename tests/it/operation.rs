//! Running the program: its probes, its pages, an orderly stop, and starts that must be refused.

use std::fs;
use std::process::Command;

use serde_json::json;
use tests::firm::Firm;
use tests::server::program;
use tests::work;

#[tokio::test]
async fn the_probes_the_page_and_the_metrics_answer() {
    let firm = Firm::start().await;
    let client = firm.server.client();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(client.page(path).await.expect("an answer").0, 200, "{path}");
    }
    let (status, metrics) = client.page("/metrics").await.expect("an answer");
    assert_eq!(status, 200);
    assert!(metrics.lines().any(|line| line.starts_with("# TYPE almanac_")), "{metrics}");
    // A deep address of the UI is the UI's to answer; one below /assets is a file or nothing.
    let (status, page) = client.page("/runs/whatever").await.expect("an answer");
    assert!(status == 200 && page.contains("<html"), "{status} {page}");
    assert_eq!(client.page("/assets/nothing.js").await.expect("an answer").0, 404);
}

#[tokio::test]
async fn a_stop_is_orderly_and_a_second_start_goes_on() {
    let mut firm = Firm::start().await;
    let department = firm.department("stop", "Stop").await;
    let tasks: [(&str, &[&str], &str); 2] = [("short", &[], "sleep 0.5"), ("next", &["short"], "true")];
    let workflow = work::create(&department.head, &department.project, &work::document("spanning", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    work::until(&department.head, &run, "the task to run", |run| work::task(run, "short")["state"] == "RUNNING").await;
    assert!(firm.server.stop().await.success(), "{}", firm.server.said());
    firm.server.restart().await;
    // Within the grace the task could end; its result was kept.
    let run = work::end(&department.head, &run).await;
    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    assert_eq!(work::task(&run, "short")["attempt"], 1);
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let firm = Firm::start().await;
    let said = refused(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &firm.server.data().to_string_lossy()]);
    assert!(said.contains("in use") || said.contains("another"), "{said}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let firm = Firm::start().await;
    let other = tempfile::tempdir().expect("a folder");
    let port = firm.server.client().address().rsplit_once(':').expect("a port").1.to_owned();
    let listen = format!("127.0.0.1:{port}");
    let said = refused(&["serve", "--listen", &listen, "--data-dir", &other.path().to_string_lossy()]);
    assert!(said.contains(&port), "{said}");
}

#[tokio::test]
async fn a_database_that_is_none_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("almanac.db");
    let rubbish = "this was a database once".repeat(500);
    fs::write(&file, &rubbish).expect("a file");
    let said = refused(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &folder.path().to_string_lossy()]);
    assert!(said.contains("almanac.db") || said.contains("database"), "{said}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), rubbish, "it was not touched");
}

#[test]
fn a_setting_that_does_not_exist_is_named() {
    let said = refused(&["check-config", "--set", "engine.pool=8"]);
    assert!(said.contains("engine.pool"), "{said}");
}

/// Runs the program to its end, which must be a refusal, and gives what it said.
fn refused(arguments: &[&str]) -> String {
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ALMANAC_"));
    let mut command = Command::new(program());
    for (name, _) in ours {
        command.env_remove(name);
    }
    let output = command.args(arguments).output().expect("the program starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!output.status.success(), "{arguments:?} went well:\n{said}");
    said
}
