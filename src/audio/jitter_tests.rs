//! The jitter buffer on traces in virtual time.

use std::sync::LazyLock;

use super::*;
use crate::audio::{Encoder, LadderEncoder, Quality, Voice};
use proptest::prelude::*;

/// Packets of a voice without pauses: no frame is left out by DTX.
static PACKETS: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let (mut voice, mut encoder) = (Voice::new(1), Encoder::new().unwrap());
    let mut out = Vec::new();
    while out.len() < 500 {
        out.extend(encoder.encode(&voice.next_frame()).unwrap());
    }
    out
});

fn packets(n: usize) -> Vec<Bytes> {
    PACKETS.iter().cycle().take(n).cloned().collect()
}

struct Run {
    stats: JitterStats,
    /// The delay behind the fastest packet after each pull, in ms.
    delays: Vec<f64>,
    target: Duration,
}

/// Pulls 10 ms at a time while packet `i` arrives at `20 * i + lateness(i)` ms; TCP keeps the order.
fn run(n: usize, lateness: impl Fn(usize) -> u64) -> Run {
    let packets = packets(n);
    let mut buffer = JitterBuffer::new().unwrap();
    let mut arrivals = Vec::new();
    let mut latest = 0;
    for i in 0..n {
        latest = latest.max(20 * i as u64 + lateness(i));
        arrivals.push(latest);
    }
    let (mut sent, mut delays) = (0, Vec::new());
    let mut out = [0.0; 480];
    for tick in 0..(n as u64 * 2 + 150) {
        let now = tick * 10;
        while sent < n && arrivals[sent] <= now {
            buffer.push(sent as u16, packets[sent].clone(), Duration::from_millis(arrivals[sent]));
            sent += 1;
        }
        buffer.pull(&mut out, Duration::from_millis(now));
        let playing = buffer.next as f64 * 20.0 - buffer.ready.len() as f64 / 48.0;
        delays.push(now as f64 + 10.0 - playing);
    }
    delays.truncate(n * 2);
    Run { stats: buffer.stats(), delays, target: buffer.target() }
}

