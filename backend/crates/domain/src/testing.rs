//! Builders and proptest strategies for tests, here and (with feature `testing`) in other crates.

mod schedule;

use indexmap::IndexMap;
use proptest::prelude::*;

pub use schedule::{any_schedule, any_schedule_entry};

use crate::{
    run::{NeedsRule, OnLost},
    workflow::{
        Document, DurationMs, Metadata, Priority, Retries, Spec, Task, TaskKind,
        spec::{ApiVersion, DocumentKind},
        task::{Noop, Shell},
    },
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
    let env = || texts("[A-Z]{1,6}");
    let task = (any::<bool>(), any_text(), any::<u32>(), env(), texts("[a-z]{1,6}"), prop::option::of(any_text()));
    let schedules = prop_oneof![Just(vec![]), any_schedule_entry("nightly").prop_map(|entry| vec![entry])];
    (any_graph(8), prop::collection::vec(task, 8), env(), prop::option::of(any_text()), schedules).prop_map(
        |(graph, tasks, env, title, schedules)| {
            let pairs = |pairs: Vec<(String, String)>| pairs.into_iter().collect::<IndexMap<_, _>>();
            let tasks =
                graph.into_iter().zip(tasks).map(|((name, needs), (shell, script, seed, env, params, title))| {
                    let kind = if shell && !script.is_empty() {
                        TaskKind::Shell(Shell {
                            script,
                            shell: None,
                            grace: Some(DurationMs::from_ms(i64::from(seed))),
                        })
                    } else {
                        TaskKind::Noop(Noop {})
                    };
                    let retries =
                        Retries { max: seed % 100, delay: DurationMs::from_secs(seed % 1000), ..Retries::default() };
                    let task = Task {
                        kind,
                        title,
                        needs,
                        needs_rule: NeedsRule::default(),
                        when: (seed % 3 == 0).then(|| "T.day == 1".to_owned()),
                        retries,
                        timeout: (seed % 4 == 0).then(|| DurationMs::from_ms(i64::from(seed))),
                        on_lost: OnLost::default(),
                        params: pairs(params),
                        env: pairs(env),
                        worker_pool: (seed % 5 == 0).then(|| "pool-1".to_owned()),
                        priority: (seed % 7 == 0).then_some(Priority::Urgent),
                    };
                    (name, task)
                });
            let spec = Spec { tasks: tasks.collect(), env: pairs(env), schedules, ..Spec::default() };
            let metadata = Metadata { name: "w".to_owned(), title, ..Metadata::default() };
            Document { api_version: ApiVersion::V1, kind: DocumentKind::Workflow, metadata, spec }
        },
    )
}
