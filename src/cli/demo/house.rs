//! The house that the demo plays in: a real server with a real store on loopback, and the director inside it.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::{BadRoomUrl, Identity, IdentityError, RoomUrl};
use crate::meeting::{Millis, Terms};
use crate::server::{ServeError, Settings, serve};
use crate::store::{OpenError, Store};
use crate::wire::OpenRequest;

use super::cast::Cast;
use super::director::{Production, play};
use super::pace::Pace;
use super::scratch::Scratch;

/// The room that the meeting is in.
const ROOM: &str = "monday";

/// The meeting's planned length, as every Monday.
const LENGTH: Millis = Millis::from_mins(60);

/// How long the server may take to tell every seat and flush its log; then the program ends without it.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// The demo could not be staged.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum StageError {
    /// No temporary directory.
    #[error("cannot make a temporary directory ({0}); set TMPDIR to one that can be written")]
    Scratch(std::io::Error),
    /// No socket.
    #[error("cannot listen on 127.0.0.1:{port} ({cause}); choose another with --port, 0 takes a free one")]
    Listen {
        /// The port.
        port: u16,
        /// The system's own words.
        cause: std::io::Error,
    },
    /// No store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// No key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// No address.
    #[error(transparent)]
    Url(#[from] BadRoomUrl),
    /// The server failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// What is staged.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Playbill {
    /// What repeats it.
    pub(in crate::cli) seed: u64,
    /// How many times faster than life.
    pub(in crate::cli) speed: f64,
    /// How many scripted people.
    pub(in crate::cli) people: usize,
    /// The host's display name.
    pub(in crate::cli) host_name: String,
    /// The port on loopback; 0 takes a free one.
    pub(in crate::cli) port: u16,
    /// The host's key.
    pub(in crate::cli) host: Identity,
}

/// A meeting being staged. [`close`](Self::close) ends it; dropped without, the directory goes and nothing is waited for.
#[derive(Debug)]
pub(in crate::cli) struct House {
    url: RoomUrl,
    opening: OpenRequest,
    stop: watch::Sender<bool>,
    director: JoinHandle<Result<(), IdentityError>>,
    dark: watch::Sender<bool>,
    server: JoinHandle<Result<(), ServeError>>,
    // Dropped last: the store writes there.
    _data: Scratch,
}

