//! The one thing worth saying about somebody, and all that is known.

use crate::meeting::{Participant, Participation, RecordSign, Role};

use super::{Model, Volume};

/// The one thing worth saying about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Away,
    OnStage,
    HandUp,
    Lobby,
    Listening,
    Heard,
    Unheard,
    Present,
}

impl Model {
    pub(super) fn standing(&self, person: &Participant) -> Standing {
        if !person.is_here() {
            Standing::Away
        } else if person.stage.is_some() {
            Standing::OnStage
        } else if self.meeting().hand_of(person.id).is_some() {
            Standing::HandUp
        } else if self.meeting().is_in_lobby(person.id) {
            Standing::Lobby
        } else if person.role == Role::Listener {
            Standing::Listening
        } else if person.is_heard() {
            Standing::Heard
        } else if self.is_silent(person) {
            Standing::Unheard
        } else {
            Standing::Present
        }
    }

    pub(super) fn standing_word(&self, standing: Standing) -> &'static str {
        let t = self.texts();
        match standing {
            Standing::Away => t.away,
            Standing::OnStage => t.on_stage,
            Standing::HandUp => t.hand_up,
            Standing::Lobby => t.in_the_lobby,
            Standing::Listening => t.listening,
            Standing::Heard => t.heard,
            Standing::Unheard => t.unheard,
            Standing::Present => t.present,
        }
    }

    /// Whether somebody is pointed out as not heard yet.
    pub(super) fn is_silent(&self, person: &Participant) -> bool {
        let expected = self.meeting().participation() == Participation::Expected;
        expected && person.role != Role::Listener && !person.is_heard()
    }

    /// What is known about somebody, in words: the name first.
    pub(super) fn about(&self, person: &Participant) -> Vec<String> {
        let t = self.texts();
        let standing = self.standing(person);
        let mut words = vec![person.name.clone(), self.role_word(person).to_owned()];
        words.push(self.standing_word(standing).to_owned());
        if self.meeting().recording().is_running() && self.meeting().recording().is_off(person.id) {
            words.push((t.recording.sign)(RecordSign::OffRecord).to_owned());
        }
        if self.is_silent(person) && standing != Standing::Unheard {
            words.push(t.unheard.to_owned());
        }
        if person.newcomer {
            words.push(t.newcomer.to_owned());
        }
        if self.meeting().owner() == Some(person.id) {
            words.push(t.owner.to_owned());
        }
        let volume = self.volume_of(person.id);
        if volume != Volume::default() {
            words.push((t.volume)(volume.percent()));
        }
        if let Some(other) = person.resembles {
            words.push((t.resembles)(self.name_of(other)));
        }
        words
    }
}
