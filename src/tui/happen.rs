//! What is said about happenings that touch the person at this console.

use crate::meeting::{Event, HandId, Mic, ParticipantId, Recorded, Role, Timestamp};

use super::action::{Do, action};
use super::toast::ToastKind;
use super::{Effect, Model};

impl Model {
    /// Says what happened, when it has happened to oneself or to the whole meeting. `own_hand` is the one before it.
    pub(super) fn happened(
        &mut self,
        recorded: &Recorded,
        own_hand: Option<HandId>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let me = self.replica.you();
        let by_me = recorded.by == me && me.is_some();
        if let Some(hand) = own_hand.filter(|_| !by_me)
            && let Some(text) = self.hand_gone(&recorded.event, hand)
        {
            self.remarked = true;
            return self.warn(text, now);
        }
        let remark = self.remark(&recorded.event, me, by_me, now).or_else(|| self.order_remark(recorded));
        let Some((kind, text)) = remark else { return };
        if kind == ToastKind::Call {
            effects.push(Effect::Bell);
        }
        // The status line says it for as long as it wants an answer.
        if !text.is_empty() {
            self.remarked = true;
            self.toasts.push(kind, text, now);
        }
    }

    /// What to tell somebody whose hand a host takes out.
    fn hand_gone(&self, event: &Event, own: HandId) -> Option<String> {
        let t = self.texts();
        match event {
            Event::HandDropped { hand } if *hand == own => Some(t.hand_dropped.to_owned()),
            Event::HandsDropped { hands } if hands.contains(&own) => Some(t.hand_dropped.to_owned()),
            Event::HandsMerged { hands, into } if hands.contains(&own) => {
                let owner = self.meeting().hand(*into).map(|h| h.participant)?;
                Some((t.hand_merged)(self.name_of(owner)))
            }
            _ => None,
        }
    }

    /// What to tell about hands that leave the queue and come back.
    fn remark_hands(
        &self,
        event: &Event,
        me: Option<ParticipantId>,
        by_me: bool,
    ) -> Option<(ToastKind, String)> {
        let t = self.texts();
        let undo = self.hint(Do::Undo);
        let own = || self.meeting().hand_of(me?);
        Some(match event {
            Event::HandDropped { .. } if by_me => (ToastKind::Undo, (t.hands_out)(1, &undo)),
            Event::HandsDropped { hands } if by_me => {
                (ToastKind::Undo, (t.hands_out)(hands.len() as u64, &undo))
            }
            Event::HandsMerged { hands, .. } if by_me => {
                (ToastKind::Undo, (t.hands_merged)(hands.len() as u64, &undo))
            }
            Event::HandsRestored { hands } if own().is_some_and(|h| hands.contains(&h.id)) => {
                (ToastKind::Info, t.hand_back.to_owned())
            }
            Event::HandsRestored { hands } if by_me => (ToastKind::Info, (t.hands_back)(hands.len() as u64)),
            Event::HandReturned { counts, .. } if !by_me && own().is_some_and(|h| h.returns_in.is_some()) => {
                (ToastKind::Warning, if *counts { t.interrupted } else { t.did_not_answer }.to_owned())
            }
            _ => return None,
        })
    }

