//! What a schedule's fields must not say together, with the place where it is said.

use super::super::{
    MAX_PROBLEMS,
    form::within,
    problem::{Kind, Place, Problem},
    spec::{Schedule, ScheduleFault as Fault},
    yaml::{Data, Node, join},
};
use crate::schedule::{Clause, Written};

/// Reports the faults of all schedules.
pub(super) fn check(spec: &Node, problems: &mut Vec<Problem>) {
    for (index, item) in spec.get("schedules").map(Node::items).unwrap_or_default().iter().enumerate() {
        if problems.len() >= MAX_PROBLEMS {
            return;
        }
        // An entry that the types refuse has been told by the schema.
        let Ok(entry) = serde_json::from_value::<Schedule>(item.to_json()) else { continue };
        let path = format!("spec.schedules[{index}]");
        problems.extend(entry.faults().into_iter().map(|fault| problem(fault, item, &path)));
    }
}

fn problem(fault: Fault, item: &Node, path: &str) -> Problem {
    match fault {
        Fault::NoRule => Problem::new(path, item.place, Kind::NoRule),
        Fault::CronAndRule => at_field(item, path, "rule", Kind::CronAndRule),
        Fault::SaidTwice(clause) => {
            let field = field(clause);
            at_field(item, path, field, Kind::SaidTwice { field: field.to_owned() })
        }
        Fault::NoTimezone => {
            let field = field(Clause::Timezone);
            Problem::new(&join(path, field), item.place, Kind::Missing { field: field.to_owned() })
        }
        Fault::Contradiction(error) => match error.clause() {
            Some(clause) if item.get(field(clause)).is_some() => {
                at_field(item, path, field(clause), Kind::Contradiction(error))
            }
            clause => Problem::new(&join(path, "rule"), in_rule(item, clause), Kind::Contradiction(error)),
        },
    }
}

/// The field that has a clause when the rule's text doesn't.
const fn field(clause: Clause) -> &'static str {
    match clause {
        Clause::Calendar => "calendar",
        Clause::OnClosed => "on_closed",
        Clause::Shift => "shift",
        Clause::Times => "at",
        Clause::Timezone => "timezone",
        Clause::From => "from",
        Clause::Until => "until",
        Clause::DayCut => "day_cut",
        Clause::Beyond => "beyond",
    }
}

fn at_field(item: &Node, path: &str, field: &str, kind: Kind) -> Problem {
    let place = item.get(field).map_or(item.place, |node| node.place);
    Problem::new(&join(path, field), place, kind)
}

/// The place of a clause in the rule's text, or of the text when the fault is in none of its clauses.
fn in_rule(item: &Node, clause: Option<Clause>) -> Place {
    let Some(rule) = item.get("rule") else { return item.place };
    let Data::Text(text) = &rule.data else { return rule.place };
    let written = clause.zip(Written::read(&text.value, chrono_tz::UTC).ok());
    let before = written.and_then(|(clause, written)| written.place(clause));
    before.map_or(rule.place, |before| within(text, rule.place, 1, before + 1))
}
