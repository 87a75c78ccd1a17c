//! Extending the meeting: anybody proposes, people vote, a host decides.

use crate::meeting::{Event, MAX_EXTENSION_MINS, Meeting, Millis, Proposal, ProposalId, Rejection};

use super::{Asker, NOTHING, Outcome, check_length};

impl Meeting {
    /// Accepts the open proposal too: whatever length the host grants is the answer to it.
    pub(super) fn decide_extend(&self, by: Millis) -> Outcome {
        check_length(by, MAX_EXTENSION_MINS)?;
        Ok(std::iter::once(Event::Extended { by }).chain(self.close_proposal(true)).collect())
    }

    /// Who proposes is for it.
    pub(super) fn decide_propose(&self, asker: Asker<'_>, by: Millis) -> Outcome {
        check_length(by, MAX_EXTENSION_MINS)?;
        if self.proposal.is_some() {
            return Err(Rejection::ProposalOpen);
        }
        let proposal = ProposalId(self.last_proposal.0.saturating_add(1));
        let participant = asker.id();
        Ok(vec![
            Event::ExtensionProposed { proposal, participant, by },
            Event::Voted { proposal, participant, yes: true },
        ])
    }

    pub(super) fn decide_vote(&self, asker: Asker<'_>, id: ProposalId, yes: bool) -> Outcome {
        let proposal = self.open_proposal(id)?;
        let participant = asker.id();
        if proposal.votes.get(&participant) == Some(&yes) {
            return NOTHING;
        }
        Ok(vec![Event::Voted { proposal: id, participant, yes }])
    }

    pub(super) fn decide_dismiss(&self, asker: Asker<'_>, id: ProposalId) -> Outcome {
        asker.may_act_on(self.open_proposal(id)?.participant)?;
        Ok(self.close_proposal(false).into_iter().collect())
    }

    pub(super) fn close_proposal(&self, accepted: bool) -> Option<Event> {
        self.proposal.as_ref().map(|open| Event::ProposalClosed { proposal: open.id, accepted })
    }

    fn open_proposal(&self, id: ProposalId) -> Result<&Proposal, Rejection> {
        self.proposal.as_ref().filter(|open| open.id == id).ok_or(Rejection::NoProposal)
    }
}
