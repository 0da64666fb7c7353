//! What people do: pausing, holding, marking, repeating parts of a run that is under way.

use super::*;

fn by_op() -> Reason {
    Reason::ByPerson { who: "op".into(), why: Some("checked".into()) }
}

fn chain() -> Run {
    let all = NeedsRule::AllSuccess;
    let tasks = vec![task("a", &[], all), task("b", &[0], all), task("c", &[1], all), task("d", &[], all)];
    let mut run = Run::new(Arc::new(Plan::new(tasks)));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    run
}

fn act(run: &mut Run, act: Act) -> Result<Vec<Effect>, Refused> {
    run.step(RunEvent::Acted(act), 50, &answers())
}

fn end(run: &mut Run, task: u32, ended: Ended) -> Vec<Effect> {
    let epoch = run.tasks()[task as usize].epoch.max(1);
    run.step(RunEvent::Ended { task, epoch, ended, random: 0.5 }, 10, &answers()).expect("ends")
}

fn states(run: &Run) -> Vec<TaskState> {
    run.tasks().iter().map(|task| task.state).collect()
}

#[test]
fn a_paused_run_starts_nothing_and_goes_on_where_it_was() {
    let mut run = chain();
    run.step(RunEvent::Claimed { task: 0, epoch: 1 }, 1, &answers()).expect("claims");
    assert_eq!(act(&mut run, Act::Pause { reason: by_op() }), Ok(vec![Effect::Withdraw { task: 3 }]));
    assert_eq!(run.state(), RunState::Paused);
    assert_eq!(act(&mut run, Act::Pause { reason: by_op() }), Err(Refused::Paused));
    assert!(end(&mut run, 0, good()).is_empty(), "what ends meanwhile starts nothing");
    assert_eq!(run.tasks()[1].state, TaskState::Ready);
    let effects = act(&mut run, Act::Resume).expect("goes on");
    assert_eq!(
        effects,
        vec![Effect::Enqueue { task: 1, attempt: 1, due_ms: 10 }, Effect::Enqueue { task: 3, attempt: 1, due_ms: 0 }]
    );
    assert_eq!(run.state(), RunState::Running);
    assert_eq!(act(&mut run, Act::Resume), Err(Refused::NotPaused));
}

#[test]
fn a_paused_run_can_be_stopped() {
    let mut run = chain();
    act(&mut run, Act::Pause { reason: by_op() }).expect("pauses");
    let effects = act(&mut run, Act::Stop { reason: by_op() }).expect("stops");
    assert_eq!(effects, vec![Effect::Finished(RunState::Stopped)], "there is nothing to withdraw");
}

#[test]
fn a_held_task_waits_for_its_release() {
    let mut run = chain();
    let held = Reason::HeldBy { who: "op".into(), why: None };
    assert_eq!(act(&mut run, Act::Hold { task: 3, reason: held.clone() }), Ok(vec![Effect::Withdraw { task: 3 }]));
    assert_eq!(act(&mut run, Act::Hold { task: 1, reason: held.clone() }), Ok(vec![]));
    assert_eq!(act(&mut run, Act::Hold { task: 1, reason: held.clone() }), Err(Refused::Held));
    assert!(end(&mut run, 0, good()).is_empty());
    assert_eq!((run.tasks()[1].state, &run.tasks()[1].reason), (TaskState::Ready, &Some(held)));
    assert_eq!(act(&mut run, Act::Release { task: 1 }), Ok(vec![Effect::Enqueue { task: 1, attempt: 1, due_ms: 10 }]));
    assert_eq!(act(&mut run, Act::Release { task: 1 }), Err(Refused::NotHeld));
    run.step(RunEvent::Claimed { task: 1, epoch: 1 }, 11, &answers()).expect("claims");
    assert_eq!(act(&mut run, Act::Hold { task: 1, reason: by_op() }), Err(Refused::AtWork));
}

