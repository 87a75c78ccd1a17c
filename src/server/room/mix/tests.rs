//! The desk and its mixdown in virtual time.

use std::time::Duration;

use super::super::hearing::Hearing;
use super::super::port::{PACKETS, Packet};
use super::*;
use crate::audio::{Decoder, Encoder, FRAME, Voice};
use crate::meeting::{ParticipantId, Reach, Source};
use crate::server::shared::Shared;
use crate::wire::{AudioMessage, AudioRecord, Rung};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::time::{Instant, interval, sleep};

const ANA: ParticipantId = ParticipantId([1; 32]);
const BRUNO: ParticipantId = ParticipantId([2; 32]);

struct Hall {
    packets: broadcast::Sender<Packet>,
    desk: MixDesk,
    shared: Arc<Shared>,
}

impl Hall {
    fn new() -> Self {
        let (packets, shared) = (broadcast::Sender::new(PACKETS), Shared::alone());
        Self { desk: MixDesk::new(packets.clone(), Arc::clone(&shared)), packets, shared }
    }

    fn say(&self, from: ParticipantId, reach: Reach, frame: u16, opus: bytes::Bytes) {
        let record = AudioRecord { source: Source(u16::from(from.0[0])), frame, level: 0x80 | 20, opus };
        let bytes = AudioMessage::one(record).encode();
        let hearing = Arc::new(Hearing::default());
        // Nobody listens: then it is silence.
        let _ = self.packets.send(Packet { from, reach, hearing, at: Instant::now(), records: 1, bytes });
    }
}

struct Mouth {
    who: ParticipantId,
    voice: Voice,
    encoder: Encoder,
    said: Vec<f32>,
    frame: u16,
}

impl Mouth {
    fn new(who: ParticipantId) -> Self {
        let voice = Voice::new(who.0[0].into());
        Self { who, voice, encoder: Encoder::new().unwrap(), said: Vec::new(), frame: 0 }
    }

    fn say(&mut self, hall: &Hall, reach: Reach) {
        let sound = self.voice.next_frame();
        self.said.extend_from_slice(&sound);
        if let Some(opus) = self.encoder.encode(&sound).unwrap() {
            hall.say(self.who, reach, self.frame, opus);
        }
        self.frame += 1;
    }
}

/// What a tap has to give by now.
async fn drain(tap: &mut Tap) -> Vec<MixPacket> {
    let mut all = Vec::new();
    while let Ok(Some(packet)) = tokio::time::timeout(Duration::from_millis(1), tap.recv()).await {
        all.push(packet);
    }
    all
}

fn decode(packets: &[MixPacket]) -> Vec<f32> {
    let mut decoder = Decoder::new().unwrap();
    packets.iter().flat_map(|p| decoder.decode(&p.opus).unwrap().to_vec()).collect()
}

/// The best correlation of the two, at 3 kHz, when one is shifted by up to 100 ms against the other.
fn share(said: &[f32], heard: &[f32]) -> f32 {
    const FAR: usize = 300;
    let thin = |s: &[f32]| s.chunks_exact(16).map(|c| c.iter().sum::<f32>() / 16.0).collect::<Vec<_>>();
    let (said, heard) = (thin(said), thin(heard));
    let n = said.len().min(heard.len()) - 2 * FAR;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let said = &said[FAR..FAR + n];
    let own = dot(said, said);
    let at = |lag: usize| {
        let heard = &heard[lag..lag + n];
        dot(said, heard) / (own * dot(heard, heard)).sqrt().max(1e-9)
    };
    (0..2 * FAR).map(at).fold(0.0, f32::max)
}

