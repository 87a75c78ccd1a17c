//! The network goes dark and comes back; the old connection never does.

use palco::client::RoomUrl;
use palco::meeting::{Command, HandKind, Millis};

use super::proxy::Proxy;
use super::seat::Seat;
use crate::support::shell::{Home, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_connection_takes_up_the_seat_with_the_tail() {
    let home = Home::new();
    let server = Server::start(&home);
    let proxy = Proxy::to(server.at).await;
    let direct: RoomUrl = server.url("monday").parse().unwrap();
    let through = RoomUrl::new("127.0.0.1", proxy.at.port(), "monday").unwrap();
    let mut host = Seat::take(&direct, "Host").await;
    host.ask(Command::Start).await;
    let mut ana = Seat::take(&through, "Ana").await;

    for round in 1..=2 {
        proxy.go_dark();
        // Something is asked in the dark, and something happens that Ana does not hear of.
        let topic = format!("asked in the dark, round {round}");
        ana.send(Command::Raise { topic: topic.clone(), kind: HandKind::Question }).await;
        host.ask(Command::Extend { by: Millis::from_mins(1) }).await;
        let planned = host.meeting().clock().planned;
        proxy.light_up();

        let id = ana.id();
        ana.until("asking", |s| s.outbox.is_empty()).await;
        ana.until("hearing", |s| s.meeting().clock().planned == planned).await;
        assert_eq!(ana.connected, round + 1, "one fresh connection a blackout");
        assert_eq!((ana.snapshots, ana.lost), (1, 0), "the tail is enough, and nothing was lost in between");
        assert!(ana.refused.is_empty(), "{:?}", ana.refused);
        host.until("Ana's hand", |s| s.meeting().hand_of(id).is_some_and(|h| h.topic == topic)).await;
        assert_eq!(host.meeting().queue().len(), 1);
        assert!(host.meeting().participant(id).is_some_and(|p| p.is_in()));
    }
}
