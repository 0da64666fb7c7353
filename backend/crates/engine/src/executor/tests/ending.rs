//! How attempts are ended: by order, by time, and whatever their processes do against it.

use std::fs;
use std::future::Future;
use std::pin::Pin;

use domain::run::Ended;

use super::lab::{Finished, Lab, lives, until, within};
use crate::executor::{Invocation, Stop, Work, procfs};

/// Hides from everything but the mark: its own session, no parent, no open pipe.
const DAEMON: &str = "setsid -f sh -c 'echo $$ > $SCRATCH/daemon; exec sleep 1000' < /dev/null > /dev/null 2>&1\n\
                      until [ -s $SCRATCH/daemon ]; do :; done\n";

fn with_grace(mut invocation: Invocation, grace: i64) -> Invocation {
    if let Work::Shell(shell) = &mut invocation.work {
        shell.grace_ms = grace;
    }
    invocation
}

/// A process that was killed dies a moment after the kernel stopped to count it.
async fn gone(pid: i32) {
    until(|| !lives(pid)).await;
}

/// Runs an attempt, and meanwhile something that ends.
async fn beside<T>(run: impl Future<Output = Finished>, meanwhile: impl Future<Output = T>) -> (Finished, T) {
    within(async { tokio::join!(run, meanwhile) }).await
}

#[tokio::test]
async fn a_stop_ends_the_whole_tree_politely() {
    for lab in Lab::both() {
        let script = "trap 'echo cleaning up; exit 9' TERM\nsleep 1000 &\necho $! > $SCRATCH/child\nwait";
        let run = lab.start(lab.script(script), |_| {});
        let (done, child) = beside(run, async {
            let child = lab.pid_in("child").await;
            lab.stop(Stop::Requested);
            child
        })
        .await;
        assert_eq!(done.report.ended, Ended::Stopped);
        assert_eq!(done.report.exit_code, Some(9));
        assert_eq!(done.of('O'), ["cleaning up"]);
        assert!(done.of('S')[0].starts_with("Stopping: TERM now"), "{:?}", done.lines);
        gone(child).await;
    }
}

#[tokio::test]
async fn what_ignores_term_is_killed_after_the_grace() {
    for lab in Lab::both() {
        let script = "trap '' TERM\nsleep 1000 &\necho $! > $SCRATCH/child\nwhile :; do wait; done";
        let run = lab.start(with_grace(lab.script(script), 200), |_| {});
        let (done, child) = beside(run, async {
            let child = lab.pid_in("child").await;
            lab.stop(Stop::Requested);
            child
        })
        .await;
        assert_eq!(done.report.ended, Ended::Stopped);
        assert_eq!(done.report.signal, Some(9));
        gone(child).await;
    }
}

#[tokio::test]
async fn a_halted_tree_can_be_stopped_too() {
    for lab in Lab::both() {
        let run = lab.start(lab.script("echo $$ > $SCRATCH/main\nkill -STOP $$"), |_| {});
        let (done, ()) = beside(run, async {
            lab.pid_in("main").await;
            lab.stop(Stop::Requested);
        })
        .await;
        assert_eq!((done.report.ended, done.report.signal), (Ended::Stopped, Some(15)));
    }
}

#[tokio::test]
async fn a_lost_lease_kills_without_grace() {
    for lab in Lab::both() {
        let script = "trap '' TERM\necho $$ > $SCRATCH/main\nwhile :; do sleep 1000; done";
        let run = lab.start(with_grace(lab.script(script), 3_600_000), |_| {});
        let (done, main) = beside(run, async {
            let main = lab.pid_in("main").await;
            lab.stop(Stop::LeaseLost);
            main
        })
        .await;
        assert_eq!((done.report.ended, done.report.signal), (Ended::Stopped, Some(9)));
        gone(main).await;
    }
}

#[tokio::test]
async fn a_lease_lost_during_the_grace_cuts_it_short() {
    let lab = Lab::new(true);
    let script = "trap 'echo asked > $SCRATCH/asked' TERM\necho $$ > $SCRATCH/main\nwhile :; do sleep 1000; done";
    let run = lab.start(with_grace(lab.script(script), 3_600_000), |_| {});
    let (done, ()) = beside(run, async {
        lab.pid_in("main").await;
        lab.stop(Stop::Requested);
        until(|| lab.scratch("asked").exists()).await;
        lab.stop(Stop::LeaseLost);
    })
    .await;
    assert_eq!((done.report.ended, done.report.signal), (Ended::Stopped, Some(9)));
}

#[tokio::test]
async fn too_long_a_time_ends_the_tree() {
    for lab in Lab::both() {
        let mut invocation = with_grace(lab.script(&format!("{DAEMON} sleep 1000")), 5_000);
        invocation.timeout_ms = Some(300);
        let done = lab.run(invocation).await;
        assert_eq!(done.report.ended, Ended::TimedOut { after_ms: 300 });
        assert!(done.of('S')[0].starts_with("The limit of 0.3 s is over"), "{:?}", done.lines);
        // It may have been ended before it wrote its number.
        if let Ok(pid) = fs::read_to_string(lab.scratch("daemon")).unwrap_or_default().trim().parse() {
            gone(pid).await;
        }
    }
}

