//! A recording played: the console as it was, and what moves through it.

mod action;
mod layer;
mod plain;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::meeting::{Mic, Millis, Participant, Timestamp};
use crate::replay::{Mark, Moved, Order, Playing, Tape};
use crate::wire::{Level, ServerMessage};

use super::key_table::markdown;
use super::{Connection, Language, Model, Msg, Setup};

pub(super) use action::{ACTIONS, Action, Do};
pub(super) use layer::Layer;
pub use plain::PlainPlayer;

/// How far the arrows go.
const NEAR: Millis = Millis::from_secs(5);

/// How far the other arrows go.
const FAR: Millis = Millis::from_secs(30);

/// Within this time of a chapter's start the previous one is the one before: whoever presses twice goes back twice.
const JUST_BEGUN: Millis = Millis::from_secs(3);

/// The speed at the start.
const USUAL: usize = 1;

/// A player: the recording, the meeting as it was where it is heard, and what is shown above it.
#[derive(Debug)]
pub struct Player {
    pub(super) console: Model,
    pub(super) tape: Tape,
    pub(super) name: String,
    pub(super) playing: Playing,
    /// Where it is, which is ahead of what is heard while a jump is on its way.
    pub(super) position: Millis,
    seeks: u64,
    /// Whether it is to play, which is ahead of the deck too.
    pub(super) plays: bool,
    speed: usize,
    pub(super) skips_silence: bool,
    pub(super) layer: Option<Layer>,
    dirty: bool,
}

/// Something that the loop around a player has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerEffect {
    /// Tell the deck.
    Order(Order),
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back to the shell until it is continued.
    Suspend,
    /// End.
    Quit,
}

impl Player {
    /// The speeds that there are, in times as fast.
    pub const SPEEDS: [f64; 6] = [0.75, 1.0, 1.25, 1.5, 1.75, 2.0];

    /// A player at the start of a recording. `name` is what it is called where there is no meeting to show.
    pub fn new(setup: Setup, tape: Tape, name: String) -> Self {
        let mut player = Self {
            console: Model::of_recording(setup),
            tape,
            name,
            playing: Playing::default(),
            position: Millis::ZERO,
            seeks: 0,
            plays: false,
            speed: USUAL,
            skips_silence: false,
            layer: None,
            dirty: true,
        };
        player.console.update(Msg::Connection(Connection::Connected), Timestamp::default());
        player.follow();
        player
    }

    /// Where it is.
    pub fn position(&self) -> Millis {
        self.position
    }

    /// How long the recording is.
    pub fn length(&self) -> Millis {
        self.tape.length()
    }

    /// How many times as fast it plays.
    pub fn speed(&self) -> f64 {
        Self::SPEEDS[self.speed]
    }

    /// The language of every text.
    pub fn language(&self) -> Language {
        self.console.language()
    }

    /// The meeting's title, or what the recording is called.
    pub fn title(&self) -> &str {
        let title = self.console.meeting().title();
        if title.is_empty() { &self.name } else { title }
    }

    /// The moment that is heard, by the meeting's clock.
    pub fn time(&self) -> Timestamp {
        self.tape.time(self.position)
    }

    /// The chapters, first to last.
    pub fn marks(&self) -> &[Mark] {
        self.tape.marks()
    }

    /// Which chapter it is in; `None` before the first.
    pub fn mark(&self) -> Option<usize> {
        self.tape.mark(self.position)
    }

    /// Whether a text field has the keys.
    pub fn is_typing(&self) -> bool {
        matches!(self.layer, Some(Layer::Search { .. }))
    }

    /// Whether the screen would change if it were drawn.
    pub fn is_dirty(&self) -> bool {
        self.dirty || self.console.is_dirty()
    }

    /// Says that the screen was drawn.
    pub fn drawn(&mut self) {
        self.dirty = false;
        let time = self.time();
        self.console.drawn(time);
    }

    /// Plays from a place: what is to be done before anything else.
    pub fn begin(&mut self, at: Millis, speed: f64, skips_silence: bool) -> Vec<PlayerEffect> {
        let nearest = |n: &usize| ((Self::SPEEDS[*n] - speed).abs() * 1_000.0) as u64;
        self.speed = (0..Self::SPEEDS.len()).min_by_key(nearest).unwrap_or(USUAL);
        self.skips_silence = skips_silence;
        self.jump(at);
        self.plays = true;
        Order::begin(self.position, self.speed(), skips_silence).map(PlayerEffect::Order).to_vec()
    }

    /// Takes in how the deck plays; what it tells of before the last jump counts for nothing.
    pub fn hear(&mut self, playing: Playing) {
        if playing.seeks < self.seeks {
            return;
        }
        let seconds = |p: &Playing| p.position.as_secs();
        let cells = |p: &Playing| super::meter::cells(p.level.byte());
        let shown = |p: &Playing| (seconds(p), cells(p), p.plays, p.has_ended, p.silent.clone());
        self.dirty |= shown(&self.playing) != shown(&playing);
        self.plays = if playing.has_ended { false } else { self.plays };
        self.position = playing.position;
        self.playing = playing;
        self.follow();
    }

