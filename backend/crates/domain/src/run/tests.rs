//! The machine's invariants over random DAGs, outcomes and orders, and its rules one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use serde_json::{Value, json};

use super::*;
use crate::retry::RetryPolicy;
use crate::workflow::{ForEach, Handler, OnItemFailure};

mod flow;
mod operate;

/// What expressions come to, the same for all tasks.
struct Answers {
    holds: Result<bool, String>,
    branch: usize,
    items: Vec<Value>,
}

impl Conditions for Answers {
    fn holds(&self, _: &Run, _: u32) -> Result<bool, String> {
        self.holds.clone()
    }

    fn branch(&self, _: &Run, _: u32) -> Result<usize, String> {
        Ok(self.branch)
    }

    fn items(&self, _: &Run, _: u32) -> Result<Vec<Value>, String> {
        Ok(self.items.clone())
    }
}

fn answers() -> Answers {
    Answers { holds: Ok(true), branch: 0, items: vec![json!(1), json!(2), json!(3)] }
}

fn task(name: &str, needs: &[u32], rule: NeedsRule) -> PlannedTask {
    PlannedTask { name: name.into(), kind: "noop".into(), needs: needs.to_vec(), rule, ..PlannedTask::default() }
}

fn failed() -> Ended {
    Ended::Failed { exit_code: Some(1), reason: Reason::ExitCode { code: 1 }, retryable: true }
}

fn good() -> Ended {
    Ended::Succeeded { outputs: Outputs::new() }
}

fn is_job(effect: &Effect) -> bool {
    matches!(effect, Effect::Enqueue { .. })
}

/// How each attempt of a task ends; past the list it succeeds.
#[derive(Clone, Debug)]
enum Fate {
    Good,
    Bad,
    Final,
    TimedOut,
    Lost,
    Returned,
}

/// Plays a run to its end: `pick` chooses which job moves next. Returns the machine after checking it at each step.
fn play(plan: Plan, fates: &[Vec<Fate>], mut pick: impl FnMut(usize) -> usize) -> Run {
    let mut run = Run::new(Arc::new(plan));
    // Jobs by task: the epoch of the last claim, and whether a worker holds it.
    let mut jobs: BTreeMap<u32, bool> = BTreeMap::new();
    let mut epochs = vec![0_i64; fates.len()];
    let mut finished = 0;
    let mut absorb = |effects: Vec<Effect>, jobs: &mut BTreeMap<u32, bool>, run: &Run| {
        for effect in effects {
            match effect {
                Effect::Enqueue { task, attempt, .. } => {
                    assert!(jobs.insert(task, false).is_none(), "one job a task");
                    assert_eq!(attempt, run.tasks()[task as usize].attempt + 1);
                }
                Effect::Finished(state) => {
                    assert_eq!(state, run.state());
                    finished += 1;
                }
                other => panic!("nobody acted, and yet {other:?}"),
            }
        }
        finished
    };
    let effects = run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    let mut ends = absorb(effects, &mut jobs, &run);
    for now in 1.. {
        assert!(now < 10_000, "the run ends");
        check(&run, &jobs);
        let lost = (0..fates.len() as u32).find(|task| run.tasks()[*task as usize].state == TaskState::Lost);
        if let (true, Some(task)) = (jobs.is_empty(), lost) {
            let reason = Reason::ByPerson { who: "a".into(), why: None };
            let event = RunEvent::Acted(Act::ResolveLost { task, decision: LostDecision::Succeed, reason });
            let effects = run.step(event, now, &answers()).expect("resolves");
            ends = absorb(effects, &mut jobs, &run);
            continue;
        }
        if jobs.is_empty() {
            break;
        }
        let (task, held) = jobs.iter().nth(pick(jobs.len())).map(|(task, held)| (*task, *held)).expect("a job");
        let index = task as usize;
        if held {
            let number = run.tasks()[index].attempt as usize - 1;
            let fate = fates[index].get(number).cloned().unwrap_or(Fate::Good);
            let epoch = epochs[index];
            let stale = RunEvent::Ended { task, epoch: epoch - 1, ended: good(), random: 0.5 };
            assert_eq!(run.step(stale, now, &answers()), Err(Refused::StaleEpoch));
            let end = |ended| RunEvent::Ended { task, epoch, ended, random: 0.5 };
            let event = match fate {
                Fate::Good => end(good()),
                Fate::Bad => end(failed()),
                Fate::Final => end(Ended::Failed { exit_code: None, reason: Reason::RuleNotMet, retryable: false }),
                Fate::TimedOut => end(Ended::TimedOut { after_ms: 1 }),
                Fate::Lost => RunEvent::Lost { task, epoch },
                Fate::Returned => end(Ended::Returned),
            };
            jobs.remove(&task);
            let effects = run.step(event.clone(), now, &answers()).expect("accepts the report");
            ends = absorb(effects, &mut jobs, &run);
            let before = run.clone();
            assert!(run.step(event, now, &answers()).is_err(), "a report counts once");
            assert_eq!(run.tasks(), before.tasks());
        } else {
            epochs[index] += 1;
            jobs.insert(task, true);
            run.step(RunEvent::Claimed { task, epoch: epochs[index] }, now, &answers()).expect("claims");
            run.step(RunEvent::Started { task, epoch: epochs[index] }, now, &answers()).expect("starts");
        }
    }
    assert_eq!(ends, 1, "the end is told once");
    assert!(run.state().is_final());
    assert!(run.tasks().iter().all(|task| task.state.is_final()), "every task is final");
    run
}

