//! Who is where, as far as it decides who hears whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::meeting::{Meeting, ParticipantId, Reach};

/// Who is on the stage and in the backstage. What is for everybody needs no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Hearing {
    stage: BTreeSet<ParticipantId>,
    backstage: BTreeSet<ParticipantId>,
}

impl Hearing {
    pub(super) fn of(meeting: &Meeting) -> Self {
        let roster = meeting.roster();
        let within = |reach| roster.iter().filter(|p| p.is_within(reach)).map(|p| p.id).collect();
        Self { stage: within(Reach::Stage), backstage: within(Reach::Backstage) }
    }

    /// Whether `who` may hear what is not said to everybody.
    pub(in crate::server) fn is_inside(&self, who: ParticipantId) -> bool {
        self.stage.contains(&who) || self.backstage.contains(&who)
    }

    /// Whether `who` is among those whom a microphone with this reach reaches.
    pub(in crate::server) fn has(&self, who: ParticipantId, reach: Reach) -> bool {
        match reach {
            Reach::Everybody => true,
            Reach::Stage => self.stage.contains(&who),
            Reach::Backstage => self.backstage.contains(&who),
        }
    }
}

/// How loud people are, for each that may know.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Signals {
    hearing: Arc<Hearing>,
    /// For those neither on the stage nor in the backstage, on the stage, in the backstage, in both.
    texts: [Utf8Bytes; 4],
}

impl Signals {
    /// Signals written by `write`, which is given whether those on the stage and in the backstage are to read them.
    pub(super) fn new(hearing: Arc<Hearing>, write: impl Fn(&dyn Fn(Reach) -> bool) -> Utf8Bytes) -> Self {
        let texts = [(false, false), (true, false), (false, true), (true, true)].map(|(stage, backstage)| {
            write(&|reach| match reach {
                Reach::Everybody => true,
                Reach::Stage => stage,
                Reach::Backstage => backstage,
            })
        });
        Self { hearing, texts }
    }

    /// What `who` is told, who may hear by `now` too.
    pub(in crate::server) fn text_for(&self, who: ParticipantId, now: &Hearing) -> &Utf8Bytes {
        let may = |reach| usize::from(self.hearing.has(who, reach) && now.has(who, reach));
        &self.texts[may(Reach::Stage) + 2 * may(Reach::Backstage)]
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.texts == other.texts && self.hearing == other.hearing
    }
}
