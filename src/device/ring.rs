//! A callback's ends of the rings. Nothing here allocates, locks or does I/O: it copies, counts and wakes the thread at
//! the ring's other end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::Thread;

use rtrb::{Consumer, Producer};

/// How fast the last sample fades when there are no more: silent within 1 ms, without a click.
const FADE: f32 = 0.9;

/// What a callback and the other end of its ring share.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) gone: AtomicBool,
    /// Errors in a row.
    pub(super) errors: AtomicU32,
    /// Samples a callback.
    pub(super) block: AtomicU32,
    /// Samples asked for or given by the device.
    pub(super) samples: AtomicU64,
    /// Samples that were missing.
    pub(super) missed: AtomicU64,
}

impl Health {
    fn beat(&self, frames: usize, missed: usize) {
        self.samples.fetch_add(frames as u64, Ordering::Relaxed);
        self.missed.fetch_add(missed as u64, Ordering::Relaxed);
        self.errors.store(0, Ordering::Relaxed);
    }
}

/// Where a microphone's callback puts its samples.
pub(super) struct Inlet {
    into: Producer<f32>,
    health: Arc<Health>,
    wake: Thread,
}

impl Inlet {
    pub(super) fn new(into: Producer<f32>, health: Arc<Health>, wake: Thread) -> Self {
        Self { into, health, wake }
    }

    /// Takes what was captured; what finds no room is lost, as nobody takes it anyway.
    pub(super) fn take(&mut self, samples: impl ExactSizeIterator<Item = f32>) {
        let frames = samples.len();
        let n = frames.min(self.into.slots());
        self.health.beat(frames, frames - n);
        if let Ok(chunk) = self.into.write_chunk_uninit(n) {
            chunk.fill_from_iter(samples);
        }
        self.wake.unpark();
    }
}

/// Where a speaker's callback takes its samples from.
pub(super) struct Outlet {
    from: Consumer<f32>,
    health: Arc<Health>,
    wake: Thread,
    last: f32,
}

impl Outlet {
    pub(super) fn new(from: Consumer<f32>, health: Arc<Health>, wake: Thread) -> Self {
        Self { from, health, wake, last: 0.0 }
    }

    /// Gives so many samples to `put`; where there are too few, the last one fades.
    pub(super) fn give(&mut self, frames: usize, mut put: impl FnMut(f32)) {
        let n = frames.min(self.from.slots());
        self.health.beat(frames, frames - n);
        if let Ok(chunk) = self.from.read_chunk(n) {
            for sample in chunk {
                self.last = sample;
                put(sample);
            }
        }
        for _ in n..frames {
            self.last *= FADE;
            put(self.last);
        }
        self.wake.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtrb::RingBuffer;

    #[test]
    fn what_is_missing_fades_and_is_counted() {
        let (mut samples, from) = RingBuffer::new(8);
        let health = Arc::new(Health::default());
        let mut outlet = Outlet::new(from, health.clone(), std::thread::current());
        for _ in 0..3 {
            samples.push(0.5).unwrap();
        }
        let mut out = Vec::new();
        outlet.give(5, |s| out.push(s));
        assert_eq!(out[..3], [0.5; 3]);
        assert!(out[3] < 0.5 && out[4] < out[3] && out[4] > 0.0);
        assert_eq!(health.samples.load(Ordering::Relaxed), 5);
        assert_eq!(health.missed.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_full_ring_keeps_the_oldest() {
        let (into, mut samples) = RingBuffer::new(4);
        let health = Arc::new(Health::default());
        let mut inlet = Inlet::new(into, health.clone(), std::thread::current());
        inlet.take([0.1, 0.2, 0.3, 0.4, 0.5, 0.6].into_iter());
        let kept: Vec<_> = std::iter::from_fn(|| samples.pop().ok()).collect();
        assert_eq!(kept, [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(health.missed.load(Ordering::Relaxed), 2);
    }
}
