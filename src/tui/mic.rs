//! The own microphone: open exactly while the meeting says so, and shut at once when nobody minds it.

use crate::meeting::{Command, Mic};

use super::{Effect, Model};

/// What stands between the microphone and the meeting.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    /// What the loop was told last.
    open: bool,
    /// Shut here, whatever the meeting says, until it says so too or the person opens it again.
    shut: bool,
    /// The last microphone that the meeting told of.
    was_live: bool,
    /// Space is held down.
    pub(super) held: bool,
}

impl Gate {
    /// A command was refused, perhaps the one that was to open the microphone.
    pub(super) fn refused(&mut self) {
        self.shut &= self.was_live;
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
        let held = std::mem::take(&mut self.gate.held);
        if !(live || held) || self.gate.shut {
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

    /// Lets go of Space, as far as it was held.
    pub(super) fn release_talk(&mut self, effects: &mut Vec<Effect>) {
        if self.gate.held {
            self.shut_mic(effects);
        }
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
