//! The facts of the minutes.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::meeting::{
    Event, Hand, HandId, HandKind, ItemId, Meeting, Millis, Participant, ParticipantId, Recorded, Role,
    Timestamp,
};

use super::{Place, Recording};

/// What is worth keeping of a meeting. Moments are milliseconds since its doors opened, pauses included; what happened
/// before has none. Places are in the recording, see [`in_recording`](Minutes::in_recording).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Minutes {
    /// The room's name.
    pub room: String,
    /// Its number in the room.
    pub number: u32,
    /// Title.
    pub title: String,
    /// When the doors opened; `None` when they never did.
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// The recording; `None` when there is none.
    pub recording: Option<Recording>,
    /// From the start to the end, or to the last event so far, without pauses.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Planned length, with what was granted.
    #[serde(rename = "planned_ms")]
    pub planned: Millis,
    /// How long all together spoke.
    #[serde(rename = "spoken_ms")]
    pub spoken: Millis,
    /// Everybody who was there, who spoke longest first, then by arrival.
    pub people: Vec<Person>,
    /// The agenda.
    pub agenda: Vec<Section>,
    /// Every turn of the queue, first to last.
    pub asked: Vec<Asked>,
    /// Every proposal to go on longer.
    pub votes: Vec<Vote>,
    /// Who still waited at the end, in the order of the queue.
    pub waiting: Vec<Asked>,
}

/// Somebody who was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The last name they had.
    pub name: String,
    /// The highest role they had.
    pub role: Role,
    /// How long they spoke.
    #[serde(rename = "spoken_ms")]
    pub spoken: Millis,
    /// Whether the room had meetings before and this was their first.
    pub newcomer: bool,
    /// Their turns of the queue.
    pub turns: usize,
}

/// An item of the agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What it was about.
    pub title: String,
    /// Its planned length, with what it borrowed.
    #[serde(rename = "planned_ms")]
    pub planned: Millis,
    /// When it first began; `None` when it never did.
    #[serde(rename = "at_ms")]
    pub at: Option<Millis>,
    /// Where it begins in the recording.
    #[serde(flatten)]
    pub place: Place,
}

/// A hand that was called, or still waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Topic line.
    pub topic: String,
    /// What it asked for.
    pub kind: HandKind,
    /// Whose.
    pub name: String,
    /// How many others supported it.
    pub supporters: usize,
    /// When the turn began.
    #[serde(rename = "at_ms")]
    pub at: Option<Millis>,
    /// How long the turn took; zero for one that waits.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Where it begins in the recording.
    #[serde(flatten)]
    pub place: Place,
}

/// What became of a proposal to go on longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vote {
    /// Who proposed it.
    pub name: String,
    /// By how much.
    #[serde(rename = "by_ms")]
    pub by: Millis,
    /// Those for it.
    pub yes: usize,
    /// Those against it.
    pub no: usize,
    /// Whether it was granted; `None` while it is open.
    pub accepted: Option<bool>,
    /// When it was made.
    #[serde(rename = "at_ms")]
    pub at: Option<Millis>,
    /// Where it was made in the recording.
    #[serde(flatten)]
    pub place: Place,
}

impl Minutes {
    /// The minutes that these events of `room` make, up to the last of them.
    pub fn of<'a>(room: &str, events: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut gatherer = Gatherer::default();
        for recorded in events {
            gatherer.before(recorded);
            gatherer.meeting.apply(recorded);
            gatherer.after(recorded);
        }
        gatherer.finish(room)
    }
}

/// Reads events, and remembers what the state forgets.
#[derive(Default)]
struct Gatherer {
    meeting: Meeting,
    last: Timestamp,
    /// The highest role of each.
    roles: BTreeMap<ParticipantId, Role>,
    /// When each item first began.
    began: BTreeMap<ItemId, Timestamp>,
    turns: Vec<Turn>,
    votes: Vec<(Vote, Timestamp)>,
}

struct Turn {
    hand: Hand,
    at: Timestamp,
    length: Millis,
}

