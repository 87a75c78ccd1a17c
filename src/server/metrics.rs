//! What the server counts, as OpenMetrics text.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Which rejection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Code {
    code: String,
}

/// Why a packet went no further.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Why {
    why: &'static str,
}

/// What the server counts.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    pub(super) connections: Gauge,
    pub(super) connections_refused: Counter,
    pub(super) passcodes_hashed: Counter,
    pub(super) passcodes_refused: Counter,
    pub(super) rooms: Gauge,
    pub(super) seats: Gauge,
    pub(super) people: Gauge,
    pub(super) events: Counter,
    pub(super) commits: Counter,
    pub(super) commits_failed: Counter,
    pub(super) commit_seconds: Histogram,
    pub(super) packets_in: Counter,
    pub(super) packets_out: Counter,
    pub(super) mixes: Gauge,
    pub(super) mix_packets: Counter,
    mix_cpu: Counter<f64, AtomicU64>,
    packets_dropped: Family<Why, Counter>,
    rejections: Family<Code, Counter>,
}

/// Half a millisecond to a second: a commit on a fast disk, and on a disk in trouble.
const COMMIT_BUCKETS: u16 = 12;

impl Metrics {
    pub(super) fn new() -> Self {
        let mut made = Self {
            registry: Registry::with_prefix("palco"),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
            passcodes_hashed: Counter::default(),
            passcodes_refused: Counter::default(),
            rooms: Gauge::default(),
            seats: Gauge::default(),
            people: Gauge::default(),
            events: Counter::default(),
            commits: Counter::default(),
            commits_failed: Counter::default(),
            commit_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, COMMIT_BUCKETS)),
            packets_in: Counter::default(),
            packets_out: Counter::default(),
            mixes: Gauge::default(),
            mix_packets: Counter::default(),
            mix_cpu: Counter::default(),
            packets_dropped: Family::default(),
            rejections: Family::default(),
        };
        made.register();
        made
    }

    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("connections", "TCP connections that are up", self.connections.clone());
        r.register("connections_refused", "Connections closed for a cap", self.connections_refused.clone());
        r.register("passcodes_hashed", "Passcodes hashed", self.passcodes_hashed.clone());
        r.register(
            "passcodes_refused",
            "Passcodes that were one too many, and not hashed",
            self.passcodes_refused.clone(),
        );
        r.register("rooms", "Rooms in memory", self.rooms.clone());
        r.register("seats", "Websocket seats, observers included", self.seats.clone());
        r.register("people", "Participants here", self.people.clone());
        r.register("events", "Events made durable", self.events.clone());
        r.register("commits", "Batches made durable", self.commits.clone());
        r.register("commits_failed", "Batches that were not kept", self.commits_failed.clone());
        r.register_with_unit(
            "commit",
            "Time from decided to durable",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        r.register("packets_in", "Audio packets received", self.packets_in.clone());
        r.register("packets_out", "Audio packets sent, each listener counted", self.packets_out.clone());
        r.register("mixes", "Rooms that are mixed now, since somebody listens", self.mixes.clone());
        r.register("mix_packets", "Packets of mixes encoded", self.mix_packets.clone());
        r.register_with_unit(
            "mix_cpu",
            "CPU time of mixing: decoding, adding up and encoding",
            Unit::Seconds,
            self.mix_cpu.clone(),
        );
        r.register("packets_dropped", "Audio packets that went no further", self.packets_dropped.clone());
        r.register("rejections", "Commands and seats refused", self.rejections.clone());
    }

    pub(super) fn dropped(&self, why: &'static str, packets: u64) {
        self.packets_dropped.get_or_create(&Why { why }).inc_by(packets);
    }

    pub(super) fn mixed_for(&self, cpu: Duration) {
        self.mix_cpu.inc_by(cpu.as_secs_f64());
    }

    pub(super) fn rejected(&self, code: &str) {
        self.rejections.get_or_create(&Code { code: code.to_owned() }).inc();
    }

    /// OpenMetrics text of everything.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a String does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
