//! The sections of the configuration, in the order of the documentation.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use domain::error::Lang;

use super::{
    key::section,
    value::{DatabaseUrl, LogFormat, Pools, PublicUrl, Size},
};

section! {
    /// Where the server keeps its things, and what it calls itself.
    GeneralConfig at "" {
        /// Directory of the embedded database, the signing key and the work directories of tasks. Made at first start, readable by the server's user only.
        data_dir: PathBuf = "almanac-data",
        /// Label of this installation, shown in the UI beside the name: production, test, …
        environment: String = "local",
    }
}

section! {
    /// The database that holds everything.
    DatabaseConfig at "database." {
        /// Address of the database. Empty: an embedded SQLite database in the data directory.
        url: DatabaseUrl = "",
        /// Most connections the server opens.
        max_connections: u32 = "10",
        /// How long the server keeps trying when the database does not answer at start.
        connect_patience: Duration = "5m",
    }
}

section! {
    /// The web server: UI and API.
    HttpConfig at "http." {
        /// Address and port to listen on.
        listen: SocketAddr = "127.0.0.1:8650",
        /// Address that people type, when a proxy stands in front. With https the cookies are Secure; requests of another origin are refused.
        public_url: PublicUrl = "",
        /// Whether X-Forwarded-For and X-Request-Id are believed. Only behind a proxy that sets them itself.
        trust_proxy: bool = "false",
        /// Largest request body.
        body_limit: Size = "4MiB",
        /// Longest time a request may take.
        request_timeout: Duration = "30s",
        /// How long open requests may go on when the server stops.
        drain_timeout: Duration = "10s",
    }
}

section! {
    /// Limits of the GraphQL API.
    GraphqlConfig at "graphql." {
        /// Deepest nesting of a query.
        max_depth: usize = "16",
        /// Highest cost of a query; a list costs its page size times what it holds.
        max_cost: usize = "50000",
        /// Most aliases in one query.
        max_aliases: usize = "50",
        /// Most operations running at once on one WebSocket.
        max_socket_operations: usize = "64",
    }
}

section! {
    /// Signing in.
    AuthConfig at "auth." {
        /// How long an access token is good for.
        access_ttl: Duration = "10m",
        /// A session that is not used for this long ends.
        session_idle: Duration = "12h",
        /// A session ends after this long, used or not.
        session_max: Duration = "7d",
    }
}

section! {
    /// What runs the work.
    EngineConfig at "engine." {
        /// Name of this node in the cluster; one process at a time has it. Empty: the name of the machine.
        node_name: String = "",
        /// Worker pools of this node and how many tasks each runs at once. In TOML a table: [engine.pools] default = 8.
        pools: Pools = "default=8",
        /// Longest time between two looks at the database; hints wake the loops earlier.
        poll_interval: Duration = "1s",
        /// A node that shows no sign of life for this long has lost its attempts; its own processes are halted before that. The same on all nodes.
        lease: Duration = "7s",
        /// How long running tasks may go on when the server stops; then they are stopped.
        stop_grace: Duration = "10s",
        /// Most bytes of log kept of one attempt; what follows is dropped and marked.
        log_limit: Size = "32MiB",
        /// Whether tasks run in control groups of their own where the system lets the server make some.
        control_groups: bool = "true",
    }
}

section! {
    /// How long what is over is kept, where neither a tenant nor the platform decided otherwise. What is older is deleted in small steps.
    RetentionConfig at "retention." {
        /// Finished runs with their tasks and attempts; at least 7d.
        runs: Duration = "400d",
        /// What tasks printed; the runs stay. At least 1d.
        logs: Duration = "90d",
        /// What became of the instants of schedules; at least 92d.
        schedule_fires: Duration = "400d",
        /// The audit trail; at least 183d, which nobody can go below.
        audit: Duration = "400d",
    }
}

section! {
    /// The server's own log, on standard error.
    LogConfig at "log." {
        /// For people or for collectors.
        format: LogFormat = "human",
        /// Least level shown, or filters such as info,store=debug.
        level: String = "info",
    }
}

section! {
    /// The web UI.
    UiConfig at "ui." {
        /// Whether the UI is served; the API is always.
        enabled: bool = "true",
        /// Language of the server's sentences when the client asks for none it has.
        language: Lang = "en",
    }
}
