//! No field of the API answers with what belongs to another department.
//!
//! A department is filled with marked words in every place that takes words. Then everything that the schema offers is
//! asked by somebody of another department, with the first one's ids: no answer may bear the mark. The same questions
//! asked by the department's own administrator must bear it, else the walk would prove nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::{Department, Firm};
use tests::schema::{Argument, Schema};
use tests::server::Options;
use tests::socket::{Said, Subscription};
use tests::work;

/// In names, titles and everything else that a member of the department sees.
const MARK: &str = "zqxv";

/// In what not even the platform's administrator may see: scripts, logs, parameters, outputs.
const SECRET: &str = "zqxvsecret";

/// Query fields that show nothing of a department; `cluster` does so only while something runs, see
/// `what_a_node_holds_is_told_to_its_department_alone`.
const NEUTRAL: [&str; 5] = ["validateWorkflow", "system", "businessDate", "cluster", "previewOperation"];

/// A published file, in base64: `date,session,open,close`, one open day.
const FILE: &str = "ZGF0ZSxzZXNzaW9uLG9wZW4sY2xvc2UKMjAyNy0wMS0wNCxmdWxsLDA5OjMwLDE1OjAwCg==";

/// How long a subscription that must stay silent is listened to; several polls of the server.
const SILENCE: Duration = Duration::from_secs(2);

struct World {
    firm: Firm,
    owner: Department,
    stranger: Department,
    /// Somebody of the stranger's department who grants no roles, and so need not know who else there is.
    colleague: Client,
    schema: Schema,
    workflow: String,
    ids: BTreeSet<String>,
}

impl World {
    async fn new() -> Self {
        // A walk over all fields asks for more than any page does.
        let settings = vec!["graphql.max_cost=200000".to_owned()];
        let firm = Firm::start_with(Options { settings, ..Options::default() }).await;
        let owner = firm.department(&format!("{MARK}-owner"), &format!("{MARK} owner")).await;
        let stranger = firm.department("stranger", "Stranger").await;
        let schema = Schema::of(&owner.head).await;
        let colleague = firm.person("cora", &stranger.tenant, "DEVELOPER").await;
        let workflow = fill(&owner).await;
        let mut world = Self { firm, owner, stranger, colleague, schema, workflow, ids: BTreeSet::new() };
        // Lists lead to ids, and ids lead to more of them.
        world.ids.insert(world.owner.tenant.clone());
        for _ in 0..2 {
            for (_, answer) in world.walk(&world.owner.head).await {
                collect_ids(&answer, &mut world.ids);
            }
        }
        world
    }

    /// Asks every query field, with each of the owner's ids that could fit: field and answer.
    async fn walk(&self, client: &Client) -> Vec<(String, Value)> {
        let mut answers = Vec::new();
        for field in self.schema.root_fields("query") {
            for arguments in self.variants(&field, &self.schema.arguments("query", &field)) {
                let query = self.schema.operation("query", &field, &arguments);
                let answer = client.ask(&query, json!({})).await;
                let refused = answer.errors.iter().find(|it| {
                    let code = it["extensions"]["code"].as_str().unwrap_or("none");
                    !["NOT_FOUND", "DENIED", "UNAUTHENTICATED", "INVALID_INPUT"].contains(&code)
                });
                assert!(refused.is_none(), "{field}{arguments} can't be asked: {refused:?}\n{query}");
                // The number of the request is new each time.
                let said: Vec<Value> = answer.errors.iter().map(|error| error["message"].clone()).collect();
                answers.push((field.clone(), json!([answer.data, said])));
            }
        }
        answers
    }

