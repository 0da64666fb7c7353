//! Each rule finds what it is for, and nothing in a trial that went well.

use super::super::evidence::{Fire, Line, Run, Task};
use super::*;

const RUN: i64 = 70;

fn line(epoch: i64, says: Says) -> Line {
    Line { run: RUN, ordinal: 0, number: i32::try_from(epoch).expect("small"), epoch, says }
}

fn attempt(epoch: i64, state: &str) -> Attempt {
    Attempt { run: RUN, ordinal: 0, number: i32::try_from(epoch).expect("small"), epoch, state: state.to_owned() }
}

fn run(id: i64) -> Run {
    Run { id, state: "succeeded".into(), fire: Some((5, 3_000)), key: None, slot: None }
}

fn fire(instant_ms: i64, run: i64) -> Fire {
    Fire { schedule: 5, instant_ms, outcome: "started".into(), run: Some(run) }
}

fn task(run: i64, name: &str) -> Task {
    Task { run, ordinal: 0, name: name.into(), traced: true, state: "succeeded".into() }
}

/// Three runs: by schedule with a task that was lost once, by schedule, through the API.
fn good() -> Evidence {
    let by_hand = Run { fire: None, key: Some("run 1".into()), ..run(72) };
    let mut evidence = Evidence {
        fires: vec![fire(3_000, RUN), fire(6_000, 71)],
        every_ms: 3_000,
        runs: vec![run(RUN), Run { fire: Some((5, 6_000)), ..run(71) }, by_hand],
        tasks: vec![task(RUN, "retry_it"), task(71, "retry_it"), task(72, "hold_it")],
        attempts: vec![attempt(1, "lost"), attempt(2, "succeeded")],
        lines: [(1, Says::Begin), (1, Says::Beat), (2, Says::Begin), (2, Says::Beat), (2, Says::End)]
            .map(|(epoch, says)| line(epoch, says))
            .to_vec(),
        ..Evidence::default()
    };
    for id in [71, 72] {
        evidence.attempts.push(Attempt { run: id, ..attempt(1, "succeeded") });
        evidence.lines.extend([Says::Begin, Says::End].map(|says| Line { run: id, ..line(1, says) }));
    }
    evidence.said.acknowledged = vec![("run 1".into(), 72), ("run 1".into(), 72)];
    evidence.said.scheduled_until_ms = Some(7_000);
    evidence
}

/// What is found when something is changed.
fn found(change: impl FnOnce(&mut Evidence)) -> Vec<String> {
    let mut evidence = good();
    change(&mut evidence);
    violations(&evidence)
}

fn finds(what: &str, change: impl FnOnce(&mut Evidence)) {
    let found = found(change);
    assert!(found.iter().any(|text| text.contains(what)), "{what:?} is not among {found:#?}");
}

#[test]
fn a_good_trial_is_good() {
    assert_eq!(found(|_| {}), [""; 0]);
}

#[test]
fn an_instant_has_one_record_and_one_run() {
    finds("of one instant", |it| it.runs.push(Run { fire: Some((5, 6_000)), ..run(73) }));
    finds("decided 3000 and then 3000", |it| it.fires.push(fire(3_000, RUN)));
    finds("decided 6000 and then 12000", |it| it.fires.push(fire(12_000, 74)));
    finds("is of an instant without a record", |it| drop(it.fires.pop()));
    finds("with run None", |it| it.fires[0].run = None);
    finds("is skipped", |it| it.fires[1].outcome = "skipped".into());
    finds("decided nothing after 6000", |it| it.said.scheduled_until_ms = Some(30_000));
}

#[test]
fn all_ends_and_nothing_is_left() {
    finds("run 71 is running", |it| it.runs[1].state = "running".into());
    finds("holds place 2", |it| it.runs[1].slot = Some(2));
    finds("with tasks that are", |it| it.runs[1].state = "failed".into());
    finds("with tasks that are", |it| it.tasks[1].state = "failed".into());
    finds("it is claimed", |it| it.tasks[1].state = "claimed".into());
    finds("attempt 1 is running", |it| it.attempts[2].state = "running".into());
    finds("3 jobs are left", |it| it.jobs = 3);
    finds("slots of limits", |it| it.limit_slots = 1);
    finds("audit trail", |it| it.audit = Some("BROKEN at event 3".into()));
}

#[test]
fn what_was_acknowledged_is_there_once() {
    finds("run 99 was acknowledged", |it| it.said.acknowledged.push(("run 2".into(), 99)));
    finds("for “run 2”", |it| it.said.acknowledged.push(("run 2".into(), 71)));
    finds("have one key", |it| it.runs[1].key = Some("run 1".into()));
}

#[test]
fn a_body_runs_once_under_its_claim() {
    finds("began twice", |it| it.lines.insert(1, line(1, Says::Begin)));
    finds("of no recorded attempt", |it| it.lines.push(line(3, Says::Begin)));
    finds("says Beat after its end", |it| it.lines.push(line(2, Says::Beat)));
    finds("says Beat after a later one began", |it| it.lines.insert(3, line(1, Says::Beat)));
    finds("says Begin after a later one began", |it| it.lines.swap(0, 2));
    finds("began again what is succeeded", |it| it.attempts[0].state = "succeeded".into());
    finds("was given back and had begun", |it| it.attempts[0].state = "stopped".into());
    finds("has not done its work", |it| it.lines.retain(|line| line.says != Says::End));
    finds("it left traces", |it| drop(it.tasks.remove(0)));
}

#[test]
fn nothing_runs_again_that_nobody_let_run_again() {
    finds("nobody said that it may run again", |it| it.tasks[0].name = "hold_it".into());
    finds("nobody said that it may run again", |it| it.tasks[0].name = "fail_it".into());
    let held = |it: &mut Evidence| {
        it.tasks[0].name = "hold_it".into();
        it.said.decided.insert((RUN, 0), ["RETRY"].into());
    };
    assert_eq!(found(held), [""; 0]);
    let vouched = |it: &mut Evidence, decision| {
        it.attempts.remove(1);
        it.lines.retain(|line| line.run != RUN || line.epoch == 1);
        it.said.decided.insert((RUN, 0), [decision].into());
    };
    finds("nobody vouched", |it| vouched(it, "RETRY"));
    assert_eq!(found(|it| vouched(it, "SUCCEED")), [""; 0]);
}