#[tokio::test(start_paused = true)]
async fn a_tap_goes_on_with_the_time_and_lacks_its_owner() {
    let hall = Hall::new();
    let (mut ana, mut bruno) = (Mouth::new(ANA), Mouth::new(BRUNO));
    // The two speak already when the taps begin, so that whose voice is left out is known from the first packet on.
    let mut others = hall.desk.tap(None, Rung::Kb16);
    let mut own = hall.desk.tap(Some(ANA), Rung::Kb16);
    let (mut all, mut minus) = (Vec::new(), Vec::new());
    let mut tick = interval(Duration::from_millis(20));
    for _ in 0..150 {
        tick.tick().await;
        ana.say(&hall, Reach::Everybody);
        bruno.say(&hall, Reach::Everybody);
        all.extend(drain(&mut others).await);
        minus.extend(drain(&mut own).await);
    }
    for packets in [&all, &minus] {
        assert!(packets.len() >= 48, "{}", packets.len());
        assert!(packets.windows(2).all(|w| w[1].frame == w[0].frame + 3), "no gap");
        assert!(packets.iter().all(|p| p.samples as usize == 3 * FRAME));
        assert_eq!(decode(packets).len(), packets.len() * 3 * FRAME, "silent ones too");
    }
    let (all, minus) = (decode(&all), decode(&minus));
    let shares = [&all, &minus].map(|heard| [share(&ana.said, heard), share(&bruno.said, heard)]);
    println!("ana and bruno in the mix and in ana's own: {shares:?}");
    assert!(shares[0].iter().all(|s| *s > 0.4), "{shares:?}");
    assert!(shares[1][0] < 0.15 && shares[1][1] > 0.6, "{shares:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_carried_in_single_bytes() {
    let hall = Hall::new();
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    sleep(Duration::from_millis(500)).await;
    drain(&mut tap).await;
    sleep(Duration::from_secs(1)).await;
    let packets = drain(&mut tap).await;
    assert!(packets.len() >= 49, "{}", packets.len());
    assert!(packets[30..].iter().all(|p| p.silent && p.opus == p.silence() && p.opus.len() == 1));
}

#[tokio::test(start_paused = true)]
async fn the_mixdown_ends_with_its_listeners_and_begins_again() {
    let hall = Hall::new();
    let runs = || hall.shared.metrics.mixes.get();
    assert_eq!(runs(), 0);
    let feed = hall.desk.feed(ANA, Rung::Kb8);
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(runs(), 1, "one for all");
    let before = drain(&mut tap).await;
    drop((feed, tap));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(runs(), 0);
    let encoded = hall.shared.metrics.mix_packets.get();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(hall.shared.metrics.mix_packets.get(), encoded, "nothing is encoded");
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(runs(), 1);
    let after = drain(&mut tap).await;
    assert!(after[0].frame >= before[0].frame + 55, "frames are counted whether they are mixed or not");
}

#[tokio::test(start_paused = true)]
async fn a_tap_ends_with_its_room() {
    let hall = Hall::new();
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    sleep(Duration::from_millis(100)).await;
    drop(hall);
    while tap.recv().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_tap_that_sleeps_loses_the_oldest() {
    let hall = Hall::new();
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    sleep(Duration::from_secs(10)).await;
    let first = tap.recv().await.unwrap().frame;
    let late = drain(&mut tap).await;
    assert!(first > 400 && late.len() < 70, "{first}, {}", late.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_for_everybody_is_in_no_mix() {
    let hall = Hall::new();
    let mut tap = hall.desk.tap(None, Rung::Kb32);
    let mut ana = Mouth::new(ANA);
    for reach in [Reach::Stage, Reach::Backstage] {
        for _ in 0..50 {
            ana.say(&hall, reach);
            sleep(Duration::from_millis(20)).await;
        }
    }
    let sound = decode(&drain(&mut tap).await);
    assert!(sound.iter().all(|s| s.abs() < 1e-3));
}

/// More than the few for whom there are encoders: the others hear nothing while they speak, never themselves.
#[tokio::test(start_paused = true)]
async fn whoever_is_one_too_many_does_not_hear_themselves() {
    let hall = Hall::new();
    let mut mouths: Vec<_> = (1..=10).map(|n| Mouth::new(ParticipantId([n; 32]))).collect();
    let mut taps: Vec<_> = mouths.iter().map(|m| hall.desk.tap(Some(m.who), Rung::Kb16)).collect();
    let mut silent = [true; 10];
    for _ in 0..50 {
        mouths.iter_mut().for_each(|m| m.say(&hall, Reach::Everybody));
        sleep(Duration::from_millis(20)).await;
        for (tap, silent) in taps.iter_mut().zip(&mut silent) {
            *silent &= drain(tap).await.iter().all(|p| p.silent);
        }
    }
    assert_eq!(silent.iter().filter(|s| **s).count(), 2, "{silent:?}");
}
