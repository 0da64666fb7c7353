//! What is due is decided by the rules that held when it came, whatever is changed before somebody looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::id::WorkflowId;
use service::workflow::{self, Removal, Save};
use store::{Clock, schedule};

use crate::firm::{Firm, START_MS};

/// A document whose schedule fires every second, in the minute that the tests look at.
fn document(name: &str, cron: &str) -> Save {
    let source = format!(
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {name}}}\nspec:\n  catch_up: all\n  \
         schedules: [{{name: s, cron: '{cron}', timezone: Asia/Shanghai}}]\n  tasks: {{only: {{type: noop}}}}\n"
    );
    Save { source, note: None }
}

#[tokio::test]
async fn a_change_of_the_rule_loses_none_of_the_instants_before_it() {
    let clock = Arc::new(AtomicI64::new(START_MS));
    let told = clock.clone();
    let firm = Firm::on(store::testing::sqlite_at(Clock::new(move || told.load(Ordering::Relaxed))).await);
    let departments = firm.departments().await;
    let (tenant, project) = (departments.risk.id, departments.risk_nightly.id);
    let (services, system) = (&firm.services, &firm.system());
    let mut made = Vec::new();
    for name in ["changed", "unnamed", "deleted"] {
        let row = workflow::create(services, system, tenant, project, document(name, "* * * * * ?")).await.unwrap();
        made.push(WorkflowId(row.id));
    }
    // Five instants come while no node is up.
    clock.fetch_add(5_500, Ordering::Relaxed);
    workflow::update(services, system, tenant, made[0], 1, document("changed", "0 0 3 1 1 ?")).await.unwrap();
    let renamed = document("unnamed", "* * * * * ?");
    let renamed = Save { source: renamed.source.replace("name: s,", "name: t,"), ..renamed };
    workflow::update(services, system, tenant, made[1], 1, renamed).await.unwrap();
    let removal = Removal { stop_runs: true, reason: "no longer needed".into() };
    workflow::archive(services, system, tenant, made[2], removal).await.unwrap();
    for workflow in made {
        let db = services.store().read();
        let schedules = schedule::of_workflow(db, tenant, workflow).await.unwrap();
        let old = schedules.iter().find(|it| it.name == "s").unwrap();
        let fires = schedule::list_fires(db, tenant, old.id.into(), None, 10).await.unwrap().items;
        let instants: Vec<i64> = fires.iter().map(|fire| fire.instant_ms - START_MS).collect();
        assert_eq!(instants, [5_000, 4_000, 3_000, 2_000, 1_000], "{fires:?}");
        assert!(fires.iter().all(|fire| fire.outcome == "started" && fire.run_id.is_some()), "{fires:?}");
    }
}
