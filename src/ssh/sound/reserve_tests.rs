//! The reserve over links in virtual time.

use super::*;

/// A sound server that plays a ms each ms and asks for a block when it has played one, over a link that is late.
struct Run {
    /// The reserve after each second, in ms.
    held: Vec<u32>,
    /// The seconds in which it ran dry.
    dry: Vec<u64>,
}

/// Runs for so many seconds; what the link carries at `now` ms takes `late(now)` ms there and back.
fn run(secs: u64, late: impl Fn(u64) -> u64) -> Run {
    let mut reserve = Reserve::new(Duration::from_millis(10));
    let mut out = Run { held: Vec::new(), dry: Vec::new() };
    // In samples: what the server asked for, what it holds, and what is on its way by when it arrives.
    let (mut asked, mut holds, mut coming) = (0_i64, 0_i64, Vec::<(u64, i64)>::new());
    let mut is_dry = true;
    for now in 0..secs * 1_000 {
        let target = i64::from(BLOCK + reserve.samples());
        if target - holds - asked >= i64::from(BLOCK) {
            let wants = target - holds - asked;
            asked += wants;
            // The link keeps the order.
            let at = (now + late(now)).max(coming.last().map_or(0, |c| c.0));
            coming.push((at, wants));
        }
        let here: i64 = coming.iter().filter(|(at, _)| *at == now).map(|(_, wants)| wants).sum();
        coming.retain(|(at, _)| *at > now);
        if here > 0 {
            asked -= here;
            holds += here;
            reserve.is_asked(here as usize, Duration::from_millis(now));
        }
        holds -= 48;
        if holds < 0 && !is_dry {
            reserve.ran_dry();
            out.dry.push(now / 1_000);
        }
        is_dry = holds < 0;
        if now % 1_000 == 999 {
            out.held.push(reserve.samples() / 48);
        }
    }
    out
}

/// What a quiet link needs, in ms.
const LEAST: u32 = 30;

#[test]
fn a_quiet_link_needs_the_least() {
    let r = run(60, |now| now % 7);
    assert_eq!((r.held.iter().max(), r.dry.len()), (Some(&LEAST), 0));
}

#[test]
fn a_link_that_stood_still_leaves_no_more() {
    for still in [1_000_u64, 2_000, 5_000, 30_000] {
        let r = run(60, |now: u64| {
            (10_000 + still).saturating_sub(now).min(if now < 10_000 { 10 } else { still })
        });
        assert_eq!(r.dry, [10], "{still}");
        assert_eq!(r.held.iter().max(), Some(&LEAST), "{still}: {:?}", r.held);
    }
}

#[test]
fn a_bad_minute_is_held_against_and_forgotten() {
    // 150 ms late for a moment each second.
    let r = run(300, |now| if now < 60_000 { (150_u64).saturating_sub(now % 1_000) } else { 5 });
    assert!(r.held[30] >= 110 && r.dry.iter().filter(|s| **s > 10).count() <= 4, "{:?} {:?}", r.dry, r.held);
    assert!(r.held[120] < 45, "{:?}", r.held);
    assert_eq!(r.held[180], LEAST);
}

#[test]
fn a_link_that_is_late_now_and_then_is_learned() {
    let r = run(3_600, |now| (120_u64).saturating_sub(now % 8_000));
    // Of 450 times that it is late.
    assert!(r.dry.len() < 60, "dry {} times: {:?}", r.dry.len(), r.dry);
    assert!(r.held.iter().all(|held| *held < 160), "{:?}", r.held.iter().max());
}

#[test]
fn nobody_waits_for_half_a_second() {
    let r = run(120, |now| (390_u64).saturating_sub(now % 900));
    assert!(r.held.iter().all(|held| *held <= MOST / 48));
}
