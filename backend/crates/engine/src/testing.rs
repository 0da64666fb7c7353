//! An executor that follows a script, for tests of everything around executors.
//!
//! It does what it was told for each attempt of a task, in order, and succeeds when it was told nothing. A test sees
//! each attempt begin ([`Scripted::started`]) and lets it go on ([`Act::Until`]): so nothing depends on time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::run::{Ended, Outputs, Reason};
use tokio::sync::{Notify, mpsc};

use crate::executor::{Control, Executor, Invocation, Report, Started};

/// What an attempt does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Succeeds with outputs.
    Succeed(Outputs),
    /// Fails with an exit code; another try may help.
    Fail(i32),
    /// Writes a line to its log, then goes on.
    Say(String, Box<Act>),
    /// Waits for the test, then goes on; heeds a stop meanwhile.
    Until(Arc<Notify>, Box<Act>),
    /// Runs until it is stopped.
    Hang,
}

impl Act {
    /// Succeeds with nothing to tell.
    #[must_use]
    pub fn succeed() -> Self {
        Self::Succeed(Outputs::new())
    }
}

/// Follows a script.
#[derive(Debug)]
pub struct Scripted {
    acts: Mutex<HashMap<String, VecDeque<Act>>>,
    started: mpsc::UnboundedSender<Invocation>,
}

impl Scripted {
    /// An executor without a script yet, and where its attempts are seen to begin.
    #[must_use]
    pub fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Invocation>) {
        let (started, seen) = mpsc::unbounded_channel();
        (Arc::new(Self { acts: Mutex::default(), started }), seen)
    }

    /// What the next attempt of a task does, after those that were said before.
    pub fn next(&self, task: &str, act: Act) {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).entry(task.to_owned()).or_default().push_back(act);
    }

    fn act(&self, task: &str) -> Act {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        acts.get_mut(task).and_then(VecDeque::pop_front).unwrap_or_else(Act::succeed)
    }
}

#[async_trait]
impl Executor for Scripted {
    async fn run(&self, invocation: Invocation, control: Control) -> Report {
        let Control { mut stop, started, log, clock, .. } = control;
        let mut act = self.act(&invocation.task);
        let started_ms = clock.now_ms();
        started(Started { pid: None, at_ms: started_ms });
        // A test that does not look is fine.
        let _ = self.started.send(invocation);
        let ended = loop {
            act = match act {
                Act::Succeed(outputs) => break Ended::Succeeded { outputs },
                Act::Fail(code) => {
                    break Ended::Failed { exit_code: Some(code), reason: Reason::ExitCode { code }, retryable: true };
                }
                Act::Say(text, then) => {
                    log.system(&text);
                    *then
                }
                Act::Until(go_on, then) => tokio::select! {
                    () = go_on.notified() => *then,
                    _ = Control::stopped(&mut stop) => break Ended::Stopped,
                },
                Act::Hang => {
                    Control::stopped(&mut stop).await;
                    break Ended::Stopped;
                }
            };
        };
        let exit_code = match &ended {
            Ended::Failed { exit_code, .. } => *exit_code,
            Ended::Succeeded { .. } => Some(0),
            _ => None,
        };
        Report { exit_code, started_ms: Some(started_ms), ..Report::without_process(ended, clock.now_ms()) }
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{AttemptKey, RunId, TenantId};
    use store::{Clock, log::Chunk};
    use tokio::sync::watch;

    use super::*;
    use crate::executor::log::{LogLimits, LogStore, LogStoreError};
    use crate::executor::{Attempt, Executors, Stop, Work};
    use crate::trust::Trust;

    struct NoStore;

    #[async_trait]
    impl LogStore for NoStore {
        async fn append(&self, _: AttemptKey, _: &[Chunk]) -> Result<(), LogStoreError> {
            Ok(())
        }
    }

    fn invocation(number: i32) -> Invocation {
        Invocation {
            key: AttemptKey { tenant: TenantId(1), run: RunId(1), ordinal: 0, number },
            epoch: 1,
            workflow: "nav".into(),
            task: "load".into(),
            work: Work::Noop,
            env: vec![],
            timeout_ms: None,
        }
    }

    #[tokio::test]
    async fn attempts_follow_the_script() {
        let (scripted, mut seen) = Scripted::new();
        let gate = Arc::new(Notify::new());
        scripted.next("load", Act::Until(gate.clone(), Box::new(Act::Fail(3))));
        scripted.next("load", Act::Hang);
        let executors = Executors::default().with("noop", scripted);
        let (stop, _) = watch::channel(None);
        let run = |number| {
            let attempt = Attempt {
                stop: stop.subscribe(),
                started: Box::new(|_| {}),
                log_store: Arc::new(NoStore),
                log_limits: LogLimits::default(),
                clock: Clock::new(|| 0),
                trust: Trust::for_ever(),
            };
            executors.run(invocation(number), attempt)
        };
        let begun = async {
            assert_eq!(seen.recv().await.expect("begins").key.number, 1);
            gate.notify_one();
        };
        let ((first, _), ()) = tokio::join!(run(1), begun);
        assert_eq!(first.exit_code, Some(3));
        let stopped = async {
            assert_eq!(seen.recv().await.expect("begins").key.number, 2);
            stop.send_replace(Some(Stop::Requested));
        };
        let ((second, _), ()) = tokio::join!(run(2), stopped);
        assert_eq!(second.ended, Ended::Stopped);
        assert_eq!(run(3).await.0.ended, Ended::Succeeded { outputs: Outputs::new() });
    }
}
