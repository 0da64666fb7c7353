//! What contradicts the promises: each rule is one function that names what it finds.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Attempt, Evidence, OfTask, Says};

#[cfg(test)]
mod tests;

/// An instant may be decided this late, and the schedule be in force so long after it was last asked about.
const LATE_MS: i64 = 15_000;

/// All contradictions, in words; none for a cluster that kept its promises.
#[must_use]
pub fn violations(evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    fires(evidence, &mut found);
    runs(evidence, &mut found);
    acknowledgements(evidence, &mut found);
    leftovers(evidence, &mut found);
    for ((run, ordinal), of) in evidence.by_task() {
        let mut of_task = Vec::new();
        ends(&of, &mut of_task);
        bodies(&of, &mut of_task);
        decisions(&of, evidence.said.decided.get(&(run, ordinal)), &mut of_task);
        let name = of.task.map_or("?", |task| task.name.as_str());
        found.extend(of_task.into_iter().map(|text| format!("run {run}, task {name}: {text}")));
    }
    found
}

/// Every instant has exactly one record and at most one run, and none is left out.
fn fires(evidence: &Evidence, found: &mut Vec<String>) {
    let mut by_schedule: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut made = BTreeMap::new();
    for run in evidence.runs.iter().filter(|run| run.fire.is_some()) {
        if let Some(other) = made.insert(run.fire, run.id) {
            found.push(format!("the runs {other} and {} are of one instant {:?}", run.id, run.fire));
        }
    }
    for fire in &evidence.fires {
        by_schedule.entry(fire.schedule).or_default().push(fire.instant_ms);
        let run = made.remove(&Some((fire.schedule, fire.instant_ms)));
        if fire.outcome != "started" || fire.run.is_none() || fire.run != run {
            found.push(format!(
                "instant {} is {} with run {:?}, but made {run:?}",
                fire.instant_ms, fire.outcome, fire.run
            ));
        }
    }
    found.extend(made.values().map(|run| format!("run {run} is of an instant without a record")));
    for (schedule, mut instants) in by_schedule {
        instants.sort_unstable();
        for two in instants.windows(2).filter(|two| two[1] - two[0] != evidence.every_ms) {
            found.push(format!("schedule {schedule} decided {} and then {}", two[0], two[1]));
        }
        let last = instants.last().copied().unwrap_or_default();
        if evidence.said.scheduled_until_ms.is_some_and(|until_ms| last + LATE_MS < until_ms) {
            found.push(format!("schedule {schedule} decided nothing after {last}"));
        }
    }
}

/// Every run has ended and says so consistently.
fn runs(evidence: &Evidence, found: &mut Vec<String>) {
    let mut states: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for task in &evidence.tasks {
        states.entry(task.run).or_default().insert(&task.state);
    }
    let mut keys = BTreeMap::new();
    for run in &evidence.runs {
        if !["succeeded", "failed"].contains(&run.state.as_str()) {
            found.push(format!("run {} is {}", run.id, run.state));
        }
        if let Some(slot) = run.slot {
            found.push(format!("run {} has ended and holds place {slot}", run.id));
        }
        let of_tasks = states.remove(&run.id).unwrap_or_default();
        let good = of_tasks.iter().all(|state| ["succeeded", "skipped"].contains(state)) && !of_tasks.is_empty();
        if good != (run.state == "succeeded") {
            found.push(format!("run {} is {} with tasks that are {of_tasks:?}", run.id, run.state));
        }
        if let Some(other) = run.key.as_ref().and_then(|key| keys.insert(key, run.id)) {
            found.push(format!("the runs {other} and {} have one key", run.id));
        }
    }
    found.extend(states.keys().map(|run| format!("tasks of run {run}, which is not there")));
}

/// What the API said is there.
fn acknowledgements(evidence: &Evidence, found: &mut Vec<String>) {
    let keys: BTreeMap<i64, Option<&str>> = evidence.runs.iter().map(|run| (run.id, run.key.as_deref())).collect();
    for (key, run) in &evidence.said.acknowledged {
        if keys.get(run) != Some(&Some(key.as_str())) {
            found.push(format!("run {run} was acknowledged for “{key}”, but there is {:?}", keys.get(run)));
        }
    }
}

