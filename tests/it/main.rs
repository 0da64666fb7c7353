//! The product as its users see it, without a browser: one binary, so that it links once.

mod calendar;
mod cluster;
mod demo;
mod fault;
mod flow;
mod live;
mod node;
mod operation;
mod security;
