//! What a minute of a lively meeting costs at the terminal: `cargo test --test it plain::cost -- --nocapture` prints it.

use std::time::{Duration, Instant};

use palco::meeting::{Command, HandKind, Millis};
use palco::term::{Depth, Pacer, Screen};
use palco::tui::{Msg, Setup};
use palco::wire::{Level, ServerMessage};
use ratatui::layout::Size;
use tokio::sync::mpsc;

use super::lines::Ear;
use crate::render::scene::{BRUNO, Console, HOST, ILARIO, SPEAKER, Scene};

const MINUTE: u64 = 60_000;
/// How often levels come.
const STEP: u64 = 100;

/// Something new at each tenth of a second: two voices, a hand every 10 s, a turn that ends every 20 s.
fn happens(scene: &mut Scene, n: u64) -> Vec<palco::meeting::Recorded> {
    scene.now = scene.now.plus(Millis(STEP));
    let turn = scene.meeting.turn().map(|turn| turn.id);
    match n {
        n if n % 200 == 150 => turn.map(|turn| scene.ask(HOST, Command::Done { turn })).unwrap_or_default(),
        n if n % 200 == 160 => scene.ask(HOST, Command::Next { current: turn }),
        n if n % 200 == 20 => scene.raise(BRUNO, "What about the numbers?", HandKind::Question),
        n if n % 200 == 120 && scene.meeting.hand_of(BRUNO).is_some() => scene.ask(BRUNO, Command::Lower),
        _ => Vec::new(),
    }
}

fn levels(scene: &Scene, n: u64) -> Vec<Level> {
    let voice = |id, speed: u64| {
        let source = scene.meeting.participant(id).unwrap().source;
        let below = u8::try_from(10 + n * speed % 37).unwrap();
        Level { source, level: 128 + below }
    };
    vec![voice(SPEAKER, 7), voice(ILARIO, 11)]
}

/// Bytes of a minute on a grid of 120x36 that is drawn at most every `interval`, after its first frame.
fn grid(interval: Duration, without_meters: bool) -> usize {
    let setup = Setup { without_meters, ..Setup::default() };
    let mut console = Console::of(Scene::live(), HOST, setup);
    let (frames, mut sink) = mpsc::channel(1);
    let size = Size { width: 120, height: 36 };
    let mut screen = Screen::new(size, Depth::True, Pacer::new(interval), frames);
    let start = Instant::now();
    let mut bytes = 0;
    for n in 0..MINUTE / STEP {
        for event in happens(&mut console.scene, n) {
            console.hear(ServerMessage::Event(Box::new(event)));
        }
        console.tell(Msg::Levels(levels(&console.scene, n)));
        console.tell(Msg::Tick);
        let (now, at) = (console.scene.now, start + Duration::from_millis(n * STEP));
        if console.model.is_dirty() && screen.draw(at, |frame| console.model.view(now, frame)).unwrap() {
            console.model.drawn(now);
        }
        if let Ok(frame) = sink.try_recv() {
            screen.answered();
            bytes += if bytes == 0 { 1 } else { frame.len() };
        }
    }
    bytes
}

fn plain() -> usize {
    let mut ear = Ear::of(Scene::live(), HOST, Setup::default(), true);
    let mut bytes = 0;
    for n in 0..MINUTE / STEP {
        let mut lines = Vec::new();
        for event in happens(&mut ear.scene, n) {
            lines.extend(ear.hear(ServerMessage::Event(Box::new(event))));
        }
        lines.extend(ear.tell(Msg::Levels(levels(&ear.scene, n))));
        lines.extend(ear.tell(Msg::Tick));
        bytes += lines.iter().map(|line| line.len() + 1).sum::<usize>();
    }
    bytes
}

#[test]
fn a_minute_costs_least_in_lines() {
    let ten = grid(Duration::from_millis(100), false);
    let two = grid(Duration::from_millis(500), true);
    let lines = plain();
    println!(
        "bytes/s: {} at 10 frames/s, {} at 2 without meters, {} in lines",
        ten / 60,
        two / 60,
        lines / 60
    );
    assert!(0 < lines && lines * 5 < two && two < ten, "{lines} {two} {ten}");
}
