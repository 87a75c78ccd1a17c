//! Who is new in a room, and what it expects of people, from one meeting to the next.

use palco::client::Identity;
use palco::meeting::{Command, Participation, Phase};

use crate::support::{Client, Hi, TestServer};

fn newcomer(client: &Client, of: &Identity) -> bool {
    client.meeting.participant(of.id()).unwrap().newcomer
}

#[tokio::test]
async fn whoever_was_in_no_earlier_meeting_is_new() {
    let server = TestServer::start().await;
    let [owner, ana, bruno] = [(); 3].map(|()| Identity::generate().unwrap());
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    let _ana = Client::connect(&server, &ana, Hi::join("monday", "Ana")).await.unwrap();
    host.until("Ana", |m| m.participant(ana.id()).is_some()).await;
    assert!(!newcomer(&host, &ana), "in the first meeting everybody is new, which says nothing");
    host.command(Command::SetParticipation { policy: Participation::Open }).await.unwrap();
    host.command(Command::SetMirror { open: true }).await.unwrap();
    host.command(Command::Start).await.unwrap();
    host.command(Command::End).await.unwrap();

    let mut second = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    let _bruno = Client::connect(&server, &bruno, Hi::join("monday", "Bruno")).await.unwrap();
    second.until("Bruno", |m| m.participant(bruno.id()).is_some()).await;
    let _ana = Client::connect(&server, &ana, Hi::join("monday", "Ana")).await.unwrap();
    second.until("Ana", |m| m.participant(ana.id()).is_some()).await;
    assert_eq!([&owner, &ana, &bruno].map(|who| newcomer(&second, who)), [false, false, true]);
    assert_eq!(second.meeting.participation(), Participation::Open, "the room's, not the meeting's");
    assert!(second.meeting.mirror_open());

    // Known from the log as well: Bruno's first meeting was the second one.
    let server = server.restart().await;
    let carla = Identity::generate().unwrap();
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    let _carla = Client::connect(&server, &carla, Hi::join("monday", "Carla")).await.unwrap();
    host.until("Carla", |m| m.participant(carla.id()).is_some()).await;
    assert_eq!([&ana, &bruno, &carla].map(|who| newcomer(&host, who)), [false, true, true]);
    host.command(Command::End).await.unwrap();
    host.until("the end", |m| m.phase() == Phase::Ended).await;
    let expected = Hi::open("monday", "Host")
        .with(|h| h.open.as_mut().unwrap().participation = Some(Participation::Expected));
    let mut third = Client::connect(&server, &owner, expected).await.unwrap();
    let _bruno = Client::connect(&server, &bruno, Hi::join("monday", "Bruno")).await.unwrap();
    third.until("Bruno", |m| m.participant(bruno.id()).is_some()).await;
    assert!(!newcomer(&third, &bruno));
    assert_eq!(third.meeting.participation(), Participation::Expected);
}
