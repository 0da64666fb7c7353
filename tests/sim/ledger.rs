//! What tasks really did, noted outside of the database: when each body of an attempt began and ended, and how.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Succeeded,
    Failed,
    TimedOut,
    /// On order, after TERM.
    Stopped,
    /// At once, since its lease was over.
    Killed,
    /// With its machine.
    Crashed,
}

/// One body of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) run: i64,
    pub(crate) ordinal: i32,
    pub(crate) epoch: i64,
    pub(crate) process: u32,
    pub(crate) machine: String,
    pub(crate) begun_ms: i64,
    pub(crate) ended_ms: Option<i64>,
    pub(crate) how: Option<How>,
    /// Something made this one's end late that no lease can help against: its machine stood still, its process died
    /// without its children, or its clock jumped.
    pub(crate) disturbed: bool,
}

/// All bodies, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    bodies: Mutex<Vec<Body>>,
}

/// A body's place in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Ledger {
    /// Notes a begin. Gives the body that has the same epoch already, if there is one.
    pub(crate) fn begin(&self, body: Body) -> (Place, Option<Body>) {
        let mut bodies = self.lock();
        let same = |other: &&Body| (other.run, other.ordinal, other.epoch) == (body.run, body.ordinal, body.epoch);
        let twin = bodies.iter().find(same).cloned();
        bodies.push(body);
        (Place(bodies.len() - 1), twin)
    }

    /// Notes an end; one that was ended before stays so. Gives how it ended.
    pub(crate) fn end(&self, place: Place, how: How, at_ms: i64) -> How {
        let body = &mut self.lock()[place.0];
        if body.how.is_none() {
            (body.how, body.ended_ms) = (Some(how), Some(at_ms));
        }
        body.how.unwrap_or(how)
    }

    /// Its process died and it goes on without it.
    pub(crate) fn orphan(&self, place: Place) {
        self.lock()[place.0].disturbed = true;
    }

    /// Marks what runs now of a process.
    pub(crate) fn disturb(&self, process: u32) {
        for body in self.lock().iter_mut().filter(|body| body.process == process && body.how.is_none()) {
            body.disturbed = true;
        }
    }

    /// Ends what earlier processes of a machine left running.
    pub(crate) fn kill_orphans(&self, machine: &str, process: u32, at_ms: i64) {
        let left = |body: &&mut Body| body.machine == machine && body.process != process && body.how.is_none();
        for body in self.lock().iter_mut().filter(left) {
            (body.how, body.ended_ms) = (Some(How::Killed), Some(at_ms));
        }
    }

    pub(crate) fn copy(&self) -> Self {
        Self { bodies: Mutex::new(self.all()) }
    }

    pub(crate) fn all(&self) -> Vec<Body> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Body>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
