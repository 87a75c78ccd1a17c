//! One meeting and its mirrors over a bad network, in virtual time.
//!
//! Links break with messages under way, which then come late, after those of the next connection, or never; messages are
//! doubled and lost. When the network heals all mirrors are the meeting and every command has one answer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use palco::meeting::{Actor, Command, HandKind, Meeting, Millis, ParticipantId, Recorded, Seq, Timestamp};
use palco::sync::{Backoff, Outbox, Received, Replica, Settled};
use palco::wire::{ClientMessage, CommandId, ServerMessage};

use super::hall::{HOST, Hall, person};

const SEEDS: u64 = 200;
const MIRRORS: usize = 5;
/// How long the network is bad.
const TROUBLE: Timestamp = Timestamp(120_000);
/// By when everybody has to agree.
const HEALED: Timestamp = Timestamp(180_000);
/// How old a client's state may be for the server to send the tail and not a snapshot.
const TAIL: usize = 40;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[derive(Debug)]
enum What {
    Connect(usize),
    Break(usize),
    Act(usize),
    ToServer(usize, u64, Box<ClientMessage>),
    ToClient(usize, Box<ServerMessage>),
    /// Something happens in the meeting, so that lost ends of the log are noticed.
    Pulse,
}

struct Mirror {
    replica: Replica,
    outbox: Outbox,
    backoff: Backoff,
    /// Which connection; odd while it is up.
    link: u64,
    /// When the last message in each direction arrives: a connection keeps its order.
    arrives: [Timestamp; 2],
    sent: u64,
    settled: Vec<Settled>,
    gaps: u64,
}

