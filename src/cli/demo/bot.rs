//! One scripted person as the server sees them: a link of their own, and a voice while they talk.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::audio::FRAME_MS;
use crate::client::{Identity, Link, LinkConfig, LinkEvent, RoomUrl, connect};
use crate::meeting::{Command, Role, SeatKind};
use crate::wire::{ClientMessage, CommandId, JoinRequest, ServerMessage};

use super::cast::Person;
use super::mouth::Mouth;

/// Commands waiting for a bot's link. When full, the new one is thrown away: the script asks again.
const COMMANDS: usize = 8;

/// How long the server may take to let somebody go.
const GOODBYE: Duration = Duration::from_secs(1);

/// What the director holds of a bot. Dropping it makes the bot leave.
#[derive(Debug)]
pub(super) struct Bot {
    commands: mpsc::Sender<Command>,
    talking: watch::Sender<bool>,
}

/// What a bot is made of.
#[derive(Debug)]
pub(super) struct Casting {
    /// Its place in the cast.
    pub(super) who: usize,
    /// Where it joins.
    pub(super) url: RoomUrl,
    /// Its key.
    pub(super) identity: Identity,
    /// Who it is.
    pub(super) person: Person,
    /// Its voice.
    pub(super) voice: u64,
    /// Told when its link is over for good.
    pub(super) lost: mpsc::Sender<usize>,
}

impl Bot {
    /// Connects and joins, in a task of `tasks`.
    pub(super) fn start(casting: Casting, tasks: &mut JoinSet<()>) -> Self {
        let (commands, commands_end) = mpsc::channel(COMMANDS);
        let (talking, talking_end) = watch::channel(false);
        tasks.spawn(run(casting, commands_end, talking_end));
        Self { commands, talking }
    }

    /// Asks the meeting for something.
    pub(super) fn ask(&self, command: Command) {
        if self.commands.try_send(command).is_err() {
            tracing::debug!("a scripted person's link is busy; the script asks again");
        }
    }

    /// Begins or stops talking.
    pub(super) fn talk(&self, on: bool) {
        self.talking.send_replace(on);
    }
}

async fn run(casting: Casting, mut commands: mpsc::Receiver<Command>, mut talking: watch::Receiver<bool>) {
    let Casting { who, url, identity, person, voice, lost } = casting;
    let mut mouth = match Mouth::new(voice) {
        Ok(mouth) => mouth,
        Err(error) => {
            tracing::warn!(%error, person = person.name, "stays mute");
            return;
        }
    };
    let join = JoinRequest {
        name: person.name.clone(),
        kind: SeatKind::Console,
        listener: person.role == Role::Listener,
        auto_open: person.auto_open,
    };
    let config = LinkConfig { join: Some(join), ..LinkConfig::new(url, identity) };
    let (link, mut events) = connect(config);
    let mut frames = paced();
    let mut silent_since = Instant::now();
    let mut asked = 0_u64;
    let mut leaves = false;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => note(&person, event),
                None => break,
            },
            command = commands.recv() => {
                let Some(command) = command else { break };
                asked += 1;
                leaves |= command == Command::Leave;
                let id = CommandId(format!("{who}.{asked}.{:08x}", rand::random::<u32>()));
                if link.send(ClientMessage::Command { id, command }).await.is_err() {
                    break;
                }
            },
            // When the director lets go of the bot, the end of its commands ends it.
            Ok(()) = talking.changed() => {
                if *talking.borrow_and_update() && mouth.is_silent() {
                    mouth.open(silent_since.elapsed());
                    frames.reset_immediately();
                }
            },
            _ = frames.tick(), if !mouth.is_silent() => {
                utter(&mut mouth, *talking.borrow(), &link);
                silent_since = Instant::now();
            },
        }
    }
    if leaves {
        // The server closes the seat of who has left; closed from here, it might not have read that they leave.
        let goodbye = async { while events.recv().await.is_some() {} };
        let _ = timeout(GOODBYE, goodbye).await;
    }
    link.close();
    while events.recv().await.is_some() {}
    // The director may be gone first.
    let _ = lost.try_send(who);
}

/// One tick a frame; after a stall the frames that were missed stay unsaid, as with a real microphone.
fn paced() -> Interval {
    let mut frames = interval(Duration::from_millis(FRAME_MS));
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    frames
}

fn utter(mouth: &mut Mouth, talking: bool, link: &Link) {
    match mouth.next(talking) {
        Ok(Some(record)) => {
            link.send_audio(record);
        }
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "20 ms stay unsaid"),
    }
}

fn note(person: &Person, event: LinkEvent) {
    match event {
        LinkEvent::Message(ServerMessage::Rejected { code, text, .. }) => {
            tracing::debug!(person = person.name, code, text, "refused");
        }
        LinkEvent::Ended { code, text } => tracing::warn!(person = person.name, code, text, "cannot join"),
        LinkEvent::Lost { why, .. } => tracing::debug!(person = person.name, why, "link lost"),
        _ => {}
    }
}
