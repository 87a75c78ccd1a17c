//! The recording: who starts and stops it, who is in it, and when it stops by itself.

use crate::meeting::{
    Event, MAX_STRIKES, Meeting, Participant, ParticipantId, RECORD_GRACE, RecordHalt, RecordPolicy,
    RecordState, RecordStop, Rejection, Role, STARTED_IT, STARTED_TRACKS, Timestamp, text,
};

use super::{Asker, NOTHING, Outcome};

impl Meeting {
    /// Whoever starts a recording is in it; who declined before leaves the stage.
    pub(super) fn decide_start_recording(
        &self,
        asker: Asker<'_>,
        without_host: bool,
        tracks: bool,
    ) -> Outcome {
        if tracks && self.recording.is_running() && !self.recording.tracks {
            return Err(Rejection::WithoutTracks);
        }
        match self.recording.state {
            RecordState::Off => Ok(self.recording_begins(asker.id(), without_host, tracks)),
            RecordState::Paused => Ok(vec![Event::RecordResumed]),
            RecordState::On => NOTHING,
        }
    }

    /// The recording that the room's policy begins with the doors.
    pub(super) fn recording_at_start(&self, asker: Asker<'_>) -> Vec<Event> {
        let policy = self.recording.policy;
        let begins = policy != RecordPolicy::ByHand && !self.recording.is_running();
        if begins { self.recording_begins(asker.id(), false, policy.keeps_tracks()) } else { Vec::new() }
    }

    fn recording_begins(&self, by: ParticipantId, without_host: bool, tracks: bool) -> Vec<Event> {
        let mut events = Vec::new();
        if self.recording.answer_to(by, tracks) != Some(true) {
            let text = if tracks { STARTED_TRACKS } else { STARTED_IT };
            events.push(Event::Consented { participant: by, yes: true, text: text.to_owned(), tracks });
        }
        events.push(Event::RecordStarted { without_host, tracks });
        let declined = |p: &&Participant| p.id != by && self.recording.answer(p.id) == Some(false);
        let silent = self.participants.values().filter(|p| p.is_in()).filter(declined);
        events.extend(silent.flat_map(|p| self.silenced(p)));
        events
    }

    pub(super) fn decide_pause_recording(&self) -> Outcome {
        match self.recording.state {
            RecordState::Off => Err(Rejection::NotRecording),
            RecordState::On => Ok(vec![Event::RecordPaused]),
            RecordState::Paused => NOTHING,
        }
    }

    pub(super) fn decide_resume_recording(&self) -> Outcome {
        match self.recording.state {
            RecordState::Off => Err(Rejection::NotRecording),
            RecordState::On => NOTHING,
            RecordState::Paused => Ok(vec![Event::RecordResumed]),
        }
    }

    pub(super) fn decide_stop_recording(&self) -> Outcome {
        Ok(self.recording_ends(RecordStop::Host).into_iter().collect())
    }

    pub(super) fn recording_ends(&self, reason: RecordStop) -> Option<Event> {
        self.recording.is_running().then_some(Event::RecordStopped { reason })
    }

    /// Why a meeting that ends now ends its recording: last words belong to it, so it ends where the landing does.
    pub(super) fn landed_by(&self) -> RecordStop {
        match self.landing() {
            Some(landing) if landing.by_limit => RecordStop::Limit,
            Some(_) => RecordStop::Landing,
            None => RecordStop::Ended,
        }
    }

    /// Who took themselves off the record comes back by their own word alone.
    pub(super) fn decide_off_record(
        &self,
        asker: Asker<'_>,
        participant: Option<ParticipantId>,
        on: bool,
    ) -> Outcome {
        let recording = &self.recording;
        let Some(id) = participant else {
            if asker.own {
                return Err(asker.refused());
            }
            let is_so = recording.all_off == on;
            return if is_so { NOTHING } else { Ok(vec![Event::OffRecordSet { participant: None, on }]) };
        };
        asker.may_act_on(id)?;
        self.person(id)?;
        match (recording.off.get(&id), on) {
            (Some(_), true) | (None, false) => NOTHING,
            (Some(by), false) if *by == id && asker.id() != id => Err(Rejection::OwnWord),
            (Some(by), false) if asker.own && *by != id => Err(asker.refused()),
            _ => Ok(vec![Event::OffRecordSet { participant, on }]),
        }
    }