struct World {
    dice: Dice,
    now: Timestamp,
    queue: BinaryHeap<Reverse<(Timestamp, u64)>>,
    what: BTreeMap<u64, What>,
    count: u64,
    hall: Hall,
    answers: BTreeMap<String, ServerMessage>,
    mirrors: Vec<Mirror>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mirror = |n: usize| Mirror {
            replica: Replica::new(),
            outbox: Outbox::new(format!("m{n}")),
            backoff: Backoff::new(),
            link: 0,
            arrives: [Timestamp(0); 2],
            sent: 0,
            settled: Vec::new(),
            gaps: 0,
        };
        let mut world = Self {
            dice: Dice(seed),
            now: Timestamp(0),
            queue: BinaryHeap::new(),
            what: BTreeMap::new(),
            count: 0,
            hall: Hall::live(),
            answers: BTreeMap::new(),
            mirrors: (0..MIRRORS).map(mirror).collect(),
        };
        for n in 0..MIRRORS {
            world.at(Timestamp(0), What::Connect(n));
            world.at(Timestamp(500), What::Act(n));
        }
        for n in 0..5 {
            world.at(TROUBLE.plus(Millis::from_secs(10 + 6 * n)), What::Pulse);
        }
        world
    }

    fn at(&mut self, when: Timestamp, what: What) {
        self.count += 1;
        self.queue.push(Reverse((when, self.count)));
        self.what.insert(self.count, what);
    }

    fn soon(&mut self, most: u64, what: What) {
        let wait = self.dice.below(most);
        self.at(self.now.plus(Millis(wait)), what);
    }

    fn bad(&self) -> bool {
        self.now < TROUBLE
    }

    fn run(&mut self) {
        while let Some(Reverse((when, n))) = self.queue.pop() {
            self.now = when;
            match self.what.remove(&n).unwrap() {
                What::Connect(n) => self.connect(n),
                What::Break(n) => self.break_link(n),
                What::Act(n) => self.act(n),
                What::ToServer(n, link, message) => self.serve(n, link, *message),
                What::ToClient(n, message) => self.take(n, &message),
                What::Pulse => self.pulse(),
            }
        }
        assert!(self.now < HEALED, "quiet by then");
    }

    fn who(n: usize) -> ParticipantId {
        person(u8::try_from(n).unwrap() + 1)
    }

    fn send(&mut self, n: usize, direction: usize, what: impl Fn() -> What) {
        let (lost, doubled) = (self.bad() && self.dice.percent(3), self.bad() && self.dice.percent(5));
        let slow = if self.bad() && self.dice.percent(2) { 3_000 } else { 120 };
        let wait = Millis(5 + self.dice.below(slow));
        let arrives = self.now.plus(wait).max(self.mirrors[n].arrives[direction].plus(Millis(1)));
        if lost {
            return;
        }
        self.mirrors[n].arrives[direction] = arrives;
        self.at(arrives, what());
        if doubled {
            self.at(arrives.plus(Millis(50)), what());
        }
    }

    fn ask(&mut self, n: usize, message: &ClientMessage) {
        let link = self.mirrors[n].link;
        if link % 2 == 1 {
            self.send(n, 0, || What::ToServer(n, link, Box::new(message.clone())));
        }
    }

    fn tell(&mut self, n: usize, message: &ServerMessage) {
        if self.mirrors[n].link % 2 == 1 {
            self.send(n, 1, || What::ToClient(n, Box::new(message.clone())));
        }
    }

    fn connect(&mut self, n: usize) {
        if self.bad() && self.dice.percent(40) {
            let wait = self.mirrors[n].backoff.next(self.dice.unit());
            return self.at(self.now.plus(wait), What::Connect(n));
        }
        let fresh = self.mirrors[n].link == 0;
        self.mirrors[n].link += 1;
        // A new connection does not wait for what is under way on the old one.
        self.mirrors[n].arrives = [self.now; 2];
        self.mirrors[n].backoff.reset();
        let seen = self.mirrors[n].replica.meeting().seq();
        self.welcome(n, if fresh { None } else { Some(seen) });
        for message in self.mirrors[n].outbox.unsettled().collect::<Vec<_>>() {
            self.ask(n, &message);
        }
        if self.bad() {
            self.soon(20_000, What::Break(n));
        }
    }

    /// What the server says first: the tail for who knows most of it, a snapshot for others.
    fn welcome(&mut self, n: usize, seen: Option<Seq>) {
        let welcome = ServerMessage::Welcome {
            you: Self::who(n),
            seat: None,
            meeting: "one".into(),
            resume: String::new(),
            now: self.now,
        };
        self.tell(n, &welcome);
        let seen = seen.and_then(|s| usize::try_from(s.0).ok());
        match seen.and_then(|s| self.hall.log.get(s..)).filter(|tail| tail.len() <= TAIL) {
            Some(tail) => {
                let tail: Vec<Recorded> = tail.into();
                for recorded in tail {
                    self.tell(n, &ServerMessage::Event(Box::new(recorded)));
                }
            }
            None => self.snapshot(n),
        }
    }

    fn snapshot(&mut self, n: usize) {
        let meeting = Box::new(self.hall.meeting.clone());
        self.tell(n, &ServerMessage::Snapshot { meeting });
    }

    fn break_link(&mut self, n: usize) {
        if self.mirrors[n].link.is_multiple_of(2) {
            return;
        }
        self.mirrors[n].link += 1;
        let wait = self.mirrors[n].backoff.next(self.dice.unit());
        self.at(self.now.plus(wait), What::Connect(n));
    }

    fn act(&mut self, n: usize) {
        let command = self.command(n);
        let message = self.mirrors[n].outbox.push(command);
        self.mirrors[n].sent += 1;
        self.ask(n, &message);
        if self.bad() {
            self.soon(8_000, What::Act(n));
        }
    }

    /// What somebody would ask who sees what this mirror shows.
    fn command(&mut self, n: usize) -> Command {
        let meeting = self.mirrors[n].replica.meeting();
        let turn = meeting.turn().map(|t| t.id);
        let first = meeting.queue().first().map(|h| h.id);
        let topic = format!("Topic {}", self.dice.below(50));
        match (self.dice.below(8), turn, first) {
            (0..=1, _, _) => Command::Raise { topic, kind: HandKind::Question },
            (2, _, Some(hand)) => Command::Support { hand, on: true },
            (3, Some(turn), _) => Command::Done { turn },
            (4, _, _) => Command::Lower,
            (5, _, _) => Command::AutoOpen { on: self.dice.percent(50) },
            (6, _, _) => Command::Invite { participant: Self::who(n) },
            _ => Command::Next { current: turn },
        }
    }

    /// The server decides a command once and answers it as often as it is asked.
    fn serve(&mut self, n: usize, link: u64, message: ClientMessage) {
        match message {
            ClientMessage::Command { id, command } => {
                if !self.answers.contains_key(&id.0) {
                    let answer = self.decide(n, &id, &command);
                    self.answers.insert(id.0.clone(), answer);
                }
                if self.mirrors[n].link == link {
                    let answer = self.answers[&id.0].clone();
                    self.tell(n, &answer);
                }
            }
            ClientMessage::Resync if self.mirrors[n].link == link => self.snapshot(n),
            _ => {}
        }
    }

    fn decide(&mut self, n: usize, id: &CommandId, command: &Command) -> ServerMessage {
        let before = self.hall.log.len();
        self.hall.now = self.hall.now.max(self.now);
        let outcome = self.hall.ask(Actor::Participant(Self::who(n)), command);
        self.fan_out(before);
        match outcome {
            Ok(_) => ServerMessage::Accepted { id: id.clone(), seq: self.hall.meeting.seq() },
            Err(r) => ServerMessage::Rejected { id: id.clone(), code: r.code().into(), text: r.to_string() },
        }
    }

    fn fan_out(&mut self, from: usize) {
        let news: Vec<Recorded> = self.hall.log[from..].to_vec();
        for n in 0..MIRRORS {
            for recorded in &news {
                self.tell(n, &ServerMessage::Event(Box::new(recorded.clone())));
            }
        }
    }

    fn pulse(&mut self) {
        let before = self.hall.log.len();
        self.hall.ok(HOST, Command::Extend { by: Millis::from_mins(1) });
        self.fan_out(before);
        // What was lost on a link that never broke is asked again: a console does so after a while.
        for n in 0..MIRRORS {
            for message in self.mirrors[n].outbox.unsettled().collect::<Vec<_>>() {
                self.ask(n, &message);
            }
        }
    }

    fn take(&mut self, n: usize, message: &ServerMessage) {
        let mirror = &mut self.mirrors[n];
        let before = mirror.replica.meeting().seq();
        let received = mirror.replica.receive(message, self.now);
        mirror.settled.extend(mirror.outbox.settle(message));
        if let Received::Changed(news) = &received {
            assert_eq!(news[0].seq.0, before.0 + 1, "one after the other");
        }
        if received == Received::Gap {
            mirror.gaps += 1;
            self.ask(n, &ClientMessage::Resync);
        }
        self.check(n);
    }

    /// A mirror is never anything but the meeting as it was at its seq.
    fn check(&self, n: usize) {
        let seen = self.mirrors[n].replica.meeting();
        let mut then = Meeting::new();
        if self.dice.0.is_multiple_of(16) {
            let known = usize::try_from(seen.seq().0).unwrap();
            self.hall.log[..known].iter().for_each(|r| then.apply(r));
            assert_eq!(seen, &then);
        }
    }
}

#[test]
fn mirrors_converge_after_a_bad_network() {
    let (mut gaps, mut commands, mut done) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        world.run();
        for (n, mirror) in world.mirrors.iter().enumerate() {
            assert_eq!(mirror.replica.meeting(), &world.hall.meeting, "seed {seed}, mirror {n}");
            assert!(mirror.outbox.is_empty(), "seed {seed}, mirror {n}");
            assert_eq!(mirror.settled.len() as u64, mirror.sent, "seed {seed}, mirror {n}: one answer each");
            gaps += mirror.gaps;
            commands += mirror.sent;
            done += mirror.settled.iter().filter(|s| s.result.is_ok()).count();
        }
    }
    assert!(gaps > SEEDS && done as u64 > 10 * SEEDS, "{gaps} gaps, {done} of {commands} commands done");
}
