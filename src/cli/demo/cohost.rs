//! The scripted cohost, who calls the next hand when the host leaves it to them.

use crate::meeting::{Command, Meeting, Millis, Phase, Role, Timestamp};

use super::pace::{Pace, between, dice};
use super::part::Part;

/// How long the cohost leaves the queue alone after the host has done something: time to look and choose.
const HOLD_BACK: Millis = Millis::from_secs(20);

/// How long the cohost takes to say whom they call.
const ANNOUNCEMENT: Millis = Millis(1_000);

/// When the call is made again if nothing came of it; real time, since it covers the way to the server and back.
const CALL_AGAIN: Millis = Millis(1_500);

/// When the cohost calls whom.
#[derive(Debug)]
pub(crate) struct Cohost {
    seed: u64,
    idle_since: Option<Timestamp>,
    host_acted: Option<Timestamp>,
    announced_at: Option<Timestamp>,
    called_at: Option<Timestamp>,
}

impl Cohost {
    /// A cohost who has not called anybody.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, idle_since: None, host_acted: None, announced_at: None, called_at: None }
    }

    /// The host did something.
    pub(crate) fn hold_back(&mut self, now: Timestamp) {
        self.host_acted = Some(now);
        self.announced_at = None;
    }

    /// Whether they are saying whom they call.
    pub(crate) fn is_announcing(&self) -> bool {
        self.announced_at.is_some()
    }

    /// The call, when it is time for it.
    pub(crate) fn step(
        &mut self,
        meeting: &Meeting,
        me: &Part,
        now: Timestamp,
        pace: Pace,
    ) -> Option<Command> {
        let may = meeting.participant(me.id).is_some_and(|p| p.role <= Role::Cohost) && me.is_here(meeting);
        let under_way =
            matches!(meeting.phase(), Phase::Live | Phase::Closing) && !meeting.clock().is_paused();
        if !may || !under_way || meeting.turn().is_some() || meeting.queue().is_empty() {
            (self.idle_since, self.announced_at, self.called_at) = (None, None, None);
            return None;
        }
        let idle_since = *self.idle_since.get_or_insert(now);
        let turns = meeting.turns().len() as u64;
        let mut dice = dice(self.seed, &[7, turns]);
        // The first call comes soon: a demo that shows nobody called looks broken.
        let gap =
            if turns == 0 { between(&mut dice, 1_700, 2_200) } else { between(&mut dice, 5_000, 8_500) };
        let due = idle_since.plus(pace.wait(gap));
        let held_back = self.host_acted.map_or(due, |at| at.plus(pace.wait(HOLD_BACK)));
        if now < due.max(held_back) || self.called_at.is_some_and(|at| now.since(at) < CALL_AGAIN) {
            return None;
        }
        let announced_at = *self.announced_at.get_or_insert(now);
        if me.is_live(meeting) && now.since(announced_at) < pace.wait(ANNOUNCEMENT) {
            return None;
        }
        (self.announced_at, self.called_at) = (None, Some(now));
        Some(Command::Next { current: None })
    }
}