/// What must hold between any two events.
fn check(run: &Run, jobs: &BTreeMap<u32, bool>) {
    let mut fresh = run.clone();
    fresh.recount();
    assert_eq!(fresh.tally, run.tally);
    for (index, task) in run.tasks().iter().enumerate() {
        let has_job = task.state.may_start() || task.state.is_held();
        assert_eq!(has_job, jobs.contains_key(&(index as u32)), "{index} is {}", task.state);
        let planned = &run.plan().tasks[index];
        let open = planned.needs.iter().filter(|need| !run.tasks()[**need as usize].state.is_final()).count();
        let may_start_early = matches!(planned.rule, NeedsRule::AnySuccess | NeedsRule::AnyFailed);
        if task.state != TaskState::Pending && !may_start_early {
            assert_eq!(open, 0, "{index} left pending before its needs were decided");
        }
        if task.state == TaskState::Pending && open == 0 {
            assert!(run.state().is_final(), "{index} waits for nothing");
        }
    }
}

fn any_rule() -> impl Strategy<Value = NeedsRule> {
    use NeedsRule::*;
    prop_oneof![4 => Just(AllSuccess), 1 => Just(AllDone), 1 => Just(AnySuccess), 1 => Just(AnyFailed), 1 => Just(NoneFailed)]
}

fn any_fate() -> impl Strategy<Value = Fate> {
    use Fate::*;
    prop_oneof![5 => Just(Good), 2 => Just(Bad), 1 => Just(Final), 1 => Just(TimedOut), 1 => Just(Lost), 1 => Just(Returned)]
}

