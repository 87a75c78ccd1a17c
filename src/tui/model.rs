//! The console's state.

use std::collections::{BTreeMap, BTreeSet};

use crossterm::event::Event;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::meeting::{HandId, Meeting, Millis, Participant, Source, Timestamp};
use crate::sync::{Received, Replica};
use crate::wire::{Feed, Level, ServerMessage};

use super::action::Panel;
use super::lang::Texts;
use super::layer::Layer;
use super::lent::Offer;
use super::meter::{Meter, Speaking, meters};
use super::mic::Gate;
use super::on_deck::Trial;
use super::select::Cursor;
use super::toast::{ToastKind, Toasts};
use super::warning::Warned;
use super::{Connection, Device, Effect, Language, Msg, Scope, Setup, Sound, Volumes};

/// A console: what it knows and what it shows.
#[derive(Debug)]
pub struct Model {
    pub(super) setup: Setup,
    pub(super) replica: Replica,
    pub(super) connection: Connection,
    pub(super) sound: Sound,
    /// What is heard, by choice or by what the link carries.
    pub(super) feed: Feed,
    pub(super) meters: BTreeMap<Source, Meter>,
    speaking: Speaking,
    pub(super) focus: Panel,
    pub(super) cursors: [Cursor; 4],
    /// Hands that are marked, to do something to all of them.
    pub(super) marks: BTreeSet<HandId>,
    /// What names and topics must contain; empty shows all.
    pub(super) filter: String,
    /// Boxes on top of each other; the last one has the keys.
    pub(super) layers: Vec<Layer>,
    pub(super) toasts: Toasts,
    pub(super) warned: Warned,
    /// Something that happened was remarked upon; what was not, the plain console tells in its own words.
    pub(super) remarked: bool,
    pub(super) gate: Gate,
    pub(super) trial: Trial,
    pub(super) offer: Offer,
    /// The screen, once it is known.
    pub(super) size: Option<Rect>,
    /// What the loop was told of volumes last.
    pub(super) told_volumes: Volumes,
    /// Until when another Ctrl-C leaves.
    pub(super) leaving_until: Option<Timestamp>,
    /// Whether it was in the lobby at the last message.
    in_lobby: bool,
    /// Whether it shows a meeting as it was: what plays it has the keys and the last two lines.
    pub(super) is_recording: bool,
    /// Whether another machine was the own ears and microphone at the last look.
    pub(super) paired: bool,
    /// Why the person was sent out.
    pub(super) farewell: Option<String>,
    dirty: bool,
    /// When the screen changes by time alone, as of the last drawing.
    due: Option<Timestamp>,
}

impl Model {
    /// A console before its first message.
    ///
    /// Without colours the theme is `mono`: others lean on backgrounds.
    pub fn new(mut setup: Setup) -> Self {
        setup.theme = setup.theme.for_depth(setup.depth);
        setup.keymap.enter(Panel::Queue);
        let feed = setup.feed.first();
        Self {
            setup,
            replica: Replica::new(),
            connection: Connection::default(),
            sound: Sound::default(),
            feed,
            meters: BTreeMap::new(),
            speaking: Speaking::default(),
            focus: Panel::Queue,
            cursors: [Cursor::default(); 4],
            marks: BTreeSet::new(),
            filter: String::new(),
            layers: Vec::new(),
            toasts: Toasts::default(),
            warned: Warned::default(),
            remarked: false,
            gate: Gate::default(),
            trial: Trial::default(),
            offer: Offer::default(),
            size: None,
            told_volumes: Volumes::default(),
            leaving_until: None,
            in_lobby: false,
            is_recording: false,
            paired: false,
            farewell: None,
            dirty: true,
            due: None,
        }
    }

    /// A console that shows a meeting as it was.
    pub(super) fn of_recording(setup: Setup) -> Self {
        Self { is_recording: true, ..Self::new(setup) }
    }

    /// Shows a meeting as it was, whatever was shown before.
    pub(super) fn show(&mut self, meeting: Meeting) {
        self.replica = Replica::of(meeting);
        self.meters.clear();
        self.toasts.clear();
        self.dirty = true;
    }

    /// The meeting as far as it is known.
    pub fn meeting(&self) -> &Meeting {
        self.replica.meeting()
    }

    /// The language of every text.
    pub fn language(&self) -> Language {
        self.setup.language
    }

    /// Whether a text field has the keys, so that the terminal should send plain text keys.
    pub fn is_typing(&self) -> bool {
        self.layers.last().is_some_and(Layer::is_typing)
    }

