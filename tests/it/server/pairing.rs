//! Sound from another machine, beside a console.

use palco::client::Identity;
use palco::meeting::{Command, Mic, Role, SeatKind};
use palco::wire::{Feed, PairingCode};

use crate::support::{Client, Hi, TestServer};

use super::{raise, record};

/// How somebody's sound says hello.
fn sound(code: &PairingCode) -> Hi {
    Hi::observe("monday").with(|h| (h.pair, h.feed) = (Some(code.secret().into()), Feed::Forward))
}

/// A live meeting with a speaker on the stage, whose microphone is closed.
async fn meeting(server: &TestServer) -> (Client, Client) {
    let mut host = Client::host(server, "monday").await;
    let mut ana = Client::new(server, Hi::join("monday", "Ana")).await;
    let seq = host.command(Command::SetRole { participant: ana.id, role: Role::Speaker }).await.unwrap();
    ana.until_seq(seq).await;
    ana.command(Command::StepUp).await.unwrap();
    (host, ana)
}

#[tokio::test]
async fn a_second_key_is_the_sound_of_whoever_showed_the_code() {
    let server = TestServer::start().await;
    let (mut host, mut ana) = meeting(&server).await;
    let mut listener = Client::new(&server, Hi::observe("monday").with(|h| h.feed = Feed::Forward)).await;
    let code = ana.pair().await;
    assert_eq!(code.room(), "monday");
    let mut leg = Client::new(&server, sound(&code)).await;
    assert_eq!(leg.id, ana.id);
    let seats =
        |m: &palco::meeting::Meeting| m.participant(ana.id).map(|p| p.seats().to_vec()).unwrap_or_default();
    host.until("two seats of one person", |m| seats(m).len() == 2).await;
    assert_eq!(seats(&host.meeting)[1].kind, SeatKind::Audio);
    assert_eq!(host.meeting.roster().len(), 2);
    let who = ana.id;
    // What the console opens, the other machine speaks.
    ana.command(Command::Unmute).await.unwrap();
    leg.until("an open microphone", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Live)).await;
    leg.speak(record(7)).await;
    assert_eq!(listener.hear().await.frame, 7);
    assert_eq!(leg.command(raise("May I?")).await, Err("sound-only".into()));
}

#[tokio::test]
async fn a_code_is_for_one_key_which_may_come_back() {
    let server = TestServer::start().await;
    let (_host, mut ana) = meeting(&server).await;
    let code = ana.pair().await;
    let key = Identity::generate().unwrap();
    let leg = Client::connect(&server, &key, sound(&code)).await.unwrap();
    let stranger = Client::connect(&server, &Identity::generate().unwrap(), sound(&code)).await.unwrap_err();
    assert_eq!((stranger.close, stranger.code.as_str()), (1008, "bad-pairing"));
    let again = Client::connect(&server, &key, sound(&code).resume(&leg)).await.unwrap();
    assert_eq!(again.id, ana.id);
    ana.until("the one sound", |m| m.participant(again.id).is_some_and(|p| p.seats().len() == 2)).await;
}

#[tokio::test]
async fn without_the_console_the_microphone_closes_and_leaving_takes_the_sound_along() {
    let server = TestServer::start().await;
    let (mut host, mut ana) = meeting(&server).await;
    let code = ana.pair().await;
    let mut leg = Client::new(&server, sound(&code)).await;
    ana.command(Command::Unmute).await.unwrap();
    let who = ana.id;
    host.until("an open microphone", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Live)).await;
    drop(ana);
    host.until("a closed one", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Muted && p.is_here()))
        .await;
    host.command(Command::Remove { participant: who, why: None }).await.unwrap();
    assert_eq!(leg.closed().await.code, "removed");
}

#[tokio::test]
async fn who_only_looks_on_is_shown_no_code() {
    let server = TestServer::start().await;
    let (_host, mut ana) = meeting(&server).await;
    let mut observer = Client::new(&server, Hi::observe("monday")).await;
    observer.send(&palco::wire::ClientMessage::Pair).await;
    observer.settle().await;
    assert_eq!(observer.shown(), 0);
    ana.pair().await;
}
