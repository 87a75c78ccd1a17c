//! The doors of rooms: who comes in, and who no longer does.

use palco::client::Identity;
use palco::meeting::{Millis, ParticipantId, Role};
use palco::server::{Settings, Timing};
use palco::wire::{DoorAsk, DoorKind, Secret};

use crate::support::{Client, Closed, Hi, TestServer, within};

const PASSCODE: &str = "correct horse battery";

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn passcode(text: &str) -> DoorAsk {
    DoorAsk::Passcode { passcode: secret(text) }
}

fn knowing(name: &str, text: &str) -> Hi {
    Hi::join("monday", name).with(|h| h.passcode = Some(secret(text)))
}

fn invited(name: &str, token: &Secret) -> Hi {
    Hi::join("monday", name).with(|h| h.invite = Some(token.clone()))
}

fn new_invite(role: Role, uses: u32) -> DoorAsk {
    DoorAsk::NewInvite { role, uses, length: Millis::from_mins(60) }
}

fn key() -> Identity {
    Identity::generate().unwrap()
}

/// How somebody new is refused.
async fn refused(server: &TestServer, hi: Hi) -> Closed {
    let closed = Client::connect(server, &key(), hi).await.unwrap_err();
    assert_eq!(closed.close, 1008, "{closed:?}");
    closed
}

fn role(client: &Client, who: ParticipantId) -> Role {
    client.meeting.participant(who).unwrap().role
}

#[tokio::test]
async fn a_passcode_lets_in_who_knows_it_and_a_restart_changes_nothing() {
    let server = TestServer::start().await;
    let owner = key();
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    let mut early = Client::new(&server, Hi::join("monday", "Early")).await;
    assert_eq!(early.door(DoorAsk::Show).await, Err("not-your-door".into()));
    assert_eq!(host.door(passcode("short")).await, Err("short-passcode".into()));
    assert_eq!(host.door(passcode(PASSCODE)).await.unwrap().0.kind, DoorKind::Passcode);

    assert_eq!(refused(&server, Hi::join("monday", "Ana")).await.code, "need-passcode");
    assert_eq!(refused(&server, Hi::observe("monday")).await.code, "need-passcode");
    assert_eq!(refused(&server, knowing("Ana", "correct house")).await.code, "wrong-passcode");
    let ana = key();
    let seat = Client::connect(&server, &ana, knowing("Ana", PASSCODE)).await.unwrap();
    // Who came in needs no second proof, for a second seat or for the seat that was kept.
    Client::connect(&server, &ana, Hi::observe("monday")).await.unwrap();
    Client::connect(&server, &ana, Hi::join("monday", "Ana").resume(&seat)).await.unwrap();
    let token = early.token.clone();
    assert!(!token.is_empty());
    early.settle().await;

    let server = server.restart().await;
    assert_eq!(refused(&server, Hi::join("monday", "Bruno")).await.code, "need-passcode");
    let mut host = Client::connect(&server, &owner, Hi::join("monday", "Host")).await.unwrap();
    Client::connect(&server, &key(), knowing("Bruno", PASSCODE)).await.unwrap();
    host.door(DoorAsk::Open).await.unwrap();
    Client::new(&server, Hi::join("monday", "Carla")).await;
}

#[tokio::test]
async fn a_list_of_keys_lets_in_those_on_it() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let ana = key();
    let door = host.door(DoorAsk::Keys { keys: vec![ana.id()] }).await.unwrap().0;
    assert_eq!((door.kind, door.keys), (DoorKind::Keys, vec![ana.id()]));
    Client::connect(&server, &ana, Hi::join("monday", "Ana")).await.unwrap();
    let closed = refused(&server, Hi::join("monday", "Bruno")).await;
    assert_eq!(closed.code, "not-on-list");
    assert!(closed.text.contains("SHA256:"), "{}", closed.text);
}

#[tokio::test]
async fn an_invite_carries_a_role_and_is_for_so_many() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.door(DoorAsk::Invite).await.unwrap();
    assert_eq!(refused(&server, Hi::join("monday", "Ana")).await.code, "need-invite");
    let token = host.door(new_invite(Role::Speaker, 1)).await.unwrap().1.unwrap();
    assert_eq!(refused(&server, invited("Ana", &secret("another"))).await.code, "bad-invite");
    let ana = key();
    // A name that is taken uses nothing up.
    let taken = Client::connect(&server, &ana, invited("Host", &token)).await.unwrap_err();
    assert_eq!(taken.code, "name-taken");
    let first = Client::connect(&server, &ana, invited("Ana", &token)).await.unwrap();
    host.until("the speaker", |m| m.participant(ana.id()).is_some_and(|p| p.role == Role::Speaker)).await;
    let closed = refused(&server, invited("Bruno", &token)).await;
    assert_eq!(closed.code, "bad-invite");
    assert!(closed.text.contains("used up"), "{}", closed.text);
    // The same person comes back, after a restart too.
    drop(first);
    let server = server.restart().await;
    let back = Client::connect(&server, &ana, invited("Ana", &token)).await.unwrap();
    assert_eq!(role(&back, ana.id()), Role::Speaker);
    let late = TestServer::start().await;
    let mut host = Client::host(&late, "monday").await;
    let short = DoorAsk::NewInvite { role: Role::Attendee, uses: 9, length: Millis(1) };
    let token = host.door(short).await.unwrap().1.unwrap();
    host.settle().await;
    let closed = refused(&late, invited("Ana", &token)).await;
    assert!(closed.text.contains("expired"), "{}", closed.text);
}

