//! From a key to the screen with a long queue: the console alone, without a link.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use crate::meeting::{
    Actor, Command, HandId, HandKind, Meeting, Millis, ParticipantId, Rejection, SeatId, SeatKind, Timestamp,
};
use crate::term::Sheet;
use crate::tui::{Connection, Keymap, Model, Msg, Setup};
use crate::wire::ServerMessage;

use super::kept::person;
use super::stats::Delays;
use super::{BenchError, Report};

/// The terminal that is drawn for, in colours of 24 bits: a wide one.
const SIZE: Size = Size { width: 120, height: 36 };

/// Typed into the fields that lists follow with each letter.
const TYPED: [(char, &str); 2] = [('/', "question 1"), (':', "drop guest 1")];

/// Measures every key of the console `rounds` times, in a meeting of `people` of whom `hands` wait.
///
/// # Errors
/// Why no such meeting could be made.
pub(super) fn run(people: u32, hands: u32, rounds: u32) -> Result<Report, BenchError> {
    let mut hall = Hall::full(people, hands).map_err(|e| BenchError::Own(Box::new(e)))?;
    let mut desk = Desk::before(&hall);
    let (mut keys, mut events) = (Delays::default(), Delays::default());
    let mut slowest = (Duration::ZERO, String::new());
    for round in 0..rounds {
        for key in desk.keys.bound() {
            let took = desk.press(key);
            keys.add(took);
            slowest = slowest.max((took, format!("{:?} {:?}", key.code, key.modifiers)));
            desk.press(plain(KeyCode::Esc));
        }
        for (opens, letters) in TYPED {
            desk.press(plain(KeyCode::Char(opens)));
            for c in letters.chars() {
                let took = desk.press(plain(KeyCode::Char(c)));
                keys.add(took);
                slowest = slowest.max((took, format!("{opens}{letters} at {c}")));
            }
            desk.press(plain(KeyCode::Esc));
        }
        let hand = HandId(u64::from(round % hands) + 1);
        for message in hall.support(hand).map_err(|e| BenchError::Own(Box::new(e)))? {
            events.add(desk.tell(Msg::Server(message)));
        }
    }
    let (_, slowest) = slowest;
    Ok(Report::new(format!(
        "keys: {people} people, {hands} hands, {rounds} rounds; the slowest was {slowest}"
    ))
    .figure("keys", keys.len() as f64, "")
    .figure("key_p50", keys.percentile_ms(50), "ms")
    .figure("key_p99", keys.percentile_ms(99), "ms")
    .figure("key_worst", keys.percentile_ms(100), "ms")
    .figure("event_p50", events.percentile_ms(50), "ms")
    .figure("event_worst", events.percentile_ms(100), "ms"))
}

fn plain(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// A meeting made by commands.
struct Hall {
    meeting: Meeting,
    people: u32,
    now: Timestamp,
}

impl Hall {
    /// Live, everybody there, the first ones with a hand up and the host's the last key.
    fn full(people: u32, hands: u32) -> Result<Self, Rejection> {
        let mut hall = Self { meeting: Meeting::new(), people, now: Timestamp(1_763_398_800_000) };
        let title = "Key to screen".to_owned();
        let length = Millis::from_mins(60);
        let host = person(0);
        hall.ask(
            host,
            &Command::Open {
                title,
                number: 1,
                owner: host,
                length,
                agenda: Vec::new(),
                terms: Default::default(),
            },
        )?;
        for n in 0..people {
            let join = Command::Join {
                seat: SeatId(u64::from(n) + 1),
                kind: SeatKind::Console,
                name: format!("Guest {n} of Somewhere"),
                listener: false,
                auto_open: true,
                newcomer: n % 5 == 0,
            };
            hall.ask(person(n), &join)?;
        }
        hall.ask(host, &Command::Start)?;
        for n in 1..=hands {
            hall.now = hall.now.plus(Millis::from_secs(1));
            let topic = format!("Question {n} about the numbering plan, and a little more than fits");
            hall.ask(person(n), &Command::Raise { topic, kind: HandKind::Question })?;
        }
        Ok(hall)
    }

    fn ask(&mut self, who: ParticipantId, command: &Command) -> Result<Vec<ServerMessage>, Rejection> {
        let actor = Actor::Participant(who);
        let events = self.meeting.decide(command, actor, self.now)?;
        let recorded = self.meeting.record(events, actor, self.now);
        recorded.iter().for_each(|r| self.meeting.apply(r));
        Ok(recorded.into_iter().map(|r| ServerMessage::Event(Box::new(r))).collect())
    }

    /// The last one supports a hand, and takes it back.
    fn support(&mut self, hand: HandId) -> Result<Vec<ServerMessage>, Rejection> {
        let who = person(self.people - 1);
        let mut messages = self.ask(who, &Command::Support { hand, on: true })?;
        messages.extend(self.ask(who, &Command::Support { hand, on: false })?);
        Ok(messages)
    }
}

/// The host's console, from keys to the bytes for the terminal.
struct Desk {
    model: Model,
    keys: Keymap,
    sheet: Sheet,
    now: Timestamp,
}

impl Desk {
    fn before(hall: &Hall) -> Self {
        let setup = Setup { room: "bench".to_owned(), ..Setup::default() };
        let sheet = Sheet::new(SIZE, crate::term::Depth::True);
        let keys = setup.keymap.clone();
        let mut desk = Self { model: Model::new(setup), keys, sheet, now: hall.now };
        let welcome = ServerMessage::Welcome {
            you: person(0),
            seat: Some(SeatId(1)),
            meeting: "bench".to_owned(),
            resume: String::new(),
            now: hall.now,
        };
        desk.tell(Msg::Connection(Connection::Connected));
        desk.tell(Msg::Server(welcome));
        desk.tell(Msg::Server(ServerMessage::Snapshot { meeting: Box::new(hall.meeting.clone()) }));
        desk
    }

    fn press(&mut self, key: KeyEvent) -> Duration {
        self.tell(Msg::Input(Input::Key(key)))
    }

    /// As the console's loop does it: update, the next tick, the frame, its bytes.
    fn tell(&mut self, msg: Msg) -> Duration {
        let start = Instant::now();
        black_box(self.model.update(msg, self.now));
        black_box(self.model.next_tick(self.now));
        self.sheet.draw(|frame| self.model.view(self.now, frame));
        self.model.drawn(self.now);
        black_box(self.sheet.take());
        start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_measured() {
        let report = run(5, 3, 1).expect("report").json();
        let keys = Keymap::default().bound().len() + TYPED.iter().map(|(_, t)| t.len()).sum::<usize>();
        let report: serde_json::Value = serde_json::from_str(&report).expect("json");
        assert_eq!(report["figures"]["keys"]["value"], keys as f64);
    }
}
