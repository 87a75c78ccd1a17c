//! What line a happening becomes. What touches oneself or everybody has been said by the model already ([`super::super`]'s
//! remarks); this is the rest.

use crate::meeting::{
    Event, Hand, HandId, LeaveReason, Mic, Participant, ParticipantId, Presence, Recorded, RoundExit,
    StageReason,
};

use crate::tui::Model;
use crate::tui::cut::{length, minutes};
use crate::tui::lang::Lines;

use super::Plain;

/// What a happening is about, as it was before.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    person: Option<Participant>,
    /// Those that the happening takes away.
    hands: Vec<Hand>,
    /// Who has the turn.
    speaker: Option<ParticipantId>,
    /// What somebody was called who is let in again.
    banned: Option<String>,
}

/// Whether a happening is worth a line, and why not.
enum Line {
    Say(String),
    /// Nothing is said, for the reason beside it.
    Silent,
}

use Line::{Say, Silent};

macro_rules! subjects {
    ($($subject:ident: $($event:ident)*;)*) => {
        /// What a happening is about.
        enum Subject { $($subject,)* }

        /// Every kind of event has its row, so that a new one is not forgotten: it is told below, or a reason stands
        /// there why it is not.
        fn subject(event: &Event) -> Subject {
            match event { $($(Event::$event { .. })|* => Subject::$subject,)* }
        }
    };
}

subjects! {
    People:
        Opened Joined SeatOpened SeatClosed Left Renamed AutoOpenSet RoleSet ActingHostSet
        HoldAllSet LockSet ParticipationSet MirrorSet Banned Unbanned;
    Queue:
        HandRaised HandReworded HandWithdrawn HandDropped HandsDropped HandsMerged HandsRestored
        HandReturned HandSupported SupportWithdrawn OrderSet Called TurnEnded;
    Stage:
        Invited Declined SteppedUp SteppedDown Muted Unmuted ReachSet Held Released Spoke;
    Recording:
        RecordStarted RecordPaused RecordResumed RecordStopped RecordHalted RecordMended Struck OffRecordSet
        Consented RecordPolicySet;
    Conduct:
        Prepared StartPlanned Started Closed Ended Extended LimitReached LimitPushed LastWordsBegan
        ExtensionProposed Voted ProposalClosed Borrowed RoundStarted RoundTurnStarted
        RoundTurnEnded RoundPlaced RoundPassed RoundEnded Paused Resumed ItemAdded ItemStarted
        Unknown;
}

impl Plain {
    /// What `event` is about, before it is applied.
    pub(super) fn before(&self, event: &Event) -> Before {
        let meeting = self.model.meeting();
        let gone = match event {
            Event::HandWithdrawn { hand } | Event::HandDropped { hand } => std::slice::from_ref(hand),
            Event::HandsDropped { hands } | Event::HandsMerged { hands, .. } => hands,
            _ => &[],
        };
        let hands = gone.iter().filter_map(|id| meeting.hand(*id).cloned()).collect();
        let person = match event {
            Event::Renamed { participant, .. }
            | Event::SeatOpened { participant, .. }
            | Event::SteppedDown { participant } => meeting.participant(*participant).cloned(),
            _ => None,
        };
        let banned = match event {
            Event::Unbanned { participant } => meeting.moderation().bans.get(participant),
            _ => None,
        };
        Before {
            person,
            hands,
            speaker: meeting.turn().map(|t| t.hand.participant),
            banned: banned.map(|ban| ban.name.clone()).filter(|name| !name.is_empty()),
        }
    }

    /// The line of something that has happened; `None` is for what others are better told by something else.
    pub(super) fn line(&self, recorded: &Recorded, before: &Before) -> Option<String> {
        let line = match subject(&recorded.event) {
            Subject::People => self.of_people(recorded, before),
            Subject::Queue => self.of_the_queue(&recorded.event, before),
            Subject::Stage => self.of_the_stage(recorded, before),
            Subject::Recording => self.of_the_recording(&recorded.event),
            Subject::Conduct => self.of_conduct(recorded),
        };
        match line {
            Say(text) => Some(text),
            Silent => None,
        }
    }

