//! The own microphone: open exactly while the meeting says so, and shut at once when nobody minds it.

use crossterm::event::KeyCode;

use crate::meeting::{Command, Mic, Millis, Timestamp};

use super::action::Do;
use super::{Effect, Model};

/// How long push-to-talk keeps the microphone open: a release that got lost on the way must not leave it open, and who
/// has more to say opens it for good.
const MAX_TALK: Millis = Millis::from_secs(120);

/// From here on the screen counts down to the end of push-to-talk.
const TALK_WARNING: Millis = Millis::from_secs(15);

/// Presses that follow each other more closely come from a key that repeats, and from no finger.
const REPEAT: Millis = Millis(100);

/// What keeps the microphone open until it is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// This key, whatever modifiers it had: they may come up first.
    Key(KeyCode),
    /// The button on the screen.
    Button,
    /// Nothing: the terminal reports no releases, and the next press lets go.
    Toggle,
}

/// What stands between the microphone and the meeting.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    /// What the loop was told last.
    open: bool,
    /// Shut here, whatever the meeting says, until it says so too or the person opens it again.
    shut: bool,
    /// The last microphone that the meeting told of.
    was_live: bool,
    /// Push-to-talk, and since when.
    talk: Option<(Hold, Timestamp)>,
    /// When the talk key was pressed last.
    pressed_at: Option<Timestamp>,
}

impl Gate {
    /// A command was refused, perhaps the one that was to open the microphone.
    pub(super) fn refused(&mut self) {
        self.shut &= self.was_live;
        // A key or button that is held will still come up.
        self.talk = self.talk.filter(|(hold, _)| self.was_live || *hold != Hold::Toggle);
    }
}

impl Model {
    /// What the own microphone is in the meeting.
    pub(super) fn own_mic(&self) -> Mic {
        self.me().map_or(Mic::Closed, |p| p.mic())
    }

    /// Whether the own microphone is shut here before the meeting knows.
    pub(super) fn is_shutting(&self) -> bool {
        self.gate.shut && self.own_mic() == Mic::Live
    }

    /// Opens or closes the microphone as the meeting says.
    pub(super) fn settle_mic(&mut self, effects: &mut Vec<Effect>) {
        let live = self.own_mic() == Mic::Live;
        if self.gate.was_live && !live {
            self.gate.shut = false;
            self.gate.talk = None;
        }
        self.gate.was_live = live;
        let open = live && !self.gate.shut && self.is_up();
        if open != self.gate.open {
            self.gate.open = open;
            effects.push(Effect::Mic(open));
        }
    }

    /// Shuts the microphone at once: focus, link or terminal are gone.
    pub(super) fn shut_mic(&mut self, effects: &mut Vec<Effect>) {
        let live = self.own_mic() == Mic::Live;
        let talked = self.gate.talk.take().is_some();
        if !(live || talked) || self.gate.shut {
            return;
        }
        self.gate.shut = true;
        if self.is_up() {
            effects.push(Effect::Send(Command::Mute));
        }
    }

    /// The link is back: what was shut here meanwhile is muted in the meeting.
    pub(super) fn returned(&mut self, effects: &mut Vec<Effect>) {
        if self.is_shutting() {
            effects.push(Effect::Send(Command::Mute));
        }
    }

    /// What push-to-talk is held by.
    pub(super) fn talk(&self) -> Option<Hold> {
        self.gate.talk.map(|(hold, _)| hold)
    }

    /// Opens the microphone until `hold` is let go; with the microphone open otherwise it does nothing.
    pub(super) fn hold_to_talk(&mut self, hold: Hold, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.gate.talk.is_some() || self.own_mic() == Mic::Live {
            return;
        }
        let had = effects.len();
        self.perform(Do::Talk, now, effects);
        if effects.len() > had {
            self.gate.talk = Some((hold, now));
        }
    }

    /// The talk key where releases are not reported: opens the microphone, or closes it.
    pub(super) fn toggle_talk(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let before = self.gate.pressed_at.replace(now);
        if before.is_some_and(|at| now.since(at) < REPEAT) {
            return;
        }
        if self.gate.talk.is_some() {
            self.release_talk(effects);
        } else if self.own_mic() == Mic::Live {
            self.perform(Do::Talk, now, effects);
        } else {
            self.hold_to_talk(Hold::Toggle, now, effects);
        }
    }

    /// Ends push-to-talk, as far as it was on.
    pub(super) fn release_talk(&mut self, effects: &mut Vec<Effect>) {
        if self.gate.talk.is_some() {
            self.shut_mic(effects);
        }
    }

    /// Ends push-to-talk that has lasted too long.
    pub(super) fn expire_talk(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.gate.talk.is_some_and(|(_, since)| now.since(since) >= MAX_TALK) {
            let was_open = self.own_mic() == Mic::Live;
            self.shut_mic(effects);
            if was_open {
                let t = self.texts();
                self.warn((t.talk_over)(MAX_TALK.as_secs(), &self.hint(Do::Mute)), now);
            }
        }
    }

    /// How much longer push-to-talk lasts, in seconds, once that has to be said.
    pub(super) fn talk_left(&self, now: Timestamp) -> Option<u64> {
        let (_, since) = self.gate.talk?;
        let left = MAX_TALK.minus(now.since(since));
        (left <= TALK_WARNING).then(|| left.0.div_ceil(1_000))
    }

    /// When what is said about push-to-talk changes, after `now`.
    pub(super) fn talk_change(&self, now: Timestamp) -> Option<Timestamp> {
        let (_, since) = self.gate.talk?;
        let left = MAX_TALK.minus(now.since(since));
        let wait = if left > TALK_WARNING {
            left.minus(TALK_WARNING)
        } else {
            Millis(left.0.saturating_sub(1) % 1_000 + 1)
        };
        Some(now.plus(wait))
    }

    /// The commands that open the own microphone, from off the stage too for those who may step up.
    pub(super) fn open_mic(&self) -> Vec<Command> {
        match self.own_mic() {
            Mic::Closed => vec![Command::StepUp, Command::Unmute],
            _ => vec![Command::Unmute],
        }
    }

    /// The person wants the microphone open: what was shut before does not count any more.
    pub(super) fn unshut(&mut self) {
        self.gate.shut = false;
    }
}
