//! Switches, items, handlers, waits, the failure policy, time limits and dry runs.

use super::*;

/// Begins a run of these tasks.
fn begun(tasks: Vec<PlannedTask>) -> Run {
    let mut run = Run::new(Arc::new(Plan::new(tasks)));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    run
}

fn plain(name: &str, needs: &[u32]) -> PlannedTask {
    task(name, needs, NeedsRule::AllSuccess)
}

fn states(run: &Run) -> Vec<TaskState> {
    run.tasks().iter().map(|task| task.state).collect()
}

/// Lets a task that may start end at once.
fn end(run: &mut Run, task: u32, ended: Ended) -> Vec<Effect> {
    let epoch = run.tasks()[task as usize].epoch + 1;
    let effects = run.step(RunEvent::Ended { task, epoch, ended, random: 0.5 }, 10, &answers()).expect("ends");
    let mut fresh = run.clone();
    fresh.recount();
    for group in fresh.tally.groups.values_mut().chain(run.tally.groups.values_mut()) {
        group.next = 0;
    }
    assert_eq!(fresh.tally, run.tally, "what is kept as it goes is what a recount gives");
    effects
}

fn wait(run: &mut Run, task: u32, waited: Waited) -> Vec<Effect> {
    let attempt = run.tasks()[task as usize].attempt + 1;
    run.step(RunEvent::WaitBegun { task, attempt }, 5, &answers()).expect("waits");
    assert_eq!(run.tasks()[task as usize].state, TaskState::Waiting);
    run.step(RunEvent::Waited { task, attempt, waited, random: 0.5 }, 10, &answers()).expect("has waited")
}

#[test]
fn a_switch_starts_the_branch_it_chose_and_skips_the_others() {
    use TaskState::*;
    for (branch, expect) in
        [(0, [Succeeded, Ready, Skipped, Ready, Pending]), (1, [Succeeded, Skipped, Ready, Ready, Pending])]
    {
        let switch = PlannedTask { role: Role::Switch(vec![vec![1], vec![2]]), ..plain("choose", &[]) };
        let both = PlannedTask { rule: NeedsRule::NoneFailed, ..plain("both", &[1, 2]) };
        let tasks = vec![switch, plain("a", &[0]), plain("b", &[0]), plain("always", &[0]), both];
        let mut run = Run::new(Arc::new(Plan::new(tasks)));
        run.step(RunEvent::Begun, 0, &Answers { branch, ..answers() }).expect("begins");
        assert_eq!(states(&run), expect);
        let passed_by = run.tasks().iter().find(|task| task.state == Skipped).expect("one is passed by");
        assert_eq!(passed_by.reason, Some(Reason::NotChosen { switch: "choose".into() }));
    }
}

fn group(max_parallel: u32, on_failure: OnItemFailure) -> Run {
    let items = Some(ItemsRule { max_parallel, on_failure });
    begun(vec![PlannedTask { items, ..plain("each", &[]) }, plain("after", &[0])])
}

#[test]
fn items_run_within_their_window_and_their_task_ends_with_the_last() {
    use TaskState::*;
    let mut run = group(2, OnItemFailure::Continue);
    assert_eq!(states(&run), [Waiting, Pending, Ready, Ready, Pending]);
    assert_eq!(run.counts().total, 5);
    let effects = end(&mut run, 2, good());
    assert_eq!(effects, vec![Effect::Enqueue { task: 4, attempt: 1, due_ms: 10 }], "the next one takes the place");
    end(&mut run, 3, good());
    end(&mut run, 4, Ended::Succeeded { outputs: [("n".to_owned(), json!(7))].into_iter().collect() });
    assert_eq!(states(&run), [Succeeded, Ready, Succeeded, Succeeded, Succeeded]);
    let outputs = Value::Object(run.tasks()[0].outputs.clone().expect("it gathers"));
    assert_eq!(outputs, json!({ "total": 3, "succeeded": 3, "failed": 0, "items": [null, null, { "n": 7 }] }));
}

