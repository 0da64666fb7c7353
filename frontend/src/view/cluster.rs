//! What the page of the cluster says: how a node and a loop look, what stands out, and the sums over all nodes.

use crate::api::cluster::{ClusterNode, ClusterNodeLoop, ClusterNodeState};
use crate::format;
use crate::i18n::{Lang, text};
use crate::icon::Icon;
use crate::view::state::{Look, look};

/// A loop is late only past this, however short its period: ticks take their time on a busy machine.
const LATE_MS: i32 = 2_000;

pub fn node(state: ClusterNodeState) -> Look {
    match state {
        ClusterNodeState::Active => look("ok", Icon::StateOk, text::cluster_active),
        ClusterNodeState::Draining => look("hold", Icon::StateHold, text::cluster_draining),
        ClusterNodeState::Silent => look("lost", Icon::StateLost, text::cluster_silent),
        ClusterNodeState::Gone => look("stop", Icon::StateStop, text::cluster_gone),
    }
}

/// How a loop is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    OnTime,
    Late,
    Failing,
}

impl Health {
    pub fn of(it: &ClusterNodeLoop) -> Self {
        if it.failures > 0 {
            Self::Failing
        } else if it.lag_ms > it.period_ms.max(LATE_MS) {
            Self::Late
        } else {
            Self::OnTime
        }
    }

    pub fn look(self) -> Look {
        match self {
            Self::OnTime => look("ok", Icon::StateOk, text::cluster_on_time),
            Self::Late => look("risk", Icon::StateRisk, text::cluster_late),
            Self::Failing => look("fail", Icon::StateFail, text::cluster_failing),
        }
    }
}

/// Whether a node is expected to do something: what a silent or gone one last said of itself is of yesterday.
pub fn is_there(node: &ClusterNode) -> bool {
    matches!(node.state, ClusterNodeState::Active | ClusterNodeState::Draining)
}

/// How the loops of a node are doing: the worst of them, how many are not on time, and the same in words. Nothing when
/// the node does not tell, or is not there.
pub fn loops(node: &ClusterNode, lang: Lang) -> Option<(Health, String)> {
    let all = node.loops.as_ref().filter(|_| is_there(node))?;
    let worst = all.iter().map(Health::of).max().unwrap_or(Health::OnTime);
    let count = |health: Health| all.iter().filter(|it| Health::of(it) == health).count() as i64;
    let words = match worst {
        Health::OnTime => text::cluster_loops_on_time(lang, all.len() as i64),
        Health::Late => text::cluster_loops_late(lang, count(Health::Late)),
        Health::Failing => text::cluster_loops_failing(lang, count(Health::Failing)),
    };
    Some((worst, words))
}

/// What a loop does, in a few words; nothing for one that a newer program has.
pub fn does(name: &str, lang: Lang) -> Option<&'static str> {
    Some(match name {
        "schedules" => text::cluster_does_schedules(lang),
        "admission" => text::cluster_does_admission(lang),
        "workers" => text::cluster_does_workers(lang),
        "slots" => text::cluster_does_slots(lang),
        "arrivals" => text::cluster_does_arrivals(lang),
        "heartbeat" => text::cluster_does_heartbeat(lang),
        "rescue" => text::cluster_does_rescue(lang),
        "waits" => text::cluster_does_waits(lang),
        "horizons" => text::cluster_does_horizons(lang),
        "replans" => text::cluster_does_replans(lang),
        "limits" => text::cluster_does_limits(lang),
        "backfills" => text::cluster_does_backfills(lang),
        "trust" => text::cluster_does_trust(lang),
        "upkeep" => text::cluster_does_upkeep(lang),
        "registry" => text::cluster_does_registry(lang),
        "retention" => text::cluster_does_retention(lang),
        _ => return None,
    })
}

/// A node's slots over all its pools: taken, and all.
pub fn slots(node: &ClusterNode) -> (i32, i32) {
    node.pools.iter().fold((0, 0), |(busy, slots), pool| (busy + pool.busy, slots + pool.slots))
}

/// The sums over all nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub active: usize,
    pub draining: usize,
    pub silent: usize,
    pub busy: i32,
    pub slots: i32,
    /// Tasks that are held; nothing for those who may not know.
    pub held: Option<i32>,
    /// Loops that are late or fail, and how the worst is doing; nothing for those who may not know.
    pub troubled: Option<(usize, Health)>,
    /// The longest lag, and whose: loop and node.
    pub lag: Option<(i32, String, String)>,
}

