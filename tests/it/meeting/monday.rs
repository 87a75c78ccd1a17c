//! A whole Monday in virtual time: backstage, doors, a round with latecomers, a talk, thirty hands, an extension put to the
//! vote, a host whose link is cut, a soft landing and the talk after it. A thousand of them, each with its own chances.

mod script;
mod stagehand;
mod watch;

use stagehand::Monday;

/// Mondays played: each one has its own order of arrival, lengths of turns, topics and mishaps.
const MONDAYS: u64 = 1_000;

/// Plays the Mondays of these seeds, and says which of them went wrong how.
fn play(seeds: impl Iterator<Item = u64>) -> Vec<String> {
    seeds
        .flat_map(|seed| Monday::play(seed).into_iter().map(move |wrong| format!("seed {seed}: {wrong}")))
        .collect()
}

#[test]
fn a_thousand_mondays_go_well() {
    let halves = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..2).map(|odd| scope.spawn(move || play((0..MONDAYS).filter(|s| s % 2 == odd)))).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(halves.is_empty(), "{} went wrong: {:#?}", halves.len(), &halves[..halves.len().min(10)]);
}