    /// The arguments of a field, spelt out; several when it takes an id.
    fn variants(&self, field: &str, arguments: &[Argument]) -> Vec<String> {
        let Some(id) = arguments.iter().find(|it| it.kind == "ID") else {
            let all: Vec<String> = arguments.iter().filter_map(|it| self.value(field, it)).collect();
            let filtered = arguments.iter().any(|it| it.name == "filter");
            let unfiltered: Vec<String> =
                arguments.iter().filter(|it| it.name != "filter").filter_map(|it| self.value(field, it)).collect();
            return if filtered { vec![spelt(&all), spelt(&unfiltered)] } else { vec![spelt(&all)] };
        };
        let rest: Vec<String> = arguments
            .iter()
            .filter(|it| it.name != id.name && it.name != "slug")
            .filter_map(|it| self.value(field, it))
            .collect();
        let of = |value: &str| {
            let value = json!(value);
            let value = if id.list { format!("[{value}]") } else { value.to_string() };
            spelt(&[[format!("{}: {value}", id.name)].as_slice(), &rest].concat())
        };
        self.ids.iter().filter(|value| fits(&id.name, value)).map(|value| of(value)).collect()
    }

    /// A value for an argument that has nothing to do with an id.
    fn value(&self, field: &str, argument: &Argument) -> Option<String> {
        let value = match argument.name.as_str() {
            "first" => "3".to_owned(),
            "slug" => format!("\"{MARK}-owner\""),
            "source" => "\"kind: Nothing\"".to_owned(),
            "date" => "\"2027-05-05\"".to_owned(),
            "expression" if field == "businessDate" => "\"T-1\"".to_owned(),
            "expression" => format!("\"{MARK}_days\""),
            "schedule" => format!("\"every day on {MARK}_days at 18:00 tz Asia/Shanghai\""),
            "questions" => format!("[{{ ask: \"day\", calendar: \"{MARK}_days\", date: \"2027-05-05\" }}]"),
            "operation" => "{ operation: RERUN, scope: ALL }".to_owned(),
            "input" => self.input(&argument.kind),
            "filter" => format!("{{ tenant: {} }}", json!(self.owner.tenant)),
            _ if argument.required => panic!("what to give for {argument:?}?"),
            _ => return None,
        };
        Some(format!("{}: {value}", argument.name))
    }
}

impl World {
    /// An input object of a query field, spelt out; what is in it belongs to the owner.
    fn input(&self, kind: &str) -> String {
        let tenant = &self.owner.tenant;
        let own = self.ids.iter().find(|id| id.starts_with("calendar:") && !id.starts_with("calendar:0."));
        match kind {
            "PlanBackfillInput" => {
                let workflow = self.ids.iter().find(|id| id.starts_with("workflow:"));
                let workflow = workflow.map_or("workflow:1.1", String::as_str);
                format!("{{ workflow: \"{workflow}\", from: \"2027-05-04\", to: \"2027-05-06\" }}")
            }
            "ScheduleFiresInput" => format!(
                "{{ schedule: \"every day on {MARK}_days at 18:00 tz Asia/Shanghai\", \
                 from: \"2027-05-04\", until: \"2027-05-06\", tenant: \"{tenant}\" }}"
            ),
            "RenderTemplateInput" => format!(
                "{{ template: \"{{{{ T.is_open('{MARK}_days') }}}} {MARK}\", date: \"2027-05-05\", tenant: \"{tenant}\" }}"
            ),
            _ => format!(
                "{{ calendar: \"{}\", fileName: \"days-2027.csv\", content: \"{FILE}\" }}",
                own.map_or("calendar:1.1", String::as_str)
            ),
        }
    }
}

/// Whether an id is of the kind that an argument asks for; `id` and `ids` take any.
fn fits(argument: &str, id: &str) -> bool {
    matches!(argument, "id" | "ids") || id.split(':').next() == Some(argument)
}

fn spelt(arguments: &[String]) -> String {
    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) }
}

