//! How the guard halts, releases and kills. It runs here as a task; the processes are real.

use std::future::Future;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, DuplexStream};

use super::lab::{Lab, lives, until, within};
use crate::executor::guard::{Guard, Post, post::Ward};
use crate::executor::procfs;

/// A guard over a lab's node, and the pipe to it.
fn post(lab: &Lab) -> (impl Future<Output = usize> + use<>, DuplexStream) {
    let group = lab.host.groups().map(|groups| groups.dir().to_owned());
    let (line, lines) = tokio::io::duplex(1000);
    let mut ward = Ward::of(Post { node: lab.node, group });
    let standing = async move {
        ward.watch(lines).await;
        ward.kill().await
    };
    (standing, line)
}

async fn say(line: &mut DuplexStream, until: i64) {
    line.write_all(format!("{until}\n").as_bytes()).await.expect("the guard listens");
}

fn halted(pid: i32) -> bool {
    procfs::stat(pid).is_some_and(|stat| stat.halted)
}

fn stranger() -> Child {
    let mut command = Command::new("/usr/bin/sleep");
    command.arg("1000").stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("started")
}

#[tokio::test]
async fn what_may_be_anothers_is_halted_until_it_is_not_and_killed_at_the_end() {
    for lab in Lab::both() {
        let mut stranger = stranger();
        // One child in the session, one that has left it without a parent, one that was halted by the script itself.
        let script = "sleep 1000 & echo $! > $SCRATCH/child\n\
                      setsid -f sh -c 'echo $$ > $SCRATCH/daemon; exec sleep 1000' < /dev/null > /dev/null 2>&1\n\
                      sleep 1000 & kill -STOP $!; echo $! > $SCRATCH/idle\nwait";
        let run = lab.start(lab.script(script), |_| {});
        let meanwhile = async {
            let [child, daemon, idle] =
                [lab.pid_in("child").await, lab.pid_in("daemon").await, lab.pid_in("idle").await];
            until(|| halted(idle)).await;
            let (standing, mut line) = post(&lab);
            let orders = async {
                say(&mut line, Guard::stamp() + 50).await;
                until(|| halted(child) && halted(daemon)).await;
                assert!(!halted(stranger.id() as i32));
                say(&mut line, Guard::stamp() + 600_000).await;
                until(|| !halted(child) && !halted(daemon)).await;
                assert!(halted(idle) && lives(child), "only what the guard halted goes on");
                drop(line);
            };
            let (killed, ()) = within(async { tokio::join!(standing, orders) }).await;
            assert!(killed >= 4, "{killed}");
            until(|| ![child, daemon, idle].into_iter().any(lives)).await;
        };
        let (done, ()) = within(async { tokio::join!(run, meanwhile) }).await;
        assert_eq!(done.report.signal, Some(9));
        assert!(stranger.try_wait().expect("ours").is_none());
        stranger.kill().expect("lives");
        stranger.wait().expect("ours");
    }
}

#[tokio::test]
async fn what_is_born_while_all_is_halted_is_halted_too() {
    let lab = Lab::new(false);
    let (standing, mut line) = post(&lab);
    say(&mut line, 1).await;
    let run = lab.start(lab.script("echo $$ > $SCRATCH/late; sleep 1000"), |_| {});
    let meanwhile = async {
        let late = lab.pid_in("late").await;
        until(|| halted(late)).await;
        drop(line);
    };
    let (done, _, ()) = within(async { tokio::join!(run, standing, meanwhile) }).await;
    assert_eq!(done.report.signal, Some(9));
}

#[tokio::test]
async fn a_guard_that_is_gone_is_replaced() {
    let lab = Lab::new(false);
    let said = lab.scratch("said");
    // Says what it hears and ends at the second line.
    let script = format!("echo $$ >> {0}; read line; echo $line >> {0}; read line", said.display());
    let guard = Guard::post("/bin/sh".into(), vec!["-c".into(), script], lab.node, None).expect("started");
    let said = || std::fs::read_to_string(&said).unwrap_or_default();
    guard.extend(1_000, Duration::from_secs(1)).await;
    until(|| said().lines().nth(1) == Some("2000")).await;
    let first: i32 = said().lines().next().and_then(|line| line.parse().ok()).expect("a pid");
    guard.extend(2_000, Duration::from_secs(1)).await;
    until(|| !lives(first)).await;
    guard.extend(3_000, Duration::from_secs(1)).await;
    until(|| said().lines().nth(3) == Some("4000")).await;
}
