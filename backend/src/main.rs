//! The program `almanac`: server and command line in one.

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::cli::run()
}