    /// Whether the screen would change if it were drawn.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// When a [`Msg::Tick`] is due next, because something on the screen changes by time alone.
    pub fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        self.next_change(now)
    }

    /// Says that the screen was drawn at `now`.
    pub fn drawn(&mut self, now: Timestamp) {
        self.dirty = false;
        self.due = self.next_change(now);
    }

    /// Notes that the screen would change, if it does.
    pub(super) fn touch(&mut self, changes: bool) {
        self.dirty |= changes;
    }

    /// Tells the console whether the terminal reports key releases, once that is known.
    pub fn set_key_releases(&mut self, reported: bool) {
        self.setup.key_releases = reported;
        self.dirty = true;
    }

    /// Takes a message in and tells what to do, in order.
    pub fn update(&mut self, msg: Msg, now: Timestamp) -> Vec<Effect> {
        self.toasts.expire(now);
        if self.leaving_until.is_some_and(|until| until <= now) {
            self.leaving_until = None;
        }
        let mut effects = Vec::new();
        self.expire_talk(now, &mut effects);
        match msg {
            Msg::Tick => {
                self.dirty |= self.due.is_none_or(|due| due <= now);
                if self.speaking.next_end().is_some_and(|end| end <= now) {
                    self.hear(&[], now);
                }
            }
            Msg::Levels(levels) => self.hear(&levels, now),
            Msg::Server(message) => self.receive(&message, now, &mut effects),
            Msg::Input(event) => {
                self.dirty |= !matches!(event, Event::Mouse(_));
                self.input(&event, now, &mut effects);
            }
            Msg::Connection(connection) => {
                self.dirty |= self.connection != connection;
                self.connect(connection, now, &mut effects);
            }
            Msg::Sound(sound) => self.take_sound(sound, now),
            Msg::SoundLent(is_lent) => self.take_offer(is_lent, &mut effects),
            Msg::Feed(feed) => self.take_feed(feed, now),
            Msg::Theme(name, theme) => {
                self.dirty = true;
                self.take_theme(name, theme, now, &mut effects);
            }
        }
        self.face_lobby();
        self.pin();
        self.prune_marks();
        self.check_mirror();
        self.setup.keymap.enter(self.focus);
        self.settle_mic(&mut effects);
        self.settle_offer(&mut effects);
        self.settle_trial(now, &mut effects);
        self.settle_volumes(&mut effects);
        self.warn_of_time(now, &mut effects);
        effects
    }

    /// In the lobby only those who are here are listed; when the doors open the queue has the keys.
    fn face_lobby(&mut self) {
        let inside = self.is_in_lobby();
        if inside != std::mem::replace(&mut self.in_lobby, inside) || inside {
            self.focus = if inside { Panel::Here } else { Panel::Queue };
        }
    }

    /// Notes that the screen would change.
    pub(super) fn changed(&mut self) {
        self.dirty = true;
    }

    fn receive(&mut self, message: &ServerMessage, now: Timestamp, effects: &mut Vec<Effect>) {
        match message {
            ServerMessage::Signals { levels } => return self.hear(levels, now),
            ServerMessage::Rejected { code, text, .. } => self.refused(code, text, now),
            ServerMessage::Pong { .. } => {
                let before = self.latency();
                self.replica.receive(message, now);
                self.dirty |= self.latency() != before;
                return;
            }
            ServerMessage::Pairing { code, until } => {
                self.dirty = true;
                self.show_pairing(code, *until, now, effects);
            }
            ServerMessage::Refused { code, text } => {
                self.warn(self.setup.language.refusal(code, text), now);
            }
            _ => {}
        }
        let own_hand = self.me().and_then(|me| self.meeting().hand_of(me.id)).map(|h| h.id);
        match self.replica.receive(message, now) {
            Received::Nothing => {}
            Received::Changed(events) => {
                for recorded in &events {
                    self.note_farewell(recorded);
                    self.happened(recorded, own_hand, now, effects);
                    self.sound_remark(recorded, now);
                }
                self.dirty = true;
            }
            Received::Reset => {
                self.returned(effects);
                self.greet_recorded(now, effects);
                self.dirty = true;
            }
            Received::Gap => effects.push(Effect::Resync),
        }
        self.dirty |= matches!(message, ServerMessage::Welcome { .. } | ServerMessage::Rejected { .. });
    }

    fn hear(&mut self, levels: &[Level], now: Timestamp) {
        let mut meters = meters(levels, self.is_still());
        if self.setup.reduced_motion {
            self.speaking.steady(&mut meters, now);
        }
        self.dirty |= self.meters != meters;
        self.meters = meters;
    }

    fn connect(&mut self, connection: Connection, now: Timestamp, effects: &mut Vec<Effect>) {
        let was_up = self.connection == Connection::Connected;
        self.connection = connection;
        if self.connection != Connection::Connected {
            self.meters.clear();
            self.speaking = Speaking::default();
            self.shut_mic(effects);
        }
        match &self.connection {
            Connection::Lost { why, .. } if was_up => self.warn((self.texts().link_lost)(why), now),
            Connection::Ended { text } => {
                let text = (self.texts().link_ended)(text);
                self.warn(text, now);
            }
            _ => {}
        }
    }

    fn take_sound(&mut self, sound: Sound, now: Timestamp) {
        self.dirty |= self.sound != sound;
        for (before, after) in [(&self.sound.mic, &sound.mic), (&self.sound.speaker, &sound.speaker)] {
            if let (Device::Ready(_), Device::Problem(why)) = (before, after) {
                self.toasts.push(ToastKind::Warning, (self.texts().sound_lost)(why), now);
            }
        }
        self.sound = sound;
    }

    /// Shows a refusal: in Italian by its code, in English in the server's own words.
    pub(super) fn refused(&mut self, code: &str, text: &str, now: Timestamp) {
        self.gate.refused();
        let own = (self.texts().rejection)(code).map_or_else(|| sentence(text), str::to_owned);
        self.warn(own, now);
    }

    pub(super) fn warn(&mut self, text: String, now: Timestamp) {
        self.toasts.push(ToastKind::Warning, text, now);
    }

    pub(super) fn texts(&self) -> &'static Texts {
        self.setup.language.texts()
    }

    pub(super) fn style(&self, scope: Scope) -> Style {
        self.setup.theme.style(scope)
    }

    /// Oneself, while in the meeting.
    pub(super) fn me(&self) -> Option<&Participant> {
        self.replica.me().filter(|p| p.is_in())
    }

    /// Whether this console waits in the lobby; whoever only looks on does too.
    pub(super) fn is_in_lobby(&self) -> bool {
        let meeting = self.meeting();
        meeting.is_open() && self.replica.you().is_some_and(|you| meeting.is_in_lobby(you))
    }

    pub(super) fn is_up(&self) -> bool {
        self.connection == Connection::Connected
    }

    /// Whether who speaks is a word and no meter.
    pub(super) fn is_still(&self) -> bool {
        self.setup.without_meters || self.setup.reduced_motion
    }

    pub(super) fn server_now(&self, now: Timestamp) -> Timestamp {
        self.replica.server_now(now)
    }

    pub(super) fn latency(&self) -> Option<u64> {
        self.replica.round_trip().map(|span| span.0)
    }

    /// When something on the screen changes by time alone, after `now`.
    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let server = self.server_now(now);
        let meeting = self.meeting();
        let clock = meeting.clock();
        let after = |since: Timestamp, unit: u64| now.plus(Millis(unit - server.since(since).0 % unit));
        let runs = clock.started_at.filter(|_| !clock.is_paused() && clock.ended_at.is_none());
        let elapsed = runs.map(|_| now.plus(Millis(1_000 - clock.elapsed(server).0 % 1_000)));
        let countdown = clock.starts_at.filter(|at| meeting.is_before_doors() && *at > server);
        let countdown = countdown.map(|at| now.plus(Millis((at.since(server).0 - 1) % 1_000 + 1)));
        let round = meeting.round_left(server).filter(|left| runs.is_some() && *left > Millis::ZERO);
        let round = round.map(|left| now.plus(Millis((left.0 - 1) % 1_000 + 1)));
        let turn = meeting.turn().map(|t| after(t.started_at, 1_000));
        let waits = meeting.queue().into_iter().map(|h| after(h.raised_at, 60_000)).min();
        let retry = match &self.connection {
            Connection::Lost { retry_at, .. } if *retry_at > now => {
                Some(now.plus(Millis((retry_at.since(now).0 - 1) % 1_000 + 1)))
            }
            _ => None,
        };
        let toast = self.toasts.next_end();
        let undo = self.undo_until(now).into_iter().chain(self.verdict_due(now)).min();
        let (talk, speaking) = (self.talk_change(now), self.speaking.next_end());
        let still = [self.leaving_until, undo, speaking];
        let all = [elapsed, countdown, round, turn, waits, retry, toast, talk].into_iter().chain(still);
        all.flatten().min()
    }
}

pub(super) use super::lang::sentence;
