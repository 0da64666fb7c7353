//! The deterministic simulation: the real engine and services of several nodes over a simulated network, database,
//! clock and workers, with faults by a seed; a failing seed replays exactly.
//!
//! # How it works
//! A cluster of a few machines ([`host`]) shares one database ([`database`]). Each runs the product's own engine, all
//! loops and all, on one thread of one runtime whose time is simulated: it stands still while anything can be done, and
//! jumps to the next timer when nothing can. What a call of the database takes and whether it comes through is decided
//! by the machine's network ([`line`]); what a task does, by the seed ([`work`]). A director ([`director`]) makes
//! things happen ([`deed`]): people and programs call the services ([`client`]), machines die, freeze and come back. The
//! invariants ([`check`]) are looked at after each, and when faults have stopped and everything has come to rest.
//!
//! Nothing but the seed decides anything: the driver's threads are waited for where they are called
//! ([`store::wire`]), chance and clocks are inputs of the product, and no order depends on a hash. So
//! `ALMANAC_SIM_SEED=n` shows the very same run again, line by line; `ALMANAC_SIM_LOG=debug` adds what the product logs.
//!
//! What it does not show: how rows are locked. This database has one writer at a time; races of statements within two
//! transactions are for the tests on PostgreSQL, MariaDB and OceanBase.

mod check;
mod client;
mod climate;
mod cluster;
mod database;
mod deed;
mod director;
mod host;
mod ledger;
mod line;
mod operator;
mod planted;
mod process;
mod rng;
mod seeds;
mod trace;
mod work;
mod workload;
mod world;
