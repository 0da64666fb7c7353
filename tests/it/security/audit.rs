//! Every mutation leaves an audit event, when it succeeds and when it is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::{Firm, PASSWORD};
use tests::schema::Schema;
use tests::work;

/// What a person does to his own sign-in: there is nobody else who could be refused.
const PERSONAL: [&str; 4] = ["signIn", "refreshSession", "signOut", "changePassword"];

/// Calls mutations and looks at the trail after each.
struct Auditor {
    admin: Client,
    head: Client,
    viewer: Client,
    tenant: String,
    seen: BTreeSet<String>,
}

impl Auditor {
    /// Calls a mutation as somebody who may, and as somebody who may not; gives the payload of the former.
    async fn call(&mut self, client: &Client, mutation: &str, fields: &str, input: Value) -> Value {
        self.seen.insert(mutation.to_owned());
        if !PERSONAL.contains(&mutation) {
            let viewer = self.viewer.clone();
            let (answer, events) = self.watched(&viewer, mutation, fields, &input).await;
            let refused = !answer.codes().is_empty() || refused_each(&answer);
            assert!(refused, "{mutation} as a viewer was not refused: {answer:?}");
            assert!(
                events.iter().any(|it| it["result"] != "SUCCEEDED" && it["result"] != "OK"),
                "{mutation} was refused without a trace: {events:?}"
            );
        }
        let (answer, events) = self.watched(client, mutation, fields, &input).await;
        let payload = answer.ok()[mutation].clone();
        assert!(!events.is_empty(), "{mutation} left no audit event");
        assert!(events.iter().all(|it| it["actor"].as_str().is_some_and(|actor| !actor.is_empty())), "{events:?}");
        payload
    }

    /// A call, and the audit events that came with it.
    async fn watched(
        &self,
        client: &Client,
        mutation: &str,
        fields: &str,
        input: &Value,
    ) -> (tests::client::Answer, Vec<Value>) {
        let before = self.events().await;
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let (head, argument) =
            if input.is_null() { (String::new(), "") } else { (format!("($input: {kind}!)"), "(input: $input)") };
        let query = format!("mutation{head} {{ {mutation}{argument} {{ {fields} userErrors {{ code message }} }} }}");
        let answer = client.ask(&query, json!({ "input": input })).await;
        let after = self.events().await;
        (answer, after.into_iter().filter(|event| !before.contains(event)).collect())
    }

    /// The newest events of the platform and of the department.
    async fn events(&self) -> Vec<Value> {
        let query = "query($tenant: ID!) { auditEvents(tenant: $tenant, first: 20) { nodes { seq actor action result reason } } }";
        let mut events = Vec::new();
        for (client, tenant) in [(&self.admin, "tenant:0"), (&self.head, self.tenant.as_str())] {
            let data = client.ask(query, json!({ "tenant": tenant })).await.ok();
            let nodes = data["auditEvents"]["nodes"].as_array().expect("events").clone();
            events.extend(nodes.into_iter().map(|mut event| {
                event["tenant"] = tenant.into();
                event
            }));
        }
        events
    }
}

/// Whether a call on many objects was refused for each of them.
fn refused_each(answer: &tests::client::Answer) -> bool {
    let outcomes = answer.data["operateRuns"]["outcomes"].as_array().cloned().unwrap_or_default();
    !outcomes.is_empty()
        && outcomes.iter().all(|outcome| outcome["userErrors"].as_array().is_some_and(|it| !it.is_empty()))
}