#[tokio::test]
async fn daemons_do_not_outlive_a_stop() {
    for lab in Lab::both() {
        let run = lab.start(lab.script(&format!("{DAEMON} sleep 1000")), |_| {});
        let (done, daemon) = beside(run, async {
            let daemon = lab.pid_in("daemon").await;
            lab.stop(Stop::Requested);
            daemon
        })
        .await;
        assert_eq!(done.report.ended, Ended::Stopped);
        gone(daemon).await;
    }
}

#[tokio::test]
async fn daemons_do_not_outlive_the_script() {
    for lab in Lab::both() {
        let done = lab.run(lab.script(DAEMON)).await;
        assert_eq!(done.report.exit_code, Some(0));
        assert!(matches!(done.report.ended, Ended::Succeeded { .. }));
        assert_eq!(done.of('S'), ["The script ended and left 1 background processes; they were ended."]);
        gone(lab.pid_in("daemon").await).await;
    }
}

#[tokio::test]
async fn background_children_do_not_outlive_the_script() {
    for lab in Lab::both() {
        // Job control gives each its own process group; both keep the pipes open.
        let script = "set -m\nsleep 1000 &\necho $! > $SCRATCH/one\n(sleep 1000 & echo $! > $SCRATCH/two)";
        let done = lab.run(lab.script(script)).await;
        assert!(matches!(done.report.ended, Ended::Succeeded { .. }));
        gone(lab.pid_in("one").await).await;
        gone(lab.pid_in("two").await).await;
        assert!(done.of('S')[0].contains("background processes"), "{:?}", done.lines);
    }
}

#[tokio::test]
async fn a_control_group_holds_even_what_has_no_sign_left() {
    let lab = Lab::new(true);
    if !lab.host.uses_control_groups() {
        return;
    }
    // The move into the group takes the kernel a moment.
    let script = "until grep -q almanac /proc/self/cgroup; do :; done\nenv -i /usr/bin/setsid -f /bin/sh -c 'echo $$ > '$SCRATCH'/daemon; exec sleep 1000' \
                  < /dev/null > /dev/null 2>&1\nuntil [ -s $SCRATCH/daemon ]; do :; done";
    let done = lab.run(lab.script(script)).await;
    assert!(matches!(done.report.ended, Ended::Succeeded { .. }));
    gone(lab.pid_in("daemon").await).await;
}

#[tokio::test]
async fn other_attempts_are_left_alone() {
    for lab in Lab::both() {
        let other = Lab::new(lab.host.uses_control_groups());
        let run = other.start(other.script(&format!("{DAEMON} sleep 1000")), |_| {});
        let (_, ()) = beside(run, async {
            let daemon = other.pid_in("daemon").await;
            lab.run(lab.script(DAEMON)).await;
            gone(lab.pid_in("daemon").await).await;
            assert!(lives(daemon));
            other.stop(Stop::Requested);
        })
        .await;
    }
}

#[tokio::test]
async fn a_stop_before_the_start_starts_nothing() {
    let lab = Lab::new(true);
    lab.stop(Stop::Requested);
    for work in [lab.script("echo $$ > $SCRATCH/main"), lab.invocation(Work::Noop)] {
        let report = lab.run(work).await.report;
        assert_eq!((report.ended, report.pid, report.started_ms), (Ended::Stopped, None, None));
    }
    assert!(!lab.scratch("main").exists());
}

#[tokio::test]
async fn a_stop_at_the_moment_of_the_start_is_heard() {
    for lab in Lab::both() {
        let stop = lab.stopper();
        let started = move |_| {
            stop.send_replace(Some(Stop::Requested));
        };
        let done = within(lab.start(lab.script("sleep 1000"), started)).await;
        assert_eq!(done.report.ended, Ended::Stopped);
    }
}

#[tokio::test]
async fn a_dropped_attempt_is_killed_and_cleared() {
    for lab in Lab::both() {
        let mut run: Pin<Box<dyn Future<Output = Finished>>> =
            Box::pin(lab.start(lab.script("sleep 1000 &\necho $! > $SCRATCH/child\nwait"), |_| {}));
        let child = tokio::select! {
            _ = &mut run => panic!("it runs on"),
            child = lab.pid_in("child") => child,
        };
        drop(run);
        until(|| !lives(child)).await;
        until(|| lab.is_cleared()).await;
    }
}

#[tokio::test]
async fn ended_orphans_do_not_stay_in_the_process_table() {
    let lab = Lab::new(false);
    let script = "(setsid sh -c 'echo $$ > $SCRATCH/short' &)\nuntil [ -s $SCRATCH/short ]; do :; done";
    lab.run(lab.script(script)).await;
    let short = lab.pid_in("short").await;
    // It may end a little after the script; the next attempt that ends takes notice.
    until(|| procfs::stat(short).is_none_or(|stat| stat.zombie)).await;
    lab.run(lab.script("true")).await;
    assert_eq!(procfs::stat(short), None);
}
