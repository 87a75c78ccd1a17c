//! The task that mixes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use crate::audio::Blend;
use crate::meeting::{ParticipantId, Reach};
use crate::server::shared::Shared;
use crate::wire::{AudioMessage, Rung};

use super::super::port::Packet;
use super::desk::{Lanes, Listeners, MixedMessage};
use super::kept::{Keeping, Kept};
use super::track::RungMix;
use super::voices::Voices;

/// Frames that the mix may be behind and still makes up for: 200 ms. After more the machine stood still, and what was not
/// mixed is left out.
const MAX_BEHIND: u64 = 10;

/// Hears a room's packets and mixes them until nobody listens or the room is gone.
pub(super) struct Mixdown {
    packets: broadcast::Receiver<Packet>,
    lanes: Arc<Lanes>,
    running: Running,
    shared: Arc<Shared>,
    voices: Voices,
    blend: Blend<ParticipantId>,
    rungs: Vec<(Rung, RungMix)>,
    /// What is recorded.
    kept: Arc<Kept>,
    keeping: Keeping,
    /// The number of the next frame.
    next: u64,
}

impl Mixdown {
    pub(super) fn new(
        packets: broadcast::Receiver<Packet>,
        (lanes, listeners, shared): (Arc<Lanes>, Arc<Listeners>, Arc<Shared>),
        kept: Arc<Kept>,
    ) -> Self {
        shared.metrics.mixes.inc();
        let next = lanes.under_way() + 1;
        Self {
            packets,
            lanes,
            running: Running { listeners, shared: Arc::clone(&shared), ended: false },
            shared,
            voices: Voices::default(),
            blend: Blend::new(),
            rungs: Vec::new(),
            kept,
            keeping: Keeping::default(),
            next,
        }
    }

    pub(super) async fn run(mut self) {
        debug!("a mixdown begins");
        loop {
            if self.running.listeners.may_end() {
                self.running.ended = true;
                break;
            }
            let due = self.lanes.since + self.lanes.moment(self.next);
            tokio::select! {
                biased;
                packet = self.packets.recv() => match packet {
                    Ok(packet) => self.hear(packet),
                    Err(RecvError::Lagged(lost)) => self.shared.metrics.dropped("slow-mix", lost),
                    Err(RecvError::Closed) => break,
                },
                () = sleep_until(due) => self.catch_up(),
            }
        }
        debug!("a mixdown ends");
    }

    /// Takes a packet for everybody: what is meant for fewer is in no mix.
    fn hear(&mut self, packet: Packet) {
        if packet.reach != Reach::Everybody {
            return;
        }
        let at = packet.at.saturating_duration_since(self.lanes.since);
        // The room wrote these bytes itself.
        if let Ok(message) = AudioMessage::decode(packet.bytes) {
            self.voices.hear(packet.from, message, at);
        }
    }

    /// Mixes every frame whose time has come.
    fn catch_up(&mut self) {
        let began = thread_cpu();
        self.mix_due();
        self.shared.metrics.mixed_for(thread_cpu().saturating_sub(began));
    }

    fn mix_due(&mut self) {
        let now = self.lanes.under_way();
        if now.saturating_sub(self.next) > MAX_BEHIND {
            self.shared.metrics.dropped("slow-mix", now - self.next);
            self.next = now;
            self.rungs.iter_mut().for_each(|(_, mix)| mix.restart());
        }
        while self.next <= now {
            self.mix();
            self.next += 1;
        }
    }

    fn mix(&mut self) {
        let now = self.lanes.moment(self.next);
        self.voices.blend(&mut self.blend, now);
        self.follow_listeners();
        if self.running.listeners.want_kept() {
            self.keeping.push(self.next, &self.blend, &self.voices, &self.kept);
        } else {
            self.keeping.rest();
        }
        for (rung, mix) in &mut self.rungs {
            let lane = self.lanes.of(*rung);
            let listens = |who: &ParticipantId| self.running.listeners.have(*who, *rung);
            let apart: BTreeSet<_> = self.voices.speaking(now).filter(listens).collect();
            if let Some(packet) = mix.push(self.next, &self.blend, &apart) {
                // Nobody taps it: then it is for the messages alone.
                let _ = lane.packets.send(Arc::new(packet));
            }
            if let Some(made) = mix.messages(self.next, |without| self.voices.levels(without, now)) {
                let (common, minus) = (made.common, made.minus.into());
                let message = MixedMessage { at: Instant::now(), packets: made.packets, common, minus };
                // No seat hears it: then it is for the taps alone.
                let _ = lane.messages.send(message);
            }
            self.shared.metrics.mix_packets.inc_by(std::mem::take(&mut mix.encoded));
        }
    }

    /// Encodes the rungs that somebody listens to, and no other.
    fn follow_listeners(&mut self) {
        let listeners = &self.running.listeners;
        self.rungs.retain(|(rung, _)| listeners.want(*rung));
        for rung in Rung::ALL {
            if listeners.want(rung) && self.rungs.iter().all(|(r, _)| *r != rung) {
                self.rungs.extend(RungMix::new(rung).map(|mix| (rung, mix)));
            }
        }
    }
}

/// CPU time of this thread. What is between two looks is one task's alone, as long as nothing is waited for.
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Says that the mixdown is gone, however it ends.
struct Running {
    listeners: Arc<Listeners>,
    shared: Arc<Shared>,
    /// The listeners know already, and another mixdown may run by now.
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.metrics.mixes.dec();
        if !self.ended {
            self.listeners.gone();
        }
    }
}
