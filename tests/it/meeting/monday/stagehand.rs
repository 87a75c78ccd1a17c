//! Virtual time: what people do when, and the meeting's own deadlines between.

use std::collections::BTreeMap;

use palco::meeting::{Actor, Command, Meeting, Millis, ParticipantId, Phase, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::super::hall::Hall;
use super::script;
use super::watch::Watch;

type Act = Box<dyn FnOnce(&mut Monday)>;

/// A Monday is over after this long at the latest.
const LONGEST: Millis = Millis::from_mins(240);

/// A meeting, what is still to happen, and who looks on.
pub(super) struct Monday {
    pub(super) hall: Hall,
    pub(super) chance: StdRng,
    pub(super) watch: Watch,
    acts: BTreeMap<(Timestamp, u64), Act>,
    count: u64,
}

impl Monday {
    /// Plays one; answers with what went wrong.
    pub(super) fn play(seed: u64) -> Vec<String> {
        let mut monday = Self {
            hall: Hall::new(),
            chance: StdRng::seed_from_u64(seed),
            watch: Watch::default(),
            acts: BTreeMap::new(),
            count: 0,
        };
        script::begin(&mut monday);
        let until = monday.now().plus(LONGEST);
        while let Some(now) = monday.step(until) {
            monday.hall.now = now;
        }
        script::end(&mut monday);
        monday.watch.verdict(&monday.hall.meeting, &monday.hall.log)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.hall.now
    }

    pub(super) fn meeting(&self) -> &Meeting {
        &self.hall.meeting
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        self.hall.meeting.phase() == phase
    }

    /// So many seconds, by chance.
    pub(super) fn secs(&mut self, from: u64, to: u64) -> Millis {
        Millis(self.chance.random_range(from * 1_000..=to * 1_000))
    }

    /// Plans something.
    pub(super) fn later(&mut self, delay: Millis, act: impl FnOnce(&mut Self) + 'static) {
        self.count += 1;
        self.acts.insert((self.now().plus(delay), self.count), Box::new(act));
    }

    /// Somebody asks; whether they may is the meeting's business.
    pub(super) fn ask(&mut self, who: ParticipantId, command: Command) -> bool {
        self.said(Actor::Participant(who), &command)
    }

    /// Somebody asks for what has to be allowed.
    pub(super) fn must(&mut self, who: ParticipantId, command: Command) {
        let what = format!("{command:?}");
        if let Err(why) = self.hall.meeting.decide(&command, Actor::Participant(who), self.now()) {
            self.watch.check(false, &format!("{what}: {why}"));
        }
        self.ask(who, command);
    }

    pub(super) fn server(&mut self, command: &Command) {
        self.said(Actor::Server, command);
    }

    fn said(&mut self, actor: Actor, command: &Command) -> bool {
        let Ok(events) = self.hall.meeting.decide(command, actor, self.now()) else { return false };
        let recorded = self.hall.meeting.record(events, actor, self.now());
        for recorded in &recorded {
            self.watch.before(&self.hall.meeting, &recorded.event);
            self.hall.meeting.apply(recorded);
            self.watch.after(&self.hall.meeting, recorded);
        }
        self.watch.settled(&self.hall.meeting, self.now());
        self.hall.log.extend(recorded.iter().cloned());
        for recorded in &recorded {
            script::follow(self, &recorded.event);
        }
        true
    }

    /// Does what is next; answers with its time, or `None` when nothing is left.
    fn step(&mut self, until: Timestamp) -> Option<Timestamp> {
        let due = self.hall.meeting.due_at();
        let planned = self.acts.keys().next().map(|(at, _)| *at);
        let now = due.into_iter().chain(planned).min()?.max(self.now());
        if now > until {
            self.watch.check(false, "it goes on for ever");
            return None;
        }
        self.hall.now = now;
        if due.is_some_and(|at| at <= now) {
            self.server(&Command::Tick);
            let again =
                self.hall.meeting.due_at().is_some_and(|at| at <= now) && self.hall.meeting.due_at() == due;
            self.watch.check(!again, "a deadline stayed due after its tick");
            if again {
                return None;
            }
            return Some(now);
        }
        let (_, act) = self.acts.pop_first()?;
        act(self);
        Some(now)
    }
}
