//! The round: everybody in turn, one open microphone at a time.

use serde::{Deserialize, Serialize};

use super::{Meeting, Millis, ParticipantId, Role, RoundExit, RoundOrder, Timestamp};

/// A round that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// How the list was made.
    pub order: RoundOrder,
    /// What a random order was made from.
    pub seed: Option<u64>,
    /// The time each has.
    #[serde(rename = "each_ms")]
    pub each: Millis,
    /// Who speaks; `None` before the first of a round arranged by hand, and while only absent people remain.
    pub speaker: Option<RoundSpeaker>,
    /// Who is still to speak, first to last.
    pub waiting: Vec<ParticipantId>,
    /// Who has spoken, first to last.
    pub done: Vec<ParticipantId>,
    /// Who did not want to.
    pub passed: Vec<ParticipantId>,
    /// How long those who have spoken took, all together.
    #[serde(rename = "took_ms")]
    pub took: Millis,
    /// Whether the first has begun.
    pub begun: bool,
}

/// Who speaks in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundSpeaker {
    /// Who.
    pub participant: ParticipantId,
    /// Elapsed time of the meeting when they began: a pause of the clock is nobody's time.
    #[serde(rename = "started_ms")]
    pub started: Millis,
}

impl Round {
    pub(super) fn new(
        order: RoundOrder,
        seed: Option<u64>,
        each: Millis,
        waiting: Vec<ParticipantId>,
    ) -> Self {
        Self {
            order,
            seed,
            each,
            speaker: None,
            waiting,
            done: Vec::new(),
            passed: Vec::new(),
            took: Millis::ZERO,
            begun: false,
        }
    }

    /// Whether this person speaks.
    pub fn is_speaker(&self, id: ParticipantId) -> bool {
        self.speaker.is_some_and(|s| s.participant == id)
    }

    /// Whether this person speaks or is still to.
    pub fn has(&self, id: ParticipantId) -> bool {
        self.is_speaker(id) || self.waiting.contains(&id)
    }

    /// Whether this person had their chance: spoke, or did not want to.
    pub fn had(&self, id: ParticipantId) -> bool {
        self.done.contains(&id) || self.passed.contains(&id)
    }

    /// What one speaker takes: the mean so far, and all the time they have before there is one.
    fn average(&self) -> Millis {
        match u64::try_from(self.done.len()) {
            Ok(count @ 1..) => Millis(self.took.0 / count),
            _ => self.each,
        }
    }

    pub(super) fn begin(&mut self, participant: ParticipantId, started: Millis) {
        self.waiting.retain(|id| *id != participant);
        self.speaker = Some(RoundSpeaker { participant, started });
        self.begun = true;
    }

    pub(super) fn finish(&mut self, participant: ParticipantId, how: RoundExit, elapsed: Millis) {
        let Some(speaker) = self.speaker.take_if(|s| s.participant == participant) else {
            return;
        };
        match how {
            RoundExit::Done | RoundExit::TimeUp => {
                self.done.push(participant);
                self.took = self.took.plus(elapsed.minus(speaker.started));
            }
            RoundExit::Passed => self.passed.push(participant),
            RoundExit::Later | RoundExit::Away => self.waiting.push(participant),
        }
    }

    /// Puts somebody at a place of the list, from 1; at its end without one.
    pub(super) fn place(&mut self, participant: ParticipantId, position: Option<u32>) {
        self.waiting.retain(|id| *id != participant);
        self.passed.retain(|id| *id != participant);
        let place =
            position.and_then(|p| usize::try_from(p).ok()).map_or(usize::MAX, |p| p.saturating_sub(1));
        if !self.is_speaker(participant) {
            self.waiting.insert(place.min(self.waiting.len()), participant);
        }
    }

    pub(super) fn pass(&mut self, participant: ParticipantId) {
        self.waiting.retain(|id| *id != participant);
        if !self.had(participant) {
            self.passed.push(participant);
        }
    }
}

impl Meeting {
    /// The round that is on.
    pub fn round(&self) -> Option<&Round> {
        self.round.as_ref()
    }

    /// How long the speaker of the round still has; `None` while nobody speaks.
    pub fn round_left(&self, now: Timestamp) -> Option<Millis> {
        let round = self.round.as_ref()?;
        let speaker = round.speaker?;
        Some(round.each.minus(self.clock.elapsed(now).minus(speaker.started)))
    }

    /// Who is to speak next: the first of the list who is here.
    pub fn round_next(&self) -> Option<ParticipantId> {
        let is_here = |id: &&ParticipantId| self.participant(**id).is_some_and(|p| p.is_here());
        self.round.as_ref()?.waiting.iter().find(is_here).copied()
    }

    /// What the rest of the round needs: what is left to the speaker, and the mean of those who have spoken for each who
    /// is still to.
    pub fn round_need(&self, now: Timestamp) -> Millis {
        let Some(round) = &self.round else {
            return Millis::ZERO;
        };
        let average = round.average();
        let spent = round.speaker.map(|s| self.clock.elapsed(now).minus(s.started));
        let current = spent.map_or(Millis::ZERO, |spent| average.minus(spent));
        let waiting = u64::try_from(round.waiting.len()).unwrap_or(u64::MAX);
        current.plus(average.times(waiting))
    }

    /// Those who take part in a round that begins now, in its order.
    pub(super) fn round_list(&self, order: RoundOrder, seed: u64) -> Vec<ParticipantId> {
        let mut list = self.roster();
        list.retain(|p| p.role != Role::Listener);
        if order == RoundOrder::Name {
            list.sort_by_cached_key(|p| (p.name.to_lowercase(), p.source));
        }
        let mut list: Vec<_> = list.into_iter().map(|p| p.id).collect();
        if order == RoundOrder::Random {
            shuffle(&mut list, seed);
        }
        list
    }
}

/// Fisher and Yates' shuffle with SplitMix64: the same seed gives the same order for ever.
fn shuffle(list: &mut [ParticipantId], seed: u64) {
    let mut state = seed;
    for last in (1..list.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let places = last as u64 + 1;
        list.swap(last, usize::try_from(mixed % places).unwrap_or(last));
    }
}