    /// Takes a key, a paste or a new size in.
    pub fn input(&mut self, event: &Event) -> Vec<PlayerEffect> {
        let mut effects = Vec::new();
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key, &mut effects),
            Event::Paste(text) => {
                if let Some(Layer::Search { field, .. }) = &mut self.layer {
                    field.insert(text);
                    self.found_anew();
                }
            }
            Event::Resize(..) => {
                let time = self.time();
                self.console.update(Msg::Input(event.clone()), time);
            }
            _ => return effects,
        }
        self.dirty = true;
        effects
    }

    fn key(&mut self, key: &KeyEvent, effects: &mut Vec<PlayerEffect>) {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return effects.push(PlayerEffect::Quit);
        }
        if self.layer.is_some() {
            return self.layer_key(key, effects);
        }
        if key.code == KeyCode::Esc {
            let time = self.time();
            self.console.update(Msg::Input(Event::Key(*key)), time);
            return;
        }
        if let Some((what, nth)) = action::look_up(key) {
            self.perform(what, nth, effects);
        }
    }

    fn perform(&mut self, what: Do, nth: usize, effects: &mut Vec<PlayerEffect>) {
        match what {
            Do::Toggle => {
                self.plays = !self.plays;
                effects.push(PlayerEffect::Order(Order::Play(self.plays)));
            }
            Do::Back => self.seek(self.position.minus(NEAR), effects),
            Do::On => self.seek(self.position.plus(NEAR), effects),
            Do::BackFar => self.seek(self.position.minus(FAR), effects),
            Do::OnFar => self.seek(self.position.plus(FAR), effects),
            Do::Previous => {
                let before = self.position.minus(JUST_BEGUN);
                let mark = self.marks().iter().rfind(|mark| mark.position <= before);
                self.seek(mark.map_or(Millis::ZERO, |mark| mark.position), effects);
            }
            Do::Next => {
                if let Some(next) = self.marks().iter().find(|mark| mark.position > self.position) {
                    self.seek(next.position, effects);
                }
            }
            Do::Tenth => {
                let tenths = nth as u64 + 1;
                self.seek(Millis(self.length().0 * tenths / 10), effects);
            }
            Do::Start => self.seek(Millis::ZERO, effects),
            Do::Slower | Do::Faster => {
                let step = if what == Do::Slower { self.speed.saturating_sub(1) } else { self.speed + 1 };
                self.speed = step.min(Self::SPEEDS.len() - 1);
                effects.push(PlayerEffect::Order(Order::Speed(self.speed())));
            }
            Do::Silence => {
                self.skips_silence = !self.skips_silence;
                effects.push(PlayerEffect::Order(Order::SkipSilence(self.skips_silence)));
            }
            Do::Chapters => self.layer = Some(Layer::Chapters { selected: self.mark().unwrap_or(0) }),
            Do::Search => self.layer = Some(Layer::search()),
            Do::Help => self.layer = Some(Layer::Help { scroll: 0 }),
            Do::Panel => self.console.turn_panel(true),
            Do::PanelBack => self.console.turn_panel(false),
            Do::Lower => self.console.move_selection(1),
            Do::Higher => self.console.move_selection(-1),
            Do::Redraw => effects.push(PlayerEffect::Redraw),
            Do::Suspend => {
                self.plays = false;
                effects.extend([PlayerEffect::Order(Order::Play(false)), PlayerEffect::Suspend]);
            }
            Do::Quit => effects.push(PlayerEffect::Quit),
        }
    }

    /// Goes to a place, and shows it at once.
    pub(super) fn seek(&mut self, to: Millis, effects: &mut Vec<PlayerEffect>) {
        self.jump(to);
        effects.push(PlayerEffect::Order(Order::Seek(self.position)));
    }

    /// Shows a place that the deck is about to be sent to.
    fn jump(&mut self, to: Millis) {
        self.position = to.min(self.length());
        self.seeks += 1;
        self.playing.has_ended = false;
        self.dirty = true;
        self.follow();
    }

    /// Makes the console what it was at the position.
    fn follow(&mut self) {
        if !self.tape.has_meeting() {
            return;
        }
        let moved = self.tape.go(self.position);
        let time = self.time();
        match moved {
            Moved::On(events) => {
                for recorded in events {
                    // What it would have done to a console then, it does not do now.
                    self.console.update(Msg::Server(ServerMessage::Event(Box::new(recorded))), time);
                }
            }
            Moved::To(meeting) => self.console.show(*meeting),
        }
        let levels = self.levels();
        self.console.update(Msg::Levels(levels), time);
        self.console.update(Msg::Tick, time);
    }

    /// How loud people were. The recording holds all of them together: its level is somebody's while theirs is the only
    /// microphone in it.
    fn levels(&self) -> Vec<Level> {
        let heard = self.open_mics();
        match heard.as_slice() {
            [one] if self.plays => vec![Level { source: one.source, level: self.playing.level.byte() }],
            _ => Vec::new(),
        }
    }

    /// Who can be heard in the recording now.
    pub(super) fn open_mics(&self) -> Vec<&Participant> {
        let meeting = self.console.meeting();
        meeting.known().filter(|p| p.mic() == Mic::Live && meeting.records(p.id)).collect()
    }
}

/// `1:02:03`, or `02:03` where the whole is shorter than an hour.
pub(super) fn clock(position: Millis, whole: Millis) -> String {
    let secs = position.as_secs();
    let (hours, mins, secs) = (secs / 3_600, secs / 60 % 60, secs % 60);
    if whole.as_secs() >= 3_600 {
        format!("{hours}:{mins:02}:{secs:02}")
    } else {
        format!("{mins:02}:{secs:02}")
    }
}

/// A Markdown table of every key.
pub fn player_keys(language: Language) -> String {
    let t = language.texts();
    let mut rows = vec![[t.column_key.to_owned(), t.column_what.to_owned()]];
    for action in ACTIONS {
        let keys: Vec<_> = match action.what {
            Do::Tenth => vec!["`1` … `9`".to_owned()],
            _ => action.keys.iter().map(|key| format!("`{key}`")).collect(),
        };
        rows.push([keys.join(" "), action.label(language).long.to_owned()]);
    }
    markdown(&rows)
}
