//! What is said about the clock, the agenda, proposals and the landing.

use crate::meeting::{Event, Role, Timestamp};

use super::Model;
use super::action::Do;
use super::toast::ToastKind;

impl Model {
    pub(super) fn remark_of_time(
        &self,
        event: &Event,
        by_me: bool,
        now: Timestamp,
    ) -> Option<(ToastKind, String)> {
        let t = self.texts();
        let text = match event {
            Event::Closed => self.closing_remark(now),
            Event::LimitReached => return Some((ToastKind::Warning, t.limit_reached.to_owned())),
            Event::LimitPushed { by, .. } => (t.limit_pushed)(by.as_secs() / 60),
            Event::LastWordsBegan { length } => (t.last_words_begin)(length.as_secs() / 60),
            Event::Ended => self.ended_remark(),
            Event::Extended { by } => (t.extended_by)(by.as_secs() / 60),
            Event::ExtensionProposed { participant, by, .. } if !by_me => {
                (t.proposed)(self.name_of(*participant), by.as_secs() / 60)
            }
            Event::ProposalClosed { accepted: false, .. } if self.meeting().is_on_record() => {
                t.proposal_declined.to_owned()
            }
            Event::Borrowed { item, by, .. } => {
                let title = self.meeting().agenda().iter().find(|i| i.id == *item)?.title.as_str();
                (t.borrowed)(title, by.as_secs() / 60)
            }
            _ => return None,
        };
        Some((ToastKind::Info, text))
    }

    /// Who is still to speak, and how long that takes.
    fn closing_remark(&self, now: Timestamp) -> String {
        let meeting = self.meeting();
        let speakers = meeting.queue().len() as u64 + u64::from(meeting.turn().is_some());
        let needs = meeting.projection(self.server_now(now)).queue;
        (self.texts().meeting_closing)(speakers, super::cut::minutes(needs))
    }

    fn ended_remark(&self) -> String {
        let listens = self.me().is_none_or(|me| me.role == Role::Listener);
        let key = if listens { String::new() } else { self.hint(Do::Mute) };
        (self.texts().meeting_ended)(&key)
    }
}