#[test]
fn a_failed_item_means_what_the_task_says() {
    use TaskState::*;
    let mut run = group(1, OnItemFailure::Continue);
    for item in 2..5 {
        end(&mut run, item, if item == 2 { failed() } else { good() });
    }
    assert_eq!(states(&run), [Failed, UpstreamFailed, Failed, Succeeded, Succeeded]);
    assert_eq!(run.tasks()[0].reason, Some(Reason::ItemsFailed { failed: 1, total: 3 }));
    assert_eq!(run.state(), RunState::Failed);

    let mut run = group(1, OnItemFailure::Stop);
    end(&mut run, 2, failed());
    assert_eq!(states(&run), [Failed, UpstreamFailed, Failed, Skipped, Skipped]);

    let mut run = group(3, OnItemFailure::Ignore);
    for item in 2..5 {
        end(&mut run, item, failed());
    }
    assert_eq!(states(&run), [Succeeded, Ready, Failed, Failed, Failed]);
}

#[test]
fn a_rerun_of_what_failed_repeats_only_the_items_that_failed() {
    use TaskState::*;
    let mut run = group(3, OnItemFailure::Continue);
    for item in 2..5 {
        end(&mut run, item, if item == 3 { failed() } else { good() });
    }
    let (again, _) = run.rerun(&RerunScope::Failed, 20, &answers()).expect("something failed");
    assert_eq!(again, [0, 1, 3]);
    run.step(RunEvent::Begun, 21, &answers()).expect("begins again");
    assert_eq!(states(&run), [Waiting, Pending, Succeeded, Ready, Succeeded]);
    end(&mut run, 3, good());
    end(&mut run, 1, good());
    assert_eq!(run.state(), RunState::Succeeded);

    // Whole: the list is evaluated anew, and what is no longer in it is left out.
    run.rerun(&RerunScope::All, 30, &answers()).expect("all again");
    let shorter = Answers { items: vec![json!("only")], ..answers() };
    run.step(RunEvent::Begun, 31, &shorter).expect("begins again");
    assert_eq!(states(&run), [Waiting, Pending, Ready, Skipped, Skipped]);
    assert_eq!(run.tasks()[2].item.as_ref().map(|item| item.value.as_ref().clone()), Some(json!("only")));
    end(&mut run, 2, good());
    assert_eq!(states(&run)[..2], [Succeeded, Ready]);
}

#[test]
fn ten_thousand_items_are_one_too_few_to_refuse() {
    for (count, expect) in [
        (ForEach::MAX_ITEMS, TaskState::Waiting),
        (ForEach::MAX_ITEMS + 1, TaskState::Failed),
        (0, TaskState::Succeeded),
    ] {
        let items = Some(ItemsRule { max_parallel: 50, on_failure: OnItemFailure::Continue });
        let mut run = Run::new(Arc::new(Plan::new(vec![PlannedTask { items, ..plain("each", &[]) }])));
        let answers = Answers { items: vec![Value::Null; count], ..answers() };
        let effects = run.step(RunEvent::Begun, 0, &answers).expect("begins");
        assert_eq!(run.tasks()[0].state, expect, "{count} items");
        assert_eq!(
            effects.iter().filter(|effect| is_job(effect)).count(),
            if count == ForEach::MAX_ITEMS { 50 } else { 0 }
        );
    }
}

#[test]
fn handlers_run_after_all_others_and_do_not_change_the_outcome() {
    use TaskState::*;
    let handler = |name, needs: &[u32], when| PlannedTask { handler: Some(when), ..plain(name, needs) };
    let tasks = || {
        vec![
            plain("work", &[]),
            handler("tell", &[], Handler::OnFailure),
            handler("clean", &[], Handler::Always),
            handler("after", &[2], Handler::Always),
        ]
    };
    let mut run = begun(tasks());
    assert_eq!(states(&run), [Ready, Pending, Pending, Pending]);
    end(&mut run, 0, failed());
    assert_eq!(states(&run), [Failed, Ready, Ready, Pending]);
    assert_eq!(run.state(), RunState::Running);
    end(&mut run, 1, good());
    end(&mut run, 2, failed());
    assert_eq!((run.state(), states(&run)[3]), (RunState::Failed, UpstreamFailed));

    let mut run = begun(tasks());
    end(&mut run, 0, good());
    assert_eq!(states(&run), [Succeeded, Skipped, Ready, Pending]);
    end(&mut run, 2, failed());
    assert_eq!(run.state(), RunState::Succeeded, "a handler's end is not the run's");
}

