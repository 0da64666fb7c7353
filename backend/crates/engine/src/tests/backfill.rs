//! Backfills with a real engine: the window slides, and what comes after waits for what goes before.

use domain::backfill::{Choice, Choices, ItemState, Order, VersionChoice};
use domain::id::BackfillId;
use service::backfill::{Ask, Row};
use tokio::sync::Notify;

use super::*;
use crate::testing::Act;

impl Lab {
    /// Monday 2 to Friday 6 March 2026.
    fn ask(&self, workflow: WorkflowId, parallelism: i32) -> Ask {
        Ask {
            tenant: self.tenant,
            workflow,
            from: "2026-03-02".parse().expect("a date"),
            to: "2026-03-06".parse().expect("a date"),
            calendar: Some("SSE".into()),
            order: Order::Forward,
            parallelism,
            version: VersionChoice::Newest,
            params: serde_json::Map::new(),
            downstream: false,
            priority: None,
            choices: Choices { ended: Choice::Skip, active: None },
            own: Vec::new(),
        }
    }

    async fn backfill(&self, ask: &Ask) -> BackfillId {
        let row = service::backfill::start(&self.services, &self.ctx(), ask, "a test").await.expect("starts");
        BackfillId(row.id)
    }

    /// Waits, woken by changes of runs, until a backfill is as wished.
    async fn backfill_until(&self, id: BackfillId, wish: impl Fn(&Row) -> bool) -> Row {
        let mut changes = self.services.hints().runs();
        let found = async {
            loop {
                let row = service::backfill::find(&self.services, &self.ctx(), self.tenant, id).await.expect("reads");
                if wish(&row) {
                    return row;
                }
                // What a backfill writes of itself is no change of a run, so it is looked at now and then, too.
                let _ = tokio::time::timeout(Duration::from_millis(50), changes.recv()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), found).await.expect("the backfill comes so far")
    }

    async fn items(&self, id: BackfillId) -> Vec<service::backfill::ItemRow> {
        let key = (self.tenant, id);
        service::backfill::items(&self.services, &self.ctx(), key, &[], (None, 200)).await.expect("reads").items
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_end_lets_exactly_one_more_start() {
    let lab = Lab::new().await;
    let workflow = lab.workflow(&document("nav", "", "    work: {type: shell, script: 'true'}\n")).await;
    let (scripted, mut started) = Scripted::new();
    let gates: Vec<Arc<Notify>> = (0..5).map(|_| Arc::default()).collect();
    for gate in &gates {
        scripted.next("work", Act::Until(gate.clone(), Box::new(Act::succeed())));
    }
    let engine = lab.engine_with(10, Executors::default().with("shell", scripted)).await;
    let id = lab.backfill(&lab.ask(workflow, 2)).await;
    let mut begun = async || tokio::time::timeout(Duration::from_secs(30), started.recv()).await.expect("starts");
    begun().await;
    begun().await;
    for (ended, gate) in gates.iter().enumerate() {
        let row = lab.backfill_until(id, |row| row.item_ok as usize == ended).await;
        assert!(row.item_running <= 2, "{row:?}");
        let states: Vec<ItemState> =
            lab.items(id).await.iter().filter_map(|item| ItemState::parse(&item.state)).collect();
        assert!(states.iter().filter(|state| **state == ItemState::Running).count() <= 2, "{states:?}");
        gate.notify_one();
        // While the other one is still at work.
        if ended < 3 {
            begun().await;
        }
    }
    let row = lab.backfill_until(id, |row| row.state == "succeeded").await;
    assert_eq!((row.item_ok, row.item_total), (5, 5));
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downstream_workflows_follow_for_each_date() {
    let lab = Lab::new().await;
    let root = lab.workflow(&document("nav", "", &chain(2))).await;
    let wait = "    up: {type: wait_for, run: {workflow: nav}}\n    work: {type: noop, needs: [up]}\n";
    lab.workflow(&document("report", "", wait)).await;
    let last = "    up: {type: wait_for, run: {workflow: nav/report}}\n    work: {type: noop, needs: [up]}\n";
    lab.workflow(&document("archive", "", last)).await;
    let engine = lab.engine(10).await;
    let ask = Ask { downstream: true, order: Order::Backward, ..lab.ask(root, 4) };
    let id = lab.backfill(&ask).await;
    let row = lab.backfill_until(id, |row| row.state != "running").await;
    assert_eq!((row.state.as_str(), row.item_ok), ("succeeded", 15));
    let items = lab.items(id).await;
    assert_eq!(items[0].business_date, "2026-03-06");
    for date in items.chunks(3) {
        let mut before = 0;
        for item in date {
            let run = RunId(item.run_id.expect("it ran"));
            let run = service::run::find(&lab.services, &lab.ctx(), lab.tenant, run).await.expect("reads");
            assert_eq!(run.business_date, date[0].business_date);
            assert!(run.created_ms >= before, "it began after the one before had ended");
            before = run.finished_ms.expect("ended");
        }
    }
    engine.stop(Duration::from_secs(5)).await;
}