    fn remark(
        &self,
        event: &Event,
        me: Option<ParticipantId>,
        by_me: bool,
        now: Timestamp,
    ) -> Option<(ToastKind, String)> {
        use ToastKind::{Call, Info, Warning};
        let t = self.texts();
        let key = |what| self.hint(what);
        let mine = |id: &ParticipantId| Some(*id) == me;
        Some(match event {
            Event::Called { participant, .. } if mine(participant) => {
                let auto_open = self.me().is_some_and(|p| p.auto_open);
                let text = match self.own_mic() {
                    Mic::Live => t.your_turn_open.to_owned(),
                    Mic::Closed | Mic::Muted if auto_open => t.your_turn_open.to_owned(),
                    _ => String::new(),
                };
                (Call, text)
            }
            Event::TurnEnded { turn } => {
                let turns = self.meeting().turns();
                let owner = turns.iter().rev().find(|x| x.id == *turn).map(|x| x.hand.participant)?;
                if !mine(&owner) || by_me {
                    return None;
                }
                (Info, t.turn_over.to_owned())
            }
            Event::Invited { participant } if mine(participant) => (Call, String::new()),
            Event::Invited { participant } if by_me => {
                (Info, (t.invitation_sent)(self.name_of(*participant)))
            }
            Event::Declined { participant } if !mine(participant) && self.rules() => {
                (Info, (t.declined)(self.name_of(*participant)))
            }
            Event::Held { participant, .. } if mine(participant) => (Warning, t.you_are_held.to_owned()),
            Event::Released { participant, .. } if mine(participant) => {
                (Info, (t.you_are_released)(&key(Do::Mute)))
            }
            Event::SteppedDown { participant }
                if mine(participant) && !by_me && self.meeting().turn().is_some() =>
            {
                (Info, t.taken_off.to_owned())
            }
            Event::RoleSet { participant, role } if mine(participant) => {
                (Info, (t.new_role)((t.role)(*role)))
            }
            Event::Started => (Info, t.meeting_started.to_owned()),
            Event::MirrorSet { open: true } if !by_me => (Info, (t.mirror_for_all)(&key(Do::Mirror))),
            Event::ParticipationSet { policy } => (Info, (t.participation)(*policy).to_owned()),
            _ => {
                let of_time = self.remark_of_time(event, by_me, now);
                let of_queue = of_time.or_else(|| self.remark_hands(event, me, by_me));
                let of_round = of_queue.or_else(|| self.remark_round(event, me));
                let of_doors = of_round.or_else(|| self.remark_backstage(event, me));
                return of_doors.or_else(|| self.remark_recording(event, me));
            }
        })
    }

    /// What wants an answer now.
    pub(super) fn call(&self) -> Option<String> {
        let t = self.texts();
        let me = self.me()?;
        if let Some(call) = self.consent_call() {
            return Some(call);
        }
        if me.invited_at.is_some() && me.stage.is_none() {
            let (accept, decline) = (self.hint(Do::Accept), self.hint(Do::Decline));
            let text = if self.setup.plain { t.lines.you_are_invited } else { t.you_are_invited };
            return Some(text(&accept, &decline));
        }
        let mine = self.meeting().turn().is_some_and(|turn| turn.hand.participant == me.id)
            || self.meeting().round().is_some_and(|r| r.is_speaker(me.id));
        let muted = if self.setup.plain { t.lines.your_turn_muted } else { t.your_turn_muted };
        match self.own_mic() {
            Mic::Muted if mine => Some(muted(&self.hint(Do::Mute))),
            Mic::Held if mine => Some(t.your_turn_held.to_owned()),
            Mic::Live => None,
            _ => self.vote_call(),
        }
    }

    /// What wants a vote of whoever has not given theirs; the open microphone has the line for itself.
    pub(super) fn vote_call(&self) -> Option<String> {
        let t = self.texts();
        let (me, open) = (self.me()?, self.meeting().proposal()?);
        if open.votes.contains_key(&me.id) {
            return None;
        }
        let more = (t.plus_minutes)(super::cut::minutes(open.by));
        let name = self.name_of(open.participant);
        if self.setup.plain {
            return Some((t.lines.vote_call)(name, &more));
        }
        Some((t.vote_call)(&more, &self.hint(Do::VoteYes), &self.hint(Do::VoteNo), name))
    }

    /// How to do something, as a hint names it: its key, or its word where words are typed.
    pub(super) fn hint(&self, what: Do) -> String {
        if !self.setup.plain {
            return self.setup.keymap.key(what);
        }
        let word = match what {
            // every hint is about opening it
            Do::Mute => "unmute",
            other => action(other).word,
        };
        (self.texts().lines.word)(word)
    }

    /// Whether the person runs the queue and the stage.
    pub(super) fn rules(&self) -> bool {
        self.me().is_some_and(|p| matches!(self.meeting().role_of(p), Role::Host | Role::Cohost))
    }
}