#[test]
fn a_halting_run_schedules_nothing_new_and_still_tells_its_handlers() {
    use TaskState::*;
    let handler = PlannedTask { handler: Some(Handler::OnFailure), ..plain("tell", &[]) };
    let retry = RetryPolicy { max: 3, delay_ms: 1, ..RetryPolicy::NONE };
    let tasks = vec![
        plain("bad", &[]),
        PlannedTask { retry, ..plain("long", &[]) },
        plain("next", &[1]),
        plain("ready", &[]),
        PlannedTask { role: Role::Wait, ..plain("file", &[]) },
        handler,
    ];
    let mut run = Run::new(Arc::new(Plan { halts: true, ..Plan::new(tasks) }));
    run.step(RunEvent::Begun, 0, &answers()).expect("begins");
    run.step(RunEvent::Started { task: 1, epoch: 1 }, 1, &answers()).expect("starts");
    run.step(RunEvent::WaitBegun { task: 4, attempt: 1 }, 1, &answers()).expect("waits");
    let effects = end(&mut run, 0, failed());
    assert_eq!(effects, vec![Effect::Dismiss { task: 4 }, Effect::Withdraw { task: 3 }]);
    assert_eq!(states(&run), [Failed, Running, UpstreamFailed, UpstreamFailed, UpstreamFailed, Pending]);
    let event = RunEvent::Ended { task: 1, epoch: 1, ended: failed(), random: 0.5 };
    run.step(event, 2, &answers()).expect("ends");
    assert_eq!((states(&run)[1], states(&run)[5]), (Failed, Ready), "no retry, and the handler has its turn");
    end(&mut run, 5, good());
    assert_eq!(run.state(), RunState::Failed);
    let (again, _) = run.rerun(&RerunScope::Failed, 3, &answers()).expect("can be repeated");
    assert_eq!(again, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_wait_holds_no_worker_and_ends_once() {
    let retry = RetryPolicy { max: 1, delay_ms: 100, ..RetryPolicy::NONE };
    let mut run = begun(vec![PlannedTask { role: Role::Child, retry, ..plain("sub", &[]) }, plain("after", &[0])]);
    assert_eq!(run.counts().running, 0);
    let bad = || Waited::Failed { reason: Reason::RuleNotMet, retryable: true };
    let effects = wait(&mut run, 0, bad());
    assert_eq!(effects, vec![Effect::Enqueue { task: 0, attempt: 2, due_ms: 110 }]);
    assert_eq!(run.tasks()[0].state, TaskState::RetryWait);
    let stale = RunEvent::Waited { task: 0, attempt: 1, waited: bad(), random: 0.5 };
    assert_eq!(run.step(stale, 11, &answers()), Err(Refused::StaleEpoch));
    let outputs: Outputs = [("rows".to_owned(), json!(3))].into_iter().collect();
    wait(&mut run, 0, Waited::Met { outputs: outputs.clone(), reason: None });
    assert_eq!((run.tasks()[0].outputs.clone(), run.tasks()[1].state), (Some(outputs), TaskState::Ready));
}

#[test]
fn a_run_of_nothing_but_approvals_says_so() {
    let approval = PlannedTask { role: Role::Approval, ..plain("sign", &[]) };
    let mut run = begun(vec![approval, plain("other", &[])]);
    run.step(RunEvent::WaitBegun { task: 0, attempt: 1 }, 1, &answers()).expect("waits");
    assert_eq!(run.state(), RunState::Running);
    end(&mut run, 1, good());
    assert_eq!(run.state(), RunState::WaitingApproval);
    let reason = Some(Reason::Approved { who: "li".into(), why: None });
    let waited = Waited::Met { outputs: Outputs::new(), reason: reason.clone() };
    run.step(RunEvent::Waited { task: 0, attempt: 1, waited, random: 0.0 }, 2, &answers()).expect("is approved");
    assert_eq!((run.state(), &run.tasks()[0].reason), (RunState::Succeeded, &reason));
}

#[test]
fn a_time_limit_warns_or_ends_the_run_and_then_its_handlers_have_their_turn() {
    use TaskState::*;
    let handler = PlannedTask { handler: Some(Handler::OnFailure), ..plain("tell", &[]) };
    let tasks = vec![plain("a", &[]), plain("b", &[0]), handler];
    let mut run = begun(tasks);
    run.step(RunEvent::Started { task: 0, epoch: 1 }, 1, &answers()).expect("starts");
    run.step(RunEvent::RunOverdue { after_ms: 5, fails: false }, 5, &answers()).expect("warns");
    assert_eq!((run.state(), run.overdue_ms()), (RunState::Running, Some(5)));
    let effects = run.step(RunEvent::RunOverdue { after_ms: 5, fails: true }, 6, &answers()).expect("ends");
    assert_eq!(effects, vec![Effect::Kill { task: 0 }]);
    assert_eq!(states(&run), [Running, Stopped, Pending]);
    let event = RunEvent::Ended { task: 0, epoch: 1, ended: Ended::Stopped, random: 0.5 };
    run.step(event, 7, &answers()).expect("is stopped");
    assert_eq!(states(&run), [Stopped, Stopped, Ready]);
    end(&mut run, 2, good());
    assert_eq!((run.state(), run.reason()), (RunState::Failed, Some(&Reason::TimedOut { after_ms: 5 })));
}

#[test]
fn handlers_that_a_pause_keeps_waiting_have_their_turn_when_the_time_is_up() {
    use TaskState::*;
    let handler = PlannedTask { handler: Some(Handler::Always), ..plain("tell", &[]) };
    let mut run = begun(vec![plain("a", &[]), handler]);
    run.step(RunEvent::Started { task: 0, epoch: 1 }, 1, &answers()).expect("starts");
    let pause = Act::Pause { reason: Reason::RunPaused };
    run.step(RunEvent::Acted(pause), 2, &answers()).expect("pauses");
    let event = RunEvent::Ended { task: 0, epoch: 1, ended: good(), random: 0.5 };
    assert_eq!(run.step(event, 3, &answers()), Ok(vec![]), "nothing starts");
    assert_eq!(states(&run), [Succeeded, Ready]);
    let effects = run.step(RunEvent::RunOverdue { after_ms: 5, fails: true }, 6, &answers()).expect("ends");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Enqueue { task: 1, .. })), "{effects:?}");
}