#[tokio::test]
async fn every_mutation_leaves_an_audit_event() {
    let mut firm = Firm::start().await;
    let department = firm.department("trail", "Trail").await;
    let viewer = firm.person("vera", &department.tenant, "VIEWER").await;
    let (admin, head) = (firm.admin.clone(), department.head.clone());
    let mut auditor = Auditor {
        admin: admin.clone(),
        head: head.clone(),
        viewer,
        tenant: department.tenant.clone(),
        seen: BTreeSet::new(),
    };

    auditor.call(&admin, "createTenant", "tenant { id }", json!({ "slug": "second", "title": "Second" })).await;
    auditor
        .call(&admin, "createAccount", "oneTimePassword", json!({ "username": "rosa", "displayName": "Rosa" }))
        .await;
    let role = json!({ "account": "rosa", "tenant": department.tenant, "role": "OPERATOR" });
    auditor.call(&head, "grantRole", "account { id }", role.clone()).await;
    auditor.call(&head, "revokeRole", "account { id }", role).await;
    auditor
        .call(
            &head,
            "createProject",
            "project { id }",
            json!({ "tenant": department.tenant, "slug": "more", "title": "More" }),
        )
        .await;
    let input = json!({ "id": department.project, "params": { "mart": "prod" }, "reason": "a test" });
    auditor.call(&head, "updateProject", "project { id }", input).await;
    let share = json!({ "tenant": department.tenant, "weight": 2, "maxRunningTasks": 50, "reason": "a test" });
    auditor.call(&admin, "setTenantShare", "tenant { shareWeight maxRunningTasks runningTasks }", share).await;
    limits(&mut auditor).await;
    let input = json!({ "tenant": department.tenant, "kind": "RUNS", "days": 30, "reason": "a test" });
    auditor.call(&head, "setRetention", "retention { rules { days } }", input).await;
    calendars(&mut auditor).await;
    nodes(&mut auditor).await;
    workflows_and_runs(&mut firm, &mut auditor, &department.project).await;
    backfills(&mut auditor, &department.project).await;
    sign_in_and_out(&firm, &mut auditor).await;

    let schema = Schema::of(&admin).await;
    let all: BTreeSet<String> = schema.root_fields("mutation").into_iter().collect();
    assert_eq!(all, auditor.seen, "each mutation of the schema has its example here");
}

async fn nodes(auditor: &mut Auditor) {
    let admin = auditor.admin.clone();
    let nodes = admin.ask("{ cluster { nodes { id } } }", json!({})).await.ok();
    let input = json!({ "id": nodes["cluster"]["nodes"][0]["id"], "reason": "a test" });
    auditor.call(&admin, "drainNode", "status node { state }", input.clone()).await;
    auditor.call(&admin, "resumeNode", "status node { state }", input).await;
}

async fn limits(auditor: &mut Auditor) {
    let head = auditor.head.clone();
    let key = json!({ "tenant": auditor.tenant, "name": "mart" });
    let with = |more: Value| {
        let mut input = key.clone();
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        input
    };
    let fields = "limit { name slots used waiting }";
    auditor.call(&head, "createLimit", fields, with(json!({ "slots": 2, "note": "a test" }))).await;
    auditor.call(&head, "updateLimit", fields, with(json!({ "slots": 3, "reason": "a test" }))).await;
    auditor.call(&head, "deleteLimit", "", with(json!({ "reason": "a test" }))).await;
}

async fn calendars(auditor: &mut Auditor) {
    let head = auditor.head.clone();
    let days =
        json!({ "zone": "Asia/Shanghai", "week": [true, true, true, true, true, false, false], "years": [2026] });
    let input = json!({ "tenant": auditor.tenant, "name": "AUDITED", "definition": days });
    let made = auditor.call(&head, "createCalendar", "calendar { id drafts { id } }", input).await;
    let calendar = made["calendar"]["id"].clone();
    let activate = json!({ "revision": made["calendar"]["drafts"][0]["id"], "reason": "a test" });
    auditor.call(&head, "activateCalendarRevision", "revision { id }", activate).await;
    let draft = json!({ "calendar": calendar, "definition": days, "basedOn": 1 });
    let drafted = auditor.call(&head, "saveCalendarDraft", "revision { id }", draft).await;
    let discard = json!({ "revision": drafted["revision"]["id"], "reason": "a test" });
    auditor.call(&head, "discardCalendarDraft", "revision { id }", discard).await;
    let day = json!({ "calendar": calendar, "date": "2026-05-05", "open": false, "reason": "a test" });
    auditor.call(&head, "overrideCalendarDay", "calendar { id }", day).await;
    let clear = json!({ "calendar": calendar, "date": "2026-05-05", "reason": "a test" });
    auditor.call(&head, "clearCalendarDay", "calendar { id }", clear).await;
    let update = json!({ "id": calendar, "secondPerson": true, "reason": "a test" });
    auditor.call(&head, "updateCalendar", "calendar { id }", update).await;
    auditor.call(&head, "archiveCalendar", "calendar { id }", json!({ "id": calendar, "reason": "a test" })).await;
}

