//! A round at the real server.

use palco::client::Identity;
use palco::meeting::{Command, Mic, Millis, RoundOrder};

use crate::support::{Client, Hi, TestServer};

fn start() -> Command {
    Command::StartRound { order: RoundOrder::Arrival, each: Millis::from_mins(5), seed: None }
}

#[tokio::test]
async fn the_microphone_goes_round_and_waits_for_somebody_absent() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let mut bruno = Client::new(&server, Hi::join("monday", "Bruno")).await;
    let (who, last, first) = (ana.id, bruno.id, host.id);
    drop(ana);
    host.until("her absence", |m| m.participant(who).is_some_and(|p| !p.is_here())).await;
    host.command(start()).await.unwrap();
    host.command(Command::RoundDone { current: Some(first) }).await.unwrap();
    assert_eq!(host.command(Command::RoundDone { current: Some(first) }).await, Err("stale-turn".into()));
    bruno.until("his time", |m| m.participant(last).is_some_and(|p| p.mic() == Mic::Live)).await;
    assert_eq!(host.command(Command::Next { current: None }).await, Err("round-on".into()));
    bruno.command(Command::RoundDone { current: Some(last) }).await.unwrap();
    host.until("silence", |m| m.round().is_some_and(|r| r.speaker.is_none())).await;
    // The room gives her the microphone by itself when she is back.
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    ana.until("her time", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Live)).await;
    assert_eq!(host.command(Command::Unmute).await, Err("round-on".into()));
    ana.command(Command::RoundPass { participant: who }).await.unwrap();
    ana.until("the end of the round", |m| m.round().is_none()).await;
}

#[tokio::test]
async fn time_that_is_up_moves_the_microphone_by_itself() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let each = Millis::from_secs(5);
    host.command(Command::StartRound { order: RoundOrder::Arrival, each, seed: None }).await.unwrap();
    host.until("the next one", |m| m.round().is_some_and(|r| r.is_speaker(ana.id))).await;
}