    fn of_people(&self, recorded: &Recorded, before: &Before) -> Line {
        let (t, l) = (self.model.texts(), self.lines());
        let name = |id: &ParticipantId| self.model.name_of(*id);
        match &recorded.event {
            Event::Opened { title, .. } => Say((l.opened)(title)),
            Event::Joined { participant, role, resembles, .. } => {
                let role = (t.role)(*role);
                if self.is_me(participant) {
                    return Say((l.you_joined)(role));
                }
                Say((l.joined)(&self.resembling(participant, *resembles), role))
            }
            // a first seat comes with joining, a second one changes nothing for others
            Event::SeatOpened { participant, .. } => match before.person.as_ref().map(|p| &p.presence) {
                Some(Presence::Away { since }) if *since < recorded.at && !self.is_me(participant) => {
                    Say((l.back)(name(participant)))
                }
                _ => Silent,
            },
            // while another seat is left they are still here; who leaves is told by that
            Event::SeatClosed { participant, .. } => {
                match self.model.meeting().participant(*participant).map(|p| &p.presence) {
                    Some(Presence::Away { .. }) => Say((l.away)(name(participant))),
                    _ => Silent,
                }
            }
            Event::Left { participant, reason, .. } => Say(match reason {
                LeaveReason::Removed => (l.removed)(name(participant)),
                LeaveReason::Left => (l.left)(name(participant)),
                LeaveReason::Gone => (l.gone)(name(participant)),
            }),
            Event::Renamed { participant, resembles, .. } => {
                let old = before.person.as_ref().map_or("?", |p| &p.name);
                let new = self.resembling(participant, *resembles);
                Say(if self.is_me(participant) { (l.you_renamed)(&new) } else { (l.renamed)(old, &new) })
            }
            Event::AutoOpenSet { participant, on } if self.is_me(participant) => {
                Say((l.auto_open)(*on).to_owned())
            }
            Event::RoleSet { participant, role } => Say((l.role_of)(name(participant), (t.role)(*role))),
            Event::MirrorSet { open } => Say((l.mirror)(*open).to_owned()),
            Event::Unbanned { .. } if self.model.rules() => match &before.banned {
                Some(name) => Say((l.unbanned)(name)),
                None => Silent,
            },
            // what somebody else's microphone does by itself is theirs; of the rest all are told by a remark whom it
            // concerns
            _ => Silent,
        }
    }

    fn of_the_queue(&self, event: &Event, before: &Before) -> Line {
        let (t, l) = (self.model.texts(), self.lines());
        let name = |id: &ParticipantId| self.model.name_of(*id);
        let old = |text: fn(&str) -> String| match before.hands.first() {
            Some(hand) => Say(text(name(&hand.participant))),
            None => Silent,
        };
        match event {
            Event::HandRaised { hand, .. } => self.hand_line(*hand, |place, owner, topic| match owner {
                Some(name) => (l.raised)(name, place, topic),
                None => (l.your_hand)(place, topic),
            }),
            Event::HandReworded { hand, .. } => self.hand_line(*hand, |place, owner, topic| match owner {
                Some(name) => (l.reworded)(name, topic),
                None => (l.your_hand)(place, topic),
            }),
            Event::HandWithdrawn { .. } if before.hands.iter().any(|h| self.is_me(&h.participant)) => {
                Say(l.you_lowered.to_owned())
            }
            Event::HandWithdrawn { .. } => old(l.lowered),
            Event::HandDropped { .. } => old(l.dropped),
            Event::HandsDropped { .. }
            | Event::HandsMerged { .. }
            | Event::HandsRestored { .. }
            | Event::HandReturned { .. } => self.of_several_hands(event, before),
            Event::HandSupported { hand, participant } => self.support_line(*hand, participant, l.supported),
            Event::SupportWithdrawn { hand, participant } => {
                self.support_line(*hand, participant, l.unsupported)
            }
            Event::OrderSet { order, .. } => Say((l.ordered)((t.order)(*order))),
            Event::Called { participant, .. } => match self.model.meeting().turn() {
                // what to do is said when the microphone is settled
                _ if self.is_me(participant) => Silent,
                Some(turn) => {
                    let topic = (l.topic)(turn.hand.kind, &turn.hand.topic);
                    Say((l.called)(name(participant), &topic))
                }
                None => Silent,
            },
            Event::TurnEnded { turn } => {
                match self.model.meeting().turns().iter().rev().find(|over| over.id == *turn) {
                    Some(over) => {
                        let time = length(over.length(over.started_at));
                        Say((l.turn_over)(name(&over.hand.participant), &time))
                    }
                    None => Silent,
                }
            }
            _ => Silent,
        }
    }