async fn workflows_and_runs(firm: &mut Firm, auditor: &mut Auditor, project: &str) {
    let head = auditor.head.clone();
    let source = |script: &str| work::document("audited", &[("only", &[], script)]).to_string();
    let input = json!({ "project": project, "source": source("exit 1") });
    let made = auditor.call(&head, "createWorkflow", "workflow { id } problems { message }", input).await;
    let workflow = made["workflow"]["id"].clone();
    let switch = json!({ "id": workflow, "enabled": false, "reason": "a test" });
    auditor.call(&head, "setWorkflowEnabled", "workflow { id }", switch).await;
    let delete = json!({ "id": workflow, "reason": "a test" });
    auditor.call(&head, "deleteWorkflow", "workflow { deletedBy } stoppedRuns", delete.clone()).await;
    auditor.call(&head, "restoreWorkflow", "workflow { id }", delete).await;
    let started = auditor.call(&head, "startRun", "run { id }", json!({ "workflow": workflow })).await;
    let run = started["run"]["id"].as_str().expect("an id").to_owned();
    work::end(&head, &run).await;
    let rerun = json!({ "id": run, "scope": "ALL", "reason": "a test" });
    auditor.call(&head, "rerunRun", "run { id } tasks", rerun).await;
    work::end(&head, &run).await;

    let input = json!({ "id": workflow, "source": source("sleep 600"), "baseVersion": 1 });
    auditor.call(&head, "updateWorkflow", "workflow { id } problems { message }", input).await;
    let run = work::start(&head, workflow.as_str().expect("an id"), json!({})).await;
    let running = |run: &Value| work::task(run, "only")["state"] == "RUNNING";
    work::until(&head, &run, "the task to run", running).await;
    // A power cut makes a task whose fate is not known.
    firm.server.kill().await;
    firm.server.restart().await;
    let lost = work::until(&head, &run, "the task to be lost", |run| work::task(run, "only")["state"] == "LOST").await;
    let input = json!({ "taskRun": work::task(&lost, "only")["id"], "decision": "RETRY", "reason": "a test" });
    auditor.call(&head, "resolveLostTask", "taskRun { id }", input).await;
    work::until(&head, &run, "the task to run again", running).await;
    auditor.call(&head, "stopRun", "status", json!({ "id": run, "reason": "a test" })).await;
    work::end(&head, &run).await;
    operations(auditor, project).await;
}

