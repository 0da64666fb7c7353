//! Several servers on one database, each behind a proxy of its own, so that its connection to the database can be cut,
//! stalled and restored while the others work on.

pub mod clock;
pub mod database;
pub mod proxy;

use std::fs;
use std::path::Path;

use crate::client::Client;
use crate::firm::{Department, Firm};
use crate::server::{Options, Server};
use clock::HandClock;
use database::Database;
use proxy::Proxy;

/// A server of the cluster.
pub struct Node {
    /// Its name in the cluster.
    pub name: String,
    /// The process.
    pub server: Server,
    /// Its way to the database.
    pub proxy: Proxy,
    /// What it takes for the time of day.
    pub clock: HandClock,
}

/// Some servers on one database.
pub struct Cluster {
    /// The servers.
    pub nodes: Vec<Node>,
    /// What they work on.
    pub database: Database,
    /// The administrator of the platform, at the first server.
    pub admin: Client,
}

impl Cluster {
    /// Starts `count` servers with some settings beside those that are shipped.
    ///
    /// # Panics
    /// When they don't become ready.
    pub async fn start(database: Database, count: usize, settings: &[&str]) -> Self {
        let mut nodes = Vec::new();
        let (proxy, clock) = (Proxy::start(&database.url).await, HandClock::new());
        let first = Firm::start_with(options(&proxy, &clock, &name(0), settings)).await;
        nodes.push(Node { name: name(0), server: first.server, proxy, clock });
        for number in 1..count {
            let (proxy, clock) = (Proxy::start(&database.url).await, HandClock::new());
            let mut server = Server::prepare(options(&proxy, &clock, &name(number), settings));
            share_key(&nodes[0].server.data(), &server.data());
            server.restart().await;
            nodes.push(Node { name: name(number), server, proxy, clock });
        }
        Self { nodes, database, admin: first.admin }
    }

    /// A person at each of the servers.
    #[must_use]
    pub fn everywhere(&self, person: &Client) -> Vec<Client> {
        self.nodes.iter().map(|node| person.at(node.server.client().address())).collect()
    }

    /// A new department, made at the first server.
    pub async fn department(&mut self, slug: &str) -> Department {
        let Node { name, server, proxy, clock } = self.nodes.remove(0);
        let firm = Firm { server, admin: self.admin.clone() };
        let department = firm.department(slug, slug).await;
        self.nodes.insert(0, Node { name, server: firm.server, proxy, clock });
        department
    }

    /// Ends every server as a power cut would, and removes the database.
    pub async fn remove(mut self) {
        for node in &mut self.nodes {
            if node.server.pid().is_some() {
                node.server.kill().await;
            }
        }
        self.database.remove().await;
    }
}

fn name(number: usize) -> String {
    format!("node-{}", number + 1)
}

fn options(proxy: &Proxy, clock: &HandClock, name: &str, settings: &[&str]) -> Options {
    let mut all = vec![format!("engine.node_name={name}")];
    all.extend(settings.iter().map(|setting| (*setting).to_owned()));
    Options {
        settings: all,
        database: Some(proxy.url.clone()),
        as_shipped: true,
        environment: clock.environment(),
        ..Options::default()
    }
}

/// A token of one server is good at the others that have the same key.
fn share_key(from: &Path, to: &Path) {
    fs::copy(from.join("jwt.key"), to.join("jwt.key")).expect("the key is a file");
}