impl Figures {
    pub fn of(nodes: &[ClusterNode]) -> Self {
        let mut figures = Self::default();
        for node in nodes {
            match node.state {
                ClusterNodeState::Active => figures.active += 1,
                ClusterNodeState::Draining => figures.draining += 1,
                ClusterNodeState::Silent => figures.silent += 1,
                ClusterNodeState::Gone => {}
            }
            if let Some(held) = node.held_count {
                *figures.held.get_or_insert(0) += held;
            }
            if !is_there(node) {
                continue;
            }
            let (busy, slots) = slots(node);
            // What drains is no room for more.
            (figures.busy, figures.slots) = (figures.busy + busy, figures.slots + slots);
            for it in node.loops.iter().flatten() {
                let (troubled, worst) = figures.troubled.get_or_insert((0, Health::OnTime));
                let health = Health::of(it);
                *troubled += usize::from(health != Health::OnTime);
                *worst = health.max(*worst);
                if figures.lag.as_ref().is_none_or(|(lag_ms, ..)| it.lag_ms > *lag_ms) {
                    figures.lag = Some((it.lag_ms, it.name.clone(), node.name.clone()));
                }
            }
        }
        figures
    }

    /// The state of the whole: trouble before a person's doing before all well.
    pub fn look(&self) -> Look {
        match self {
            Self { silent: 1.., .. } | Self { active: 0, draining: 0, .. } => node(ClusterNodeState::Silent),
            Self { draining: 1.., .. } => node(ClusterNodeState::Draining),
            _ => node(ClusterNodeState::Active),
        }
    }

    /// How many nodes are how.
    pub fn words(&self, lang: Lang) -> String {
        let mut words = vec![text::cluster_active_count(lang, self.active as i64)];
        if self.draining > 0 {
            words.push(text::cluster_draining_count(lang, self.draining as i64));
        }
        if self.silent > 0 {
            words.push(text::cluster_silent_count(lang, self.silent as i64));
        }
        words.join(match lang {
            Lang::En => ", ",
            Lang::Zh => "，",
        })
    }
}

/// The node that is shown below the list: the one asked for, else one that stands out, else the first.
pub fn chosen<'a>(nodes: &'a [ClusterNode], asked: Option<&str>) -> Option<&'a ClusterNode> {
    let stands_out = |node: &&ClusterNode| {
        node.state == ClusterNodeState::Draining || loops(node, Lang::En).is_some_and(|(it, _)| it > Health::OnTime)
    };
    let named = asked.and_then(|asked| nodes.iter().find(|node| node.name == asked));
    named
        .or_else(|| nodes.iter().find(stands_out))
        .or_else(|| nodes.iter().find(|node| is_there(node)))
        .or_else(|| nodes.first())
}

/// Whether nothing would take work if this node did not.
pub fn is_last(nodes: &[ClusterNode], name: &str) -> bool {
    !nodes.iter().any(|node| node.state == ClusterNodeState::Active && node.name != name)
}

/// How far along a drain is.
pub fn drained(node: &ClusterNode, lang: Lang) -> Option<String> {
    let drain = node.drain.as_ref()?;
    Some(match (is_there(node), drain.heeded, node.held_count) {
        (false, ..) => text::cluster_drained_away(lang).to_owned(),
        (true, false, _) => text::cluster_drain_unheard(lang).to_owned(),
        (true, true, Some(0)) => text::cluster_drained_empty(lang).to_owned(),
        (true, true, Some(held)) => text::cluster_drained_holding(lang, i64::from(held)),
        (true, true, None) => text::cluster_drain_heeded(lang).to_owned(),
    })
}

/// How long ago something was, in full seconds: two clocks don't agree on less.
pub fn age(now_ms: i64, ms: i64) -> String {
    format::duration((now_ms - ms).max(0) / 1_000 * 1_000)
}

