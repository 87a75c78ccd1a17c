//! One scripted person: what they have noticed, and what they want next.

use crate::meeting::{
    Command, HandKind, Meeting, Mic, Millis, ParticipantId, Phase, Role, StageReason, Timestamp,
};

use super::cast::{Person, Topic};
use super::pace::{Pace, between, dice};

/// How many hands may wait before scripted people keep theirs down for a while: a queue that a host can overlook.
const PATIENT_QUEUE: usize = 6;

/// When a command is asked again if nothing came of it; real time, since it covers the way to the server and back.
const ASK_AGAIN: Millis = Millis(1_200);

/// What chance is asked for; part of the key of the dice.
#[derive(Clone, Copy)]
enum Chance {
    Rest = 10,
    Dropped = 11,
    QueueFull = 12,
    Guest = 13,
    Reaction = 14,
}

/// One scripted person. Lengths in it are the script's; moments are on the clock.
#[derive(Debug)]
pub(crate) struct Part {
    /// Who they are in the meeting.
    pub(crate) id: ParticipantId,
    /// Who they are in the cast.
    pub(crate) person: Person,
    /// When they were sent for; `None` before.
    pub(crate) sent_for: Option<Timestamp>,
    /// Whether they left or never got in.
    pub(crate) gone: bool,
    /// Whether they are saying something.
    pub(crate) speaking: bool,
    /// When they raise a hand next.
    pub(crate) raise_at: Option<Timestamp>,
    /// When they leave.
    pub(crate) leave_at: Option<Timestamp>,
    /// What they still have to say as a guest on the stage.
    pub(crate) guest: Millis,
    /// How many turns they had.
    pub(crate) turns: u32,
    /// How many hands they raised.
    pub(crate) raises: u32,
    seed: u64,
    who: usize,
    principal: bool,
    had_hand: bool,
    had_turn: bool,
    stage: Option<StageReason>,
    steps_down: bool,
    stage_again_at: Option<Timestamp>,
    guest_until: Option<Timestamp>,
    thrown: u64,
    pending: Option<(Command, Timestamp)>,
}

impl Part {
    /// The person at place `who` of the cast; a principal belongs on the stage.
    pub(crate) fn new(seed: u64, who: usize, principal: bool, id: ParticipantId, person: Person) -> Self {
        Self {
            id,
            person,
            sent_for: None,
            gone: false,
            speaking: false,
            raise_at: None,
            leave_at: None,
            guest: Millis::ZERO,
            turns: 0,
            raises: 0,
            seed,
            who,
            principal,
            had_hand: false,
            had_turn: false,
            stage: None,
            steps_down: false,
            stage_again_at: None,
            guest_until: None,
            thrown: 0,
            pending: None,
        }
    }

    /// Whether they are connected.
    pub(crate) fn is_here(&self, meeting: &Meeting) -> bool {
        !self.gone && meeting.participant(self.id).is_some_and(|p| p.is_here())
    }

    /// Whether they can be heard.
    pub(crate) fn is_live(&self, meeting: &Meeting) -> bool {
        !self.gone && meeting.participant(self.id).is_some_and(|p| p.mic() == Mic::Live)
    }

    /// Whether they have the turn.
    pub(crate) fn has_turn(&self, meeting: &Meeting) -> bool {
        meeting.turn().is_some_and(|t| t.hand.participant == self.id)
    }

    /// The topic of their next hand.
    pub(crate) fn topic(&self) -> Option<Topic> {
        let topics = &self.person.topics;
        let nth = self.raises as usize;
        (!topics.is_empty()).then(|| topics[topics.len() - 1 - nth % topics.len()])
    }

    fn throw(&mut self, chance: Chance, from: u64, to: u64) -> Millis {
        let words =
            [2, self.who as u64, chance as u64, u64::from(self.raises), u64::from(self.turns), self.thrown];
        if matches!(chance, Chance::QueueFull | Chance::Reaction) {
            self.thrown += 1;
        }
        between(&mut dice(self.seed, &words), from, to)
    }

    /// Sees what has changed for them since they looked last.
    pub(crate) fn notice(&mut self, meeting: &Meeting, now: Timestamp, pace: Pace) {
        let Some(me) = meeting.participant(self.id) else { return };
        let hand = meeting.hand_of(self.id).is_some();
        let turn = self.has_turn(meeting);
        if hand && !self.had_hand {
            self.raises += 1;
            self.raise_at = None;
        }
        if self.had_turn && !turn {
            self.turns += 1;
            let rest = self.throw(Chance::Rest, 70_000, 160_000);
            self.raise_at = Some(now.plus(pace.wait(rest)));
        } else if self.had_hand && !hand && !turn {
            let sulk = self.throw(Chance::Dropped, 20_000, 45_000);
            self.raise_at = Some(now.plus(pace.wait(sulk)));
        }
        let stage = me.stage.as_ref().map(|s| s.reason);
        self.notice_stage(stage, now, pace);
        (self.had_hand, self.had_turn, self.stage) = (hand, turn, stage);
    }

