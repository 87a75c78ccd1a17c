//! What must hold at every moment of a Monday.

use std::collections::BTreeSet;

use palco::meeting::{
    Event, HandKind, Meeting, Mic, Millis, Order, ParticipantId, Phase, Recorded, Role, Timestamp,
};

use super::super::hall::replay;

/// Somebody has to be in charge again within this time: the grace and one tick.
const UNCONTROLLED: Millis = Millis::from_secs(31);

/// How far the projected end may be off in the second half, as a part of the whole meeting.
const OFF: f64 = 0.1;

/// Looks at each event and each minute.
#[derive(Default)]
pub(super) struct Watch {
    wrong: BTreeSet<String>,
    uncontrolled: Option<Timestamp>,
    projected: Vec<(Timestamp, Timestamp)>,
    pub(super) called: usize,
    pub(super) round_turns: usize,
    pub(super) acting: usize,
    pub(super) after: usize,
}

impl Watch {
    pub(super) fn before(&mut self, meeting: &Meeting, event: &Event) {
        if let Event::Called { hand, .. } = event {
            self.called += 1;
            self.fair(meeting, *hand);
        }
    }

    /// After all events of one command.
    pub(super) fn settled(&mut self, meeting: &Meeting, now: Timestamp) {
        self.floor(meeting);
        self.control(meeting, now);
    }

    pub(super) fn after(&mut self, meeting: &Meeting, recorded: &Recorded) {
        match &recorded.event {
            Event::ActingHostSet { participant: Some(_), .. } => self.acting += 1,
            Event::RoundTurnStarted { .. } => self.round_turns += 1,
            Event::Unmuted { .. } if meeting.phase() == Phase::Ended => self.after += 1,
            _ => {}
        }
    }

    /// Floor within stage within roster; one open microphone in a round.
    fn floor(&mut self, meeting: &Meeting) {
        let stage = meeting.stage();
        for person in &stage {
            self.check(person.is_in(), "somebody on the stage is not in the meeting");
        }
        let turn = meeting.turn().map(|t| t.hand.participant);
        if let Some(floor) = turn {
            self.check(stage.iter().any(|p| p.id == floor), "who has the turn is not on the stage");
        }
        let live = stage.iter().filter(|p| p.mic() == Mic::Live).count();
        self.check(meeting.round().is_none() || live <= 1, "more than one open microphone in a round");
    }

    fn control(&mut self, meeting: &Meeting, now: Timestamp) {
        let here: Vec<_> = meeting.roster().into_iter().filter(|p| p.is_here()).collect();
        let could = here.iter().any(|p| matches!(p.role, Role::Host | Role::Cohost | Role::Speaker));
        let controlled = here.iter().any(|p| meeting.role_of(p) == Role::Host);
        let matters = matches!(meeting.phase(), Phase::Live | Phase::Closing) && could;
        if let Some(since) = self.uncontrolled {
            self.check(now.since(since) <= UNCONTROLLED, "nobody was in charge for too long");
        }
        if controlled || !matters {
            self.uncontrolled = None;
        } else {
            self.uncontrolled.get_or_insert(now);
        }
    }

    /// Under `fair` nobody who was heard is called before somebody who was not.
    fn fair(&mut self, before: &Meeting, hand: palco::meeting::HandId) {
        let Some(called) = before.hand(hand) else {
            return self.check(false, "a hand was called that did not wait");
        };
        let heard = |who: ParticipantId| before.participant(who).is_some_and(|p| p.is_heard());
        let plain = called.kind != HandKind::PointOfOrder && called.returns_in.is_none();
        if before.order() == Order::Fair && plain && heard(called.participant) {
            let fresh = before.queue().iter().any(|h| !heard(h.participant) && h.returns_in.is_none());
            self.check(!fresh, "somebody heard was called while somebody not heard waited");
        }
    }

    /// Once a minute.
    pub(super) fn minute(&mut self, meeting: &Meeting, now: Timestamp) {
        if matches!(meeting.phase(), Phase::Live | Phase::Closing) {
            self.projected.push((now, meeting.projection(now).end));
        }
    }

    pub(super) fn check(&mut self, holds: bool, wrong: &str) {
        if !holds {
            self.wrong.insert(wrong.to_owned());
        }
    }

    /// What went wrong, when all is over.
    pub(super) fn verdict(mut self, meeting: &Meeting, log: &[Recorded]) -> Vec<String> {
        self.check(&replay(log) == meeting, "the log makes another meeting");
        let (start, end) = (meeting.clock().started_at, meeting.clock().ended_at);
        let Some((start, end)) = start.zip(end) else {
            self.wrong.insert("it did not end".to_owned());
            return self.wrong.into_iter().collect();
        };
        let whole = end.since(start).0;
        for (at, projected) in std::mem::take(&mut self.projected) {
            let off = projected.0.abs_diff(end.0);
            if at.since(start).0 >= whole / 2 && off as f64 > whole as f64 * OFF {
                let (at, off) = (at.since(start).as_secs() / 60, off / 60_000);
                self.wrong.insert(format!(
                    "at minute {at} of {} the end was projected {off} min off",
                    whole / 60_000
                ));
                break;
            }
        }
        self.wrong.into_iter().collect()
    }
}
