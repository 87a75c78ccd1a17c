//! The tone that says that a recording begins: packets like those of a voice, so that it is in the mix and at every seat that
//! hears each voice by itself. It is in no recording, for nobody agreed for it.

use std::f32::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::warn;

use crate::audio::{Encoder, FRAME, FRAME_MS};
use crate::meeting::{ParticipantId, Reach};
use crate::server::room::hearing::Hearing;
use crate::server::room::port::Packet;
use crate::wire::{AudioMessage, AudioRecord};

/// Frames of the tone: 240 ms, long enough to be heard and too short to talk over.
const FRAMES: u16 = 12;

/// Its two notes in Hz, a fourth apart: no voice and no telephone sounds so.
const NOTES: [f32; 2] = [660.0, 880.0];

/// How loud it is: -20 dBFS.
const LOUD: f32 = 0.1;

/// Its level (RFC 6464), no voice.
const LEVEL: u8 = 20;

/// Nobody's key: the tone is of no participant.
const NOBODY: ParticipantId = ParticipantId([0; 32]);

/// Plays the tone to everybody.
pub(super) fn play(packets: broadcast::Sender<Packet>, hearing: Arc<Hearing>) {
    tokio::spawn(async move {
        let mut encoder = match Encoder::new() {
            Ok(encoder) => encoder,
            Err(why) => return warn!(%why, "a recording begins without its tone"),
        };
        let mut ticks = interval(Duration::from_millis(FRAME_MS));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for frame in 0..FRAMES {
            ticks.tick().await;
            let Ok(Some(opus)) = encoder.encode(&sound(frame)) else { continue };
            let record = AudioRecord::own(LEVEL, (frame, opus));
            let packet = Packet {
                from: NOBODY,
                reach: Reach::Everybody,
                hearing: Arc::clone(&hearing),
                at: Instant::now(),
                records: 1,
                bytes: AudioMessage::one(record).encode(),
            };
            // Nobody hears it: then it is silence.
            let _ = packets.send(packet);
        }
    });
}

/// The `n`-th frame.
fn sound(n: u16) -> [f32; FRAME] {
    let note = NOTES[usize::from(n >= FRAMES / 2)];
    let (start, whole) = (usize::from(n) * FRAME, (usize::from(FRAMES) * FRAME) as f32);
    std::array::from_fn(|i| {
        let at = (start + i) as f32;
        // Fades in and out, so that it does not click.
        let fade = (at.min(whole - at) / 480.0).min(1.0);
        (at / 48_000.0 * note * TAU).sin() * LOUD * fade
    })
}