    fn of_several_hands(&self, event: &Event, before: &Before) -> Line {
        let (l, meeting) = (self.lines(), self.model.meeting());
        let name = |id: ParticipantId| self.model.name_of(id);
        match event {
            Event::HandsDropped { .. } => Say((l.hands_dropped)(&self.owners_of(&before.hands))),
            Event::HandsMerged { into, .. } => match meeting.hand(*into) {
                Some(hand) => Say((l.hands_merged)(&self.owners_of(&before.hands), name(hand.participant))),
                None => Silent,
            },
            Event::HandsRestored { hands } => {
                let back: Vec<_> = hands.iter().filter_map(|id| meeting.hand(*id).cloned()).collect();
                Say((l.hands_restored)(&self.owners_of(&back)))
            }
            Event::HandReturned { counts, .. } => match before.speaker {
                Some(speaker) if *counts => Say((l.interrupted)(name(speaker))),
                Some(speaker) => Say((l.not_there)(name(speaker))),
                None => Silent,
            },
            _ => Silent,
        }
    }

    fn of_the_stage(&self, recorded: &Recorded, before: &Before) -> Line {
        let (t, l) = (self.model.texts(), self.lines());
        let name = |id: &ParticipantId| self.model.name_of(*id);
        let own = |id: &ParticipantId, own: &str, others: fn(&str) -> String| {
            Say(if self.is_me(id) { own.to_owned() } else { others(name(id)) })
        };
        match &recorded.event {
            // whoever is invited is asked for an answer
            Event::Invited { participant } if self.is_me(participant) => Silent,
            Event::Invited { participant } => Say((t.invitation_sent)(name(participant))),
            Event::Declined { participant } if recorded.by == Some(*participant) => {
                own(participant, l.you_declined, t.declined)
            }
            Event::Declined { participant } => own(participant, l.your_invitation_back, l.invitation_back),
            // the call says it
            Event::SteppedUp { reason: StageReason::Turn | StageReason::Round, .. } => Silent,
            Event::SteppedUp { participant, .. } => own(participant, l.you_stepped_up, l.stepped_up),
            Event::SteppedDown { participant } => {
                let place = before.person.as_ref().and_then(|p| p.stage.as_ref());
                match place.map(|p| p.reason) {
                    // the end of the turn says it
                    Some(StageReason::Turn | StageReason::Round) => Silent,
                    _ => own(participant, t.taken_off, l.stepped_down),
                }
            }
            Event::Muted { participant } => own(participant, l.you_muted, l.muted),
            Event::Unmuted { participant } => own(participant, l.you_unmuted, l.unmuted),
            Event::ReachSet { participant, reach } => Say((l.talks_to)(name(participant), (t.reach)(*reach))),
            // who holds all is told once
            Event::Held { participant, all: true } | Event::Released { participant, all: true }
                if !self.is_me(participant) =>
            {
                Silent
            }
            Event::Held { participant, .. } => own(participant, t.you_are_held, l.held),
            Event::Released { participant, .. } => Say((l.released)(name(participant))),
            // a measurement
            _ => Silent,
        }
    }

    /// The model has told everybody of the recording itself; this is what others answered.
    fn of_the_recording(&self, event: &Event) -> Line {
        let l = self.lines();
        let name = |id: &ParticipantId| self.model.name_of(*id);
        match event {
            Event::Consented { participant, yes, .. } if self.is_me(participant) => {
                Say((l.you_consented)(*yes).to_owned())
            }
            Event::Consented { participant, yes: false, .. } => Say((l.refuses_recording)(name(participant))),
            // who agrees is heard as before
            _ => Silent,
        }
    }