fn collect_ids(answer: &Value, ids: &mut BTreeSet<String>) {
    match answer {
        Value::Object(fields) => {
            ids.extend(fields.get("id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_ids(value, ids));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

/// A calendar of the department in force, with a draft that changes fires; its name.
async fn calendar(owner: &Department) -> String {
    let name = format!("{MARK}_days");
    let definition = |reason: &str| {
        json!({
            "zone": "Asia/Shanghai", "week": [true, true, true, true, true, false, false], "years": [2026, 2027],
            "days": [{ "date": "2027-05-05", "status": "closed", "reason": reason }],
        })
    };
    let made = "mutation($input: CreateCalendarInput!) {
        createCalendar(input: $input) { calendar { id drafts { id } } userErrors { message } } }";
    let input = json!({ "tenant": owner.tenant, "name": name, "title": MARK, "definition": definition(MARK) });
    let made = owner.head.ask(made, json!({ "input": input })).await.ok()["createCalendar"]["calendar"].clone();
    let activate = "mutation($input: ActivateCalendarRevisionInput!) {
        activateCalendarRevision(input: $input) { revision { id } userErrors { message } } }";
    let input = json!({ "revision": made["drafts"][0]["id"], "reason": MARK });
    let done = owner.head.ask(activate, json!({ "input": input })).await.ok();
    assert!(done["activateCalendarRevision"]["revision"]["id"].is_string(), "{done}");
    let draft = "mutation($input: SaveCalendarDraftInput!) {
        saveCalendarDraft(input: $input) { revision { id } userErrors { message } } }";
    let mut changed = definition(MARK);
    changed["days"] = json!([]);
    let input = json!({ "calendar": made["id"], "definition": changed, "basedOn": 1, "note": MARK });
    let saved = owner.head.ask(draft, json!({ "input": input })).await.ok();
    assert!(saved["saveCalendarDraft"]["revision"]["id"].is_string(), "{saved}");
    name
}

/// A workflow with a schedule, a run with parameters, outputs, logs and a failure, all marked.
async fn fill(owner: &Department) -> String {
    let script = format!("echo {SECRET}; echo {SECRET} >&2; echo \"key={SECRET}\" >> \"$ALMANAC_OUTPUT\"");
    let mut document = work::document(&format!("{MARK}-flow"), &[("show", &[], &script)]);
    document["metadata"]["title"] = json!(format!("{MARK} flow"));
    document["metadata"]["tags"] = json!([MARK]);
    document["spec"]["params"] = json!([{ "name": "word", "type": "string", "default": SECRET }]);
    let calendar = calendar(owner).await;
    let make =
        "mutation($input: CreateLimitInput!) { createLimit(input: $input) { limit { name } userErrors { message } } }";
    let input = json!({ "tenant": owner.tenant, "name": format!("{MARK}-limit"), "slots": 2, "note": MARK });
    let made = owner.head.ask(make, json!({ "input": input })).await.ok();
    assert!(made["createLimit"]["limit"]["name"].is_string(), "{made}");
    document["spec"]["tasks"]["show"]["limits"] = json!({ format!("{MARK}-limit"): 1 });
    document["spec"]["schedules"] = json!([{
        "name": format!("{MARK}-nightly"), "cron": "0 0 3 * * ?", "timezone": "Asia/Shanghai", "calendar": calendar,
    }]);
    let workflow = work::create(&owner.head, &owner.project, &document).await;
    let run = work::start(&owner.head, &workflow, json!({ "reason": format!("{MARK} reason") })).await;
    let run = work::end(&owner.head, &run).await;
    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    backfill(owner, &workflow).await;
    workflow
}

/// A backfill of one date that has ended.
async fn backfill(owner: &Department, workflow: &str) {
    let start = "mutation($input: StartBackfillInput!) {
        startBackfill(input: $input) { backfill { id } userErrors { message } } }";
    let input = json!({ "workflow": workflow, "from": "2027-05-05", "to": "2027-05-05", "reason": MARK });
    let done = owner.head.ask(start, json!({ "input": input })).await.ok();
    let id = done["startBackfill"]["backfill"]["id"].clone();
    assert!(id.is_string(), "{done}");
    tests::wait::until("the backfill to end", || async {
        let query = "query($id: ID!) { backfill(id: $id) { state } }";
        let state = owner.head.ask(query, json!({ "id": id })).await.ok()["backfill"]["state"].clone();
        (state == "SUCCEEDED").then_some(())
    })
    .await;
}

fn bearing<'a>(answers: &'a [(String, Value)], mark: &str) -> BTreeSet<&'a str> {
    answers.iter().filter(|(_, answer)| answer.to_string().contains(mark)).map(|(field, _)| field.as_str()).collect()
}

