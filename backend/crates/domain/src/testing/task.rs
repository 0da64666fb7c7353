//! Tasks of all types, with the fields that their type has.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::any_text;
use crate::{
    bizdate::Window,
    run::{NeedsRule, OnLost},
    workflow::{
        DurationMs, ForEach, Handler, OnItemFailure, OnTimeout, Priority, Retries, Task, TaskKind,
        task::{
            Approval, AwaitedFile, AwaitedRun, Case, Noop, OnDeadline, OnFailed, Shell, SubWorkflow, Switch, Until,
            WaitFor,
        },
    },
};

/// A task that does nothing, with nothing else said.
pub fn plain_task(kind: TaskKind) -> Task {
    Task {
        kind,
        title: None,
        needs: Vec::new(),
        needs_rule: NeedsRule::default(),
        when: None,
        handler: None,
        for_each: None,
        max_parallel: None,
        on_item_failure: OnItemFailure::default(),
        retries: Retries::default(),
        timeout: None,
        on_timeout: OnTimeout::default(),
        on_lost: OnLost::default(),
        params: IndexMap::new(),
        env: IndexMap::new(),
        worker_pool: None,
        limits: IndexMap::new(),
        priority: None,
    }
}

/// A handler that does nothing.
pub(super) fn handler() -> Task {
    let when = Some("run.failed_tasks | length > 0".to_owned());
    Task { handler: Some(Handler::OnFailure), when, ..plain_task(TaskKind::Noop(Noop {})) }
}

/// Tasks without needs, valid by themselves; the branches of switches are empty.
pub(super) fn any_task() -> impl Strategy<Value = Task> {
    let texts = |names| {
        prop::collection::vec((names, any_text()), 0..3)
            .prop_map(|pairs| pairs.into_iter().collect::<IndexMap<String, String>>())
    };
    let words = (any_text(), prop::option::of(any_text()));
    (any_kind(), words, any::<u32>(), texts("[A-Z]{1,6}"), texts("[a-z]{1,6}"), prop::option::of(any_list())).prop_map(
        |(kind, (_, title), seed, env, params, list)| {
            let nature = kind.nature();
            let every = |n: u32| seed % n == 0;
            let mut task = Task { title, params, ..plain_task(kind) };
            task.when = every(3).then(|| "T.day == 1".to_owned());
            if nature.worker {
                task.env = env;
                task.worker_pool = every(5).then(|| "pool-1".to_owned());
                task.priority = every(7).then_some(Priority::Urgent);
                task.limits = (0..seed % 3).map(|n| (format!("limit-{n}"), n + 1)).collect();
                task.on_lost = if every(2) { OnLost::Retry } else { OnLost::default() };
            }
            if nature.retries {
                let delay = DurationMs::from_secs(seed % 1000);
                task.retries = Retries { max: seed % 100, delay, ..Retries::default() };
            }
            if nature.timeout && every(4) {
                task.timeout = Some(DurationMs::from_ms(i64::from(seed) + 1));
                task.on_timeout = if every(8) { OnTimeout::Warn } else { OnTimeout::default() };
            }
            if let Some(list) = list.filter(|_| nature.items && every(2)) {
                task.for_each = Some(list);
                task.max_parallel = every(4).then_some(seed % 1000 + 1);
                task.on_item_failure = if every(6) { OnItemFailure::Stop } else { OnItemFailure::default() };
            }
            task
        },
    )
}

fn any_kind() -> impl Strategy<Value = TaskKind> {
    let durations = || prop::option::of((1..1_000_000u32).prop_map(DurationMs::from_secs));
    let shell = (any_text(), durations())
        .prop_filter("a script is not empty", |(script, _)| !script.is_empty())
        .prop_map(|(script, grace)| TaskKind::Shell(Shell { script, shell: None, grace }));
    let switch = (1..4usize).prop_map(|cases| {
        let case = |n: usize| Case { when: format!("T.day == {n}"), then: Vec::new() };
        TaskKind::Switch(Switch { cases: (0..cases).map(case).collect(), otherwise: Vec::new() })
    });
    let wait = (any::<bool>(), any_awaited_run(), any_text(), durations(), durations()).prop_map(
        |(of_run, run, path, stable_for, poll)| {
            let min_size = stable_for.map(|it| it.ms().unsigned_abs());
            let file = AwaitedFile { path: format!("/{path}"), min_size, stable_for };
            let (run, file) = if of_run { (Some(run), None) } else { (None, Some(file)) };
            TaskKind::WaitFor(WaitFor { run, file, poll })
        },
    );
    let arguments = prop::collection::vec(("[a-z]{1,6}", any_argument()), 0..3);
    let sub_workflow = (arguments, any::<bool>()).prop_map(|(arguments, before)| {
        TaskKind::SubWorkflow(SubWorkflow {
            workflow: "risk/var-daily".to_owned(),
            arguments: arguments.into_iter().collect(),
            business_date: before.then(|| "T-1@SSE".to_owned()),
        })
    });
    let approval =
        (prop::option::of(any_text()), any::<bool>(), durations()).prop_map(|(message, starter, deadline)| {
            let on_deadline = if deadline.is_some() && starter { OnDeadline::Approve } else { OnDeadline::default() };
            let approvers = vec!["OPERATOR".to_owned(), "li.wei@nav".to_owned()];
            TaskKind::Approval(Approval { approvers, message, not_starter: starter, deadline, on_deadline })
        });
    prop_oneof![4 => shell, 2 => Just(TaskKind::Noop(Noop {})), 1 => switch, 1 => wait, 1 => sub_workflow, 1 => approval]
}

fn any_awaited_run() -> impl Strategy<Value = AwaitedRun> {
    let windows = ["last_3_days", "this_month_end", "last_24_hours", "last_friday", "current_hour"];
    let window = prop::option::of(prop::sample::select(windows.to_vec()));
    (window, any::<bool>(), any::<bool>()).prop_map(|(window, one, other)| {
        let window: Option<Window> = window.and_then(|name| name.parse().ok());
        AwaitedRun {
            workflow: "positions".to_owned(),
            business_date: (window.is_none() && one).then(|| "T-1".to_owned()),
            window,
            calendar: window.filter(|it| !it.is_of_hours() && other).map(|_| "SSE & HKEX".to_owned()),
            task: other.then(|| "load".to_owned()),
            until: if one { Until::Ended } else { Until::default() },
            on_failed: if other { OnFailed::Wait } else { OnFailed::default() },
        }
    })
}

fn any_argument() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_text().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        Just(json!(0.25)),
        Just(json!("{{ T.day + 1 }}")),
    ]
}

fn any_list() -> impl Strategy<Value = ForEach> {
    let item = prop_oneof![
        any_argument(),
        any_text().prop_map(|text| json!({"fund": text, "days": [1, "{{ T }}"]})),
        Just(Value::Null),
    ];
    prop_oneof![
        Just(ForEach::Expression("{{ range(3) }}".to_owned())),
        Just(ForEach::Expression("params | items".to_owned())),
        prop::collection::vec(item, 0..4).prop_map(ForEach::Items),
    ]
}
