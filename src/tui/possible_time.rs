//! What the actions about more time would do now: extend, propose, vote, borrow, push the limit away.

use crate::meeting::{Command, Millis, PUSH, Timestamp};

use super::Model;
use super::action::Do;
use super::possible::{Intent, Why, send};

/// How far the planned length can be extended by one key, in minutes.
const EXTENSIONS: [u64; 4] = [5, 10, 15, 30];

/// How much an item can borrow by one key, in minutes.
const LOANS: [u64; 4] = [1, 2, 5, 10];

impl Model {
    pub(super) fn wish_time(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let (t, meeting) = (self.texts(), self.meeting());
        let by = |n: u64, command: fn(Millis) -> Command| ((t.minutes)(n), command(Millis::from_mins(n)));
        match what {
            Do::Propose => {
                let propose = |by| Command::ProposeExtension { by };
                self.menu(t.propose_title, EXTENSIONS.into_iter().map(|n| by(n, propose)), now)
            }
            Do::Borrow => {
                let current = meeting.item().ok_or_else(|| t.needs_item.to_owned())?.id;
                let borrow = |n| ((t.minutes)(n), Command::Borrow { current, by: Millis::from_mins(n) });
                self.menu(t.borrow_title, LOANS.into_iter().map(borrow), now)
            }
            Do::Push => send(Command::PushLimit { by: PUSH }),
            Do::Extend => {
                // Who may only take their own proposal back does not decide.
                self.allowed(&Command::Extend { by: PUSH }, now)?;
                self.menu(t.extend_title, self.extensions().into_iter(), now)
            }
            _ => {
                let proposal = meeting.proposal().ok_or_else(|| t.needs_proposal.to_owned())?.id;
                match what {
                    Do::Dismiss => send(Command::DismissProposal { proposal }),
                    _ => send(Command::Vote { proposal, yes: what == Do::VoteYes }),
                }
            }
        }
    }

    /// What the host can grant: first what is proposed, with its votes; last to decline it.
    fn extensions(&self) -> Vec<(String, Command)> {
        let t = self.texts();
        let extend = |n: u64| ((t.minutes)(n), Command::Extend { by: Millis::from_mins(n) });
        let mut all: Vec<_> = EXTENSIONS.into_iter().map(extend).collect();
        if let Some(open) = self.meeting().proposal() {
            let (yes, no) = open.tally();
            let minutes = (t.minutes)(open.by.as_secs() / 60);
            let label = format!("{minutes} ({})", (t.tally)(yes as u64, no as u64));
            all.retain(|(_, command)| *command != Command::Extend { by: open.by });
            all.insert(0, (label, Command::Extend { by: open.by }));
            all.push((t.decline_proposal.to_owned(), Command::DismissProposal { proposal: open.id }));
        }
        all
    }
}