/// Repeatable chance in 0..n.
fn chance(seed: u64, i: usize, n: u64) -> u64 {
    let mut z = (seed ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^= z >> 31;
    z % n
}

#[test]
fn a_good_network_costs_the_least_delay_and_nothing_is_concealed() {
    let r = run(500, |i| chance(1, i, 10));
    assert_eq!(r.stats.concealed, 0, "{:?}", r.stats);
    assert_eq!(r.stats.dropped, 0);
    assert!(r.delays[900] <= 61.0, "{}", r.delays[900]);
    assert_eq!(r.target, Duration::from_millis(40));
}

#[test]
fn a_stall_is_bridged_and_its_delay_goes_away() {
    let r = run(2_000, |i| if (250..265).contains(&i) { 300 - (i as u64 - 250) * 20 } else { 0 });
    assert!(r.stats.concealed <= 3 && r.stats.dropped == 0, "{:?}", r.stats);
    let peak = r.delays.iter().copied().fold(0.0, f64::max);
    assert!((290.0..370.0).contains(&peak), "{peak}");
    let end = r.delays[3_900];
    assert!(end < 80.0, "{end} ms behind at the end, {:?}", r.stats);
}

#[test]
fn recurring_stalls_are_learned() {
    let stalls = |from: usize| {
        move |i: usize| {
            let k = i % 250;
            if i >= 250 && i >= from && k < 10 { 200 - k as u64 * 20 } else { chance(3, i, 8) }
        }
    };
    let r = run(1_500, stalls(0));
    assert!(r.stats.concealed <= 9, "learned late: {:?}", r.stats);
    let late = r.delays[1_000..2_900].iter().copied().fold(0.0, f64::max);
    assert!(late < 300.0, "{late}");
}

#[test]
fn a_long_stall_does_not_leave_a_long_delay() {
    let r = run(1_000, |i| if (200..350).contains(&i) { 3_000 - (i as u64 - 200) * 20 } else { 0 });
    let soon = r.delays[700..].iter().copied().fold(0.0, f64::max);
    assert!(r.stats.dropped > 0 && soon < 540.0, "{soon} ms behind after the stall, {:?}", r.stats);
    assert!(r.delays[1_200] < 340.0, "{}", r.delays[1_200]);
}

#[test]
fn frames_left_out_are_silence_and_the_next_words_start_on_time() {
    let packets = packets(100);
    let mut buffer = JitterBuffer::new().unwrap();
    let (mut heard, mut out) = (Vec::new(), [0.0; 480]);
    for tick in 0_u64..400 {
        let now = Duration::from_millis(tick * 10);
        let frame = tick / 2;
        // Speaks for 50 frames, is silent for 50, speaks for 50.
        if tick % 2 == 0 && (frame < 50 || (100..150).contains(&frame)) {
            buffer.push(frame as u16, packets[(frame % 100) as usize].clone(), now);
        }
        heard.push(buffer.pull(&mut out, now));
    }
    assert_eq!(buffer.stats().concealed, 0);
    assert_eq!(buffer.stats().played, 100);
    assert_eq!(heard.iter().position(|h| *h), Some(4), "40 ms after the first packet");
    let again = 150 + heard[150..].iter().position(|h| *h).unwrap();
    assert_eq!(again, 204, "40 ms after the packet at 2,000 ms");
}

#[test]
fn a_microphone_that_opens_again_starts_anew() {
    let packets = packets(60);
    let mut buffer = JitterBuffer::new().unwrap();
    let mut out = [0.0; 960];
    for (n, frame) in (0..30).chain(0..30).enumerate() {
        let now = Duration::from_millis(n as u64 * 20);
        buffer.push(frame, packets[n].clone(), now);
        buffer.pull(&mut out, now);
    }
    for n in 60..70 {
        buffer.pull(&mut out, Duration::from_millis(n * 20));
    }
    assert_eq!(buffer.stats().played, 60, "{:?}", buffer.stats());
    assert_eq!(buffer.stats().dropped, 0);
}

#[test]
fn doubled_and_broken_packets_are_dropped() {
    let packets = packets(3);
    let mut buffer = JitterBuffer::new().unwrap();
    buffer.push(0, packets[0].clone(), Duration::ZERO);
    buffer.push(0, packets[0].clone(), Duration::ZERO);
    buffer.push(1, Bytes::from_static(&[0xfb, 6]), Duration::ZERO);
    assert_eq!(buffer.stats().dropped, 2);
}

/// What was pulled is what was taken in, where it was said to be.
#[test]
fn a_pull_tells_the_packets_that_it_took_in() {
    let packets = packets(200);
    let mut buffer = JitterBuffer::aiming_at(Duration::from_millis(25)).unwrap();
    let (mut taken, mut ends, mut out) = (Vec::new(), Vec::new(), [0.0; FRAME]);
    for tick in 0..260_u64 {
        let now = Duration::from_millis(20 * tick);
        // The network stands still for 400 ms, and then all is there.
        for n in (0..200).filter(|n| tick == if (60..80).contains(n) { 80 } else { *n }) {
            buffer.push(n as u16, packets[n as usize].clone(), now);
        }
        buffer.pull(&mut out, now);
        for Taken { after, opus } in buffer.taken() {
            taken.push(opus.clone());
            ends.push(tick as usize * FRAME + after);
        }
    }
    assert_eq!(taken, packets, "each once and in order");
    assert!(ends.windows(2).all(|w| w[0] < w[1]), "each after the one before: {ends:?}");
    let first: Vec<_> = ends.windows(2).take(50).map(|w| w[1] - w[0]).collect();
    assert!(first.iter().all(|step| *step == FRAME), "without a gap where there was none: {first:?}");
}

#[test]
fn numbers_wrap() {
    let packets = packets(40);
    let mut buffer = JitterBuffer::new().unwrap();
    let mut out = [0.0; 960];
    for n in 0..40_u16 {
        let now = Duration::from_millis(u64::from(n) * 20);
        buffer.push(65_520_u16.wrapping_add(n), packets[usize::from(n)].clone(), now);
        buffer.pull(&mut out, now);
    }
    assert_eq!(buffer.stats().dropped, 0);
    assert!(buffer.stats().played >= 37, "{:?}", buffer.stats());
}

/// The lowest rung of a mix: packets of 60 ms, three of them at once.
#[test]
fn packets_that_come_in_threes_are_played_without_a_gap() {
    let (mut voice, mut encoder) = (Voice::new(1), LadderEncoder::new(Quality::LOW).unwrap());
    let mut packets = Vec::new();
    while packets.len() < 150 {
        packets.extend(encoder.push(&voice.next_frame()).unwrap().filter(|c| !c.silent));
    }
    let mut buffer = JitterBuffer::new().unwrap();
    let (mut out, mut heard) = ([0.0; 480], 0);
    for tick in 0..150 * 6 {
        let now = Duration::from_millis(tick * 10);
        if tick % 18 == 17 {
            let first = tick / 18 * 3;
            for n in first..first + 3 {
                buffer.push(n as u16 * 3, packets[n as usize].opus.clone(), now);
            }
        }
        heard += u64::from(buffer.pull(&mut out, now));
    }
    let stats = buffer.stats();
    assert_eq!((stats.dropped, stats.concealed), (0, 0), "{stats:?}");
    assert!(stats.played >= 146, "{stats:?}");
    assert!(buffer.target() <= Duration::from_millis(145), "{:?}", buffer.target());
    assert!(heard >= 150 * 6 - 18 - 16, "{heard} of {} ticks", 150 * 6);
}

/// Who takes whole frames at even times needs less delay than a sound card does.
#[test]
fn a_mixer_may_aim_lower() {
    let packets = packets(100);
    let mut buffer = JitterBuffer::aiming_at(Duration::from_millis(25)).unwrap();
    let (mut out, mut heard) = ([0.0; 960], Vec::new());
    for n in 0..100_u64 {
        let now = Duration::from_millis(n * 20);
        buffer.push(
            n as u16,
            packets[n as usize].clone(),
            now + Duration::from_millis(chance(5, n as usize, 4)),
        );
        heard.push(buffer.pull(&mut out, now + Duration::from_millis(5)));
    }
    assert_eq!(heard.iter().position(|h| *h), Some(1));
    assert_eq!(buffer.stats().concealed, 0, "{:?}", buffer.stats());
    assert_eq!(buffer.target(), Duration::from_millis(25));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    /// Whatever the network does, the delay is bounded and every packet is played or counted.
    #[test]
    fn latency_is_bounded(seed: u64, jitter in 1_u64..120, stall in 0_u64..900, every in 60_usize..300) {
        let r = run(400, |i| {
            let k = (i % every) as u64 * 20;
            chance(seed, i, jitter) + stall.saturating_sub(k)
        });
        let worst = r.delays.iter().copied().fold(0.0, f64::max);
        prop_assert!(worst < 500.0 + stall as f64 + jitter as f64 + 40.0, "{worst}");
        prop_assert!(r.stats.played + r.stats.dropped <= 400);
        prop_assert!(r.stats.played + r.stats.dropped + 30 >= 400, "{:?}", r.stats);
    }

    /// Any numbers and bytes at any times: no panic, and memory stays bounded.
    #[test]
    fn anything_may_arrive(frames in prop::collection::vec((any::<u16>(), 0_u64..100, prop::collection::vec(any::<u8>(), 0..6)), 0..200)) {
        let mut buffer = JitterBuffer::new().unwrap();
        let (mut now, mut out) = (0, [0.0; 480]);
        for (frame, later, bytes) in frames {
            now += later;
            buffer.push(frame, Bytes::from(bytes), Duration::from_millis(now));
            buffer.pull(&mut out, Duration::from_millis(now));
            prop_assert!(buffer.depth() <= Duration::from_millis(600));
            prop_assert!(out.iter().all(|s| s.is_finite()));
        }
    }
}

#[test]
fn a_silence_lasts_to_the_sample_however_the_device_asks() {
    let packets = packets(200);
    let mut buffer = JitterBuffer::new().unwrap();
    let mut out = [0.0; 480];
    let mut silent = Vec::new();
    for tick in 0..400 {
        // Frames 100 to 129 are not sent.
        if tick % 2 == 0 && !(200..260).contains(&tick) {
            let frame = tick / 2;
            buffer.push(frame as u16, packets[frame].clone(), Duration::from_millis(tick as u64 * 10));
        }
        buffer.pull(&mut out, Duration::from_millis(tick as u64 * 10 + chance(3, tick, 9)));
        if [190, 380].contains(&tick) {
            silent.push(buffer.stats().silent);
        }
    }
    let filled = u64::from(MAX_CONCEALED) * FRAME as u64 + silent[1] - silent[0];
    assert_eq!(filled, 30 * FRAME as u64);
    assert_eq!(buffer.stats().shrunk, 0, "a device that asks late now and then is no delay");
}