    fn notice_stage(&mut self, stage: Option<StageReason>, now: Timestamp, pace: Pace) {
        let was_turn = self.stage == Some(StageReason::Turn);
        match (self.stage, stage) {
            (Some(_), None) if !was_turn => {
                // Whoever was sent down stays down for a while, and a guest who went has said their piece.
                let rest = if self.steps_down { Millis::from_mins(10) } else { Millis::from_secs(30) };
                self.stage_again_at = Some(now.plus(pace.wait(rest)));
                (self.steps_down, self.guest, self.guest_until) = (false, Millis::ZERO, None);
            }
            (None | Some(StageReason::Turn), Some(reason))
                if reason != StageReason::Turn && !self.principal =>
            {
                self.guest = self.throw(Chance::Guest, 7_000, 12_000);
                self.guest_until = Some(now.plus(pace.wait(Millis::from_secs(40))));
            }
            _ => {}
        }
    }

    /// The command they ask for now, if any; asked again when nothing comes of it.
    pub(crate) fn ask(
        &mut self,
        meeting: &Meeting,
        now: Timestamp,
        pace: Pace,
        turn_over: bool,
    ) -> Option<Command> {
        let Some((command, delay)) = self.want(meeting, now, turn_over) else {
            self.pending = None;
            return None;
        };
        let waits = match &self.pending {
            Some((pending, due)) if *pending == command => now < *due,
            _ if delay > Millis::ZERO => {
                let delay = self.throw(Chance::Reaction, delay.0, delay.0 * 3 / 2);
                self.pending = Some((command.clone(), now.plus(pace.wait(delay))));
                true
            }
            _ => false,
        };
        if waits {
            return None;
        }
        self.pending = Some((command.clone(), now.plus(ASK_AGAIN)));
        self.steps_down = matches!(command, Command::OffStage { .. });
        Some(command)
    }

    /// What they want, and how long they take to think of it.
    fn want(&mut self, meeting: &Meeting, now: Timestamp, turn_over: bool) -> Option<(Command, Millis)> {
        let me = meeting.participant(self.id)?;
        let under_way = matches!(meeting.phase(), Phase::Live | Phase::Closing);
        if !self.is_here(meeting) {
            return None;
        }
        if let Some(place) = &me.stage {
            let turn = self.has_turn(meeting);
            if turn && turn_over {
                let turn = meeting.turn()?.id;
                return Some((Command::Done { turn }, Millis(150)));
            }
            let has_word = under_way && (self.principal || turn || self.guest > Millis::ZERO);
            return match (me.held, place.muted) {
                (false, true) if has_word => {
                    Some((Command::Unmute, Millis(if self.principal { 0 } else { 600 })))
                }
                (false, false) if !has_word => Some((Command::Mute, Millis(500))),
                _ if self.guest_until.is_some_and(|until| until <= now) => {
                    Some((Command::OffStage { participant: self.id }, Millis(300)))
                }
                _ => None,
            };
        }
        if me.invited_at.is_some() {
            return Some((Command::Accept, Millis(900)));
        }
        // A role that is given later brings people on the stage as well.
        if under_way && me.role <= Role::Speaker && self.stage_again_at.is_none_or(|at| at <= now) {
            let thinks = if self.principal { Millis::ZERO } else { Millis(1_000) };
            return Some((Command::StepUp, thinks));
        }
        self.want_hand(meeting, now)
    }

    fn want_hand(&mut self, meeting: &Meeting, now: Timestamp) -> Option<(Command, Millis)> {
        if self.raise_at.is_none_or(|at| at > now)
            || meeting.phase() != Phase::Live
            || meeting.hand_of(self.id).is_some()
        {
            return None;
        }
        let Topic { kind, line } = self.topic()?;
        if meeting.queue().len() >= PATIENT_QUEUE && kind != HandKind::PointOfOrder {
            let later = self.throw(Chance::QueueFull, 6_000, 14_000);
            self.raise_at = Some(now.plus(later));
            return None;
        }
        Some((Command::Raise { topic: line.to_owned(), kind }, Millis::ZERO))
    }
}
