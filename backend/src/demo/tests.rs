use domain::calendar::Calendars;

use super::*;

fn documents() -> impl Iterator<Item = (&'static str, String)> {
    let scripts = Scripts::write(&std::env::temp_dir().join(format!("almanac-demo-{}", std::process::id()))).unwrap();
    let projects = firm::DEPARTMENTS.iter().flat_map(|department| department.projects);
    projects.flat_map(|project| project.workflows).map(move |it| (it.name, scripts.fill(it.source)))
}

#[test]
fn every_document_is_valid_and_has_its_name() {
    for (name, source) in documents() {
        let document = domain::workflow::parse(&source, Calendars::builtin()).unwrap_or_else(|problems| {
            let told: Vec<String> = problems.iter().map(|it| format!("{it:?}")).collect();
            panic!("{name}:\n{}", told.join("\n"))
        });
        assert_eq!(document.metadata.name, name);
        assert!(!source.contains("@DEMO_HOME@"), "{name}");
    }
}
