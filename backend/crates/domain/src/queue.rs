//! Who is next: the order of waiting jobs, and which of them a worker's free slots take.
//!
//! # Within a tenant
//! Production goes before background work, whatever waits longest of it. Within a class the job with the lowest rank is
//! next: the instant from which it waits, less the head start of its priority ([`Priority::head_start_ms`]). So waiting
//! counts for itself: a job of low priority that has waited for an hour more than a normal one goes before it, and
//! nothing waits for ever behind what is new and more important.
//!
//! # Between tenants
//! The tenant next is the one that holds least for its weight; of several, the one whose best job has the lowest rank.
//! A tenant with ten thousand jobs and one with five thus take turns until the five are done.
//!
//! # Limits
//! A job may need slots of named limits, all of them at once. One that can't get them is parked, so that it hides
//! nothing behind it; whoever frees slots lets the best of the parked go on ([`fitting`]). A job does not overtake one
//! that is parked on the same limit and goes before it: so a job that needs many slots gets them, too.

use std::cmp::Ordering;

use crate::workflow::Priority;

/// Whether work is needed now or may wait for everything that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Class {
    /// What schedules, events and people start.
    #[default]
    Production,
    /// What makes up for the past: it goes when no production waits.
    Background,
}

impl Class {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::Production, Self::Background];

    /// The number as it is stored: lower goes first.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Production => 0,
            Self::Background => 1,
        }
    }

    /// The class of a stored number.
    #[must_use]
    pub const fn of_number(number: i32) -> Self {
        if number <= 0 { Self::Production } else { Self::Background }
    }
}

/// The rank of a job that waits from `due_ms`: lower goes first.
#[must_use]
pub const fn rank_ms(priority: Priority, due_ms: i64) -> i64 {
    due_ms.saturating_sub(priority.head_start_ms())
}

/// Where a job stands among those of its tenant: lower goes first. Of jobs that wait equally long the older run's is
/// next, within a run in the order of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Its class.
    pub class: Class,
    /// Its rank.
    pub rank_ms: i64,
    /// Its run.
    pub run: i64,
    /// Its place within the run.
    pub ordinal: i32,
}

/// A tenant that has waiting jobs.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Its share beside the others': twice the weight, twice the slots.
    pub weight: u32,
    /// The slots of the pool that it holds.
    pub held: u64,
    /// How many more jobs its quota lets it hold; `None`: any number.
    pub room: Option<u64>,
    /// Its waiting jobs, the next one first.
    pub jobs: Vec<Job>,
}

/// A waiting job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// Where it stands.
    pub place: Place,
    /// The slots of limits that it needs.
    pub needs: Vec<Need>,
}

/// Slots of a limit that a job needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Which of the limits at hand.
    pub limit: usize,
    /// How many of its slots.
    pub weight: u32,
}

/// A limit: so many slots for all jobs that need some of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// All its slots; 0 when there is no such limit.
    pub slots: u32,
    /// Those that are taken.
    pub used: u64,
    /// The best of the jobs that are parked on it.
    pub parked: Option<Place>,
}

impl Limit {
    /// The slots that are free.
    #[must_use]
    pub const fn free(&self) -> u64 {
        (self.slots as u64).saturating_sub(self.used)
    }

    /// Why a job in `place` can't get `weight` slots now.
    fn refuses(&self, weight: u32, place: Place) -> Option<Hold> {
        if weight > self.slots {
            return Some(Hold::TooSmall);
        }
        let behind = self.parked.is_some_and(|parked| parked < place);
        (behind || u64::from(weight) > self.free()).then_some(Hold::Full)
    }
}

/// How a job waits for a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Until slots are free.
    Full,
    /// Until the limit is made, or made larger.
    TooSmall,
}

/// A job that goes to the side, by the places of its queue, itself and the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parked {
    /// Its queue.
    pub queue: usize,
    /// The job.
    pub job: usize,
    /// What it waits for.
    pub limit: usize,
    /// For what.
    pub hold: Hold,
}

