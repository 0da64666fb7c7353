//! Tasks that do nothing: joints of a graph, and the measure of what scheduling itself costs.

use async_trait::async_trait;
use domain::run::{Ended, Outputs};

use super::{Control, Executor, Invocation, Report, Started};

/// Succeeds at once.
#[derive(Debug, Clone, Copy)]
pub struct Noop;

#[async_trait]
impl Executor for Noop {
    async fn run(&self, _: Invocation, control: Control) -> Report {
        let at_ms = control.clock.now_ms();
        if control.stop.borrow().is_some() {
            return Report::without_process(Ended::Stopped, at_ms);
        }
        (control.started)(Started { pid: None, at_ms });
        let ended = Ended::Succeeded { outputs: Outputs::new() };
        Report { started_ms: Some(at_ms), ..Report::without_process(ended, at_ms) }
    }
}
