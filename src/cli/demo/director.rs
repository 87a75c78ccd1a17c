//! The director: watches the meeting as the host's second seat, and passes the script's cues to the bots.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::client::{self, Identity, IdentityError, Link, LinkConfig, LinkEvent, RoomUrl, connect};
use crate::meeting::{Command, Event, ParticipantId, Recorded, SeatKind};
use crate::sync::{Received, Replica};
use crate::wire::{ClientMessage, CommandId, JoinRequest, OpenRequest, ServerMessage};

use super::bot::{Bot, Casting};
use super::cast::Cast;
use super::pace::Pace;
use super::script::{Cue, Script};

/// How often the script is asked when nothing happens: short against any human reaction, and next to no work.
const TICK: Duration = Duration::from_millis(40);

/// How long everybody has to leave at the end; the server that they leave is in this process.
const CURTAIN: Duration = Duration::from_millis(500);

/// What is played, where and for whom.
#[derive(Debug)]
pub(super) struct Production {
    /// The room.
    pub(super) url: RoomUrl,
    /// Whoever started the demo.
    pub(super) host: Identity,
    /// Their display name.
    pub(super) host_name: String,
    /// The meeting that they open if the console has not done so.
    pub(super) opening: OpenRequest,
    /// Who plays.
    pub(super) cast: Cast,
    /// What repeats it.
    pub(super) seed: u64,
    /// How fast it goes.
    pub(super) pace: Pace,
}

/// Plays until `stop` turns true or its sender is gone.
///
/// # Errors
/// No key can be made for somebody.
pub(super) async fn play(
    production: Production,
    mut stop: watch::Receiver<bool>,
) -> Result<(), IdentityError> {
    let (mut director, mut events, mut lost) = Director::new(production)?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => director.hear(event).await,
                None => break,
            },
            who = lost.recv() => director.script.lost(who.unwrap_or(usize::MAX)),
            _ = tick.tick() => director.step().await,
            changed = stop.changed() => if changed.is_err() || *stop.borrow() { break },
        }
    }
    director.leave().await;
    Ok(())
}

struct Director {
    url: RoomUrl,
    host: ParticipantId,
    seed: u64,
    link: Link,
    replica: Replica,
    script: Script,
    identities: Vec<Identity>,
    bots: Vec<Option<Bot>>,
    lost: mpsc::Sender<usize>,
    tasks: JoinSet<()>,
    asked: u64,
}

impl Director {
    fn new(
        production: Production,
    ) -> Result<(Self, mpsc::Receiver<LinkEvent>, mpsc::Receiver<usize>), IdentityError> {
        let Production { url, host, host_name, opening, cast, seed, pace } = production;
        let identities = cast.people.iter().map(|_| Identity::generate()).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = identities.iter().map(Identity::id).collect();
        let host_id = host.id();
        let join = JoinRequest { name: host_name, kind: SeatKind::Control, listener: false, auto_open: true };
        let (link, events) = connect(LinkConfig {
            join: Some(join),
            open: Some(opening),
            ..LinkConfig::new(url.clone(), host)
        });
        // Everybody can be lost at once.
        let (lost, lost_end) = mpsc::channel(ids.len().max(1));
        let bots = ids.iter().map(|_| None).collect();
        let script = Script::new(seed, pace, cast, &ids);
        let director = Self {
            url,
            host: host_id,
            seed,
            link,
            replica: Replica::new(),
            script,
            identities,
            bots,
            lost,
            tasks: JoinSet::new(),
            asked: 0,
        };
        Ok((director, events, lost_end))
    }

    async fn hear(&mut self, event: LinkEvent) {
        let message = match event {
            LinkEvent::Message(message) => message,
            LinkEvent::Ended { code, text } => {
                tracing::warn!(code, text, "the script lost its meeting");
                return;
            }
            _ => return,
        };
        if let ServerMessage::Rejected { code, text, .. } = &message {
            tracing::debug!(code, text, "the stage could not be set; the script asks again");
        }
        let now = client::now();
        match self.replica.receive(&message, now) {
            Received::Changed(events) => {
                if events.iter().any(|e| self.is_act_of_host(e)) {
                    self.script.host_acted(now);
                }
                self.step().await;
            }
            Received::Reset => self.step().await,
            Received::Gap => {
                let _ = self.link.send(ClientMessage::Resync).await;
            }
            Received::Nothing => {}
        }
    }

    /// Whether the host steers the meeting, rather than coming and going. What goes with the start is the script's.
    fn is_act_of_host(&self, recorded: &Recorded) -> bool {
        let started_at = self.replica.meeting().clock().started_at;
        recorded.by == Some(self.host)
            && started_at.is_some_and(|start| recorded.at > start)
            && !matches!(
                recorded.event,
                Event::Joined { .. }
                    | Event::SeatOpened { .. }
                    | Event::SeatClosed { .. }
                    | Event::Spoke { .. }
                    | Event::Unknown
            )
    }

    async fn step(&mut self) {
        for cue in self.script.step(self.replica.meeting(), client::now()) {
            match cue {
                Cue::Arrive(who) => self.arrive(who),
                Cue::Command(who, command) => {
                    if let Some(Some(bot)) = self.bots.get(who) {
                        bot.ask(command);
                    }
                }
                Cue::Speak(who, on) => {
                    if let Some(Some(bot)) = self.bots.get(who) {
                        bot.talk(on);
                    }
                }
                Cue::Leave(who) => {
                    if let Some(bot) = self.bots.get_mut(who).and_then(Option::take) {
                        bot.ask(Command::Leave);
                    }
                }
                Cue::Host(command) => self.set_stage(command).await,
            }
        }
    }

    fn arrive(&mut self, who: usize) {
        let Some(identity) = self.identities.get(who).cloned() else { return };
        let casting = Casting {
            who,
            url: self.url.clone(),
            identity,
            person: self.script.person(who).clone(),
            voice: self.seed.wrapping_add(who as u64),
            lost: self.lost.clone(),
        };
        self.bots[who] = Some(Bot::start(casting, &mut self.tasks));
    }

    async fn set_stage(&mut self, command: Command) {
        self.asked += 1;
        let id = CommandId(format!("stage.{}.{:08x}", self.asked, rand::random::<u32>()));
        // Without a link the script asks again.
        let _ = self.link.send(ClientMessage::Command { id, command }).await;
    }

    /// Everybody goes; who takes too long is cut off.
    async fn leave(mut self) {
        self.bots.clear();
        self.link.close();
        let gone = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(CURTAIN, gone).await.is_err() {
            tracing::debug!("some scripted people did not leave in time");
        }
    }
}
