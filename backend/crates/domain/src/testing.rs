//! Builders and proptest strategies for tests, here and (with feature `testing`) in other crates.

mod schedule;
mod task;

use indexmap::IndexMap;
use proptest::prelude::*;

pub use schedule::{any_schedule, any_schedule_entry};
pub use task::plain_task;

use crate::workflow::{
    Document, DurationMs, FailurePolicy, Metadata, OnRunTimeout, Spec, Task, TaskKind,
    spec::{ApiVersion, DocumentKind},
};

/// Graphs without a cycle, of 1 to `max` nodes, as names and needs in shuffled order.
pub fn any_graph(max: usize) -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let node = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    prop::collection::vec(node, 1..=max)
        .prop_map(|wanted| {
            let name = |node: usize| format!("task{node}");
            let needs = |node: usize, wanted: &[prop::sample::Index]| {
                let mut needs: Vec<usize> =
                    if node == 0 { vec![] } else { wanted.iter().map(|it| it.index(node)).collect() };
                needs.sort_unstable();
                needs.dedup();
                needs.into_iter().map(name).collect()
            };
            wanted.iter().enumerate().map(|(node, wanted)| (name(node), needs(node, wanted))).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

/// Texts that YAML takes ill: words with a meaning, indicators, line breaks, other scripts.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "yes",
            "null",
            "~",
            "0600",
            "1:30",
            "2026-10-01",
            "1e5",
            "- a",
            "a: b",
            "a #b",
            " a",
            "a ",
            "|",
            "'",
            "\"",
            "&x",
            "*x",
            "!t",
            "%a",
            "@a",
            "`a",
            "净值",
            "\u{1F600}",
            "a\n",
            "a\nb",
            "\na",
            "a\n\n",
            " a\nb",
            "a\n b\n",
            "a\n  \nb",
            "\t",
            "a\r\nb",
            "\u{85}",
            "\u{7f}",
            "---",
            "...",
            "? a",
            "{a}",
            "[a]",
            ",",
            "=",
            "<<",
            ".5",
            "+1",
            "0x1F",
            "1_000",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9 :#\\-'\"\n]{1,30}",
    ]
}

/// Documents that hold.
pub fn any_document() -> impl Strategy<Value = Document> {
    let texts = |names| prop::collection::vec((names, any_text()), 0..3);
    let schedules = prop_oneof![Just(vec![]), any_schedule_entry("nightly").prop_map(|entry| vec![entry])];
    let tasks = (any_graph(8), prop::collection::vec(task::any_task(), 8));
    (tasks, texts("[A-Z]{1,6}"), texts("[a-z]{1,6}"), prop::option::of(any_text()), schedules, any::<u32>()).prop_map(
        |((graph, tasks), env, outputs, title, schedules, seed)| {
            let pairs = |pairs: Vec<(String, String)>| pairs.into_iter().collect::<IndexMap<_, _>>();
            let named = graph.into_iter().zip(tasks).map(|((name, needs), task)| (name, Task { needs, ..task }));
            let mut tasks: IndexMap<String, Task> = named.collect();
            fill_branches(&mut tasks);
            if seed % 2 == 0 {
                tasks.insert("told".to_owned(), task::handler());
            }
            let spec = Spec {
                tasks,
                env: pairs(env),
                outputs: pairs(outputs),
                schedules,
                failure_policy: if seed % 3 == 0 { FailurePolicy::Halt } else { FailurePolicy::default() },
                timeout: (seed % 5 == 0).then(|| DurationMs::from_secs(seed % 10_000 + 1)),
                on_timeout: if seed % 10 == 0 { OnRunTimeout::Warn } else { OnRunTimeout::default() },
                ..Spec::default()
            };
            let metadata = Metadata { name: "w".to_owned(), title, ..Metadata::default() };
            Document { api_version: ApiVersion::V1, kind: DocumentKind::Workflow, metadata, spec }
        },
    )
}

/// Lets each switch choose among the tasks that need it and that no other chooses.
fn fill_branches(tasks: &mut IndexMap<String, Task>) {
    let mut free: Vec<(String, Vec<String>)> =
        tasks.iter().map(|(name, task)| (name.clone(), task.needs.clone())).collect();
    for (name, task) in tasks {
        let TaskKind::Switch(switch) = &mut task.kind else { continue };
        let (chosen, rest) = free.into_iter().partition(|(_, needs)| needs.contains(name));
        free = rest;
        let mut chosen: Vec<String> = chosen.into_iter().map(|(name, _)| name).collect();
        switch.otherwise = chosen.split_off(chosen.len() / 2);
        switch.cases[0].then.clone_from(&chosen);
        // A task can stand in several branches of one switch.
        switch.otherwise.extend(chosen.into_iter().take(1));
    }
}
