//! The sentences of reasons, in both languages.

mod queue;

use super::Reason;
use crate::error::Lang;
use crate::run::RunState;

impl Reason {
    /// The sentence for a reader.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a sentence for each reason, and the compiler misses none")]
    fn en(&self) -> String {
        match self {
            Self::HeldBy { who, why: Some(why) } => format!("Held by {who}: {why}"),
            Self::HeldBy { who, why: None } => format!("Held by {who}."),
            Self::RunPaused => "Its run is paused.".into(),
            Self::WaitsForSlot { max_active_runs } => {
                format!(
                    "It waits for its turn: {max_active_runs} of {max_active_runs} runs of this workflow are active."
                )
            }
            Self::WaitsForTasks { tasks } => format!("It waits for {}.", tasks.join(", ")),
            Self::WaitsForEnd => "It runs when all other tasks have ended.".into(),
            Self::WaitsForItems { done, under_way, total } => {
                format!("{done} of {total} items have ended; {under_way} are under way.")
            }
            Self::WaitsForRetry { at_ms } => format!("It is tried again at {}.", instant(*at_ms)),
            Self::Starting => "It is about to start.".into(),
            Self::AtWork => "A worker is at work on it.".into(),
            Self::WaitsForChild { workflow, run } => format!("It waits for run {run} of {workflow}, which it started."),
            Self::WaitsForRun { workflow, missing, state: Some(name), .. } => {
                format!("It waits for {workflow} of {}: its run is {}.", missing.join(", "), state(name, Lang::En))
            }
            Self::WaitsForRun { workflow, missing, state: None, .. } => {
                format!("It waits for {workflow} of {}: there is no run yet.", missing.join(", "))
            }
            Self::BeyondHorizon { message } => format!("Its business date can't be told yet: {message}"),
            Self::WaitsForFile { path, bytes: None, .. } => {
                format!("It waits for the file {path}, which is not there.")
            }
            Self::WaitsForFile { path, bytes: Some(bytes), .. } => {
                format!("It waits until the file {path} is complete; it has {bytes} bytes.")
            }
            Self::FileUnreadable { path, message } => format!("The file {path} can't be looked at: {message}"),
            Self::WaitsForApproval { approvers, until_ms: Some(until_ms), .. } => {
                format!("It waits for approval by {} until {}.", approvers.join(", "), instant(*until_ms))
            }
            Self::WaitsForApproval { approvers, until_ms: None, .. } => {
                format!("It waits for approval by {}.", approvers.join(", "))
            }
            Self::WaitsForWorker { .. }
            | Self::PoolFull { .. }
            | Self::NoWorker { .. }
            | Self::WaitsForLimit { .. }
            | Self::LimitMissing { .. }
            | Self::WaitsForQuota { .. } => self.queue_en().unwrap_or_default(),
            Self::ExitCode { code } => format!("The process ended with exit code {code}."),
            Self::Signal { signal } => format!("The process was ended by signal {signal}."),
            Self::TimedOut { after_ms } => format!("It took longer than its limit of {}.", seconds(*after_ms)),
            Self::UpstreamFailed { tasks } => format!("It needs {}, which did not succeed.", tasks.join(", ")),
            Self::Halted { task } => format!("Nothing new is scheduled since {task} ended badly."),
            Self::RuleNotMet => "None of the tasks it needs ended in the way its rule asks for.".into(),
            Self::NotChosen { switch } => format!("{switch} took another branch."),
            Self::NothingFailed => "It handles failures, and there was none.".into(),
            Self::ConditionFalse => "Its condition is false.".into(),
            Self::DryRun => "A dry run: its work was not done.".into(),
            Self::Template { message } => format!("Its template could not be evaluated: {message}"),
            Self::ItemsFailed { failed, total } => format!("{failed} of {total} items did not succeed."),
            Self::TooManyItems { count, most } => format!("Its list has {count} items; at most {most} are allowed."),
            Self::ItemsStopped => "Another item ended badly, so it was not started.".into(),
            Self::NoLongerItem => "The list is shorter than it was; this item is no longer in it.".into(),
            Self::NotStarted { message } => format!("The process could not be started: {message}"),
            Self::BadOutput { message } => format!("Its output could not be read: {message}"),
            Self::WorkerLost { held: true } => {
                "Its worker vanished; whether the work was done is unknown. A person must decide.".into()
            }
            Self::WorkerLost { held: false } => "Its worker vanished; whether the work was done is unknown.".into(),
            Self::ByPerson { who, why: Some(why) } => format!("By {who}: {why}"),
            Self::ByPerson { who, why: None } => format!("By {who}."),
            Self::Overlap => "Another run of this workflow was active and its policy is to skip.".into(),
            Self::ParentEnded { run } => {
                format!("The task of run {run} that started it does not wait for it any more.")
            }
            Self::Superseded => "A newer run of this workflow took its place.".into(),
            Self::ServerStopped => "The server was stopped before it started.".into(),
            Self::ChildEnded { workflow, run, state: name } => {
                format!("Run {run} of {workflow}, which it started, is {}.", state(name, Lang::En))
            }
            Self::NoSuchWorkflow { workflow } => format!("There is no workflow {workflow} that it may use."),
            Self::StartsItself { workflow, most } => format!(
                "It was not started: a run of {workflow} would start itself by way of others, or be more than {most} levels deep."
            ),
            Self::AwaitedFailed { workflow, date, run, state: name } => {
                format!("Run {run} of {workflow} for {date}, for which it waited, is {}.", state(name, Lang::En))
            }
            Self::Approved { who, why: Some(why) } => format!("Approved by {who}: {why}"),
            Self::Approved { who, why: None } => format!("Approved by {who}."),
            Self::Rejected { who, why: Some(why) } => format!("Rejected by {who}: {why}"),
            Self::Rejected { who, why: None } => format!("Rejected by {who}."),
            Self::NotDecided { approved: true } => "Nobody decided in time; it counts as approved.".into(),
            Self::NotDecided { approved: false } => "Nobody decided in time; it counts as rejected.".into(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a sentence for each reason, and the compiler misses none")]
    fn zh(&self) -> String {
        match self {
            Self::HeldBy { who, why: Some(why) } => format!("{who} 已挂起：{why}"),
            Self::HeldBy { who, why: None } => format!("{who} 已挂起。"),
            Self::RunPaused => "所属实例已暂停。".into(),
            Self::WaitsForSlot { max_active_runs } => {
                format!("等待轮次：该工作流已有 {max_active_runs}/{max_active_runs} 个实例在运行。")
            }
            Self::WaitsForTasks { tasks } => format!("等待任务：{}。", tasks.join("、")),
            Self::WaitsForEnd => "在其他任务全部结束后运行。".into(),
            Self::WaitsForItems { done, under_way, total } => {
                format!("{total} 项中已结束 {done} 项，进行中 {under_way} 项。")
            }
            Self::WaitsForRetry { at_ms } => format!("将于 {} 重试。", instant(*at_ms)),
            Self::Starting => "即将开始。".into(),
            Self::AtWork => "执行器正在执行。".into(),
            Self::WaitsForChild { workflow, run } => format!("等待其启动的 {workflow} 实例 {run}。"),
            Self::WaitsForRun { workflow, missing, state: Some(name), .. } => {
                format!("等待 {workflow}（{}）：其实例状态为“{}”。", missing.join("、"), state(name, Lang::Zh))
            }
            Self::WaitsForRun { workflow, missing, state: None, .. } => {
                format!("等待 {workflow}（{}）：尚无实例。", missing.join("、"))
            }
            Self::BeyondHorizon { message } => format!("业务日期尚无法确定：{message}"),
            Self::WaitsForFile { path, bytes: None, .. } => format!("等待文件 {path}，尚不存在。"),
            Self::WaitsForFile { path, bytes: Some(bytes), .. } => {
                format!("等待文件 {path} 写完，当前 {bytes} 字节。")
            }
            Self::FileUnreadable { path, message } => format!("文件 {path} 无法查看：{message}"),
            Self::WaitsForApproval { approvers, until_ms: Some(until_ms), .. } => {
                format!("等待 {} 审批，截止 {}。", approvers.join("、"), instant(*until_ms))
            }
            Self::WaitsForApproval { approvers, until_ms: None, .. } => format!("等待 {} 审批。", approvers.join("、")),
            Self::WaitsForWorker { .. }
            | Self::PoolFull { .. }
            | Self::NoWorker { .. }
            | Self::WaitsForLimit { .. }
            | Self::LimitMissing { .. }
            | Self::WaitsForQuota { .. } => self.queue_zh().unwrap_or_default(),
            Self::ExitCode { code } => format!("进程以退出码 {code} 结束。"),
            Self::Signal { signal } => format!("进程被信号 {signal} 终止。"),
            Self::TimedOut { after_ms } => format!("运行超过时限 {}。", seconds(*after_ms)),
            Self::UpstreamFailed { tasks } => format!("依赖的任务未成功：{}。", tasks.join("、")),
            Self::Halted { task } => format!("{task} 失败后不再调度新任务。"),
            Self::RuleNotMet => "依赖的任务都没有以规则要求的方式结束。".into(),
            Self::NotChosen { switch } => format!("{switch} 选择了其他分支。"),
            Self::NothingFailed => "用于处理失败，而没有任务失败。".into(),
            Self::ConditionFalse => "执行条件不成立。".into(),
            Self::DryRun => "试运行：未实际执行。".into(),
            Self::Template { message } => format!("模板无法求值：{message}"),
            Self::ItemsFailed { failed, total } => format!("{total} 项中有 {failed} 项未成功。"),
            Self::TooManyItems { count, most } => format!("列表有 {count} 项，最多允许 {most} 项。"),
            Self::ItemsStopped => "另一项失败，因此未启动。".into(),
            Self::NoLongerItem => "列表变短，该项已不在其中。".into(),
            Self::NotStarted { message } => format!("进程无法启动：{message}"),
            Self::BadOutput { message } => format!("输出无法读取：{message}"),
            Self::WorkerLost { held: true } => "执行器失联，是否已完成未知，需要人工判断。".into(),
            Self::WorkerLost { held: false } => "执行器失联，是否已完成未知。".into(),
            Self::ByPerson { who, why: Some(why) } => format!("{who}：{why}"),
            Self::ByPerson { who, why: None } => format!("由 {who} 操作。"),
            Self::Overlap => "该工作流已有实例在运行，按重叠策略跳过。".into(),
            Self::ParentEnded { run } => format!("启动它的实例 {run} 的任务已不再等待。"),
            Self::Superseded => "该工作流的新实例取代了它。".into(),
            Self::ServerStopped => "服务在任务启动前停止。".into(),
            Self::ChildEnded { workflow, run, state: name } => {
                format!("其启动的 {workflow} 实例 {run} 状态为“{}”。", state(name, Lang::Zh))
            }
            Self::NoSuchWorkflow { workflow } => format!("没有可用的工作流 {workflow}。"),
            Self::StartsItself { workflow, most } => {
                format!("未启动：{workflow} 会经由其他工作流循环启动自身，或嵌套超过 {most} 层。")
            }
            Self::AwaitedFailed { workflow, date, run, state: name } => {
                format!("所等待的 {workflow}（{date}）实例 {run} 状态为“{}”。", state(name, Lang::Zh))
            }
            Self::Approved { who, why: Some(why) } => format!("{who} 已批准：{why}"),
            Self::Approved { who, why: None } => format!("{who} 已批准。"),
            Self::Rejected { who, why: Some(why) } => format!("{who} 已驳回：{why}"),
            Self::Rejected { who, why: None } => format!("{who} 已驳回。"),
            Self::NotDecided { approved: true } => "逾期无人审批，视为批准。".into(),
            Self::NotDecided { approved: false } => "逾期无人审批，视为驳回。".into(),
        }
    }
}

/// A state as sentences name it.
fn state(name: &str, lang: Lang) -> String {
    RunState::parse(name).map_or_else(|| name.to_owned(), |state| state.text(lang).to_owned())
}

fn seconds(ms: i64) -> String {
    if ms % 1000 == 0 { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}

/// An instant in UTC, to the second; a page that knows the reader's zone shows the typed reason instead.
fn instant(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_sentence_in_both_languages() {
        let who = || "ann".to_owned();
        let name = || "nav".to_owned();
        let tasks = vec!["load".to_owned()];
        let all = [
            Reason::Halted { task: name() },
            Reason::NotChosen { switch: name() },
            Reason::NothingFailed,
            Reason::DryRun,
            Reason::ItemsFailed { failed: 1, total: 2 },
            Reason::TooManyItems { count: 10_001, most: 10_000 },
            Reason::ItemsStopped,
            Reason::NoLongerItem,
            Reason::HeldBy { who: who(), why: None },
            Reason::RunPaused,
            Reason::Superseded,
            Reason::ParentEnded { run: 1 },
            Reason::StartsItself { workflow: name(), most: 16 },
            Reason::WaitsForWorker { pool: name(), ahead: 1 },
            Reason::PoolFull { pool: name(), slots: 1, busy: 1, ahead: 1 },
            Reason::NoWorker { pool: name() },
            Reason::WaitsForLimit { name: name(), slots: 1, used: 1, weight: 1, ahead: 1 },
            Reason::LimitMissing { name: name() },
            Reason::WaitsForQuota { max: 1, running: 1 },
            Reason::WaitsForTasks { tasks },
            Reason::WaitsForEnd,
            Reason::WaitsForItems { done: 1, under_way: 1, total: 3 },
            Reason::WaitsForRetry { at_ms: 0 },
            Reason::Starting,
            Reason::AtWork,
            Reason::WaitsForChild { workflow: name(), run: 1 },
            Reason::ChildEnded { workflow: name(), run: 1, state: "failed".into() },
            Reason::NoSuchWorkflow { workflow: name() },
            Reason::WaitsForRun { workflow: name(), workflow_id: 1, missing: vec![], run: None, state: None },
            Reason::AwaitedFailed { workflow: name(), date: "2026-11-20".into(), run: 1, state: "failed".into() },
            Reason::BeyondHorizon { message: name() },
            Reason::WaitsForFile { path: name(), bytes: None, unready: false },
            Reason::FileUnreadable { path: name(), message: name() },
            Reason::WaitsForApproval { approvers: vec![who()], message: None, until_ms: Some(0) },
            Reason::Approved { who: who(), why: None },
            Reason::Rejected { who: who(), why: None },
            Reason::NotDecided { approved: true },
        ];
        for reason in all {
            assert!(!reason.text(Lang::En).is_empty(), "{reason:?} has no English");
            assert!(!reason.text(Lang::Zh).is_empty(), "{reason:?} has no Chinese");
        }
    }
}