#[tokio::test]
async fn no_field_answers_across_departments() {
    let world = World::new().await;
    let own = world.walk(&world.owner.head).await;
    let all: BTreeSet<String> =
        world.schema.root_fields("query").into_iter().filter(|it| !NEUTRAL.contains(&it.as_str())).collect();
    let marked: BTreeSet<String> = bearing(&own, MARK).into_iter().map(str::to_owned).collect();
    assert_eq!(marked, all, "the department's own administrator finds its marks behind every field");
    for kind in ["tenant", "project", "workflow", "version", "schedule", "run", "taskRun"] {
        assert!(world.ids.iter().any(|id| id.starts_with(&format!("{kind}:"))), "no id of a {kind} in {:?}", world.ids);
    }
    assert!(bearing(&own, SECRET).contains("taskRun"), "logs and outputs are among what is asked");

    let strange = world.walk(&world.colleague).await;
    assert_eq!(bearing(&strange, MARK), BTreeSet::new(), "asked by somebody of another department");
    let nobody = world.walk(&world.firm.server.client()).await;
    assert_eq!(bearing(&nobody, MARK), BTreeSet::new(), "asked by nobody");
    let admin = world.walk(&world.firm.admin).await;
    assert_eq!(bearing(&admin, SECRET), BTreeSet::new(), "asked by the platform's administrator");

    // Who grants roles may look a person up; nothing else is seen by that.
    let people: BTreeSet<String> = world.ids.iter().filter(|id| id.starts_with("account:")).cloned().collect();
    let rest = World { ids: &world.ids - &people, ..world };
    let strange = rest.walk(&rest.stranger.head).await;
    assert_eq!(bearing(&strange, MARK), BTreeSet::new(), "asked by the administrator of another department");
}

#[tokio::test]
async fn what_a_node_holds_is_told_to_its_department_alone() {
    let firm = Firm::start().await;
    let owner = firm.department(&format!("{MARK}-owner"), &format!("{MARK} owner")).await;
    let stranger = firm.department("stranger", "Stranger").await;
    let document = work::document(&format!("{MARK}-flow"), &[(&format!("{MARK}_task"), &[], "sleep 600")]);
    let workflow = work::create(&owner.head, &owner.project, &document).await;
    let run = work::start(&owner.head, &workflow, json!({})).await;
    work::until(&owner.head, &run, "the task to run", |run| run["taskRuns"]["nodes"][0]["state"] == "RUNNING").await;

    let schema = Schema::of(&owner.head).await;
    let query = schema.operation("query", "cluster", "");
    let told = async |client: &Client| client.ask(&query, json!({})).await;
    let own = told(&owner.head).await.ok();
    assert!(own.to_string().contains(MARK), "{own:#}");
    assert_eq!(own["cluster"]["nodes"][0]["heldCount"], Value::Null, "how much others have running is not told");
    let strange = told(&stranger.head).await.ok();
    assert!(!strange.to_string().contains(MARK) && strange["cluster"]["nodes"][0]["state"] == "ACTIVE", "{strange:#}");
    let admin = told(&firm.admin).await.ok();
    assert!(!admin.to_string().contains(MARK) && admin["cluster"]["nodes"][0]["heldCount"] == 1, "{admin:#}");
    let nobody = told(&firm.server.client()).await;
    assert!(nobody.data["cluster"].is_null() && nobody.codes() == ["UNAUTHENTICATED"], "{nobody:?}");
}

