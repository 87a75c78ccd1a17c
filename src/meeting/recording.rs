//! The recording, as far as the meeting knows of it: whether one runs, who agreed to be in it, and who is left out.
//!
//! A recording holds only what belongs to the meeting ([`Meeting::is_on_record`]), and of that only those who said yes.
//! Who has not answered hears everything; their microphone opens when they have answered, or are off the record. Who was
//! heard already when the recording began is not cut off, and is in it from their yes on. Who said no listens while a
//! recording runs. A yes to the mix is none to a track of one's own: who gave it is asked again when tracks are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Event, Meeting, Mic, Millis, ParticipantId, RecordHalt, RecordPolicy, RecordSign, RecordState,
    RecordStop, Recorded, Role, Timestamp,
};

/// How much is struck at once: a name that slipped out and the sentence around it.
pub const STRIKE: Millis = Millis::from_secs(30);

/// How long a recording goes on without a host: a reconnect, and nobody is recorded in an empty room.
pub const RECORD_GRACE: Millis = Millis::from_secs(60);

/// How often a meeting can be struck: who strikes more stops the recording.
pub const MAX_STRIKES: usize = 256;

/// What whoever starts a recording has agreed to by it.
pub const STARTED_IT: &str = "started the recording";

/// The same, of one with tracks.
pub const STARTED_TRACKS: &str = "started the recording, each voice also on its own track";

/// The recording of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recording {
    /// Whether it runs.
    pub state: RecordState,
    /// Since when, pauses included.
    pub since: Option<Timestamp>,
    /// Whether it goes on when no host is here.
    pub without_host: bool,
    /// Whether each voice is kept on a track of its own too, while one runs.
    pub tracks: bool,
    /// Why it stopped last.
    pub stopped: Option<RecordStop>,
    /// Why nothing is written although it runs.
    pub halted: Option<RecordHalt>,
    /// Who begins it.
    pub policy: RecordPolicy,
    /// Whether everybody is off the record.
    pub all_off: bool,
    /// Who is off the record by name, and by whom.
    pub off: BTreeMap<ParticipantId, ParticipantId>,
    /// Who answered whether they are recorded.
    pub consents: BTreeMap<ParticipantId, Consent>,
    /// When the last [`STRIKE`] was struck, each time; the latest [`MAX_STRIKES`].
    pub struck: Vec<Timestamp>,
}

/// An answer to whether somebody is recorded. The text they were asked with is in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// `false` is no.
    pub yes: bool,
    /// When.
    pub at: Timestamp,
    /// Whether it is for a track of their own too.
    #[serde(default)]
    pub tracks: bool,
}

impl RecordPolicy {
    /// Whether what it starts keeps each voice on a track of its own too.
    pub fn keeps_tracks(self) -> bool {
        self == Self::TracksAtLive
    }
}

impl Recording {
    /// Whether nothing was ever said of one.
    pub(super) fn is_untouched(&self) -> bool {
        *self == Self::default()
    }

    /// Whether one runs, paused or not.
    pub fn is_running(&self) -> bool {
        self.state != RecordState::Off
    }

    /// What somebody answered to what is recorded now; `None` is nothing yet.
    pub fn answer(&self, id: ParticipantId) -> Option<bool> {
        self.answer_to(id, self.tracks)
    }

    /// What somebody answered to a recording with or without tracks: a yes to less is no answer.
    pub(super) fn answer_to(&self, id: ParticipantId, tracks: bool) -> Option<bool> {
        self.consents.get(&id).filter(|c| !c.yes || c.tracks || !tracks).map(|c| c.yes)
    }

    /// Whether what people are asked is about tracks: of what runs, or of what the room's policy starts.
    pub fn asks_for_tracks(&self) -> bool {
        if self.is_running() { self.tracks } else { self.policy.keeps_tracks() }
    }

    /// Whether somebody is off the record, by name or with all.
    pub fn is_off(&self, id: ParticipantId) -> bool {
        self.all_off || self.off.contains_key(&id)
    }

    /// How it is shown.
    pub fn sign(&self) -> RecordSign {
        match self.state {
            RecordState::Off => RecordSign::Off,
            _ if self.halted.is_some() => RecordSign::Halted,
            RecordState::Paused => RecordSign::Paused,
            RecordState::On if self.all_off => RecordSign::OffRecord,
            RecordState::On => RecordSign::On,
        }
    }
}

impl Meeting {
    /// The recording.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Whether what this person says for everybody is in the recording, while it can be written.
    pub fn records(&self, id: ParticipantId) -> bool {
        let recording = &self.recording;
        let writes = self.is_on_record() && recording.state == RecordState::On;
        writes && recording.answer(id) == Some(true) && !recording.is_off(id)
    }

    /// Whether this person is to be asked whether they are recorded: one runs, they could be heard and have not answered.
    pub fn asks_consent(&self, id: ParticipantId) -> bool {
        let may_speak = self.participant(id).is_some_and(|p| p.is_in() && p.role != Role::Listener);
        self.recording.is_running() && may_speak && self.recording.answer(id).is_none()
    }

    /// Whether this person only listens because they declined to be in the recording that runs.
    pub fn has_declined(&self, id: ParticipantId) -> bool {
        self.recording.is_running() && self.recording.answer(id) == Some(false)
    }

    /// Whether this person's microphone may open, as far as the recording goes.
    pub(super) fn consent_lets_speak(&self, id: ParticipantId) -> bool {
        let recording = &self.recording;
        let is_recorded = recording.state == RecordState::On && !recording.is_off(id);
        !self.has_declined(id) && (!is_recorded || recording.answer(id) == Some(true))
    }

    /// Whether a microphone that is open stays so: nobody is cut off by a recording that begins.
    pub(super) fn is_live(&self, id: ParticipantId) -> bool {
        self.participant(id).is_some_and(|p| p.mic() == Mic::Live)
    }

    pub(super) fn apply_recording(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        let recording = &mut self.recording;
        match &recorded.event {
            Event::RecordStarted { without_host, tracks } => {
                recording.state = RecordState::On;
                recording.since = Some(at);
                recording.tracks = *tracks;
                recording.without_host = *without_host;
                recording.stopped = None;
                recording.halted = None;
            }
            Event::RecordPaused if recording.is_running() => recording.state = RecordState::Paused,
            Event::RecordResumed if recording.is_running() => recording.state = RecordState::On,
            Event::RecordStopped { reason } => {
                recording.state = RecordState::Off;
                recording.since = None;
                recording.tracks = false;
                recording.stopped = Some(*reason);
                recording.halted = None;
            }
            Event::RecordHalted { why } => recording.halted = Some(*why),
            Event::RecordMended => recording.halted = None,
            Event::RecordPolicySet { policy } => recording.policy = *policy,
            Event::OffRecordSet { participant: None, on } => recording.all_off = *on,
            Event::OffRecordSet { participant: Some(id), on: true } => {
                recording.off.insert(*id, recorded.by.unwrap_or(*id));
            }
            Event::OffRecordSet { participant: Some(id), on: false } => {
                recording.off.remove(id);
            }
            Event::Consented { participant, yes, tracks, .. } => {
                recording.consents.insert(*participant, Consent { yes: *yes, at, tracks: *tracks });
            }
            Event::Struck => {
                if recording.struck.len() >= MAX_STRIKES {
                    recording.struck.remove(0);
                }
                recording.struck.push(at);
            }
            _ => {}
        }
    }
}