impl Gatherer {
    /// Notes what the event is about to change.
    fn before(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Called { hand, .. } => self.call(*hand, recorded.at),
            Event::TurnEnded { .. } => self.hang_up(recorded.at),
            Event::HandReturned { counts, .. } => {
                self.hang_up(recorded.at);
                if !counts {
                    self.turns.pop();
                }
            }
            Event::ProposalClosed { accepted, .. } => self.close_vote(Some(*accepted)),
            _ => {}
        }
    }

    fn after(&mut self, recorded: &Recorded) {
        self.last = self.last.max(recorded.at);
        match &recorded.event {
            Event::Joined { participant, role, .. } | Event::RoleSet { participant, role } => {
                let highest = self.roles.entry(*participant).or_insert(*role);
                // Roles are ordered from the highest down.
                *highest = (*highest).min(*role);
            }
            Event::ItemStarted { item: Some(item) } => {
                self.began.entry(*item).or_insert(recorded.at);
            }
            _ => {}
        }
    }

    fn call(&mut self, hand: HandId, at: Timestamp) {
        if let Some(hand) = self.meeting.hand(hand) {
            self.turns.push(Turn { hand: hand.clone(), at, length: Millis::ZERO });
        }
    }

    /// The turn that is on ends.
    fn hang_up(&mut self, at: Timestamp) {
        if self.meeting.turn().is_some()
            && let Some(turn) = self.turns.last_mut()
        {
            turn.length = at.since(turn.at);
        }
    }

    /// The open proposal is over, or the meeting is.
    fn close_vote(&mut self, accepted: Option<bool>) {
        let Some(proposal) = self.meeting.proposal() else { return };
        let (yes, no) = proposal.tally();
        let name = self.name(proposal.participant);
        let vote = Vote { name, by: proposal.by, yes, no, accepted, at: None, place: Place::default() };
        self.votes.push((vote, proposal.at));
    }

    fn name(&self, who: ParticipantId) -> String {
        self.meeting.participant(who).map(|p| p.name.clone()).unwrap_or_default()
    }

    fn finish(mut self, room: &str) -> Minutes {
        let clock = self.meeting.clock().clone();
        let end = clock.ended_at.unwrap_or(self.last);
        self.hang_up(end);
        self.close_vote(None);
        let at = |moment: Timestamp| Some(moment.since(clock.started_at.filter(|start| *start <= moment)?));
        let asked = |turn: &Turn| Asked { at: at(turn.at), length: turn.length, ..self.asked(&turn.hand) };
        Minutes {
            room: room.to_owned(),
            number: self.meeting.number(),
            title: self.meeting.title().to_owned(),
            started_at: clock.started_at,
            ended_at: clock.ended_at,
            recording: None,
            length: clock.elapsed(end),
            planned: clock.planned,
            spoken: self.meeting.talk_time(),
            people: self.people(),
            agenda: self
                .meeting
                .agenda()
                .iter()
                .map(|item| Section {
                    title: item.title.clone(),
                    planned: item.length,
                    at: self.began.get(&item.id).and_then(|began| at(*began)),
                    place: Place::default(),
                })
                .collect(),
            asked: self.turns.iter().map(asked).collect(),
            waiting: self.meeting.queue().into_iter().map(|hand| self.asked(hand)).collect(),
            votes: self.votes.iter().map(|(vote, made)| Vote { at: at(*made), ..vote.clone() }).collect(),
        }
    }

    fn asked(&self, hand: &Hand) -> Asked {
        Asked {
            topic: hand.topic.clone(),
            kind: hand.kind,
            name: self.name(hand.participant),
            supporters: hand.supporters.len(),
            at: None,
            length: Millis::ZERO,
            place: Place::default(),
        }
    }

    fn people(&self) -> Vec<Person> {
        let mut people: Vec<_> = self.meeting.everybody().collect();
        people.sort_by_key(|p| (std::cmp::Reverse(p.spoken), p.source));
        let person = |p: &Participant| Person {
            name: p.name.clone(),
            role: self.roles.get(&p.id).copied().unwrap_or(p.role),
            spoken: p.spoken,
            newcomer: p.newcomer,
            turns: self.turns.iter().filter(|turn| turn.hand.participant == p.id).count(),
        };
        people.into_iter().map(person).collect()
    }
}
