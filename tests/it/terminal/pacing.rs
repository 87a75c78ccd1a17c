//! A terminal that does not keep up gets fewer frames, not a backlog. All in virtual time.

use std::time::{Duration, Instant};

use palco::term::{
    Depth, FENCE, FIRST_PATIENCE, FRAMES_IN_FLIGHT, HungUp, LOCAL_INTERVAL, PATIENCE, Pacer, Screen,
};
use ratatui::layout::Size;
use ratatui::widgets::Paragraph;
use tokio::sync::mpsc;

const SIZE: Size = Size { width: 40, height: 12 };

const STEP: Duration = Duration::from_millis(1);

struct Setup {
    screen: Screen,
    sink: mpsc::Receiver<Vec<u8>>,
    now: Instant,
    drawn: u32,
}

impl Setup {
    fn new() -> Self {
        let (frames, sink) = mpsc::channel(FRAMES_IN_FLIGHT);
        let screen = Screen::new(SIZE, Depth::True, Pacer::new(LOCAL_INTERVAL), frames);
        Self { screen, sink, now: Instant::now(), drawn: 0 }
    }

    /// Draws something new as often as allowed for `span`; the terminal takes a frame and answers `lag` after it.
    fn run(&mut self, span: Duration, lag: Option<Duration>) -> Vec<Vec<u8>> {
        let until = self.now + span;
        let mut taken = Vec::new();
        let mut answer_at = None;
        while self.now < until {
            let text = format!("{}", self.drawn);
            if self.screen.draw(self.now, |f| f.render_widget(Paragraph::new(text), f.area())).unwrap() {
                self.drawn += 1;
            }
            if let Ok(frame) = self.sink.try_recv() {
                taken.push(frame);
                answer_at = lag.map(|lag| self.now + lag);
            }
            if answer_at.is_some_and(|at| at <= self.now) {
                self.screen.answered();
                answer_at = None;
            }
            self.now += STEP;
        }
        taken
    }
}

#[test]
fn a_fast_terminal_gets_thirty_frames_a_second() {
    let frames = Setup::new().run(Duration::from_secs(10), Some(Duration::from_millis(1)));
    assert!((290..=305).contains(&frames.len()), "{}", frames.len());
    assert!(frames.iter().all(|f| f.ends_with(FENCE)));
}

#[test]
fn a_slow_terminal_gets_a_frame_an_answer_and_the_newest() {
    let mut setup = Setup::new();
    let frames = setup.run(Duration::from_secs(10), Some(Duration::from_millis(500)));
    assert!((19..=21).contains(&frames.len()), "{}", frames.len());
}

#[test]
fn a_terminal_that_never_answers_gets_some_frames() {
    let frames = Setup::new().run(Duration::from_secs(10), None);
    let want = 10_000 / FIRST_PATIENCE.as_millis() as usize;
    assert!(frames.len().abs_diff(want) <= 1, "{}", frames.len());
}

#[test]
fn a_terminal_that_stops_answering_gets_a_frame_now_and_then_and_recovers() {
    let mut setup = Setup::new();
    setup.run(Duration::from_secs(1), Some(STEP));
    let stuck = setup.run(2 * PATIENCE, None);
    assert!(stuck.len() <= 3, "{}", stuck.len());
    setup.screen.answered();
    let again = setup.run(Duration::from_secs(1), Some(STEP));
    assert!(again.len() >= 28, "{}", again.len());
}

#[test]
fn a_sink_that_takes_nothing_holds_one_frame() {
    let mut setup = Setup::new();
    let mut draws = 0;
    for _ in 0..1_000 {
        let text = format!("{draws}");
        draws += u32::from(
            setup.screen.draw(setup.now, |f| f.render_widget(Paragraph::new(text), f.area())).unwrap(),
        );
        setup.screen.answered();
        setup.now += LOCAL_INTERVAL;
    }
    assert_eq!(draws, 1);
    assert!(setup.screen.is_full());
    setup.sink.close();
    assert_eq!(setup.screen.draw(setup.now, |_| {}), Err(HungUp));
}

#[test]
fn nothing_new_is_no_frame_and_no_fence() {
    let mut setup = Setup::new();
    for _ in 0..10 {
        setup.screen.draw(setup.now, |f| f.render_widget(Paragraph::new("same"), f.area())).unwrap();
        setup.screen.answered();
        setup.now += LOCAL_INTERVAL;
    }
    assert!(setup.sink.try_recv().is_ok());
    assert!(setup.sink.try_recv().is_err());
}

#[test]
fn control_sequences_go_with_the_next_frame() {
    let mut setup = Setup::new();
    setup.screen.draw(setup.now, |_| {}).unwrap();
    setup.screen.control(b"\x07");
    assert!(setup.screen.wants_frame(false));
    setup.screen.answered();
    setup.screen.draw(setup.now + LOCAL_INTERVAL, |_| {}).unwrap();
    assert!(!setup.screen.wants_frame(false));
    assert_eq!(setup.sink.try_recv().unwrap(), [b"\x07", FENCE].concat());
}

/// A terminal that reads 2 bytes a millisecond, whatever waits for it meanwhile, and answers a fence when it gets there.
#[test]
fn a_terminal_of_two_kilobytes_a_second_is_never_more_than_one_frame_behind() {
    let size = Size { width: 120, height: 36 };
    let (frames, mut sink) = mpsc::channel(FRAMES_IN_FLIGHT);
    let mut screen = Screen::new(size, Depth::True, Pacer::new(LOCAL_INTERVAL), frames);
    let (start, mut unread, mut taken) = (Instant::now(), std::collections::VecDeque::new(), 0);
    for ms in 0..60_000_u32 {
        let now = start + Duration::from_millis(ms.into());
        // everything changes each second, a little always
        let (all, little) = (ms / 1_000, ms / 20);
        let text = format!(
            "{}\n{little}",
            char::from(b'a' + u8::try_from(all % 26).unwrap()).to_string().repeat(4_000)
        );
        let draw = |f: &mut ratatui::Frame<'_>| {
            let text = Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: false });
            f.render_widget(text, f.area());
        };
        screen.draw(now, draw).unwrap();
        if let Ok(frame) = sink.try_recv() {
            taken += 1;
            unread.push_back(frame.len());
        }
        assert!(unread.len() <= 1, "{} frames behind after {ms} ms", unread.len());
        if let Some(left) = unread.front_mut() {
            *left = left.saturating_sub(2);
            if *left == 0 {
                unread.pop_front();
                screen.answered();
            }
        }
    }
    assert!(taken > 15, "it is not starved: {taken}");
}
