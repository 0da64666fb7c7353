//! Numbers in the text format of Prometheus.
//!
//! A small registry of our own: a handful of families with few, fixed labels. What can be read when it is asked for
//! (loop lag, free slots) is not kept here but added by the page that renders (`http::metrics`).

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the buckets of a duration, in seconds; from one loop of the event queue to the request time-out.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

/// A number that only rises, by label values.
#[derive(Debug)]
pub struct Counter {
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    values: Mutex<BTreeMap<Vec<String>, u64>>,
}

impl Counter {
    const fn new(name: &'static str, help: &'static str, labels: &'static [&'static str]) -> Self {
        Self { name, help, labels, values: Mutex::new(BTreeMap::new()) }
    }

    /// Adds one to the series of the label values, given in the order of the labels.
    pub fn add(&self, values: &[&str]) {
        debug_assert_eq!(values.len(), self.labels.len(), "{}: one value per label", self.name);
        let key = values.iter().map(|value| (*value).to_owned()).collect();
        *self.values.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    fn render(&self, page: &mut String) {
        heading(page, self.name, self.help, "counter");
        for (values, count) in &*self.values.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(page, "{}{} {count}", self.name, braces(self.labels, values));
        }
    }
}

/// A number that rises and falls.
#[derive(Debug)]
pub struct Gauge {
    name: &'static str,
    help: &'static str,
    value: AtomicI64,
}

impl Gauge {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, value: AtomicI64::new(0) }
    }

    /// Counts one thing for as long as the answer lives.
    pub fn hold(&'static self) -> Held {
        self.value.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }

    fn render(&self, page: &mut String) {
        sample(page, self.name, self.help, &[(String::new(), self.value.load(Ordering::Relaxed) as f64)]);
    }
}

/// One thing counted by a gauge.
#[derive(Debug)]
pub struct Held(&'static Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.value.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long something took.
#[derive(Debug)]
pub struct Histogram {
    name: &'static str,
    help: &'static str,
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            buckets: [const { AtomicU64::new(0) }; BUCKETS.len()],
            count: AtomicU64::new(0),
            sum_us: AtomicU64::new(0),
        }
    }

    /// Notes one duration.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(at) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.buckets[at].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn render(&self, page: &mut String) {
        heading(page, self.name, self.help, "histogram");
        let mut below = 0;
        for (bound, count) in BUCKETS.iter().zip(&self.buckets) {
            below += count.load(Ordering::Relaxed);
            let _ = writeln!(page, "{}_bucket{{le=\"{bound}\"}} {below}", self.name);
        }
        let count = self.count.load(Ordering::Relaxed);
        let _ = writeln!(page, "{}_bucket{{le=\"+Inf\"}} {count}", self.name);
        let _ = writeln!(page, "{}_sum {}", self.name, self.sum_us.load(Ordering::Relaxed) as f64 / 1e6);
        let _ = writeln!(page, "{}_count {count}", self.name);
    }
}

/// Answers of the web server, by route and status.
pub static HTTP_REQUESTS: Counter =
    Counter::new("almanac_http_requests_total", "Answered requests.", &["route", "status"]);
/// How long answers took.
pub static HTTP_SECONDS: Histogram = Histogram::new("almanac_http_request_seconds", "Time to answer a request.");
/// GraphQL operations, by kind and transport.
pub static GRAPHQL_OPERATIONS: Counter =
    Counter::new("almanac_graphql_operations_total", "GraphQL operations.", &["kind", "transport"]);
/// GraphQL errors, by code.
pub static GRAPHQL_ERRORS: Counter = Counter::new("almanac_graphql_errors_total", "GraphQL errors.", &["code"]);
/// Open WebSockets.
pub static SOCKETS: Gauge = Gauge::new("almanac_websockets", "Open WebSockets.");
/// Live subscriptions.
pub static SUBSCRIPTIONS: Gauge = Gauge::new("almanac_subscriptions", "Live subscriptions.");

/// All families kept here, as text.
#[must_use]
pub fn render() -> String {
    let mut page = String::new();
    HTTP_REQUESTS.render(&mut page);
    HTTP_SECONDS.render(&mut page);
    GRAPHQL_OPERATIONS.render(&mut page);
    GRAPHQL_ERRORS.render(&mut page);
    SOCKETS.render(&mut page);
    SUBSCRIPTIONS.render(&mut page);
    page
}

/// Writes a gauge that was read just now; each sample is its labels, already in braces, and its value.
pub fn sample(page: &mut String, name: &str, help: &str, samples: &[(String, f64)]) {
    heading(page, name, help, "gauge");
    for (labels, value) in samples {
        let _ = writeln!(page, "{name}{labels} {value}");
    }
}

/// Labels in braces, with values escaped as the format wants it.
#[must_use]
pub fn braces(labels: &[&str], values: &[String]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs = labels.iter().zip(values).map(|(label, value)| format!("{label}=\"{}\"", escape(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn heading(page: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_renders_its_series_with_escaped_labels() {
        let counter = Counter::new("c_total", "Count.", &["a", "b"]);
        counter.add(&["x", "say \"hi\"\n"]);
        counter.add(&["x", "say \"hi\"\n"]);
        let mut page = String::new();
        counter.render(&mut page);
        assert_eq!(page, "# HELP c_total Count.\n# TYPE c_total counter\nc_total{a=\"x\",b=\"say \\\"hi\\\"\\n\"} 2\n");
    }

    #[test]
    fn buckets_of_a_histogram_add_up() {
        let histogram = Histogram::new("h", "Time.");
        histogram.observe(Duration::from_millis(1));
        histogram.observe(Duration::from_millis(20));
        histogram.observe(Duration::from_secs(60));
        let mut page = String::new();
        histogram.render(&mut page);
        assert!(page.contains("h_bucket{le=\"0.001\"} 1\n"), "{page}");
        assert!(page.contains("h_bucket{le=\"30\"} 2\n"), "{page}");
        assert!(page.contains("h_bucket{le=\"+Inf\"} 3\n"), "{page}");
        assert!(page.contains("h_sum 60.021\n"), "{page}");
    }

    #[test]
    fn a_gauge_counts_what_is_held() {
        static HELD: Gauge = Gauge::new("g", "Held.");
        let first = HELD.hold();
        let second = HELD.hold();
        drop(first);
        let mut page = String::new();
        HELD.render(&mut page);
        assert!(page.ends_with("g 1\n"), "{page}");
        drop(second);
    }
}