impl House {
    /// Starts the server and lets the scripted people in. The meeting begins by itself once they are there.
    ///
    /// # Errors
    /// What is missing.
    pub(in crate::cli) async fn open(bill: Playbill) -> Result<Self, StageError> {
        let data = Scratch::new("demo").map_err(StageError::Scratch)?;
        let store = Store::open(data.path())?;
        let port = bill.port;
        let listen = |cause| StageError::Listen { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let url = RoomUrl::new("127.0.0.1", port, ROOM)?;

        let (dark, mut goes_dark) = watch::channel(false);
        let shutdown = async move {
            let _ = goes_dark.wait_for(|dark| *dark).await;
        };
        let server = tokio::spawn(serve(listener, store, Settings::default(), shutdown));
        let (stop, stopped) = watch::channel(false);
        let cast = Cast::new(bill.seed, bill.people, &bill.host_name);
        let opening = OpenRequest {
            title: cast.title.to_owned(),
            length: LENGTH,
            agenda: cast.agenda.clone(),
            participation: None,
            starts_at: None,
            terms: Terms::default(),
        };
        let production = Production {
            url: url.clone(),
            host: bill.host,
            opening: opening.clone(),
            cast,
            host_name: bill.host_name,
            seed: bill.seed,
            pace: Pace::new(bill.speed),
        };
        let director = tokio::spawn(play(production, stopped));
        Ok(Self { url, opening, stop, director, dark, server, _data: data })
    }

    /// Where the meeting is.
    pub(in crate::cli) fn url(&self) -> &RoomUrl {
        &self.url
    }

    /// How whoever comes first opens the meeting.
    pub(in crate::cli) fn opening(&self) -> &OpenRequest {
        &self.opening
    }

    /// Sends everybody home, ends the server and removes what it kept.
    ///
    /// # Errors
    /// What failed on the way; the rest is done all the same.
    pub(in crate::cli) async fn close(self) -> Result<(), StageError> {
        let Self { stop, director, dark, server, _data, .. } = self;
        stop.send_replace(true);
        let played = timeout(SHUTDOWN, director).await;
        dark.send_replace(true);
        let served = timeout(SHUTDOWN, server).await;
        if let Ok(Ok(Err(error))) = played {
            return Err(error.into());
        }
        if let Ok(Ok(Err(error))) = served {
            return Err(error.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Level;
    use crate::client::{LinkConfig, LinkEvent, connect};
    use crate::meeting::{Command, Event, Meeting, Phase, SeatKind, Source};
    use crate::sync::Replica;
    use crate::wire::{ClientMessage, CommandId, Feed, JoinRequest};
    use tokio::sync::mpsc;

    /// The host's own seat, folding what comes.
    struct Seat {
        replica: Replica,
        link: crate::client::Link,
        events: mpsc::Receiver<LinkEvent>,
        levels: std::collections::BTreeSet<u8>,
        heard: std::collections::BTreeSet<Source>,
        happened: Vec<Event>,
    }

    impl Seat {
        fn sit(house: &House, host: Identity) -> Self {
            let join = JoinRequest {
                name: "Stefano".into(),
                kind: SeatKind::Console,
                listener: false,
                auto_open: true,
            };
            let (link, events) = connect(LinkConfig {
                join: Some(join),
                open: Some(house.opening().clone()),
                feed: Feed::Forward,
                ..LinkConfig::new(house.url().clone(), host)
            });
            Self {
                replica: Replica::new(),
                link,
                events,
                levels: Default::default(),
                heard: Default::default(),
                happened: Vec::new(),
            }
        }

        async fn until(&mut self, what: &str, done: impl Fn(&Self, &Meeting) -> bool) {
            let wait = async {
                while !done(self, self.replica.meeting()) {
                    match self.events.recv().await.expect("the link lives") {
                        LinkEvent::Message(message) => {
                            if let crate::sync::Received::Changed(events) =
                                self.replica.receive(&message, crate::client::now())
                            {
                                self.happened.extend(events.into_iter().map(|e| e.event));
                            }
                        }
                        LinkEvent::Audio(message) => {
                            self.heard.extend(message.records.iter().map(|r| r.source));
                            self.levels.extend(
                                message.records.iter().map(|r| Level::from_byte(r.level).below_full_scale()),
                            );
                        }
                        _ => {}
                    }
                }
            };
            timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
        }

        async fn ask(&self, command: Command) {
            let id = CommandId(format!("{:x}", rand::random::<u64>()));
            self.link.send(ClientMessage::Command { id, command }).await.unwrap();
        }
    }

    fn bill() -> Playbill {
        let host = Identity::generate().unwrap();
        Playbill { seed: 1, speed: 2.0, people: 12, host_name: "Stefano".into(), port: 0, host }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn people_talk_raise_hands_and_obey_the_host_through_the_real_server() {
        let bill = bill();
        let host = bill.host.clone();
        let house = House::open(bill).await.unwrap();
        let data = house._data.path().to_owned();
        let mut seat = Seat::sit(&house, host);
        seat.until("the start", |_, m| m.phase() == Phase::Live).await;
        seat.until("hands", |_, m| m.queue().len() >= 3).await;
        seat.until("moving levels", |s, _| s.levels.len() >= 5).await;
        let first = seat.replica.meeting().queue()[0].participant;
        seat.ask(Command::Next { current: None }).await;
        seat.until("the call", |_, m| m.turn().is_some_and(|t| t.hand.participant == first)).await;
        let source = seat.replica.meeting().participant(first).unwrap().source;
        assert!(!seat.heard.contains(&source), "nobody is heard before they are called");
        seat.until("the asker's voice", |s, _| s.heard.contains(&source)).await;
        let hand = seat.replica.meeting().queue()[0].id;
        seat.ask(Command::Drop { hand }).await;
        seat.until("the drop", |s, _| s.happened.contains(&Event::HandDropped { hand })).await;
        seat.ask(Command::Extend { by: Millis::from_mins(10) }).await;
        let left = |e: &Event| matches!(e, Event::Left { .. });
        seat.until("somebody who has to go", |s, _| s.happened.iter().any(left)).await;
        seat.link.close();
        house.close().await.unwrap();
        assert!(!data.exists(), "the directory is gone");
    }

    #[tokio::test]
    async fn a_taken_port_is_told_with_a_way_out() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = House::open(Playbill { port, ..bill() }).await.unwrap_err();
        assert!(error.to_string().contains("--port"), "{error}");
    }
}