/// A random DAG (edges go to earlier tasks) with a fate for each attempt.
fn any_case() -> impl Strategy<Value = (Plan, Vec<Vec<Fate>>)> {
    let one = (any_rule(), 0_u32..3, 0_u8..3, prop::collection::vec(any_fate(), 0..5), any::<u64>());
    prop::collection::vec(one, 1..14).prop_map(|raw| {
        let mut tasks = Vec::new();
        let mut fates = Vec::new();
        for (index, (rule, max, lost, fate, edges)) in raw.into_iter().enumerate() {
            let needs: Vec<u32> = (0..index as u32).filter(|need| edges >> (need % 64) & 3 == 3).collect();
            let on_lost = [OnLost::Retry, OnLost::Hold, OnLost::Fail][lost as usize];
            let retry = RetryPolicy { max, delay_ms: 10, ..RetryPolicy::NONE };
            tasks.push(PlannedTask { retry, on_lost, ..task(&format!("t{index}"), &needs, rule) });
            fates.push(fate);
        }
        (Plan::new(tasks), fates)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_run_ends_and_order_does_not_matter((plan, fates) in any_case(), seed in any::<u64>()) {
        let mut state = seed | 1;
        let mut random = |n: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % n as u64) as usize
        };
        let first = play(plan.clone(), &fates, |_| 0);
        let last = play(plan.clone(), &fates, |n| n - 1);
        let mixed = play(plan, &fates, &mut random);
        let ends = |run: &Run| run.tasks().iter().map(|task| (task.state, task.attempt)).collect::<Vec<_>>();
        prop_assert_eq!((first.state(), ends(&first)), (last.state(), ends(&last)));
        prop_assert_eq!((first.state(), ends(&first)), (mixed.state(), ends(&mixed)));
    }

    #[test]
    fn a_rerun_ends_too_and_keeps_what_it_does_not_repeat((plan, fates) in any_case()) {
        let mut run = play(plan, &fates, |_| 0);
        let before = run.clone();
        match run.rerun(&RerunScope::Failed, 1, &answers()) {
            Err(refused) => {
                prop_assert_eq!(refused, RerunRefused::NothingFailed);
                prop_assert_eq!(run.state(), RunState::Succeeded);
            }
            Ok((again, effects)) => {
                prop_assert!(effects.is_empty(), "it waits for its place");
                prop_assert_eq!(run.generation(), 2);
                for (index, task) in run.tasks().iter().enumerate() {
                    if again.contains(&(index as u32)) {
                        prop_assert_eq!(task.state, TaskState::Pending);
                        prop_assert_eq!(task.attempt, before.tasks()[index].attempt);
                    } else {
                        prop_assert_eq!(task, &before.tasks()[index]);
                    }
                }
                let effects = run.step(RunEvent::Begun, 1, &answers()).expect("begins again");
                prop_assert!(effects.iter().any(is_job), "something starts");
            }
        }
    }

    #[test]
    fn a_stop_at_any_moment_leaves_only_what_workers_hold((plan, fates) in any_case(), at in 0_usize..30) {
        let mut run = Run::new(Arc::new(plan));
        let mut jobs: Vec<(u32, i64)> = Vec::new();
        let mut effects = run.step(RunEvent::Begun, 0, &answers()).expect("begins");
        for _ in 0..at {
            for effect in effects.drain(..) {
                if let Effect::Enqueue { task, .. } = effect {
                    let epoch = run.tasks()[task as usize].epoch + 1;
                    run.step(RunEvent::Claimed { task, epoch }, 1, &answers()).expect("claims");
                    jobs.push((task, epoch));
                }
            }
            let Some((task, epoch)) = jobs.pop() else { break };
            let ended = if fates[task as usize].is_empty() { good() } else { failed() };
            effects = run.step(RunEvent::Ended { task, epoch, ended, random: 0.0 }, 2, &answers()).expect("ends");
        }
        if run.state().is_final() {
            return Ok(());
        }
        let reason = Reason::ByPerson { who: "op".into(), why: Some("wrong file".into()) };
        let effects = run.step(RunEvent::Acted(Act::Stop { reason }), 3, &answers()).expect("stops");
        for (task, _) in &jobs {
            prop_assert!(effects.contains(&Effect::Kill { task: *task }), "what a worker holds is told to end");
        }
        for (index, task) in run.tasks().iter().enumerate() {
            prop_assert!(task.state.is_final() || jobs.iter().any(|(held, _)| *held == index as u32));
        }
        for (task, epoch) in jobs {
            let effects = run.step(RunEvent::Ended { task, epoch, ended: Ended::Stopped, random: 0.0 }, 4, &answers()).expect("ends");
            prop_assert!(!effects.iter().any(is_job), "nothing new starts");
        }
        prop_assert_eq!(run.state(), RunState::Stopped);
    }
}

/// Runs `a` and `b` to the given ends; `c` needs both under `rule`.
fn join(rule: NeedsRule, a: Ended, b: Ended) -> TaskState {
    let plan = Plan::new(vec![
        task("a", &[], NeedsRule::AllSuccess),
        task("b", &[], NeedsRule::AllSuccess),
        task("c", &[0, 1], rule),
    ]);
    let mut run = Run::new(Arc::new(plan));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    for (task, ended) in [(0, a), (1, b)] {
        run.step(RunEvent::Ended { task, epoch: 1, ended, random: 0.0 }, 1, &answers()).expect("ends");
    }
    run.tasks()[2].state
}

