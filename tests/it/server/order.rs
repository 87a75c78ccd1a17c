//! Whom a room sends out and keeps out.

use palco::client::Identity;
use palco::meeting::{Command, Millis};
use palco::server::Settings;

use crate::support::{Client, Hi, TestServer};

#[tokio::test]
async fn a_removed_person_reads_who_and_why_and_may_come_back() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let mut ear = Client::connect(&server, &key, Hi::observe("monday")).await.unwrap();
    let remove = Command::Remove { participant: key.id(), why: Some("Too loud".into()) };
    host.command(remove).await.unwrap();
    for seat in [&mut ana, &mut ear] {
        let closed = seat.closed().await;
        assert_eq!((closed.close, closed.code.as_str()), (1008, "removed"));
        assert_eq!(closed.text, "Host removed you from the meeting: Too loud");
    }
    host.until("her leaving", |m| m.participant(key.id()).is_some_and(|p| !p.is_in())).await;
    Client::connect(&server, &key, Hi::join("monday", "Ana")).await.expect("a welcome");
}

#[tokio::test]
async fn a_banned_key_neither_joins_nor_looks_on_in_this_meeting_or_the_next() {
    let owner = Identity::generate().unwrap();
    let server = TestServer::with(Settings { owners: Some(vec![owner.id()]), ..Settings::default() }).await;
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    let key = Identity::generate().unwrap();
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let length = Some(Millis::from_mins(60));
    host.command(Command::Ban { participant: key.id(), length, why: None }).await.unwrap();
    let closed = ana.closed().await;
    assert_eq!((closed.close, closed.code.as_str()), (1008, "banned"));
    assert!(closed.text.starts_with("Host banned you from the room until 20"), "{}", closed.text);
    for hi in [Hi::join("monday", "Ana"), Hi::observe("monday"), Hi::join("monday", "Ana").resume(&ana)] {
        let closed = Client::connect(&server, &key, hi).await.unwrap_err();
        assert_eq!((closed.close, closed.code.as_str()), (1008, "banned"));
        assert!(closed.text.contains("until 20"), "{}", closed.text);
    }

    host.command(Command::End).await.unwrap();
    let server = server.restart().await;
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    host.settle().await;
    assert_eq!(host.meeting.number(), 2);
    let closed = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap_err();
    assert_eq!(closed.code, "banned");
    host.command(Command::Unban { participant: key.id() }).await.unwrap();
    Client::connect(&server, &key, Hi::join("monday", "Ana")).await.expect("a welcome");
}

#[tokio::test]
async fn a_locked_room_lets_in_only_who_was_there() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    ana.command(Command::Leave).await.unwrap();
    host.command(Command::Lock { on: true }).await.unwrap();
    for hi in [Hi::join("monday", "Elio"), Hi::observe("monday")] {
        let closed = Client::connect(&server, &Identity::generate().unwrap(), hi).await.unwrap_err();
        assert_eq!((closed.close, closed.code.as_str()), (1008, "locked"));
    }
    Client::connect(&server, &key, Hi::join("monday", "Ana")).await.expect("a welcome");
    host.command(Command::Lock { on: false }).await.unwrap();
    Client::new(&server, Hi::join("monday", "Elio")).await;
}

#[tokio::test]
async fn the_server_seats_the_cohost_when_the_host_says_goodbye() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let role = palco::meeting::Role::Cohost;
    host.command(Command::SetRole { participant: ana.id, role }).await.unwrap();
    host.command(Command::Leave).await.unwrap();
    let who = ana.id;
    ana.until("the seat", |m| m.is_acting(who)).await;
    ana.command(Command::Extend { by: Millis::from_mins(5) }).await.unwrap();
}
