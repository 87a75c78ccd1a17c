//! What the keys of the backstage do: preparing, planning the start, talkback.

use crate::meeting::{Command, Event, Millis, ParticipantId, Reach, Timestamp};

use super::Model;
use super::action::Do;
use super::possible::{Intent, Why, send};
use super::toast::ToastKind;

/// How soon the doors can be planned to open by one key, in minutes.
const SOON: [u64; 4] = [5, 10, 15, 30];

impl Model {
    /// What is said about the backstage and talkback.
    pub(super) fn remark_backstage(
        &self,
        event: &Event,
        me: Option<ParticipantId>,
    ) -> Option<(ToastKind, String)> {
        let t = self.texts();
        match event {
            Event::Prepared if !self.is_in_lobby() => Some((ToastKind::Info, t.backstage_open.to_owned())),
            Event::ReachSet { participant, reach } if Some(*participant) == me => {
                Some((ToastKind::Info, (t.reach_set)(*reach)))
            }
            _ => None,
        }
    }

    pub(super) fn wish_backstage(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let (t, server) = (self.texts(), self.server_now(now));
        match what {
            Do::Prepare => send(Command::Prepare),
            Do::OpenAt => {
                let at = |n: u64| server.plus(Millis::from_mins(n));
                let soon = SOON.map(|n| ((t.in_minutes)(n), Command::PlanStart { at: Some(at(n)) }));
                let none = (t.no_plan.to_owned(), Command::PlanStart { at: None });
                self.menu(t.open_at_title, soon.into_iter().chain([none]), now)
            }
            _ => {
                let to = |reach: &Reach| ((t.reach)(*reach).to_owned(), Command::TalkTo { reach: *reach });
                self.menu(t.talk_to_title, Reach::ALL.iter().map(to), now)
            }
        }
    }
}
