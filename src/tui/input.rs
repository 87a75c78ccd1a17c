//! Keys, pastes and focus: to the top layer, or through the keymap to an action.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;

use crate::meeting::{Command, Millis, Phase, Role, Timestamp};

use super::action::{Do, Panel};
use super::field::Field;
use super::layer::{Layer, Then};
use super::mic::Hold;
use super::possible::Intent;
use super::toast::ToastKind;
use super::{Effect, Model};

/// How soon the second Ctrl-C has to come.
const LEAVE_PATIENCE: Millis = Millis::from_secs(3);

impl Model {
    pub(super) fn input(&mut self, event: &Event, now: Timestamp, effects: &mut Vec<Effect>) {
        match event {
            Event::Key(key) => self.key(key, now, effects),
            Event::Paste(text) => {
                if let Some(field) = self.layers.last_mut().and_then(Layer::field) {
                    field.insert(text);
                    self.typed();
                }
            }
            Event::FocusLost => self.shut_mic(effects),
            Event::Mouse(mouse) => self.mouse(mouse, now, effects),
            Event::Resize(width, height) => self.size = Some(Rect::new(0, 0, *width, *height)),
            _ => {}
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        if key.kind == KeyEventKind::Release {
            if self.talk().is_some_and(|hold| matches!(hold, Hold::Key(code) if is_same(code, key.code))) {
                self.release_talk(effects);
            }
            return;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('c') {
            return self.interrupt(now, effects);
        }
        let what = self.setup.keymap.look_up(key);
        if what == Some(Do::Suspend) || what == Some(Do::Redraw) {
            return self.perform(what.unwrap_or(Do::Redraw), now, effects);
        }
        if !self.layers.is_empty() {
            return self.layer_key(key, now, effects);
        }
        match what {
            Some(Do::Talk | Do::Mute) if key.kind == KeyEventKind::Repeat => {}
            Some(Do::Talk) if self.setup.key_releases => {
                self.hold_to_talk(Hold::Key(key.code), now, effects);
            }
            Some(Do::Talk) => self.toggle_talk(now, effects),
            Some(what) => self.perform(what, now, effects),
            None => {}
        }
    }

    pub(super) fn interrupt(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.leaving_until.take().is_some() {
            return self.leave(effects);
        }
        self.leaving_until = Some(now.plus(LEAVE_PATIENCE));
        let text = (self.texts().press_again_to_leave)("Ctrl-C");
        self.warn(text, now);
    }

    pub(super) fn leave(&mut self, effects: &mut Vec<Effect>) {
        if self.me().is_some() && self.is_up() {
            effects.push(Effect::Send(Command::Leave));
        }
        effects.push(Effect::Quit);
    }

    /// Does an action, or says why it can't be done.
    pub(super) fn perform(&mut self, what: Do, now: Timestamp, effects: &mut Vec<Effect>) {
        match self.intent(what, now) {
            Ok(Intent::Local) => match what {
                Do::Louder | Do::Quieter | Do::VolumeUp | Do::VolumeDown => {
                    self.step_volume(what, now, effects)
                }
                _ => self.perform_local(what, effects),
            },
            Ok(Intent::Open(layer)) => {
                self.open(layer, effects);
                // Where one panel is shown, its preview is the queue's.
                if self.preview().is_some() {
                    self.focus = Panel::Queue;
                }
            }
            Ok(Intent::Send(commands)) => self.send(commands, effects),
            Err(why) => self.warn(why, now),
        }
    }

    pub(super) fn send(&mut self, commands: Vec<Command>, effects: &mut Vec<Effect>) {
        if commands.contains(&Command::Unmute) {
            self.unshut();
        }
        let own_words = |command| match command {
            // Typed: what was agreed to is what this console asked.
            Command::Consent { yes, .. } => self.consent(yes),
            other => other,
        };
        effects.extend(commands.into_iter().map(own_words).map(Effect::Send));
    }

    /// Puts a layer on top. It takes the keys, so a held Space would never be seen to come up: push-to-talk ends.
    pub(super) fn open(&mut self, layer: Layer, effects: &mut Vec<Effect>) {
        self.release_talk(effects);
        self.layers.push(layer);
    }

    fn perform_local(&mut self, what: Do, effects: &mut Vec<Effect>) {
        match what {
            Do::Palette => self.open(Layer::Palette { field: Field::default(), selected: 0 }, effects),
            Do::Help => self.open(Layer::Help { scroll: 0 }, effects),
            Do::Filter => {
                let before = self.filter.clone();
                self.open(Layer::Filter { field: Field::with(&before), before }, effects);
            }
            Do::FocusNext => self.focus = self.neighbour(1),
            Do::FocusPrevious => self.focus = self.neighbour(3),
            Do::Left => self.focus = self.beside([Panel::Stage, Panel::Clock]),
            Do::Right => self.focus = self.beside([Panel::Queue, Panel::Here]),
            Do::Down => self.move_selection(1),
            Do::Up => self.move_selection(-1),
            Do::First => self.move_selection(isize::MIN),
            Do::Last => self.move_selection(isize::MAX),
            Do::Mark => self.toggle_mark(),
            Do::MarkAll => self.toggle_all(),
            Do::Back => self.back(),
            Do::Redraw => effects.push(Effect::Redraw),
            Do::Pair => effects.push(Effect::Pair),
            Do::Suspend => {
                self.shut_mic(effects);
                self.settle_mic(effects);
                self.stop_trial(effects);
                effects.push(Effect::Suspend);
            }
            Do::Leave => self.ask_to_leave(effects),
            _ => {}
        }
    }

    /// The next panel, or the one before, has the keys.
    pub(super) fn turn_panel(&mut self, on: bool) {
        self.focus = self.neighbour(if on { 1 } else { 3 });
        self.changed();
    }

    fn neighbour(&self, steps: usize) -> Panel {
        Panel::ALL[(self.focus as usize + steps) % Panel::ALL.len()]
    }

    /// The panel of this column in the row that has the keys.
    fn beside(&self, [top, bottom]: [Panel; 2]) -> Panel {
        if matches!(self.focus, Panel::Stage | Panel::Queue) { top } else { bottom }
    }

    /// Without a layer, Esc takes away messages first, then the filter, then the marks: hands may be marked through
    /// several filters.
    fn back(&mut self) {
        if self.toasts.clear() {
            return;
        }
        if self.filter.is_empty() {
            self.marks.clear();
        }
        self.filter.clear();
    }

    fn ask_to_leave(&mut self, effects: &mut Vec<Effect>) {
        let t = self.texts();
        let title = self.meeting().title();
        let text = match self.me() {
            _ if self.setup.serves && self.meeting().phase() != Phase::Ended => (t.ask_leave_server)(title),
            Some(me) if self.meeting().role_of(me) == Role::Host => (t.ask_leave_host)(title),
            Some(me) if me.stage.is_some() => (t.ask_leave_stage)(title),
            _ => return self.leave(effects),
        };
        self.open(Layer::Confirm { text, yes: false, then: Then::Leave }, effects);
    }

    pub(super) fn finish(&mut self, then: Then, effects: &mut Vec<Effect>) {
        match then {
            Then::Send(commands) => self.send(commands, effects),
            Then::Leave => self.leave(effects),
            Then::UseLent => effects.push(Effect::UseLent(true)),
        }
    }

    /// Remarks something quietly.
    pub(super) fn note(&mut self, text: String, now: Timestamp) {
        self.toasts.push(ToastKind::Info, text, now);
    }
}

/// Whether it is one key: Shift may have come up before it.
fn is_same(one: KeyCode, other: KeyCode) -> bool {
    match (one, other) {
        (KeyCode::Char(one), KeyCode::Char(other)) => one.to_lowercase().eq(other.to_lowercase()),
        _ => one == other,
    }
}