fn leftovers(evidence: &Evidence, found: &mut Vec<String>) {
    if evidence.jobs > 0 {
        found.push(format!("{} jobs are left", evidence.jobs));
    }
    if evidence.limit_slots > 0 {
        found.push(format!("{} slots of limits are taken", evidence.limit_slots));
    }
    if let Some(said) = &evidence.audit {
        found.push(format!("the audit trail is broken: {said}"));
    }
}

/// The task and all its attempts have ended, and the records of the two agree with what really was done.
fn ends(of: &OfTask<'_>, found: &mut Vec<String>) {
    let Some(task) = of.task else {
        found.push("it left traces or attempts and is not there".to_owned());
        return;
    };
    if !["succeeded", "failed", "timed_out", "upstream_failed", "skipped"].contains(&task.state.as_str()) {
        found.push(format!("it is {}", task.state));
    }
    for attempt in &of.attempts {
        let said = |says| of.lines.iter().any(|line| line.epoch == attempt.epoch && line.says == says);
        match attempt.state.as_str() {
            "succeeded" if task.traced && !(said(Says::Begin) && said(Says::End)) => {
                found.push(format!("attempt {} succeeded and has not done its work", attempt.number));
            }
            // It was given back as one that had not begun, and may be run again without being asked about.
            "stopped" if said(Says::Begin) => {
                found.push(format!("attempt {} was given back and had begun", attempt.number));
            }
            "succeeded" | "failed" | "timed_out" | "stopped" | "lost" => {}
            state => found.push(format!("attempt {} is {state}", attempt.number)),
        }
    }
    if task.state == "succeeded"
        && !of.attempts.last().is_some_and(|last| ["succeeded", "lost"].contains(&last.state.as_str()))
    {
        found.push(format!("it succeeded and its last attempt is {:?}", of.attempts.last()));
    }
}

/// No body ran twice under one claim, none without a claim, none while or after a later one did, and none again without
/// a recorded reason.
fn bodies(of: &OfTask<'_>, found: &mut Vec<String>) {
    let mut begun: Vec<&Attempt> = Vec::new();
    let mut ended = BTreeSet::new();
    for line in &of.lines {
        let Some(attempt) =
            of.attempts.iter().find(|attempt| attempt.epoch == line.epoch && attempt.number == line.number)
        else {
            found.push(format!("{line:?} is of no recorded attempt"));
            continue;
        };
        if ended.contains(&line.epoch) {
            found.push(format!("epoch {} says {:?} after its end", line.epoch, line.says));
        }
        match line.says {
            Says::Begin if begun.iter().any(|other| other.epoch == line.epoch) => {
                found.push(format!("epoch {} began twice", line.epoch));
            }
            Says::Begin => begun.push(attempt),
            Says::Beat | Says::End => {}
        }
        if begun.iter().any(|other| other.epoch > line.epoch) {
            found.push(format!("epoch {} says {:?} after a later one began", line.epoch, line.says));
        }
        if line.says == Says::End {
            ended.insert(line.epoch);
        }
    }
    for two in begun.windows(2) {
        if !["lost", "failed", "timed_out"].contains(&two[0].state.as_str()) {
            found.push(format!("epoch {} began again what is {}: epoch {}", two[1].epoch, two[0].state, two[0].epoch));
        }
    }
}

/// What became of lost attempts is what the document or a person said.
fn decisions(of: &OfTask<'_>, decided: Option<&BTreeSet<&'static str>>, found: &mut Vec<String>) {
    let Some(task) = of.task else { return };
    let asked = |decision| decided.is_some_and(|decided| decided.contains(decision));
    for two in of.attempts.windows(2).filter(|two| two[0].state == "lost") {
        let by_itself = task.name.starts_with("retry") || !task.traced;
        if !by_itself && !asked("RETRY") {
            found.push(format!("attempt {} was lost and nobody said that it may run again", two[0].number));
        }
    }
    if of.attempts.last().is_some_and(|last| last.state == "lost") && task.state == "succeeded" && !asked("SUCCEED") {
        found.push("its last attempt was lost and nobody vouched for it".to_owned());
    }
}
