//! Monitoring: for now the scheduler itself, its nodes and their loops.

mod act;
mod figures;
mod held;
mod loops;
mod nodes;
pub(crate) mod scheduler;