#[test]
fn what_a_person_vouches_for_lets_the_others_go_on() {
    use TaskState::*;
    let mut run = chain();
    end(&mut run, 0, failed());
    assert_eq!(states(&run), [Failed, UpstreamFailed, UpstreamFailed, Ready]);
    let effects = act(&mut run, Act::Mark { task: 0, mark: Mark::Succeeded, reason: by_op() }).expect("is marked");
    assert_eq!(effects, vec![Effect::Enqueue { task: 1, attempt: 1, due_ms: 50 }]);
    assert_eq!(states(&run), [Succeeded, Ready, Pending, Ready]);
    assert_eq!(run.generation(), 2, "what was decided is decided anew under a new generation");
    let effects = act(&mut run, Act::Mark { task: 1, mark: Mark::Skipped, reason: by_op() }).expect("is skipped");
    assert_eq!(effects, vec![Effect::Withdraw { task: 1 }, Effect::Enqueue { task: 2, attempt: 1, due_ms: 50 }]);
    assert_eq!(act(&mut run, Act::Mark { task: 1, mark: Mark::Skipped, reason: by_op() }), Err(Refused::Decided));
    run.step(RunEvent::Claimed { task: 2, epoch: 1 }, 51, &answers()).expect("claims");
    assert_eq!(act(&mut run, Act::Mark { task: 2, mark: Mark::Succeeded, reason: by_op() }), Err(Refused::AtWork));
}

#[test]
fn a_failed_run_whose_task_is_vouched_for_begins_again() {
    use TaskState::*;
    let mut run = chain();
    end(&mut run, 3, good());
    end(&mut run, 0, failed());
    assert_eq!(run.state(), RunState::Failed);
    act(&mut run, Act::Mark { task: 0, mark: Mark::Succeeded, reason: by_op() }).expect("is marked");
    assert_eq!((run.state(), states(&run)), (RunState::Queued, vec![Succeeded, Pending, Pending, Succeeded]));
    run.step(RunEvent::Begun, 60, &answers()).expect("begins");
    end(&mut run, 1, good());
    end(&mut run, 2, good());
    assert_eq!(run.state(), RunState::Succeeded);
}

#[test]
fn a_part_of_a_run_is_repeated_while_another_is_at_work() {
    use TaskState::*;
    let mut run = chain();
    run.step(RunEvent::Started { task: 3, epoch: 1 }, 1, &answers()).expect("starts");
    end(&mut run, 0, failed());
    let (again, effects) = run.rerun(&RerunScope::Failed, 70, &answers()).expect("repeats");
    assert_eq!(again, [0, 1, 2]);
    assert_eq!(effects, vec![Effect::Enqueue { task: 0, attempt: 2, due_ms: 70 }]);
    assert_eq!(states(&run), [Ready, Pending, Pending, Running]);
    let from = |name: &str| RerunScope::From(name.into());
    assert_eq!(run.rerun(&from("d"), 71, &answers()).map(|_| ()), Err(RerunRefused::UnderWay("d".into())));
}

