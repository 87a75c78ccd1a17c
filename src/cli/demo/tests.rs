//! The script played in virtual time against the pure meeting, over many seeds.

use std::collections::{BTreeMap, BTreeSet};

use crate::meeting::{
    Actor, Command, Event, Meeting, Mic, Millis, ParticipantId, Phase, Recorded, SeatId, SeatKind, Seq,
    Timestamp,
};

use super::cast::{COHOST, Cast, SPEAKER};
use super::pace::Pace;
use super::script::{Cue, Script};

const START: Timestamp = Timestamp(1_700_000_000_000);
const TICK: Millis = Millis(100);
const HOST: ParticipantId = ParticipantId([200; 32]);

/// A meeting without server, links or sound: cues become commands at once.
struct Stage {
    meeting: Meeting,
    script: Script,
    ids: Vec<ParticipantId>,
    now: Timestamp,
    seats: u64,
    speaking: BTreeSet<usize>,
    heard: BTreeSet<usize>,
    log: Vec<(Millis, Event)>,
    refused: Vec<(Command, &'static str)>,
}

impl Stage {
    fn new(seed: u64, people: usize, speed: f64) -> Self {
        let cast = Cast::new(seed, people, "Stefano");
        let ids: Vec<_> =
            (0..cast.people.len()).map(|i| ParticipantId([u8::try_from(i).unwrap(); 32])).collect();
        let mut stage = Self {
            meeting: Meeting::new(),
            script: Script::new(seed, Pace::new(speed), cast.clone(), &ids),
            ids,
            now: START,
            seats: 0,
            speaking: BTreeSet::new(),
            heard: BTreeSet::new(),
            log: Vec::new(),
            refused: Vec::new(),
        };
        let open = Command::Open {
            title: cast.title.into(),
            number: 1,
            owner: HOST,
            length: Millis::from_mins(60),
            agenda: cast.agenda,
            terms: Default::default(),
        };
        stage.ask(&open, Actor::Server);
        stage.join(HOST, "Stefano", false, true);
        stage
    }

    fn ask(&mut self, command: &Command, actor: Actor) {
        match self.meeting.decide(command, actor, self.now) {
            Ok(events) => {
                for event in events {
                    let seq = Seq(self.meeting.seq().0 + 1);
                    self.log.push((self.now.since(START), event.clone()));
                    let by = if let Actor::Participant(id) = actor { Some(id) } else { None };
                    self.meeting.apply(&Recorded { seq, at: self.now, by, event });
                }
            }
            Err(why) => self.refused.push((command.clone(), why.code())),
        }
    }

    fn join(&mut self, id: ParticipantId, name: &str, listener: bool, auto_open: bool) {
        self.seats += 1;
        let seat = SeatId(self.seats);
        let join = Command::Join {
            seat,
            kind: SeatKind::Console,
            name: name.into(),
            listener,
            auto_open,
            newcomer: false,
        };
        self.ask(&join, Actor::Participant(id));
    }

    fn host(&mut self, command: &Command) {
        let refused = self.refused.len();
        self.ask(command, Actor::Participant(HOST));
        assert_eq!(self.refused.len(), refused, "{:?}", self.refused.last());
        self.script.host_acted(self.now);
    }

    fn tick(&mut self) {
        self.now = self.now.plus(TICK);
        for cue in self.script.step(&self.meeting, self.now) {
            match cue {
                Cue::Arrive(who) => {
                    let person = self.script.person(who).clone();
                    let listener = person.role == crate::meeting::Role::Listener;
                    self.join(self.ids[who], &person.name, listener, person.auto_open);
                }
                Cue::Command(who, command) => self.ask(&command, Actor::Participant(self.ids[who])),
                Cue::Speak(who, true) => {
                    assert_eq!(self.mic(who), Mic::Live, "{who} speaks into a closed microphone");
                    assert!(self.speaking.insert(who));
                }
                Cue::Speak(who, false) => assert!(self.speaking.remove(&who)),
                Cue::Leave(who) => {
                    self.speaking.remove(&who);
                    self.ask(&Command::Leave, Actor::Participant(self.ids[who]));
                }
                Cue::Host(command) => self.ask(&command, Actor::Participant(HOST)),
            }
        }
        let speakers: Vec<_> = self.speaking.iter().copied().collect();
        self.heard.extend(&speakers);
        if self.now.0.is_multiple_of(1_000) {
            for who in speakers {
                let spoken = Millis(1_000);
                self.ask(&Command::RecordSpeech { participant: self.ids[who], spoken }, Actor::Server);
            }
        }
    }

    fn run(&mut self, span: Millis) {
        let until = self.now.plus(span);
        while self.now < until {
            self.tick();
        }
    }

    /// Goes on until `done`, for at most `limit`.
    fn until(&mut self, what: &str, limit: Millis, done: impl Fn(&Self) -> bool) {
        let until = self.now.plus(limit);
        while !done(self) {
            assert!(self.now < until, "not within {limit:?}: {what}");
            self.tick();
        }
    }

