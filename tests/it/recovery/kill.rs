//! `kill -9` of a real server with a meeting going on.

use palco::client::RoomUrl;
use palco::meeting::{Command, HandKind, Millis, Role};

use super::seat::{Picture, Seat};
use crate::support::shell::{Home, Server};

/// Kills it and starts it again, at the same address and with the same data.
pub(super) fn kill_and_restart(home: &Home, mut server: Server) -> Server {
    server.running.signal("KILL");
    let (status, _) = server.running.wait();
    assert!(!status.success());
    let at = server.at.to_string();
    drop(server);
    Server::start_at(home, &at)
}

fn room(server: &Server) -> RoomUrl {
    server.url("monday").parse().unwrap()
}

async fn raise(seat: &mut Seat, topic: &str) {
    seat.ask(Command::Raise { topic: topic.into(), kind: HandKind::Question }).await;
}

/// A meeting with something of everything.
async fn fill(host: &mut Seat, people: &mut [Seat]) {
    host.ask(Command::Start).await;
    for seat in people.iter_mut() {
        let topic = format!("{} asks", seat.name);
        raise(seat, &topic).await;
    }
    host.ask(Command::Next { current: None }).await;
    let hand = host.meeting().queue()[1].id;
    people[0].ask(Command::Support { hand, on: true }).await;
    let cohost = people[1].id();
    host.ask(Command::SetRole { participant: cohost, role: Role::Cohost }).await;
    host.ask(Command::Move { hand, position: 1 }).await;
    host.ask(Command::Unmute).await;
    host.ask(Command::Extend { by: Millis::from_mins(5) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_back_with_the_same_meeting() {
    let home = Home::new();
    let mut server = Server::start(&home);
    let url = room(&server);
    let mut host = Seat::take(&url, "Host").await;
    let mut people = Vec::new();
    for name in ["Ana", "Bruno", "Chiara", "Daniela"] {
        people.push(Seat::take(&url, name).await);
    }
    fill(&mut host, &mut people).await;
    let before = Picture::of(host.meeting());

    for round in 1..=3 {
        server = kill_and_restart(&home, server);
        for seat in people.iter_mut().chain([&mut host]) {
            seat.until("coming back", |s| s.connected == round + 1).await;
            let everybody = |s: &Seat| s.meeting().roster().iter().filter(|p| p.is_here()).count() == 5;
            seat.until("seeing everybody", everybody).await;
            assert!(seat.lost > 0);
            assert_eq!(Picture::of(seat.meeting()), before, "{} in round {round}", seat.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    /// Commands a round, fewer than one person may send at once; the kill comes after some were answered.
    const COMMANDS: usize = 15;

    let home = Home::new();
    let mut server = Server::start(&home);
    let mut host = Seat::take(&room(&server), "Host").await;
    host.ask(Command::Start).await;
    let mut planned = host.meeting().clock().planned;
    for round in 1..=5 {
        for _ in 0..COMMANDS {
            host.send(Command::Extend { by: Millis::from_mins(1) }).await;
        }
        let seen = |s: &Seat| s.meeting().clock().planned;
        let some = planned.plus(Millis::from_mins(2 * round as u64));
        host.until("being answered", |s| seen(s) >= some).await;
        let acknowledged = seen(&host);
        server = kill_and_restart(&home, server);
        host.until("coming back", |s| s.connected == round + 1).await;
        host.until("settling", |s| s.outbox.is_empty()).await;
        planned = planned.plus(Millis::from_mins(COMMANDS as u64));
        assert!(host.refused.is_empty(), "{:?}", host.refused);
        assert!(seen(&host) >= acknowledged);
        assert_eq!(seen(&host), planned, "round {round}");
    }
}