#[test]
fn a_task_past_its_limit_that_only_warns_goes_on_marked() {
    let mut run = begun(vec![plain("a", &[])]);
    run.step(RunEvent::Started { task: 0, epoch: 1 }, 1, &answers()).expect("starts");
    run.step(RunEvent::Overdue { task: 0, epoch: 1 }, 9, &answers()).expect("is marked");
    assert_eq!(run.step(RunEvent::Overdue { task: 0, epoch: 7 }, 9, &answers()), Err(Refused::StaleEpoch));
    assert_eq!((run.tasks()[0].state, run.tasks()[0].overdue_ms), (TaskState::Running, Some(9)));
}

#[test]
fn a_dry_run_walks_its_dag_without_any_work() {
    use TaskState::*;
    let items = Some(ItemsRule { max_parallel: 1, on_failure: OnItemFailure::Stop });
    let tasks = vec![
        plain("a", &[]),
        PlannedTask { role: Role::Switch(vec![vec![2], vec![3]]), ..plain("choose", &[0]) },
        plain("b", &[1]),
        plain("c", &[1]),
        PlannedTask { items, ..plain("each", &[0]) },
        PlannedTask { role: Role::Approval, ..plain("sign", &[4]) },
        PlannedTask { conditional: true, ..plain("if", &[0]) },
    ];
    let mut run = Run::new(Arc::new(Plan::new(tasks))).dry(true);
    let unknown = Answers { holds: Err("outputs.a.rows is not known".into()), branch: 1, ..answers() };
    let effects = run.step(RunEvent::Begun, 0, &unknown).expect("begins");
    assert_eq!(effects, vec![Effect::Finished(RunState::Succeeded)]);
    assert_eq!(states(&run), [Succeeded, Succeeded, Skipped, Succeeded, Succeeded, Succeeded, Succeeded]);
    assert_eq!(run.tasks()[0].reason, Some(Reason::DryRun));
}