async fn operations(auditor: &mut Auditor, project: &str) {
    let head = auditor.head.clone();
    let mut document = work::document("operated", &[("first", &[], "sleep 600"), ("second", &["first"], "true")]);
    document["spec"]["params"] = json!([{ "name": "fund", "default": "ALL" }]);
    document["spec"]["tasks"]["sign"] = json!({ "type": "approval", "approvers": ["TENANT_ADMIN"] });
    let workflow = work::create(&head, project, &document).await;
    let run = work::start(&head, &workflow, json!({})).await;
    let begun = work::until(&head, &run, "the run to begin", |run| {
        work::task(run, "first")["state"] == "RUNNING" && work::task(run, "sign")["state"] == "WAITING"
    });
    let begun = begun.await;
    let second = work::task(&begun, "second")["id"].clone();
    let reason = json!({ "id": run, "reason": "a test" });
    auditor.call(&head, "pauseRun", "run { state }", reason.clone()).await;
    auditor.call(&head, "resumeRun", "run { state }", reason).await;
    let input = json!({ "id": run, "priority": "HIGH", "reason": "a test" });
    auditor.call(&head, "setRunPriority", "run { priority }", input).await;
    let input = json!({ "id": run, "params": { "fund": "BOND" }, "reason": "a test" });
    let changed = auditor.call(&head, "setRunParams", "run { params }", input).await;
    assert_eq!(changed["run"]["params"]["fund"], "BOND");
    let held = json!({ "id": second, "reason": "a test" });
    auditor.call(&head, "holdTask", "taskRun { held }", held.clone()).await;
    auditor.call(&head, "releaseTask", "taskRun { held }", held).await;
    let input = json!({ "taskRun": second, "mark": "SKIPPED", "reason": "a test" });
    auditor.call(&head, "markTask", "taskRun { state }", input).await;
    let input = json!({ "taskRun": work::task(&begun, "sign")["id"], "decision": "APPROVE", "reason": "a test" });
    let decided = auditor.call(&head, "decideApproval", "taskRun { state }", input).await;
    assert_eq!(decided["taskRun"]["state"], "SUCCEEDED");
    let input = json!({ "ids": [run], "operation": { "operation": "STOP" }, "reason": "a test" });
    let fields = "outcomes { id changed userErrors { code } } more";
    auditor.call(&head, "operateRuns", fields, input).await;
    work::end(&head, &run).await;
}

async fn backfills(auditor: &mut Auditor, project: &str) {
    let head = auditor.head.clone();
    let workflow = work::create(&head, project, &work::document("filled", &[("only", &[], "exit 1")])).await;
    let range = json!({ "workflow": workflow, "from": "2026-03-02", "to": "2026-03-02", "reason": "a test" });
    let started = auditor.call(&head, "startBackfill", "backfill { id }", range.clone()).await;
    let reasoned = json!({ "id": started["backfill"]["id"], "reason": "a test" });
    let failed = async || {
        let query = "query($id: ID!) { backfill(id: $id) { state } }";
        let state = head.ask(query, json!({ "id": reasoned["id"] })).await.ok()["backfill"]["state"].clone();
        (state == "FAILED").then_some(())
    };
    tests::wait::until("the backfill to fail", failed).await;
    auditor.call(&head, "rerunFailedOfBackfill", "backfill { id }", reasoned.clone()).await;
    tests::wait::until("the backfill to fail again", failed).await;

    let workflow = work::create(&head, project, &work::document("filled-long", &[("only", &[], "sleep 600")])).await;
    let range = json!({ "workflow": workflow, "from": "2026-03-02", "to": "2026-03-04", "reason": "a test" });
    let started = auditor.call(&head, "startBackfill", "backfill { id }", range).await;
    let id = started["backfill"]["id"].clone();
    let reasoned = json!({ "id": id, "reason": "a test" });
    auditor.call(&head, "pauseBackfill", "backfill { id }", reasoned.clone()).await;
    auditor.call(&head, "resumeBackfill", "backfill { id }", reasoned).await;
    let update = json!({ "id": id, "parallelism": 2, "reason": "a test" });
    auditor.call(&head, "updateBackfill", "backfill { id }", update).await;
    let cancel = json!({ "id": id, "stopRuns": true, "reason": "a test" });
    auditor.call(&head, "cancelBackfill", "backfill { id }", cancel).await;
}

async fn sign_in_and_out(firm: &Firm, auditor: &mut Auditor) {
    let input = json!({ "username": "vera", "password": PASSWORD });
    auditor.call(&firm.server.client(), "signIn", "accessToken", input).await;
    let vera = firm.server.client().sign_in("vera", PASSWORD).await;
    auditor.call(&vera, "refreshSession", "accessToken", Value::Null).await;
    let input = json!({ "currentPassword": PASSWORD, "newPassword": format!("{PASSWORD} and more") });
    auditor.call(&vera, "changePassword", "viewer { account { id } }", input).await;
    auditor.call(&vera, "signOut", "", Value::Null).await;
}
