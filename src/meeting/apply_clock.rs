//! Folding what happens to the clock, the agenda, proposals and the landing.

use super::{Event, ItemId, ItemLength, Landing, Meeting, Millis, Phase, Proposal, ProposalId, Timestamp};

impl Meeting {
    pub(super) fn apply_clock(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Extended { by } => {
                self.clock.planned = self.clock.planned.plus(*by);
                self.put_off_end(*by, at);
            }
            Event::LimitPushed { by, overrun } => {
                self.clock.overrun = *overrun;
                self.put_off_end(*by, at);
            }
            Event::LastWordsBegan { length } => {
                let until = self.clock.elapsed(at).plus(*length);
                self.with_landing(|landing| landing.last_words_until = Some(until));
            }
            Event::LimitReached => self.with_landing(|landing| landing.by_limit = true),
            // Whoever is called in a landing has their turn, and the last words begin anew after it.
            Event::Called { .. } => self.with_landing(|landing| landing.last_words_until = None),
            Event::Paused => self.clock.pause(at),
            Event::Resumed => self.clock.resume(at),
            Event::Borrowed { lengths, .. } => lengths.iter().for_each(|new| self.set_length(*new)),
            Event::ItemStarted { item } => self.begin_item(*item, at),
            Event::ExtensionProposed { proposal, participant, by } if *proposal > self.last_proposal => {
                self.last_proposal = *proposal;
                let (id, participant, by) = (*proposal, *participant, *by);
                self.proposal = Some(Proposal { id, participant, by, at, votes: Default::default() });
            }
            Event::Voted { proposal, participant, yes } => {
                if let Some(open) = self.proposal_mut(*proposal) {
                    open.votes.insert(*participant, *yes);
                }
            }
            Event::ProposalClosed { proposal, .. } => {
                self.proposal.take_if(|open| open.id == *proposal);
            }
            _ => {}
        }
    }

    pub(super) fn begin_landing(&mut self, at: Timestamp) {
        self.phase = Phase::Closing;
        let since = self.clock.elapsed(at);
        self.landing = Some(Landing { since, by_limit: false, last_words_until: None });
    }

    fn begin_item(&mut self, item: Option<ItemId>, at: Timestamp) {
        let Some(id) = item else {
            self.item = None;
            return;
        };
        let elapsed = self.clock.elapsed(at);
        if let Some(item) = self.agenda.iter_mut().find(|i| i.id == id) {
            item.started = Some(elapsed);
            self.item = Some(id);
        }
    }

    fn set_length(&mut self, new: ItemLength) {
        if let Some(item) = self.agenda.iter_mut().find(|i| i.id == new.item) {
            item.length = new.length;
        }
    }

    /// Last words that are on, or should be over already, go on for so long.
    fn put_off_end(&mut self, by: Millis, at: Timestamp) {
        let elapsed = self.clock.elapsed(at);
        self.with_landing(|landing| {
            landing.last_words_until = landing.last_words_until.map(|until| until.max(elapsed).plus(by));
        });
    }

    fn with_landing(&mut self, change: impl FnOnce(&mut Landing)) {
        if let Some(landing) = &mut self.landing {
            change(landing);
        }
    }

    fn proposal_mut(&mut self, id: ProposalId) -> Option<&mut Proposal> {
        self.proposal.as_mut().filter(|open| open.id == id)
    }
}
