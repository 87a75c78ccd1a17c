//! Who hears whom: the backstage and the lobby before the doors open, and talkback after.

use super::{Meeting, Mic, Participant, ParticipantId, Phase, Reach, Role};

impl Participant {
    /// Whether they belong to the backstage: hosts, cohosts and speakers.
    pub fn is_backstage(&self) -> bool {
        self.is_in() && matches!(self.role, Role::Host | Role::Cohost | Role::Speaker)
    }

    /// Whether they are among those whom a microphone with this reach reaches.
    pub fn is_within(&self, reach: Reach) -> bool {
        match reach {
            Reach::Everybody => true,
            Reach::Stage => self.stage.is_some(),
            Reach::Backstage => self.is_backstage(),
        }
    }

    /// Whether their microphone is open to everybody, a host's hold aside.
    pub(super) fn is_open_to_all(&self) -> bool {
        self.stage.as_ref().is_some_and(|place| !place.muted && place.reach == Reach::Everybody)
    }

    /// Whom they want their microphone to reach.
    pub fn reach(&self) -> Reach {
        self.stage.as_ref().map_or(Reach::Everybody, |place| place.reach)
    }
}

impl Meeting {
    /// Whether the doors are still closed: the backstage is by itself, and all others wait in the lobby.
    pub fn is_before_doors(&self) -> bool {
        matches!(self.phase, Phase::Scheduled | Phase::Backstage)
    }

    /// Whether what is said belongs to the meeting: recordings follow it and hold nothing else.
    pub fn is_on_record(&self) -> bool {
        matches!(self.phase, Phase::Live | Phase::Closing)
    }

    /// Whether this person waits in the lobby. Whoever has not joined only looks on, and waits there too.
    pub fn is_in_lobby(&self, id: ParticipantId) -> bool {
        self.is_before_doors() && !self.is_within(id, Reach::Backstage)
    }

    /// Those in the meeting who wait in the lobby, by arrival.
    pub fn lobby(&self) -> Vec<&Participant> {
        let mut waiting = self.roster();
        waiting.retain(|p| self.is_before_doors() && !p.is_backstage());
        waiting
    }

    /// Whom somebody's microphone reaches: before the doors open the backstage, whatever they want.
    pub fn reach_of(&self, person: &Participant) -> Reach {
        if self.is_before_doors() { Reach::Backstage } else { person.reach() }
    }

    /// Whether somebody is among those whom a microphone with this reach reaches.
    ///
    /// Every key may listen to what is for everybody, as every client does that only observes.
    pub fn is_within(&self, id: ParticipantId, reach: Reach) -> bool {
        let person = self.participant(id).filter(|p| p.is_in());
        reach == Reach::Everybody || person.is_some_and(|p| p.is_within(reach))
    }

    /// Whether `listener` may hear `speaker`: what the server forwards by, and what a console shows.
    pub fn hears(&self, listener: ParticipantId, speaker: ParticipantId) -> bool {
        let speaker = self.participant(speaker).filter(|p| p.mic() == Mic::Live);
        speaker.is_some_and(|p| self.is_within(listener, self.reach_of(p)))
    }
}