#[tokio::test]
async fn no_subscription_tells_across_departments() {
    let world = World::new().await;
    let mut operations = Vec::new();
    for field in world.schema.root_fields("subscription") {
        for arguments in world.variants(&field, &world.schema.arguments("subscription", &field)) {
            operations.push((field.clone(), world.schema.operation("subscription", &field, &arguments)));
        }
    }
    let open = async |client: &Client| {
        let starts = operations.iter().map(|(_, query)| Subscription::start(client, query, json!({})));
        futures_util::future::join_all(starts).await
    };
    let (mut own, mut strange) = (open(&world.owner.head).await, open(&world.stranger.head).await);
    let run = work::start(&world.owner.head, &world.workflow, json!({})).await;
    work::end(&world.owner.head, &run).await;

    let said = futures_util::future::join_all(strange.iter_mut().map(|it| it.listen(SILENCE))).await;
    for ((_, query), said) in operations.iter().zip(said) {
        let told = matches!(said, Said::Data(_)) || format!("{said:?}").contains(MARK);
        assert!(!told, "{query} told somebody of another department: {said:?}");
    }
    let said = futures_util::future::join_all(own.iter_mut().map(|it| it.listen(SILENCE))).await;
    let told: BTreeSet<&str> = operations
        .iter()
        .zip(&said)
        .filter(|(_, said)| matches!(said, Said::Data(data) if data.to_string().contains(MARK)))
        .map(|((field, _), _)| field.as_str())
        .collect();
    let all: BTreeSet<&str> = operations.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(told, all, "the department's own administrator is told");
}

#[tokio::test]
async fn no_mutation_reaches_across_departments() {
    let world = World::new().await;
    let before = world.walk(&world.owner.head).await;
    for mutation in world.schema.root_fields("mutation") {
        if ["signIn", "refreshSession", "signOut", "changePassword"].contains(&mutation.as_str()) {
            continue;
        }
        let argument = &world.schema.arguments("mutation", &mutation)[0];
        for id in &world.ids {
            let input: serde_json::Map<String, Value> = world
                .schema
                .input_fields(&argument.kind)
                .iter()
                .filter(|field| field.required || field.kind == "ID")
                .map(|field| (field.name.clone(), input_value(&world, field, id)))
                .collect();
            let query = format!(
                "mutation($input: {}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}",
                argument.kind
            );
            let answer = world.stranger.head.ask(&query, json!({ "input": input })).await;
            assert!(!answer.codes().is_empty(), "{mutation} with {input:?} was not refused: {answer:?}");
            assert!(!format!("{answer:?}").contains(MARK), "{mutation} with {input:?} told somebody else: {answer:?}");
        }
    }
    let after = world.walk(&world.owner.head).await;
    let changed = before
        .iter()
        .zip(&after)
        .filter(|((field, old), (_, new))| field != "auditEvents" && !NEUTRAL.contains(&field.as_str()) && old != new);
    let changed: Vec<_> = changed.map(|((field, _), _)| field).collect();
    assert!(changed.is_empty(), "something of the department changed: {changed:?}");
}

/// A value for a field of an input: the owner's id of the asked kind, or the id in turn.
fn input_value(world: &World, field: &Argument, id: &str) -> Value {
    match (field.kind.as_str(), field.name.as_str()) {
        ("ID", "id") => json!(id),
        ("ID", name) => json!(world.ids.iter().find(|it| fits(name, it)).map_or(id, String::as_str)),
        ("Boolean", _) => json!(false),
        ("Int", _) => json!(1),
        ("Date", _) => json!("2027-05-05"),
        ("JSON", _) => json!({ "expression": "SSE & HKEX" }),
        ("String", "source") => json!(work::document("intruder", &[("only", &[], "true")]).to_string()),
        ("RunOperationInput", _) => json!({ "operation": "STOP" }),
        ("RunFilter", _) => Value::Null,
        ("String", _) => json!("intruder"),
        (kind, _) => json!(world.schema.first_value(kind).unwrap_or_else(|| panic!("what to give for {field:?}?"))),
    }
}