#[test]
fn rules_decide_by_the_ends_of_the_needs() {
    use NeedsRule::*;
    use TaskState::*;
    for (rule, both_good, mixed, both_bad) in [
        (AllSuccess, Ready, UpstreamFailed, UpstreamFailed),
        (AllDone, Ready, Ready, Ready),
        (AnySuccess, Ready, Ready, UpstreamFailed),
        (AnyFailed, Skipped, Ready, Ready),
        (NoneFailed, Ready, UpstreamFailed, UpstreamFailed),
    ] {
        assert_eq!(join(rule, good(), good()), both_good, "{rule:?}, both good");
        assert_eq!(join(rule, good(), failed()), mixed, "{rule:?}, mixed");
        assert_eq!(join(rule, failed(), good()), mixed, "{rule:?}, mixed the other way");
        assert_eq!(join(rule, failed(), failed()), both_bad, "{rule:?}, both bad");
    }
}

#[test]
fn a_false_condition_skips_and_a_broken_one_fails() {
    for (answer, expect) in [
        (Ok(true), TaskState::Ready),
        (Ok(false), TaskState::Skipped),
        (Err("no such name".to_owned()), TaskState::Failed),
    ] {
        let plan = Plan::new(vec![PlannedTask { conditional: true, ..task("a", &[], NeedsRule::AllSuccess) }]);
        let mut run = Run::new(Arc::new(plan));
        let answers = Answers { holds: answer, ..answers() };
        run.step(RunEvent::Begun, 0, &answers).expect("begins");
        assert_eq!(run.tasks()[0].state, expect);
    }
}

#[test]
fn retries_wait_and_then_end() {
    let retry = RetryPolicy { max: 2, delay_ms: 1000, backoff: 2.0, max_delay_ms: 60_000, jitter: 0.0 };
    let plan = Plan::new(vec![PlannedTask { retry, ..task("a", &[], NeedsRule::AllSuccess) }]);
    let mut run = Run::new(Arc::new(plan));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    let end = |epoch| RunEvent::Ended { task: 0, epoch, ended: failed(), random: 0.5 };
    assert_eq!(run.step(end(1), 100, &answers()), Ok(vec![Effect::Enqueue { task: 0, attempt: 2, due_ms: 1100 }]));
    assert_eq!(run.tasks()[0].state, TaskState::RetryWait);
    assert_eq!(run.step(end(2), 200, &answers()), Ok(vec![Effect::Enqueue { task: 0, attempt: 3, due_ms: 2200 }]));
    assert_eq!(run.step(end(3), 300, &answers()), Ok(vec![Effect::Finished(RunState::Failed)]));
}

#[test]
fn a_task_that_keeps_losing_its_worker_is_held() {
    let plan = Plan::new(vec![PlannedTask { on_lost: OnLost::Retry, ..task("a", &[], NeedsRule::AllSuccess) }]);
    let mut run = Run::new(Arc::new(plan));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    for epoch in 1..=3 {
        run.step(RunEvent::Lost { task: 0, epoch }, epoch, &answers()).expect("is lost");
        assert_eq!(run.tasks()[0].state, TaskState::RetryWait, "after {epoch}");
    }
    run.step(RunEvent::Lost { task: 0, epoch: 4 }, 4, &answers()).expect("is lost");
    assert_eq!(run.tasks()[0].state, TaskState::Lost);
}

#[test]
fn a_run_that_never_began_can_be_stopped() {
    let mut run = Run::new(Arc::new(Plan::new(vec![task("a", &[], NeedsRule::AllSuccess)])));
    let reason = Reason::ByPerson { who: "op".into(), why: None };
    let effects = run.step(RunEvent::Acted(Act::Stop { reason }), 1, &answers()).expect("stops");
    assert_eq!(effects, vec![Effect::Finished(RunState::Stopped)]);
    assert_eq!(run.step(RunEvent::Begun, 2, &answers()), Err(Refused::RunFinal));
}

#[test]
fn an_empty_run_succeeds() {
    let mut run = Run::new(Arc::new(Plan::default()));
    assert_eq!(run.step(RunEvent::Begun, 1, &answers()), Ok(vec![Effect::Finished(RunState::Succeeded)]));
}