    fn mic(&self, who: usize) -> Mic {
        self.meeting.participant(self.ids[who]).map_or(Mic::Closed, crate::meeting::Participant::mic)
    }

    fn at(&self, found: impl Fn(&Event) -> bool) -> Vec<Millis> {
        self.log.iter().filter(|(_, e)| found(e)).map(|(at, _)| *at).collect()
    }

    /// Somebody scripted other than the speaker who has the turn.
    fn asker(&self) -> Option<usize> {
        let turn = self.meeting.turn()?;
        self.ids.iter().position(|id| *id == turn.hand.participant)
    }

    fn names_and_topics(&self) -> Vec<String> {
        let name = |id: &ParticipantId| self.meeting.participant(*id).map(|p| p.name.clone());
        self.log
            .iter()
            .filter_map(|(at, event)| match event {
                Event::HandRaised { participant, topic, .. } => {
                    Some(format!("{} raises {:?}: {topic}", at.0, name(participant)))
                }
                Event::Called { participant, .. } => Some(format!("{} calls {:?}", at.0, name(participant))),
                Event::Joined { name, .. } => Some(format!("{} joins {name}", at.0)),
                _ => None,
            })
            .collect()
    }
}

fn running(seed: u64) -> Stage {
    let mut stage = Stage::new(seed, 12, 1.0);
    stage.until("the start", Millis(5_000), |s| s.meeting.phase() == Phase::Live);
    stage
}

fn called(seed: u64) -> (Stage, usize) {
    let mut stage = running(seed);
    stage.until("a voice in a turn", Millis::from_secs(8), |s| {
        s.asker().is_some_and(|who| s.speaking.contains(&who))
    });
    let who = stage.asker().unwrap();
    (stage, who)
}

#[test]
fn the_first_seconds_are_rich() {
    for seed in 0..30 {
        let mut stage = running(seed);
        let start = stage.now.since(START);
        stage.run(Millis(1_000));
        assert!(stage.meeting.queue().len() >= 3, "seed {seed}: {} hands", stage.meeting.queue().len());
        assert!(stage.heard.contains(&SPEAKER), "seed {seed}: the talk is on");
        stage.run(Millis(3_500));
        let calls = stage.at(|e| matches!(e, Event::Called { .. }));
        assert!(calls[0].minus(start) <= Millis(4_000), "seed {seed}: first call after {:?}", calls[0]);
    }
}

#[test]
fn without_a_host_the_meeting_lives_and_everybody_is_heard() {
    for seed in 0..8 {
        let mut stage = running(seed);
        stage.run(Millis::from_mins(15));
        assert_eq!(stage.refused, [], "seed {seed}");
        let mut heard: BTreeMap<&str, bool> = BTreeMap::new();
        for (who, id) in stage.ids.iter().enumerate() {
            let p = stage.meeting.participant(*id).unwrap();
            if p.role != crate::meeting::Role::Listener {
                heard.insert(&p.name, stage.heard.contains(&who));
            }
        }
        assert!(heard.values().all(|h| *h), "seed {seed}: {heard:?}");
        let calls = stage.at(|e| matches!(e, Event::Called { .. }));
        let longest = calls.windows(2).map(|w| w[1].minus(w[0])).max().unwrap();
        assert!(longest < Millis::from_secs(90), "seed {seed}: nobody called for {longest:?}");
        for hand in stage.meeting.queue() {
            let waits = stage.now.since(hand.raised_at);
            assert!(waits < Millis::from_mins(8), "seed {seed}: a hand waits {waits:?}");
        }
    }
}

#[test]
fn a_seed_plays_the_same_meeting_again_and_another_seed_another() {
    let play = |seed, speed| {
        let mut stage = Stage::new(seed, 12, speed);
        stage.run(Millis::from_mins(5));
        stage.names_and_topics()
    };
    for seed in 0..4 {
        assert_eq!(play(seed, 1.0), play(seed, 1.0));
    }
    assert_ne!(play(1, 1.0), play(2, 1.0));
    assert!(play(1, 8.0).len() > play(1, 1.0).len(), "faster means more in the same time");
}

#[test]
fn small_and_large_casts_and_all_speeds_live() {
    for (people, speed) in [(4, 1.0), (32, 1.0), (12, 0.5), (12, 50.0), (4, 50.0)] {
        for seed in 0..3 {
            let mut stage = Stage::new(seed, people, speed);
            stage.run(Pace::new(speed).wait(Millis::from_mins(10)).plus(Millis::from_secs(20)));
            let calls = stage.at(|e| matches!(e, Event::Called { .. })).len();
            assert!(calls >= 5, "{people} people at {speed}, seed {seed}: {calls} calls");
        }
    }
}

#[test]
fn the_host_who_calls_is_obeyed_and_the_cohost_holds_back() {
    for seed in 0..30 {
        let mut stage = running(seed);
        stage.run(Millis(900));
        stage.host(&Command::Next { current: None });
        let who = stage.asker().unwrap();
        stage.until("the asker speaks", Millis(3_000), |s| s.speaking.contains(&who));
        stage.until("the asker is done", Millis::from_secs(40), |s| s.meeting.turn().is_none());
        let ended = stage.now;
        stage.host(&Command::Reorder { order: crate::meeting::Order::Arrival });
        stage.run(Millis::from_secs(18));
        assert!(stage.meeting.turn().is_none(), "seed {seed}: the cohost waits for the host");
        stage.until("the cohost calls", Millis::from_secs(15), |s| s.meeting.turn().is_some());
        assert!(stage.now.since(ended) >= Millis::from_secs(20));
    }
}

#[test]
fn a_held_asker_stops_and_goes_on_when_released() {
    for seed in 0..20 {
        let (mut stage, who) = called(seed);
        let participant = stage.ids[who];
        stage.host(&Command::Hold { participant });
        stage.tick();
        assert!(!stage.speaking.contains(&who));
        stage.run(Millis::from_secs(5));
        stage.host(&Command::Release { participant });
        stage.until("speaks again", Millis(3_000), |s| s.speaking.contains(&who));
    }
}

#[test]
fn who_stays_held_gives_the_turn_back() {
    let (mut stage, who) = called(3);
    stage.host(&Command::Hold { participant: stage.ids[who] });
    stage.until("the turn is over", Millis::from_secs(25), |s| s.asker() != Some(who));
}

#[test]
fn a_dropped_hand_comes_back_later() {
    for seed in 0..20 {
        let mut stage = running(seed);
        stage.run(Millis(1_000));
        let hand = stage.meeting.queue()[1].clone();
        stage.host(&Command::Drop { hand: hand.id });
        stage.run(Millis::from_secs(15));
        assert!(stage.meeting.hand_of(hand.participant).is_none());
        stage.until("the hand is up again", Millis::from_secs(120), |s| {
            s.meeting.hand_of(hand.participant).is_some()
        });
    }
}

#[test]
fn the_invited_come_speak_and_go() {
    for seed in 0..20 {
        let mut stage = running(seed);
        stage.run(Millis(200));
        let who = (2..8).find(|&w| stage.meeting.hand_of(stage.ids[w]).is_none()).unwrap();
        stage.host(&Command::Invite { participant: stage.ids[who] });
        stage.until("accepts and speaks", Millis::from_secs(60), |s| s.speaking.contains(&who));
        stage.until("has gone", Millis::from_secs(120), |s| s.mic(who) == Mic::Closed);
    }
}

#[test]
fn a_paused_clock_silences_everybody_and_a_speaker_sent_down_comes_back() {
    let mut stage = running(4);
    stage.run(Millis(700));
    stage.host(&Command::Pause);
    stage.run(Millis(100));
    assert!(stage.speaking.is_empty());
    stage.run(Millis::from_secs(60));
    assert!(stage.speaking.is_empty() && stage.meeting.turn().is_none());
    stage.host(&Command::Resume);
    stage.until("somebody speaks", Millis(1_500), |s| !s.speaking.is_empty());
    stage.host(&Command::OffStage { participant: stage.ids[SPEAKER] });
    stage.run(Millis::from_secs(20));
    assert_eq!(stage.mic(SPEAKER), Mic::Closed);
    stage.until("is back", Millis::from_secs(15), |s| s.mic(SPEAKER) == Mic::Live);
}

#[test]
fn a_role_given_brings_on_the_stage_and_a_cohost_less_meeting_waits_for_its_host() {
    let mut stage = running(5);
    stage.run(Millis(500));
    let attendee = crate::meeting::Role::Attendee;
    stage.host(&Command::SetRole { participant: stage.ids[COHOST], role: attendee });
    stage.run(Millis::from_secs(60));
    assert!(stage.meeting.turn().is_none());
    stage.host(&Command::SetRole { participant: stage.ids[4], role: crate::meeting::Role::Speaker });
    stage.until("is on the stage", Millis::from_secs(4), |s| s.mic(4) != Mic::Closed);
}

#[test]
fn extending_closing_and_ending_send_people_home() {
    for seed in 0..20 {
        let here = |s: &Stage| s.meeting.roster().iter().filter(|p| p.is_here()).count();
        let mut stage = running(seed);
        stage.run(Millis::from_secs(60));
        let all = here(&stage);
        stage.host(&Command::Extend { by: Millis::from_mins(10) });
        stage.run(Millis::from_secs(10));
        assert_eq!(here(&stage), all - 1, "seed {seed}: one has to go");
        stage.host(&Command::Close);
        stage.until("the queue is through", Millis::from_mins(8), |s| {
            s.meeting.queue().is_empty() && s.meeting.turn().is_none()
        });
        stage.run(Millis::from_secs(40));
        let closing = here(&stage);
        assert!(closing < all - 1 && closing > 3, "seed {seed}: {closing} of {all} stay after the closing");
        stage.host(&Command::End);
        stage.run(Millis::from_secs(30));
        assert!(here(&stage) >= 3 && here(&stage) <= closing && stage.speaking.is_empty());
    }
}
