//! Checking a workflow document while it is written, by the rules that the server applies when it is saved.

use domain::calendar::Calendars;
use domain::workflow::problem::Kind;
use domain::workflow::{self, Problem};

use crate::api::workflow::SpecProblem;
use crate::i18n::Lang;

/// The problems of a document, in the order of its text.
///
/// Without the server's calendars only those that come with the program are known; whether another exists, the server
/// says when the document is saved.
pub fn problems(source: &str, calendars: Option<&Calendars>, lang: Lang) -> Vec<SpecProblem> {
    let found = workflow::parse(source, calendars.unwrap_or(Calendars::builtin())).err().unwrap_or_default();
    let told = |problem: &Problem| calendars.is_some() || !matches!(*problem.kind, Kind::UnknownCalendar { .. });
    found.into_iter().filter(told).map(|problem| shaped(&problem, lang)).collect()
}

fn shaped(problem: &Problem, lang: Lang) -> SpecProblem {
    SpecProblem {
        path: problem.path.clone(),
        line: i32::try_from(problem.place.line).ok(),
        column: i32::try_from(problem.place.column).ok(),
        code: problem.code().as_str().to_owned(),
        message: problem.text(lang),
        severity: "ERROR".to_owned(),
    }
}

/// A document to begin with: it runs as it is.
pub fn starter(project: &str) -> String {
    include_str!("starter.yaml").replace("PROJECT", project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_has_no_problem() {
        assert_eq!(problems(&starter("nav"), None, Lang::En), []);
    }

    #[test]
    fn problems_come_with_their_place_in_the_readers_language() {
        let source = starter("nav").replace("script:", "scirpt:");
        let (en, zh) = (problems(&source, None, Lang::En), problems(&source, None, Lang::Zh));
        assert!(!en.is_empty());
        assert!(en.iter().all(|problem| problem.line.is_some()));
        assert_ne!(en[0].message, zh[0].message);
    }

    #[test]
    fn calendars_of_the_firm_are_left_to_the_server_until_they_are_known() {
        let source = starter("nav").replace("calendar: SSE", "calendar: FUND_DAYS");
        assert_eq!(problems(&source, None, Lang::En), []);
        let found = problems(&source, Some(Calendars::builtin()), Lang::En);
        assert!(found.iter().any(|problem| problem.message.contains("FUND_DAYS")), "{found:?}");
        let mut known = Calendars::builtin().clone();
        let days = domain::calendar::CalendarExpr::parse("SSE & CNIB").expect("an expression");
        known.define("FUND_DAYS", days).expect("defined");
        assert_eq!(problems(&source, Some(&known), Lang::En), []);
    }
}
