//! The use cases on a real database (SQLite), with a clock turned by hand.

mod audit;
mod firm;
mod matrix;
mod refresh;
mod roles;
mod sign_in;
mod walls;
