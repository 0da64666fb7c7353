//! All that can happen in a simulation: what people and clients do, and what goes wrong. A new kind of act is one line
//! of [`Deed`], one of the tables of weights, and one arm of `Director::perform`.

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A client starts a run, most with an idempotency key that is used until there is an answer.
    Start,
    /// Somebody stops a run.
    Stop,
    /// Somebody has an ended run done again.
    Rerun,
    /// Somebody decides about a lost task.
    Decide,
    /// Somebody halts a run, or lets a halted one go on.
    Pause,
    /// Somebody keeps a task from starting, or lets a kept one start.
    Hold,
    /// Somebody lets a task count as done or not needed.
    Mark,
    /// Somebody gives a run another rank.
    Rank,
    /// Somebody takes a node out of work, or back.
    Drain,
    /// Somebody turns a workflow off or on.
    Toggle,
    /// Somebody saves a new version of a workflow.
    Save,
    /// Somebody deletes a workflow, or takes a deleted one back.
    Delete,
    /// Somebody asks why a task waits.
    Ask,
    /// A machine without a process gets one.
    Boot,

    /// A process dies at once; what it has started does not.
    Kill,
    /// A machine loses its power.
    PowerCut,
    /// A process is stopped in order.
    StopNode,
    /// A machine stands still for a while.
    Freeze,
    /// A machine can't reach the database for a while: calls hang.
    CutOff,
    /// A machine can't reach the database for a while: calls are refused.
    Refuse,
    /// Some calls of a machine fail for a while.
    Flaky,
    /// Some commits of a machine have no answer for a while.
    LoseAnswers,
    /// Some transactions must be tried again for a while.
    Contention,
    /// Some answers take long for a while.
    Stall,
    /// The database is away for a while.
    Outage,
    /// A machine's clock is set wrongly.
    Jump,
    /// A process is started under the name of one that still runs.
    Impostor,
}

impl Deed {
    /// What happens in every seed, and how often.
    pub(crate) const WORK: &[(Deed, u32)] = &[
        (Deed::Start, 40),
        (Deed::Stop, 4),
        (Deed::Rerun, 6),
        (Deed::Decide, 8),
        (Deed::Pause, 4),
        (Deed::Hold, 6),
        (Deed::Mark, 4),
        (Deed::Rank, 3),
        (Deed::Drain, 3),
        (Deed::Toggle, 2),
        (Deed::Save, 2),
        (Deed::Delete, 3),
        (Deed::Ask, 20),
        (Deed::Boot, 10),
    ];

    /// What happens in some seeds.
    pub(crate) const FAULTS: &[(Deed, u32)] = &[
        (Deed::Kill, 3),
        (Deed::PowerCut, 3),
        (Deed::StopNode, 2),
        (Deed::Freeze, 4),
        (Deed::CutOff, 4),
        (Deed::Refuse, 4),
        (Deed::Flaky, 4),
        (Deed::LoseAnswers, 4),
        (Deed::Contention, 3),
        (Deed::Stall, 4),
        (Deed::Outage, 2),
        (Deed::Jump, 2),
        (Deed::Impostor, 1),
    ];
}
