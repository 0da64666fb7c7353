//! What a first and a second start of the demo make.

use domain::calendar::{Calendars, Content};
use service::ServiceConfig;
use service::password::{Cost, Password};
use store::Clock;

use super::*;

const NOW_MS: i64 = 1_795_000_000_000;

async fn services() -> Services {
    let password_cost = Cost { memory_kib: 64, passes: 1, parallel: 2 };
    Services::new(
        store::testing::sqlite_at(Clock::new(|| NOW_MS)).await,
        ServiceConfig { password_cost, ..ServiceConfig::default() },
    )
    .unwrap()
}

async fn seeded(services: &Services, folder: &Path) -> Vec<SignIn> {
    let first = service::account::bootstrap(services, NOW_MS).await.unwrap();
    seed(services, folder, first.as_ref(), NOW_MS).await.unwrap()
}

/// Name, number and source of every workflow, by the demo's own eyes.
async fn workflows(services: &Services) -> Vec<(String, i32, String)> {
    let ctx = OpCtx::system(ACTOR, NOW_MS);
    let page = workflow::list(services, &ctx, &workflow::Filter::default(), None, 100).await.unwrap();
    let mut found = Vec::new();
    for row in page.items {
        let (tenant, id) = (TenantId(row.tenant_id), domain::id::WorkflowId(row.id));
        let version = workflow::find_version(services, &ctx, tenant, id, row.current_version).await.unwrap();
        found.push((row.name, row.current_version, version.source));
    }
    found.sort();
    found
}

#[test]
fn every_document_is_valid_and_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = Scripts::write(folder.path()).unwrap();
    let connect = Content::read(CONNECT, 1, &serde_json::json!({ "expression": CONNECT_DAYS })).unwrap();
    let (calendars, refused) = Calendars::builtin().overlaid([(CONNECT.to_owned(), connect)]);
    assert_eq!(refused, []);
    for it in firm::DEPARTMENTS.iter().flat_map(|it| it.projects).flat_map(|it| it.workflows) {
        let source = scripts.fill(it.source);
        let document = domain::workflow::parse(&source, &calendars);
        let document = document.unwrap_or_else(|problems| panic!("{}: {problems:#?}", it.name));
        assert_eq!(document.metadata.name, it.name);
        assert!(!source.contains("@DEMO_HOME@"), "{}", it.name);
    }
}

#[test]
fn a_path_of_any_letters_stands_in_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = Scripts::write(&folder.path().join("恒远 \"demo\" # {1}")).unwrap();
    let source = scripts.fill(firm::DEPARTMENTS[0].projects[0].workflows[0].source);
    let document = domain::workflow::parse(&source, Calendars::builtin()).unwrap();
    let told = serde_json::to_value(document).unwrap();
    assert_eq!(told["spec"]["env"]["DEMO_HOME"], scripts.home().to_string_lossy().as_ref());
}

#[tokio::test]
async fn a_second_start_makes_nothing_twice_and_tells_the_same_people() {
    let (services, folder) = (services().await, tempfile::tempdir().unwrap());
    let first = seeded(&services, folder.path()).await;
    let made = workflows(&services).await;
    assert_eq!(
        first.iter().map(|it| it.username.as_str()).collect::<Vec<_>>(),
        ["duty", "valuation", "risk", "investment", "operations", "admin"]
    );
    assert!(made.len() >= 7 && made.iter().all(|(_, version, _)| *version == 1), "{made:?}");
    assert_eq!(seeded(&services, folder.path()).await, first);
    assert_eq!(workflows(&services).await, made);
}

#[tokio::test]
async fn a_moved_folder_is_followed_and_a_persons_edit_is_kept() {
    let (services, folder) = (services().await, tempfile::tempdir().unwrap());
    seeded(&services, folder.path()).await;
    let ctx = OpCtx::system("somebody", NOW_MS);
    let filter = workflow::Filter { search: Some("var-daily".into()), ..workflow::Filter::default() };
    let page = workflow::list(&services, &ctx, &filter, None, 2).await.unwrap();
    let row = &page.items[0];
    let (tenant, id) = (TenantId(row.tenant_id), domain::id::WorkflowId(row.id));
    let source =
        workflow::find_version(&services, &ctx, tenant, id, 1).await.unwrap().source.replace("nightly, var", "edited");
    let save = workflow::Save { source: source.clone(), note: None };
    workflow::update(&services, &ctx, tenant, id, 1, save).await.unwrap();

    let moved = tempfile::tempdir().unwrap();
    seeded(&services, moved.path()).await;
    for (name, version, now) in workflows(&services).await {
        assert_eq!(version, 2, "{name}");
        let follows = now.contains(&*moved.path().canonicalize().unwrap().to_string_lossy());
        assert_eq!(follows, name != "var-daily", "{name}");
    }
}

#[tokio::test]
async fn the_people_can_sign_in_with_what_is_told() {
    let (services, folder) = (services().await, tempfile::tempdir().unwrap());
    for person in seeded(&services, folder.path()).await {
        let ctx = OpCtx::anonymous(NOW_MS);
        let signed =
            service::session::sign_in(&services, &ctx, &person.username, &Password::new(person.password)).await;
        assert!(!signed.unwrap().account.must_change_password, "{}", person.username);
    }
}

#[test]
fn every_password_has_letters_a_digit_and_hyphens() {
    for _ in 0..1_000 {
        let password = people::random_password().unwrap();
        let all = |kind: fn(&char) -> bool| password.chars().filter(kind).count();
        assert_eq!((password.len(), all(|c| *c == '-')), (19, 3), "{password}");
        assert!(all(char::is_ascii_digit) > 0, "{password}");
    }
}
