//! The way to the server: reaching it, round trips, clocks.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, timeout_at};

use crate::cli::args::WhoArgs;
use crate::cli::context::Context;
use crate::cli::meet::{Connected, first_connection};
use crate::cli::output::Failure;
use crate::client::{LinkConfig, LinkEvent, RoomUrl, now, reach};
use crate::meeting::Timestamp;
use crate::wire::{ClientMessage, Feed, ServerMessage};

use super::report::Check;

/// Questions that are asked.
const QUESTIONS: u64 = 20;

/// Between two of them: 2 s in all.
const APART: Duration = Duration::from_millis(100);

/// An answer that takes longer counts as lost: sound that late is no sound any more.
pub(super) const LOST: Duration = Duration::from_secs(2);

/// From here on two people begin to talk at once (ITU-T G.114 asks for 150 ms one way).
const SLOW_MS: u64 = 300;

/// From here on sound is held back for as long.
const UNSTEADY_MS: u64 = 60;

/// From here on times of day are another server's.
const OFF_MS: i64 = 60_000;

/// Looks at the link; a room that lets nobody in, or is not there, ends it with what to do.
pub(super) async fn look(context: &Context, who: &WhoArgs, url: &RoomUrl) -> Vec<Check> {
    let url = match context.trusted(url).await {
        Ok(url) => url,
        Err(failure) => return vec![unwell(failure)],
    };
    let began = Instant::now();
    if let Err(why) = reach(&url).await {
        return vec![Check::bad("server", why.to_string(), "then ask again: palco doctor URL")];
    }
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let how = if url.is_tls() { "encrypted" } else { "not encrypted" };
    let server = Check::good("server", format!("{} answers, {how}, in {took} ms", url.authority()))
        .with("connect_ms", took)
        .with("encrypted", url.is_tls());
    match asked(context, who, &url).await {
        Ok(trips) => {
            let took = trips.iter().map(|t| t.took_ms).collect();
            vec![server, steadiness("link", took, QUESTIONS), clocks(&trips)]
        }
        Err(failure) => vec![server, unwell(failure)],
    }
}

fn unwell(failure: Failure) -> Check {
    Check::bad("room", failure.text, "then ask again: palco doctor URL").with("code", failure.code)
}

/// One question that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trip {
    took_ms: u64,
    /// The server's clock less ours.
    ahead_ms: i64,
}

/// Asks the server for its time, again and again.
async fn asked(context: &Context, who: &WhoArgs, url: &RoomUrl) -> Result<Vec<Trip>, Failure> {
    let identity = context.identity(who)?;
    let config = LinkConfig {
        url: url.clone(),
        identity,
        join: None,
        open: None,
        feed: Feed::None,
        signals: false,
        pair: None,
    };
    let mut connected = first_connection(config).await?;
    let mut sent = Vec::new();
    let mut trips = Vec::new();
    let mut ticks = interval(APART);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while (sent.len() as u64) < QUESTIONS {
        tokio::select! {
            _ = ticks.tick() => {
                let at = now();
                sent.push(at);
                let question = ClientMessage::Ping { sent: at };
                connected.link.send(question).await.map_err(|e| Failure::refused("broken", e))?;
            }
            trip = trip(&mut connected, &sent) => trips.extend(trip?),
        }
    }
    let until = tokio::time::Instant::now() + LOST;
    while trips.len() < sent.len() {
        match timeout_at(until, trip(&mut connected, &sent)).await {
            Ok(trip) => trips.extend(trip?),
            Err(_) => break,
        }
    }
    connected.link.close();
    Ok(trips)
}

/// What comes next, if it is the answer to one of our questions.
async fn trip(connected: &mut Connected, sent: &[Timestamp]) -> Result<Option<Trip>, Failure> {
    match connected.events.recv().await {
        Some(LinkEvent::Message(ServerMessage::Pong { sent: asked, now: server })) => {
            let took = now().since(asked).0;
            let middle = i64::try_from(asked.0 + took / 2).unwrap_or(i64::MAX);
            let ahead_ms = i64::try_from(server.0).unwrap_or(i64::MAX).saturating_sub(middle);
            Ok(sent.contains(&asked).then_some(Trip { took_ms: took, ahead_ms }))
        }
        Some(LinkEvent::Ended { code, text }) => Err(Failure::refused(code, text)),
        Some(_) => Ok(None),
        None => Err(Failure::no_connection("the connection has ended")),
    }
}

/// Judges what came back of so many, in the order in which it was sent, each after how many ms.
pub(super) fn steadiness(name: &'static str, mut took: Vec<u64>, of: u64) -> Check {
    let steps: Vec<u64> = took.windows(2).map(|w| w[0].abs_diff(w[1])).collect();
    // As RFC 3550 means it: how much one differs from the one before.
    let jitter = steps.iter().sum::<u64>() / (steps.len() as u64).max(1);
    let lost = of.saturating_sub(took.len() as u64);
    took.sort_unstable();
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied();
    let (median, worst) = (at(50).unwrap_or_default(), at(95).unwrap_or_default());
    let text =
        format!("round trip {median} ms, at worst {worst} ms, jitter {jitter} ms, lost {lost} of {of}");
    let less = "a cable in place of radio, a VPN left out, or less sound (`:feed auto`) makes it better";
    let check = if lost > 0 {
        Check::bad(name, format!("{text}: some did not come back in {} s", LOST.as_secs()), less)
    } else if median > SLOW_MS {
        Check::bad(name, format!("{text}: people will begin to talk at once"), less)
    } else if jitter > UNSTEADY_MS {
        Check::bad(name, format!("{text}: sound has to be held back"), less)
    } else {
        Check::good(name, text)
    };
    check.with("round_trip_ms", median).with("worst_ms", worst).with("jitter_ms", jitter).with("lost", lost)
}

fn clocks(trips: &[Trip]) -> Check {
    // The quickest answer knows best.
    let ahead = trips.iter().min_by_key(|t| t.took_ms).map_or(0, |t| t.ahead_ms);
    let text =
        format!("the server's clock is {} ms {}", ahead.abs(), if ahead < 0 { "behind" } else { "ahead" });
    let check = if ahead.abs() > OFF_MS {
        let fix = "set this machine's clock (timedatectl set-ntp true), or tell who runs the server";
        Check::bad("clock", text, fix)
    } else {
        Check::good("clock", text)
    };
    check.with("offset_ms", ahead)
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    #[test]
    fn a_link_is_judged_by_what_is_felt() {
        let verdict = |took: &[u64]| steadiness("link", took.to_vec(), QUESTIONS).verdict;
        assert_eq!(verdict(&[40; 20]), Verdict::Good);
        assert_eq!(verdict(&[40; 19]), Verdict::Bad, "one is lost");
        assert_eq!(verdict(&[400; 20]), Verdict::Bad, "slow");
        let unsteady: Vec<u64> = (0..20).map(|n| 20 + (n % 2) * 200).collect();
        assert_eq!(verdict(&unsteady), Verdict::Bad, "unsteady");
        assert_eq!(verdict(&[]), Verdict::Bad);
    }

    #[test]
    fn clocks_go_by_the_quickest_answer() {
        let all = [Trip { took_ms: 90, ahead_ms: 5_000 }, Trip { took_ms: 10, ahead_ms: -40 }];
        assert!(clocks(&all).text.contains("40 ms behind"));
        assert_eq!(clocks(&[Trip { took_ms: 10, ahead_ms: -90_000 }]).verdict, Verdict::Bad);
    }
}
