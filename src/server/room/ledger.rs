//! What became of commands, so that a repeated one is answered and not done twice.

use std::collections::{HashMap, VecDeque};

use crate::meeting::{ParticipantId, Rejection, Seq};
use crate::wire::CommandId;

/// Outcomes remembered: minutes of a lively meeting, far more than a client has unsettled. The oldest is forgotten.
const REMEMBERED: usize = 8192;

type Key = (ParticipantId, CommandId);

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Done; the last event by then.
    Done(Seq),
    /// Refused.
    Refused(Rejection),
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    outcomes: HashMap<Key, Outcome>,
    order: VecDeque<Key>,
}

impl Ledger {
    pub(super) fn get(&self, who: ParticipantId, id: &CommandId) -> Option<&Outcome> {
        self.outcomes.get(&(who, id.clone()))
    }

    pub(super) fn insert(&mut self, who: ParticipantId, id: CommandId, outcome: Outcome) {
        let key = (who, id);
        if self.outcomes.insert(key.clone(), outcome).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.outcomes.remove(&oldest);
            }
        }
    }

    /// Forgets a command that was not kept after all.
    pub(super) fn forget(&mut self, who: ParticipantId, id: &CommandId) {
        let key = (who, id.clone());
        if self.outcomes.remove(&key).is_some() {
            self.order.retain(|k| *k != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_the_latest_and_no_more() {
        let who = ParticipantId([1; 32]);
        let id = |n: usize| CommandId(format!("a-{n}"));
        let mut ledger = Ledger::default();
        for n in 0..REMEMBERED + 10 {
            ledger.insert(who, id(n), Outcome::Done(Seq(n as u64)));
        }
        assert_eq!(ledger.outcomes.len(), REMEMBERED);
        assert_eq!(ledger.get(who, &id(9)), None);
        assert_eq!(ledger.get(who, &id(10)), Some(&Outcome::Done(Seq(10))));
        ledger.forget(who, &id(10));
        assert_eq!(ledger.get(who, &id(10)), None);
        assert_eq!(ledger.order.len(), REMEMBERED - 1);
    }
}