/// A span in milliseconds: to the millisecond below a second, to the second above.
pub fn span(ms: i32) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format::duration(i64::from(ms)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::cluster::{ClusterNodeDrain, ClusterNodePool};
    use crate::api::scalar::Instant;

    fn it(name: &str, period_ms: i32, lag_ms: i32, failures: i32) -> ClusterNodeLoop {
        let (last_ok_at, last_error) = (Some(Instant(0)), None);
        ClusterNodeLoop { name: name.into(), period_ms, last_ok_at, lag_ms, duration_ms: 3, failures, last_error }
    }

    fn named(name: &str, state: ClusterNodeState) -> ClusterNode {
        ClusterNode {
            id: cynic::Id::new(format!("node:{name}")),
            name: name.into(),
            state,
            app_version: "0.4.0".into(),
            started_at: Instant(0),
            heartbeat_at: Instant(0),
            drain: None,
            pools: vec![ClusterNodePool { name: "default".into(), slots: 8, busy: 3 }],
            held_count: Some(3),
            address: None,
            host: None,
            pid: None,
            clock_offset_ms: None,
            lease_ms: Some(30_000),
            loops: Some(vec![it("workers", 1_000, 0, 0), it("rescue", 2_000, 40, 0)]),
        }
    }

    #[test]
    fn a_loop_is_late_past_a_period_and_failing_at_once() {
        for (period_ms, lag_ms, failures, expected) in [
            (1_000, 0, 0, Health::OnTime),
            (1_000, 1_900, 0, Health::OnTime),
            (1_000, 2_001, 0, Health::Late),
            (60_000, 59_000, 0, Health::OnTime),
            (60_000, 61_000, 0, Health::Late),
            (1_000, 0, 1, Health::Failing),
        ] {
            assert_eq!(Health::of(&it("workers", period_ms, lag_ms, failures)), expected, "{period_ms} {lag_ms}");
        }
        let looks = [Health::OnTime, Health::Late, Health::Failing].map(|it| it.look().icon.href());
        assert!(looks[0] != looks[1] && looks[1] != looks[2] && looks[0] != looks[2], "not by colour alone");
    }

    #[test]
    fn figures_sum_what_is_there() {
        let mut busy = named("n1", ClusterNodeState::Active);
        busy.loops = Some(vec![it("workers", 1_000, 7_000, 0), it("rescue", 2_000, 0, 4)]);
        let nodes = [
            busy.clone(),
            named("n2", ClusterNodeState::Draining),
            named("n3", ClusterNodeState::Silent),
            named("n4", ClusterNodeState::Gone),
        ];
        let figures = Figures::of(&nodes);
        assert_eq!((figures.active, figures.draining, figures.silent), (1, 1, 1));
        assert_eq!((figures.busy, figures.slots, figures.held), (6, 16, Some(12)));
        assert_eq!(figures.troubled, Some((2, Health::Failing)));
        assert_eq!(figures.lag, Some((7_000, "workers".into(), "n1".into())));
        assert_eq!(figures.words(Lang::En), "1 up, 1 draining, 1 not heard");
        assert_eq!(figures.look().code, "lost");
        assert_eq!(Figures::of(&nodes[..2]).look().code, "hold");
        assert_eq!(Figures::of(&[]).look().code, "lost");

        let plain = ClusterNode { held_count: None, loops: None, ..busy };
        let figures = Figures::of(&[plain]);
        assert_eq!((figures.held, figures.troubled, figures.lag), (None, None, None));
    }

    #[test]
    fn what_stands_out_is_shown_first() {
        let nodes = [
            named("n1", ClusterNodeState::Gone),
            named("n2", ClusterNodeState::Active),
            named("n3", ClusterNodeState::Draining),
        ];
        let name = |asked: Option<&str>, nodes: &[ClusterNode]| chosen(nodes, asked).map(|it| it.name.clone());
        assert_eq!(name(None, &nodes).as_deref(), Some("n3"));
        assert_eq!(name(Some("n1"), &nodes).as_deref(), Some("n1"));
        assert_eq!(name(Some("nobody"), &nodes[..2]).as_deref(), Some("n2"));
        assert_eq!(name(None, &[]), None);
        assert!(is_last(&nodes, "n2") && !is_last(&nodes, "n3"));
    }

    #[test]
    fn a_drain_says_how_far_it_is() {
        let drain = |heeded| Some(ClusterNodeDrain { since: Instant(0), by: "ops".into(), reason: "x".into(), heeded });
        let told = |state, heeded, held_count| {
            drained(&ClusterNode { drain: drain(heeded), held_count, ..named("n1", state) }, Lang::En).expect("drains")
        };
        let all = [
            told(ClusterNodeState::Draining, false, Some(3)),
            told(ClusterNodeState::Draining, true, Some(3)),
            told(ClusterNodeState::Draining, true, Some(0)),
            told(ClusterNodeState::Draining, true, None),
            told(ClusterNodeState::Gone, true, Some(0)),
        ];
        assert!(all[1].contains('3'), "{}", all[1]);
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(drained(&named("n1", ClusterNodeState::Active), Lang::En), None);
    }

    #[test]
    fn every_loop_of_the_engine_says_what_it_does() {
        let waiting = ["schedules", "admission", "waits", "backfills", "horizons", "replans", "limits"];
        let working =
            ["workers", "slots", "arrivals", "heartbeat", "trust", "rescue", "registry", "upkeep", "retention"];
        for name in waiting.into_iter().chain(working) {
            assert!(does(name, Lang::En).is_some() && does(name, Lang::Zh).is_some(), "{name}");
        }
        assert_eq!((span(40), span(7_000)), ("40 ms".to_owned(), format::duration(7_000)));
        assert_eq!((age(5_900, 1_000), age(0, 300)), (format::duration(4_000), format::duration(0)));
    }
}