#[test]
fn a_marked_item_lets_its_task_be_counted_anew() {
    use TaskState::*;
    let items = Some(ItemsRule { max_parallel: 9, on_failure: OnItemFailure::Continue });
    let all = NeedsRule::AllSuccess;
    let each = PlannedTask { items, ..task("each", &[], all) };
    let mut run = Run::new(Arc::new(Plan::new(vec![each, task("after", &[0], all)])));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    end(&mut run, 2, failed());
    act(&mut run, Act::Mark { task: 2, mark: Mark::Succeeded, reason: by_op() }).expect("while others are at work");
    end(&mut run, 3, good());
    end(&mut run, 4, failed());
    assert_eq!(run.state(), RunState::Failed);
    act(&mut run, Act::Mark { task: 4, mark: Mark::Succeeded, reason: by_op() }).expect("after the end");
    run.step(RunEvent::Begun, 60, &answers()).expect("begins again");
    assert_eq!(states(&run), [Succeeded, Ready, Succeeded, Succeeded, Succeeded]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever people do at whatever moment, the run can be brought to its end, and nothing that is kept as it goes
    /// differs from a recount.
    #[test]
    fn any_acts_leave_a_run_that_ends((plan, _) in any_case(), acts in prop::collection::vec((0_u8..9, any::<u32>()), 0..40)) {
        let count = plan.tasks.len() as u32;
        let mut run = Run::new(Arc::new(plan));
        run.step(RunEvent::Begun, 0, &answers()).expect("begins");
        for (kind, at) in acts {
            let task = at % count;
            let epoch = run.tasks()[task as usize].epoch;
            let held = run.tasks()[task as usize].state.is_held();
            let epoch = if held { epoch } else { epoch + 1 };
            let reason = by_op();
            let event = match kind {
                0 if run.is_dispatched(task) => RunEvent::Claimed { task, epoch },
                1 if held => RunEvent::Ended { task, epoch, ended: good(), random: 0.1 },
                2 if held => RunEvent::Ended { task, epoch, ended: failed(), random: 0.1 },
                3 => RunEvent::Acted(Act::Pause { reason }),
                4 => RunEvent::Acted(Act::Resume),
                5 => RunEvent::Acted(Act::Hold { task, reason }),
                6 => RunEvent::Acted(Act::Release { task }),
                7 => RunEvent::Acted(Act::Mark { task, mark: Mark::Skipped, reason }),
                8 => { let _ = run.rerun(&RerunScope::Failed, 1, &answers()); continue }
                _ => continue,
            };
            let before = run.clone();
            if run.step(event, 1, &answers()).is_err() {
                prop_assert_eq!(before.tasks(), run.tasks(), "what is refused changes nothing");
            }
            let mut fresh = run.clone();
            fresh.recount();
            prop_assert_eq!(&fresh.tally, &run.tally);
            if run.state() == RunState::Queued {
                run.step(RunEvent::Begun, 2, &answers()).expect("begins again");
            }
        }
        if !run.state().is_final() {
            run.step(RunEvent::Acted(Act::Stop { reason: by_op() }), 3, &answers()).expect("stops");
        }
        for task in 0..count {
            let (state, epoch) = (run.tasks()[task as usize].state, run.tasks()[task as usize].epoch);
            if state.is_held() {
                run.step(RunEvent::Ended { task, epoch, ended: Ended::Stopped, random: 0.0 }, 4, &answers()).expect("ends");
            }
        }
        prop_assert!(run.state().is_final());
    }
}

/// A run whose first task failed, which kept the others from starting.
fn halted() -> Run {
    let all = NeedsRule::AllSuccess;
    let tasks = vec![task("a", &[], all), task("b", &[0], all), task("c", &[], all), task("d", &[2], all)];
    let mut run = Run::new(Arc::new(Plan { halts: true, ..Plan::new(tasks) }));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    end(&mut run, 0, failed());
    use TaskState::{Failed, UpstreamFailed};
    assert_eq!(states(&run), [Failed, UpstreamFailed, UpstreamFailed, UpstreamFailed]);
    assert_eq!(run.state(), RunState::Failed);
    run
}

#[test]
fn a_part_of_a_halted_run_is_done_again_and_halts_anew() {
    use TaskState::*;
    let mut run = halted();
    let (again, _) = run.rerun(&RerunScope::From("c".into()), 60, &answers()).expect("can be repeated");
    assert_eq!(again, [2, 3]);
    run.step(RunEvent::Begun, 61, &answers()).expect("begins");
    assert_eq!(states(&run), [Failed, UpstreamFailed, Ready, Pending], "what failed before does not halt it");
    end(&mut run, 2, failed());
    assert_eq!((states(&run)[3], run.state()), (UpstreamFailed, RunState::Failed), "what fails now does");
}

#[test]
fn a_halted_run_goes_on_as_a_whole_when_what_halted_it_is_marked_done() {
    use TaskState::*;
    let mut run = halted();
    act(&mut run, Act::Mark { task: 0, mark: Mark::Succeeded, reason: by_op() }).expect("marks");
    assert_eq!((states(&run), run.state()), (vec![Succeeded, Pending, Pending, Pending], RunState::Queued));
    run.step(RunEvent::Begun, 61, &answers()).expect("begins");
    assert_eq!(states(&run), [Succeeded, Ready, Ready, Pending]);
}