/// What [`pick`] chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// Queue and job of those that are taken, in their order.
    pub taken: Vec<(usize, usize)>,
    /// Those that are parked.
    pub parked: Vec<Parked>,
    /// Whether a job is left that only lacks a worker.
    pub left: bool,
}

/// Chooses up to `want` jobs. What the taken ones need is added to the limits, what is parked stands before what comes
/// after it.
#[must_use]
pub fn pick(want: usize, queues: &[Queue], limits: &mut [Limit]) -> Picked {
    let mut picked = Picked::default();
    let mut turns: Vec<Turn<'_>> = queues.iter().map(Turn::new).collect();
    for class in Class::ALL {
        while let Some(next) = next(&turns, class) {
            if picked.taken.len() == want {
                picked.left = true;
                return picked;
            }
            let turn = &mut turns[next];
            let (at, job) = (turn.at, &turn.queue.jobs[turn.at]);
            turn.at += 1;
            match refusal(job, limits) {
                Some((limit, hold)) => {
                    if hold == Hold::Full {
                        let parked = &mut limits[limit].parked;
                        *parked = Some(parked.map_or(job.place, |other| other.min(job.place)));
                    }
                    picked.parked.push(Parked { queue: next, job: at, limit, hold });
                }
                None => {
                    for need in &job.needs {
                        limits[need.limit].used += u64::from(need.weight);
                    }
                    turn.taken += 1;
                    picked.taken.push((next, at));
                }
            }
        }
    }
    picked
}

/// How many of the parked jobs, the best first, go on when `free` slots are free; they need so many each.
#[must_use]
pub fn fitting(free: u64, weights: impl IntoIterator<Item = u32>) -> usize {
    let mut needed = 0;
    let fits = |weight: &u32| {
        needed += u64::from(*weight);
        needed <= free
    };
    weights.into_iter().take_while(fits).count()
}

/// A queue that jobs are taken from.
struct Turn<'a> {
    queue: &'a Queue,
    /// The next job.
    at: usize,
    taken: u64,
}

impl<'a> Turn<'a> {
    const fn new(queue: &'a Queue) -> Self {
        Self { queue, at: 0, taken: 0 }
    }

    /// Where its next job stands, if that may be taken.
    fn place(&self) -> Option<Place> {
        let has_room = self.queue.room.is_none_or(|room| self.taken < room);
        self.queue.jobs.get(self.at).filter(|_| has_room).map(|job| job.place)
    }

    /// The lower one holds less for its weight.
    fn by_load(&self, other: &Self) -> Ordering {
        let load = |turn: &Self| u128::from(turn.queue.held + turn.taken);
        let weight = |turn: &Self| u128::from(turn.queue.weight.max(1));
        (load(self) * weight(other)).cmp(&(load(other) * weight(self)))
    }
}

/// Which queue is next in a class.
fn next(turns: &[Turn<'_>], class: Class) -> Option<usize> {
    let waiting = turns.iter().enumerate().filter_map(|(at, turn)| Some((at, turn, turn.place()?)));
    let of_class = waiting.filter(|(_, _, place)| place.class == class);
    of_class.min_by(|(_, a, here), (_, b, there)| a.by_load(b).then_with(|| here.cmp(there))).map(|(at, _, _)| at)
}

/// The first limit that holds a job back; one that is too small before one that is only full.
fn refusal(job: &Job, limits: &[Limit]) -> Option<(usize, Hold)> {
    let refuse = |need: &Need| Some((need.limit, limits[need.limit].refuses(need.weight, job.place)?));
    let mut all = job.needs.iter().filter_map(refuse);
    let first = all.next()?;
    if first.1 == Hold::TooSmall {
        return Some(first);
    }
    Some(all.find(|(_, hold)| *hold == Hold::TooSmall).unwrap_or(first))
}

#[cfg(test)]
mod tests;