    fn of_conduct(&self, recorded: &Recorded) -> Line {
        let (t, l) = (self.model.texts(), self.lines());
        let meeting = self.model.meeting();
        Say(match &recorded.event {
            Event::Prepared => t.they_prepare.to_owned(),
            Event::StartPlanned { at: None } => format!("{}: {}.", t.open_at_title, t.no_plan),
            Event::StartPlanned { .. } => self.model.doors_text(recorded.at),
            Event::ExtensionProposed { by, .. } => (l.you_proposed)(minutes(*by)),
            Event::Voted { participant, yes, .. } => {
                let word = if *yes { t.yes } else { t.no };
                if self.is_me(participant) { (l.you_voted)(word) } else { return Silent }
            }
            Event::RoundTurnStarted { participant } if !self.is_me(participant) => {
                (l.round_speaks)(self.model.name_of(*participant))
            }
            Event::RoundTurnEnded { participant, how } => {
                let name = self.model.name_of(*participant);
                match how {
                    // who speaks next is said
                    RoundExit::Done => return Silent,
                    RoundExit::TimeUp => (l.round_time_up)(name),
                    RoundExit::Passed => format!("{}.", (t.round_passes)(name)),
                    RoundExit::Later | RoundExit::Away => format!("{}.", (t.round_later)(name)),
                }
            }
            Event::RoundPlaced { participant, position } => {
                let name = self.model.name_of(*participant);
                position.map_or_else(
                    || format!("{}.", (t.round_later)(name)),
                    |n| (l.round_placed)(name, n.into()),
                )
            }
            Event::RoundPassed { participant } => {
                format!("{}.", (t.round_passes)(self.model.name_of(*participant)))
            }
            Event::Paused => l.paused.to_owned(),
            Event::Resumed => l.resumed.to_owned(),
            Event::ItemAdded { what, .. } => (l.item_added)(&what.title, &(t.minutes)(minutes(what.length))),
            Event::ItemStarted { item: None } => l.agenda_over.to_owned(),
            Event::ItemStarted { item: Some(id) } => {
                let Some(place) = meeting.agenda().iter().position(|i| i.id == *id) else { return Silent };
                let item = &meeting.agenda()[place];
                (l.item_started)(place as u64 + 1, &item.title, &(t.minutes)(minutes(item.length)))
            }
            // the rest is said by a remark to everybody, and how others vote is theirs; a newer palco knows more
            _ => return Silent,
        })
    }

    /// The line of a waiting hand; the owner is `None` for one's own.
    fn hand_line(&self, id: HandId, text: impl Fn(u64, Option<&str>, &str) -> String) -> Line {
        let queue = self.model.meeting().queue();
        let Some((place, hand)) = queue.iter().enumerate().find(|(_, h)| h.id == id) else { return Silent };
        let owner = (!self.is_me(&hand.participant)).then(|| self.model.name_of(hand.participant));
        let topic = (self.lines().topic)(hand.kind, &hand.topic);
        Say(text(place as u64 + 1, owner, &topic))
    }

    fn owners_of(&self, hands: &[Hand]) -> String {
        let names: Vec<_> = hands.iter().map(|h| self.model.name_of(h.participant)).collect();
        names.join(", ")
    }

    fn support_line(&self, id: HandId, by: &ParticipantId, text: fn(&str, &str, u64) -> String) -> Line {
        let Some(hand) = self.model.meeting().hand(id) else { return Silent };
        let owner = self.model.name_of(hand.participant);
        Say(text(self.model.name_of(*by), owner, hand.supporters.len() as u64))
    }

    /// A name, and whose it looks like.
    fn resembling(&self, id: &ParticipantId, resembles: Option<ParticipantId>) -> String {
        let name = self.model.name_of(*id).to_owned();
        match resembles {
            Some(other) => {
                format!("{name} ({})", (self.model.texts().resembles)(self.model.name_of(other)))
            }
            None => name,
        }
    }

    pub(super) fn is_me(&self, id: &ParticipantId) -> bool {
        self.model.replica.you() == Some(*id)
    }

    pub(super) fn lines(&self) -> &'static Lines {
        &self.model.texts().lines
    }
}

impl Model {
    /// The own microphone in a word.
    pub(super) fn own_mic_word(&self) -> &'static str {
        let t = self.texts();
        match self.own_mic() {
            Mic::Live => (t.mic_open)(self.me().map(Participant::reach).unwrap_or_default()),
            Mic::Muted => t.mic_muted,
            Mic::Held => t.mic_held,
            Mic::Closed => t.mic_closed,
        }
    }
}
