//! The command line of `cargo xtask`.

use std::path::PathBuf;

xflags::xflags! {
    /// Almanac's development commands.
    cmd xtask {
        /// Builds the web UI and the server and starts it with the demo firm in it.
        cmd run {
            /// Where the data is kept; ./var when not given.
            optional --data-dir dir: PathBuf
            /// Remove the data when the server stops; without --data-dir it is kept in a temporary folder.
            optional --temporary
            /// Address to listen on, such as 127.0.0.1:8080.
            optional --listen address: String
            /// Build only; print how to start it.
            optional --build-only
        }
        /// Format, lints, documentation, the pure crates for the browser, tidy rules and generated files.
        cmd check {}
        /// Every test on every database, and the browser tests.
        cmd test {
            /// Only what this nextest filter expression selects, such as 'package(store)'.
            optional -E, --filter expression: String
            /// Leave the database servers out: SQLite only. Not what the continuous integration runs.
            optional --sqlite-only
        }
        /// Three servers on one database while servers, connections and the database fail; then the proof that nothing was lost or doubled.
        cmd chaos {
            /// Runs started through the API, beside those of schedules; 2000 when not given.
            optional --runs n: u64
            /// End the storm after so many minutes, whatever was started.
            optional --minutes n: u64
            /// Begin with this chance instead of a new one.
            optional --seed n: u64
            /// postgres (default), mariadb or oceanbase.
            optional --db engine: String
        }
        /// A simulated cluster by seeds: what fails is shown again by its seed.
        cmd sim {
            /// How many seeds; 200 when not given.
            optional --seeds n: u64
            /// The first of them; 0 when not given.
            optional --from n: u64
            /// This one alone, line by line.
            optional --seed n: u64
            /// Show also what the product logs, at this level or by this filter, such as info or engine=debug.
            optional --log level: String
        }
        /// The browser tests alone.
        cmd e2e {
            /// Only tests whose name contains this.
            optional name: String
            /// Show the browser instead of running it headless.
            optional --headed
        }
        /// Writes frontend/schema.graphql from the server's own schema.
        cmd schema {
            /// Only compare; fail when the file is out of date.
            optional --check
        }
        /// Benchmarks of the schedules, and of the release binary through its API; JSON lines on the standard output.
        cmd bench {
            /// One of calendar, burst, noop, chain; all when not given.
            optional name: String
            /// sqlite (default), postgres, mariadb or oceanbase.
            optional --db engine: String
            /// Rounds of each; the median is printed. 3 when not given.
            optional --rounds n: u32
        }
        /// Builds the web UI alone.
        cmd web {
            /// Small and slow to build, as it is shipped.
            optional --release
        }
    }
}
