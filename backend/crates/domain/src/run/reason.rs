//! Why a run or task is where it is: typed, stored as JSON, told in the reader's language.

use serde::{Deserialize, Serialize};

use crate::error::Lang;

/// A reason. Names and texts in it belong to the run's own tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The process ended with an exit code other than 0.
    ExitCode {
        /// The code.
        code: i32,
    },
    /// The process was ended by a signal that Almanac did not send.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It took longer than its limit.
    TimedOut {
        /// The limit.
        after_ms: i64,
    },
    /// Tasks it needs ended badly.
    UpstreamFailed {
        /// Their names.
        tasks: Vec<String>,
    },
    /// None of the ends its rule asks for came.
    RuleNotMet,
    /// Its condition was false.
    ConditionFalse,
    /// Its condition, script or parameters could not be evaluated.
    Template {
        /// What is wrong and where.
        message: String,
    },
    /// The process could not be started.
    NotStarted {
        /// What the system said.
        message: String,
    },
    /// What it left in its output file was not usable.
    BadOutput {
        /// What is wrong.
        message: String,
    },
    /// Its worker vanished.
    WorkerLost {
        /// Whether a person must decide.
        held: bool,
    },
    /// A person acted.
    ByPerson {
        /// Who.
        who: String,
        /// Why, in their words.
        why: Option<String>,
    },
    /// All places among its workflow's active runs are taken.
    WaitsForSlot {
        /// How many may be active.
        max_active_runs: i32,
    },
    /// Another run was active and the workflow's overlap policy is to skip.
    Overlap,
    /// The server was stopped before the task started.
    ServerStopped,
    /// Tasks that it needs have not ended.
    WaitsForTasks {
        /// Their names.
        tasks: Vec<String>,
    },
    /// It is ready; the workers of its pool are busy or there are none.
    WaitsForWorker {
        /// The pool.
        pool: String,
        /// How many jobs of the pool go before it; counted up to 1,000.
        ahead: u64,
    },
}

impl Reason {
    /// The sentence for a reader.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::ExitCode { code } => format!("The process ended with exit code {code}."),
            Self::Signal { signal } => format!("The process was ended by signal {signal}."),
            Self::TimedOut { after_ms } => format!("It took longer than its limit of {}.", seconds(*after_ms)),
            Self::UpstreamFailed { tasks } => format!("It needs {}, which did not succeed.", tasks.join(", ")),
            Self::RuleNotMet => "None of the tasks it needs ended in the way its rule asks for.".into(),
            Self::ConditionFalse => "Its condition is false.".into(),
            Self::Template { message } => format!("Its template could not be evaluated: {message}"),
            Self::NotStarted { message } => format!("The process could not be started: {message}"),
            Self::BadOutput { message } => format!("Its output could not be read: {message}"),
            Self::WorkerLost { held: true } => {
                "Its worker vanished; whether the work was done is unknown. A person must decide.".into()
            }
            Self::WorkerLost { held: false } => "Its worker vanished; whether the work was done is unknown.".into(),
            Self::ByPerson { who, why: Some(why) } => format!("By {who}: {why}"),
            Self::ByPerson { who, why: None } => format!("By {who}."),
            Self::WaitsForSlot { max_active_runs } => {
                format!(
                    "It waits for its turn: {max_active_runs} of {max_active_runs} runs of this workflow are active."
                )
            }
            Self::Overlap => "Another run of this workflow was active and its policy is to skip.".into(),
            Self::ServerStopped => "The server was stopped before it started.".into(),
            Self::WaitsForTasks { tasks } => format!("It waits for {}.", tasks.join(", ")),
            Self::WaitsForWorker { pool, ahead } => {
                format!("It waits for a free worker of pool {pool}; {ahead} ahead of it.")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::ExitCode { code } => format!("进程以退出码 {code} 结束。"),
            Self::Signal { signal } => format!("进程被信号 {signal} 终止。"),
            Self::TimedOut { after_ms } => format!("运行超过时限 {}。", seconds(*after_ms)),
            Self::UpstreamFailed { tasks } => format!("依赖的任务未成功：{}。", tasks.join("、")),
            Self::RuleNotMet => "依赖的任务都没有以规则要求的方式结束。".into(),
            Self::ConditionFalse => "执行条件不成立。".into(),
            Self::Template { message } => format!("模板无法求值：{message}"),
            Self::NotStarted { message } => format!("进程无法启动：{message}"),
            Self::BadOutput { message } => format!("输出无法读取：{message}"),
            Self::WorkerLost { held: true } => "执行器失联，是否已完成未知，需要人工判断。".into(),
            Self::WorkerLost { held: false } => "执行器失联，是否已完成未知。".into(),
            Self::ByPerson { who, why: Some(why) } => format!("{who}：{why}"),
            Self::ByPerson { who, why: None } => format!("由 {who} 操作。"),
            Self::WaitsForSlot { max_active_runs } => {
                format!("等待轮次：该工作流已有 {max_active_runs}/{max_active_runs} 个实例在运行。")
            }
            Self::Overlap => "该工作流已有实例在运行，按重叠策略跳过。".into(),
            Self::ServerStopped => "服务在任务启动前停止。".into(),
            Self::WaitsForTasks { tasks } => format!("等待任务：{}。", tasks.join("、")),
            Self::WaitsForWorker { pool, ahead } => format!("等待执行组 {pool} 的空闲执行器，前面还有 {ahead} 个。"),
        }
    }
}

fn seconds(ms: i64) -> String {
    if ms % 1000 == 0 { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}