#[tokio::test]
async fn a_revoked_invite_ends_the_live_seats_and_what_it_made_of_them() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.door(DoorAsk::Invite).await.unwrap();
    let (door, token) = host.door(new_invite(Role::Cohost, 5)).await.unwrap();
    let (invite, token) = (door.invites[0].invite.clone(), token.unwrap());
    let other = host.door(new_invite(Role::Attendee, 5)).await.unwrap().1.unwrap();
    let ana = key();
    let mut seat = Client::connect(&server, &ana, invited("Ana", &token)).await.unwrap();
    let mut second = Client::connect(&server, &ana, Hi::observe("monday")).await.unwrap();
    let mut bruno = Client::new(&server, invited("Bruno", &other)).await;
    let (laptop, code) = (key(), seat.pair().await);
    let paired = || Hi::observe("monday").with(|h| h.pair = Some(code.secret().to_owned()));
    let mut sound = Client::connect(&server, &laptop, paired()).await.unwrap();
    assert_eq!(host.door(DoorAsk::Revoke { invite: "01X".into() }).await, Err("no-such-invite".into()));
    let door = host.door(DoorAsk::Revoke { invite }).await.unwrap().0;
    assert_eq!(door.invites.len(), 1);
    for seat in [&mut seat, &mut second, &mut sound] {
        let closed = seat.closed().await;
        assert_eq!((closed.close, closed.code.as_str()), (1008, "invite-revoked"));
    }
    host.until("an attendee", |m| m.participant(ana.id()).unwrap().role == Role::Attendee).await;
    for again in [invited("Ana", &token), Hi::join("monday", "Ana").resume(&seat), Hi::observe("monday")] {
        let closed = Client::connect(&server, &ana, again).await.unwrap_err();
        assert!(["bad-invite", "need-invite"].contains(&closed.code.as_str()), "{closed:?}");
    }
    // Their sound on another machine is theirs, and does not come back either.
    let closed = Client::connect(&server, &laptop, paired()).await.unwrap_err();
    assert_eq!(closed.code, "need-invite");
    bruno.settle().await;
}

#[tokio::test]
async fn guessing_is_stopped_before_anything_is_hashed() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.door(passcode(PASSCODE)).await.unwrap();
    assert_eq!(server.metric("palco_passcodes_hashed_total").await, 1.0);
    let mut codes = Vec::new();
    for n in 0..25 {
        codes.push(refused(&server, knowing("Ana", &format!("guess {n}"))).await.code);
    }
    let wrong = codes.iter().filter(|code| *code == "wrong-passcode").count();
    assert!((20..25).contains(&wrong), "{codes:?}");
    assert_eq!(codes[24], "too-many-tries", "the right one too would not be heard now");
    assert_eq!(server.metric("palco_passcodes_hashed_total").await, 1.0 + wrong as f64);
    let refused = server.metric("palco_passcodes_refused_total").await;
    assert_eq!(refused, 25.0 - wrong as f64);
    // Those who are past the door are not counted, and nothing of theirs is hashed.
    host.settle().await;
    // A room whose door wants none hashes none.
    let mut open = Client::host(&server, "tuesday").await;
    let ana = Hi::join("tuesday", "Ana").with(|h| h.passcode = Some(secret(PASSCODE)));
    Client::new(&server, ana).await;
    open.settle().await;
    assert_eq!(server.metric("palco_passcodes_hashed_total").await, 1.0 + wrong as f64);
}

#[tokio::test]
async fn only_hashes_are_kept() {
    let timing = Timing::default();
    let server = TestServer::with(Settings { timing, ..Settings::default() }).await;
    let mut host = Client::host(&server, "monday").await;
    host.door(passcode(PASSCODE)).await.unwrap();
    let token = host.door(new_invite(Role::Speaker, 2)).await.unwrap().1.unwrap();
    Client::new(&server, invited("Ana", &token)).await;
    let dir = within("the server's end", server.stop()).await;
    let mut seen = 0;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let has = |words: &str| bytes.windows(words.len()).any(|w| w == words.as_bytes());
        assert!(!has(PASSCODE) && !has(token.expose()));
        seen += usize::from(has("monday"));
    }
    assert!(seen > 0, "the database was looked at");
}
