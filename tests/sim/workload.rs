//! The workflows of a seed: random graphs with random rules, written as documents and saved through the service.

use std::fmt::Write;

use crate::database::LIMIT;
use crate::rng::Rng;

/// A workflow as the simulation knows it.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) name: String,
    pub(crate) tasks: Vec<Task>,
    pub(crate) max_active: Option<u32>,
    pub(crate) overlap: &'static str,
    /// Seconds between two fires of its schedule.
    pub(crate) every_secs: Option<u32>,
    pub(crate) catch_up: &'static str,
    pub(crate) halts: bool,
    pub(crate) timeout_secs: Option<u32>,
}

/// A task as the simulation knows it.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) needs: Vec<usize>,
    pub(crate) rule: &'static str,
    pub(crate) handler: Option<&'static str>,
    pub(crate) on_lost: &'static str,
    pub(crate) retries: u32,
    pub(crate) timeout_secs: Option<u32>,
    pub(crate) pool: Option<&'static str>,
    /// Slots of the limit that it needs.
    pub(crate) weight: u32,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Shell,
    /// Once for each of so many items, so many at a time.
    Items(u32, u32, &'static str),
    /// Runs another workflow.
    Sub(String),
    /// Waits for a run of another workflow.
    WaitFor(String),
    /// Waits for a person who does not come.
    Approval(&'static str),
    /// Chooses between the tasks that need it.
    Switch,
}

impl Workflow {
    pub(crate) fn random(rng: &mut Rng, number: usize) -> Self {
        let count = rng.within(1, 6) as usize;
        let mut tasks: Vec<Task> = Vec::new();
        for index in 0..count {
            let task = Task::random(rng, &tasks, index, number);
            tasks.push(task);
        }
        let every_secs = rng.percent(50.0).then(|| *rng.pick(&[2, 3, 5, 10]));
        Self {
            name: format!("w{number}"),
            tasks,
            max_active: rng.percent(50.0).then(|| rng.within(1, 2) as u32),
            overlap: *rng.pick(&["queue", "queue", "skip", "allow", "cancel_running"]),
            every_secs,
            catch_up: *rng.pick(&["all", "latest", "none"]),
            halts: rng.percent(20.0),
            timeout_secs: rng.percent(10.0).then(|| rng.within(4, 12) as u32),
        }
    }

    /// The same with other tasks and perhaps another schedule.
    pub(crate) fn changed(&self, rng: &mut Rng) -> Self {
        let number = self.name.trim_start_matches('w').parse().expect("a number");
        let other = Self::random(rng, number);
        let every_secs = if rng.percent(70.0) { self.every_secs } else { other.every_secs };
        Self { name: self.name.clone(), every_secs, ..other }
    }

    /// The document.
    pub(crate) fn document(&self) -> String {
        let mut text = format!("apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {}}}\nspec:\n", self.name);
        let mut line = |line: String| writeln!(text, "{line}").expect("a text takes lines");
        if let Some(most) = self.max_active {
            line(format!("  concurrency: {{max_active_runs: {most}, overlap: {}}}", self.overlap));
        }
        line(format!("  catch_up: {}", self.catch_up));
        if let Some(every) = self.every_secs {
            let cron = if every == 1 { "* * * * * ?".to_owned() } else { format!("*/{every} * * * * ?") };
            line(format!("  schedules: [{{name: often, cron: \"{cron}\", timezone: Asia/Shanghai}}]"));
        }
        if self.halts {
            line("  failure_policy: halt".to_owned());
        }
        if let Some(secs) = self.timeout_secs {
            line(format!("  timeout: {secs}s"));
        }
        line("  tasks:".to_owned());
        for task in &self.tasks {
            line(task.entry(&self.tasks));
        }
        text
    }
}

impl Task {
    fn random(rng: &mut Rng, before: &[Task], index: usize, number: usize) -> Self {
        let handler = (index > 0 && rng.percent(10.0)).then(|| *rng.pick(&["on_failure", "always"]));
        let same = |task: &Task| task.handler.is_some() == handler.is_some();
        let needs: Vec<usize> = (0..index).filter(|need| rng.percent(40.0) && same(&before[*need])).collect();
        let other = |rng: &mut Rng| format!("w{}", rng.below(number.max(1) as u64));
        let kind = match rng.below(100) {
            0..12 => {
                let rule = *rng.pick(&["continue", "stop", "ignore"]);
                Kind::Items(rng.within(0, 4) as u32, rng.within(1, 3) as u32, rule)
            }
            // Only of those that were saved before, and so in no circle.
            12..20 if number > 0 => Kind::Sub(other(rng)),
            20..26 if number > 0 => Kind::WaitFor(other(rng)),
            26..31 => Kind::Approval(rng.pick::<&str>(&["approve", "reject"])),
            // A task stands in the branches of one switch only.
            31..39 if handler.is_none() && before.iter().all(|task| task.kind != Kind::Switch) => Kind::Switch,
            _ => Kind::Shell,
        };
        let switched = needs.iter().any(|need| before[*need].kind == Kind::Switch);
        let rules = ["all_success", "all_success", "all_done", "none_failed", "any_success", "any_failed"];
        Self {
            name: format!("t{index}"),
            kind,
            needs,
            rule: *rng.pick(&rules[..if switched { 4 } else { 6 }]),
            handler,
            on_lost: *rng.pick(&["retry", "hold", "fail"]),
            retries: *rng.pick(&[0, 0, 1, 2, 3]),
            timeout_secs: rng.percent(50.0).then(|| rng.within(2, 6) as u32),
            pool: rng.percent(10.0).then_some("small"),
            weight: if rng.percent(20.0) { rng.within(1, 2) as u32 } else { 0 },
        }
    }

    fn entry(&self, tasks: &[Task]) -> String {
        let needs: Vec<&str> = self.needs.iter().map(|need| tasks[*need].name.as_str()).collect();
        let mut entry = format!("    {}: {{needs: [{}], {}", self.name, needs.join(", "), self.kind(tasks));
        let mut add = |text: String| {
            let _ = write!(entry, ", {text}");
        };
        let works = matches!(self.kind, Kind::Shell | Kind::Items(..));
        if works {
            add(format!("on_lost: {}", self.on_lost));
        }
        if works || matches!(self.kind, Kind::Sub(_)) {
            add(format!("retries: {{max: {}, delay: 1s, jitter: 0.5}}", self.retries));
        }
        if !needs.is_empty() {
            add(format!("needs_rule: {}", self.rule));
        }
        if let Some(handler) = self.handler {
            add(format!("handler: {handler}"));
        }
        if let Some(secs) = self.timeout_secs.filter(|_| !matches!(self.kind, Kind::Approval(_) | Kind::Switch)) {
            add(format!("timeout: {secs}s"));
        }
        if let Some(pool) = self.pool.filter(|_| works) {
            add(format!("worker_pool: {pool}"));
        }
        if self.weight > 0 && works {
            add(format!("limits: {{{}: {}}}", LIMIT.0, self.weight));
        }
        entry + "}"
    }

    fn kind(&self, tasks: &[Task]) -> String {
        match &self.kind {
            Kind::Shell => format!("type: shell, script: \"{}\"", self.script(tasks)),
            Kind::Items(count, parallel, rule) => {
                let items: Vec<String> = (0..*count).map(|item| item.to_string()).collect();
                let script = self.script(tasks);
                format!(
                    "type: shell, script: \"{script}\", for_each: [{}], max_parallel: {parallel}, on_item_failure: {rule}",
                    items.join(", ")
                )
            }
            Kind::Sub(other) => format!("type: sub_workflow, workflow: {other}"),
            Kind::WaitFor(other) => format!("type: wait_for, poll: 1s, run: {{workflow: {other}}}"),
            Kind::Approval(late) => {
                format!("type: approval, approvers: [OPERATOR], deadline: 3s, on_deadline: {late}")
            }
            Kind::Switch => {
                let own = self.index(tasks);
                let then: Vec<&str> =
                    tasks.iter().filter(|task| task.needs.contains(&own)).map(|task| task.name.as_str()).collect();
                let (first, second) = then.split_at(then.len() / 2);
                let when = "outputs is defined";
                format!(
                    "type: switch, cases: [{{when: {when}, then: [{}]}}], else: [{}]",
                    first.join(", "),
                    second.join(", ")
                )
            }
        }
    }

    fn index(&self, tasks: &[Task]) -> usize {
        tasks.iter().position(|task| task.name == self.name).expect("one of them")
    }

    /// What `check::scope` reads: whether the task may start before all it needs has ended, and what those left.
    fn script(&self, tasks: &[Task]) -> String {
        let early = self.rule.starts_with("any_").then(|| "early=yes".to_owned());
        let works = |need: &&usize| tasks[**need].kind == Kind::Shell;
        let seen = self.needs.iter().filter(works).map(|need| {
            let name = &tasks[*need].name;
            format!("{name}={{{{ (outputs.{name} | default({{}})).token | default('-') }}}}")
        });
        let mut script = early.into_iter().chain(seen).collect::<Vec<_>>().join(";");
        script.push(' ');
        script
    }
}
