//! `palco speak`.

mod input;

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::audio::{CodecError, FRAME_MS, Talk};
use crate::client::LinkConfig;
use crate::meeting::{Command, Mic, ParticipantId, Role, SeatKind, Timestamp};
use crate::tui::{Language, Spoken};
use crate::wire::{AudioRecord, JoinRequest};

use super::args::SpeakArgs;
use super::context::Context;
use super::leg::{Incoming, Leg, Line};
use super::output::Failure;
use super::place::told_to_stop;
use input::{Input, Next};

/// Later than this a moment is not made up for: the process stood still.
const STOOD_STILL: Duration = Duration::from_millis(400);

/// How long the last word is given to reach the server before the seat is left.
const LAST_WORD: Duration = Duration::from_millis(300);

/// Between two requests for what the meeting has not done yet.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Speaks until the input ends, or until told to stop.
pub(super) async fn run(context: &Context, args: &SpeakArgs) -> Result<(), Failure> {
    let input = Input::open(args)?;
    let url = context.trusted(&args.url).await?;
    let join = JoinRequest {
        name: context.name(&args.who)?,
        kind: SeatKind::Audio,
        listener: false,
        auto_open: true,
    };
    let config = LinkConfig { join: Some(join), ..LinkConfig::new(url, context.identity(&args.who)?) };
    let leg = Leg::join(config).await?;
    let speaker = Speaker {
        leg,
        input,
        talk: Talk::default(),
        line: Line::new(args.quiet),
        language: context.language(args.lang),
        asked: None,
        said: None,
    };
    speaker.speak().await
}

struct Speaker {
    leg: Leg,
    input: Input,
    /// Anew with each opening of the microphone.
    talk: Talk,
    line: Line,
    language: Language,
    /// What was asked of the meeting last, and when.
    asked: Option<(Wish, Instant)>,
    /// What the line said last where it cannot be drawn again.
    said: Option<(Option<Mic>, Spoken)>,
}

/// What a speaker wants of the meeting, for the place on the stage that they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    StepUp,
    Accept(Timestamp),
    Unmute(Timestamp),
}

impl Speaker {
    async fn speak(mut self) -> Result<(), Failure> {
        let spoken = self.until_end().await;
        self.line.end();
        if spoken.is_ok() {
            tokio::time::sleep(LAST_WORD).await;
        }
        self.leg.leave().await;
        spoken
    }

    async fn until_end(&mut self) -> Result<(), Failure> {
        let stop = told_to_stop();
        tokio::pin!(stop);
        let frame = Duration::from_millis(FRAME_MS);
        let mut frames = interval(frame);
        // What was missed is made up for, so that a pipe that goes on does not pile up.
        frames.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                event = self.leg.next() => {
                    let incoming = self.leg.take(event).await?;
                    if matches!(incoming, Incoming::Changed) {
                        self.want().await;
                    }
                }
                tick = frames.tick() => {
                    if tick.elapsed() > STOOD_STILL {
                        frames.reset();
                    }
                    if self.utter()? {
                        return Ok(());
                    }
                    self.tell();
                    if self.line.is_due() {
                        self.want().await;
                    }
                }
            }
        }
    }

    /// Sends 20 ms, waits, or drops them; `true` when there is nothing more.
    fn utter(&mut self) -> Result<bool, Failure> {
        let is_open = self.mic() == Some(Mic::Live) && !self.waits_in_lobby();
        if is_open != self.talk.is_open() {
            self.talk = if is_open { Talk::open().map_err(no_sound)? } else { Talk::default() };
        }
        if !is_open && self.input.can_wait() {
            return Ok(false);
        }
        match self.input.next()? {
            Next::Frame(frame) if is_open => {
                let said = self.talk.utter(&frame).map_err(no_sound)?;
                if let Some(packet) = said.packet {
                    self.leg.link.send_audio(AudioRecord::own(said.level.byte(), packet));
                }
                Ok(false)
            }
            Next::Frame(_) => Ok(false),
            Next::NotYet => {
                self.talk.skip(1);
                Ok(false)
            }
            Next::End => Ok(true),
        }
    }

    fn mic(&self) -> Option<Mic> {
        self.leg.replica.me().map(|me| me.mic())
    }

    fn waits_in_lobby(&self) -> bool {
        self.leg.replica.you().is_some_and(|id: ParticipantId| self.leg.replica.meeting().is_in_lobby(id))
    }

    /// Takes what the meeting offers: whoever runs this wants to be heard, and nobody is at the keys.
    async fn want(&mut self) {
        let Some(me) = self.leg.replica.me() else { return };
        if me.seats().len() > 1 {
            // At a console somebody is, and decides.
            return;
        }
        let wish = match &me.stage {
            Some(place) if me.mic() == Mic::Muted => Wish::Unmute(place.since),
            Some(_) => return,
            None => match me.invited_at {
                Some(at) => Wish::Accept(at),
                None if matches!(me.role, Role::Host | Role::Cohost | Role::Speaker) => Wish::StepUp,
                None => return,
            },
        };
        if self.asked.is_some_and(|(asked, at)| asked == wish && at.elapsed() < ASK_AGAIN) {
            return;
        }
        self.asked = Some((wish, Instant::now()));
        let command = match wish {
            Wish::StepUp => Command::StepUp,
            Wish::Accept(_) => Command::Accept,
            Wish::Unmute(_) => Command::Unmute,
        };
        self.leg.ask(command).await;
    }

    fn tell(&mut self) {
        if !self.line.is_due() {
            return;
        }
        if let Some(lost) = self.leg.lost(self.language) {
            return self.line.show(&lost);
        }
        let mic = self.mic();
        let spoken = match mic {
            Some(Mic::Live) if !self.waits_in_lobby() => Spoken::Sent,
            _ if self.input.can_wait() => Spoken::Waits,
            _ => Spoken::Dropped,
        };
        let line = self.leg.strip(self.language).speaking(self.leg.replica.you(), spoken);
        self.line.show(&line);
        if mic.is_some() && self.said.replace((mic, spoken)) != Some((mic, spoken)) {
            self.line.note(&line);
        }
    }
}

fn no_sound(why: CodecError) -> Failure {
    Failure::refused("sound", why)
}
