//! The sentences of reasons why a job waits in the queue.

use super::Reason;

impl Reason {
    pub(super) fn queue_en(&self) -> Option<String> {
        Some(match self {
            Self::WaitsForWorker { pool, ahead } => {
                format!("It waits for a free worker of pool {pool}; {ahead} of its department ahead of it.")
            }
            Self::PoolFull { pool, slots, busy, ahead } => format!(
                "It waits for a free worker of pool {pool}: {busy} of {slots} are busy; {ahead} of its department ahead of it."
            ),
            Self::NoWorker { pool } => {
                format!(
                    "No node that takes work serves pool {pool}: those that do are drained or down, or there are none."
                )
            }
            Self::WaitsForLimit { name, slots: 0, .. } => format!("The limit {name} has no slots now."),
            Self::WaitsForLimit { name, slots, weight, .. } if weight > slots => {
                format!("It needs {weight} slots of the limit {name}, which has only {slots}.")
            }
            Self::WaitsForLimit { name, slots, used, weight: 1, ahead } => {
                format!("It waits for a slot of the limit {name}: {used} of {slots} are taken; {ahead} ahead of it.")
            }
            Self::WaitsForLimit { name, slots, used, weight, ahead } => format!(
                "It waits for {weight} slots of the limit {name}: {used} of {slots} are taken; {ahead} ahead of it."
            ),
            Self::LimitMissing { name } => {
                format!("It needs slots of the limit {name}, which was taken away; it starts when there is one again.")
            }
            Self::WaitsForQuota { max, running } => {
                format!("Its department runs {running} tasks at once, and may run {max}.")
            }
            _ => return None,
        })
    }

    pub(super) fn queue_zh(&self) -> Option<String> {
        Some(match self {
            Self::WaitsForWorker { pool, ahead } => {
                format!("等待执行组 {pool} 的空闲执行器，本部门前面还有 {ahead} 个。")
            }
            Self::PoolFull { pool, slots, busy, ahead } => {
                format!("等待执行组 {pool} 的空闲执行器：{busy}/{slots} 忙碌，本部门前面还有 {ahead} 个。")
            }
            Self::NoWorker { pool } => {
                format!("没有可接任务的节点提供执行组 {pool}：相关节点已排空或下线，或从未配置。")
            }
            Self::WaitsForLimit { name, slots: 0, .. } => format!("并发限额 {name} 目前没有槽位。"),
            Self::WaitsForLimit { name, slots, weight, .. } if weight > slots => {
                format!("需要并发限额 {name} 的 {weight} 个槽位，但它只有 {slots} 个。")
            }
            Self::WaitsForLimit { name, slots, used, weight, ahead } => {
                format!("等待并发限额 {name} 的 {weight} 个槽位：已占用 {used}/{slots}，前面还有 {ahead} 个。")
            }
            Self::LimitMissing { name } => format!("所需的并发限额 {name} 已被删除，重新建立后才会开始。"),
            Self::WaitsForQuota { max, running } => {
                format!("本部门同时运行 {running} 个任务，已达配额 {max}。")
            }
            _ => return None,
        })
    }
}