    pub(super) fn decide_strike(&self) -> Outcome {
        if !self.recording.is_running() {
            return Err(Rejection::NotRecording);
        }
        if self.recording.struck.len() >= MAX_STRIKES {
            return Err(Rejection::TooMany { limit: MAX_STRIKES });
        }
        Ok(vec![Event::Struck])
    }

    /// Who declines while a recording runs leaves the stage and the queue, and listens.
    pub(super) fn decide_consent(&self, asker: Asker<'_>, yes: bool, text: &str, tracks: bool) -> Outcome {
        let participant = asker.id();
        if self.recording.answer_to(participant, tracks) == Some(yes) {
            return NOTHING;
        }
        let text = text::clean_line(text)?;
        let mut events = vec![Event::Consented { participant, yes, text, tracks }];
        if !yes && self.recording.is_running() {
            events.extend(self.silenced(asker.person));
        }
        Ok(events)
    }

    pub(super) fn decide_set_record_policy(&self, policy: RecordPolicy) -> Outcome {
        if self.recording.policy == policy { NOTHING } else { Ok(vec![Event::RecordPolicySet { policy }]) }
    }

    pub(super) fn decide_halt_recording(&self, why: Option<RecordHalt>) -> Outcome {
        let recording = &self.recording;
        if recording.halted == why || !recording.is_running() {
            return NOTHING;
        }
        Ok(vec![why.map_or(Event::RecordMended, |why| Event::RecordHalted { why })])
    }

    /// When a recording that no host watches over stops.
    pub(super) fn record_due(&self) -> Option<Timestamp> {
        if !self.recording.is_running() || self.recording.without_host {
            return None;
        }
        let hosts = self.participants.values().filter(|p| self.role_of(p) == Role::Host);
        let began = self.recording.since.unwrap_or_default();
        let since =
            hosts.map(|p| p.absence()).try_fold(began, |latest, absence| Some(latest.max(absence?.0)))?;
        Some(since.plus(RECORD_GRACE))
    }

    /// Stops a recording that nobody watches over by `now`.
    pub(super) fn stop_unwatched(&self, now: Timestamp) -> Option<Event> {
        self.record_due().filter(|due| *due <= now)?;
        self.recording_ends(RecordStop::NoHost)
    }

    /// Refuses what is not for somebody who declined to be in the recording that runs.
    pub(super) fn check_not_declined(&self, person: &Participant) -> Result<(), Rejection> {
        if self.has_declined(person.id) { Err(Rejection::Declined) } else { Ok(()) }
    }

    /// Refuses to open a microphone that would be recorded without its owner's word.
    pub(super) fn check_consent(&self, person: &Participant) -> Result<(), Rejection> {
        self.check_not_declined(person)?;
        if self.consent_lets_speak(person.id) { Ok(()) } else { Err(Rejection::ConsentFirst) }
    }

    /// Keeps microphones that open by themselves closed for whoever has not answered whether they are recorded.
    pub(super) fn with_consent(&self, mut events: Vec<Event>) -> Vec<Event> {
        let begins = events.iter().find_map(|e| match e {
            Event::RecordStarted { tracks, .. } => Some(*tracks),
            _ => None,
        });
        if begins.is_none() && !self.recording.is_running() {
            return events;
        }
        let may = |id| match begins {
            Some(tracks) => self.recording.answer_to(id, tracks) == Some(true),
            None => self.consent_lets_speak(id) || self.recording.answer(id) == Some(true),
        };
        let stays_closed = |id| !self.is_live(id) && !may(id);
        events.retain(|e| !matches!(e, Event::Unmuted { participant } if stays_closed(*participant)));
        for event in &mut events {
            if let Event::SteppedUp { participant, muted, .. } = event {
                *muted |= stays_closed(*participant);
            }
        }
        events
    }
}
