//! The run loop.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::client::{LinkEvent, now};
use crate::console::{Ears as _, End, SETTLING};
use crate::meeting::Timestamp;
use crate::term::stop;
use crate::tui::{Connection, Edit, Effect, Language, Msg, Plain, Said, Trouble};

use super::super::Far;
use super::super::signals::{Signals, Told};
use super::typing::Typing;
use super::voice::Voice;

/// How many lines wait at most until what was typed before them is answered; a script that writes more waits.
const MAX_TYPED: usize = 64;

/// The shortest time between two ticks.
const SHORTEST_TICK: Duration = Duration::from_millis(100);

/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// How long a stop may take to come after it was asked for.
const STOPPING: Duration = Duration::from_millis(200);

/// A person's or a script's seat without a screen.
pub(super) struct Seat {
    plain: Plain,
    far: Far,
    typing: Typing,
    voice: Voice,
    signals: Signals,
    /// Whether somebody sits at a terminal.
    person: bool,
    /// Lines that wait for their turn.
    typed: VecDeque<String>,
    has_typed: bool,
    /// The input has ended.
    over: bool,
    tick_at: Option<Instant>,
    last_tick: Instant,
    end: Option<End>,
}

/// The ends towards the person.
pub(super) struct Near {
    pub(super) typing: Typing,
    pub(super) voice: Voice,
    pub(super) signals: Signals,
    pub(super) person: bool,
}

/// Something for the loop to do.
enum Happening {
    Told(Told),
    Shutdown,
    Typed(Option<Vec<u8>>),
    Link(Option<LinkEvent>),
    /// Nobody reads what is said.
    Unheard,
    /// Time went by: see what is due.
    Due,
}

impl Seat {
    pub(super) fn new(plain: Plain, far: Far, near: Near) -> Self {
        let Near { typing, voice, signals, person } = near;
        Self {
            plain,
            far,
            typing,
            voice,
            signals,
            person,
            typed: VecDeque::new(),
            has_typed: false,
            over: false,
            tick_at: None,
            last_tick: Instant::now(),
            end: None,
        }
    }

    /// Says these lines first, runs until something ends it, and tells what of a script did not work.
    pub(super) async fn sit(
        mut self,
        first: &[String],
        shutdown: impl Future<Output = ()>,
    ) -> (End, Language, Option<Trouble>) {
        self.voice.say(first);
        let end = self.until_end(shutdown).await;
        let trouble = self.plain.trouble().filter(|_| !self.person).cloned();
        let language = self.plain.language();
        let Self { far, typing, voice, .. } = self;
        // before the goodbye, which may take a moment
        far.ears.open_mic(false);
        voice.end().await;
        drop(typing);
        far.leave().await;
        (end, language, trouble)
    }

    async fn until_end(&mut self, shutdown: impl Future<Output = ()>) -> End {
        let mut shutdown = pin!(shutdown);
        self.tell(Msg::Connection(Connection::Connected)).await;
        loop {
            self.obey().await;
            if let Some(end) = self.end.take() {
                return end;
            }
            if let Some(keys) = &self.typing.keys {
                self.voice.show(&keys.editor);
            }
            let happening = self.next(shutdown.as_mut()).await;
            self.handle(happening).await;
        }
    }

    async fn next(&mut self, shutdown: impl Future<Output = ()>) -> Happening {
        let wake = self.wake();
        let has_room = self.typed.len() < MAX_TYPED;
        tokio::select! {
            told = self.signals.next() => Happening::Told(told),
            () = shutdown => Happening::Shutdown,
            () = self.voice.gone() => Happening::Unheard,
            bytes = self.typing.read(), if has_room => Happening::Typed(bytes),
            event = self.far.upstream.next() => Happening::Link(event),
            () = self.far.ears.changed() => Happening::Due,
            () = tokio::time::sleep_until(wake.into()) => Happening::Due,
        }
    }

    /// When the loop has something to do if nothing happens.
    fn wake(&self) -> Instant {
        let at = Instant::now();
        let tick = self.tick_at.map(|due| due.max(self.last_tick + SHORTEST_TICK));
        let silence = self.typing.keys.as_ref().and_then(|keys| keys.silence_at());
        let times = [Some(at + IDLE), tick, silence, self.far.ears.due(), self.far.habits.due()];
        times.into_iter().flatten().min().unwrap_or(at)
    }

    async fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Told(Told::Interrupted) if self.person => {
                let said = self.plain.interrupt(now());
                self.act(said).await;
            }
            Happening::Told(Told::End | Told::Interrupted) => {
                self.far.told_to_end();
                self.end = Some(End::Told);
            }
            Happening::Told(Told::HungUp) | Happening::Unheard => self.end = Some(End::HungUp),
            Happening::Told(Told::Resized) => self.voice.resize(),
            Happening::Told(Told::Continued) => self.continued().await,
            Happening::Shutdown => self.end = Some(End::Told),
            Happening::Typed(None) => {
                self.over = true;
                let last = self.typing.end();
                self.typed(last);
            }
            Happening::Typed(Some(bytes)) => self.input(&bytes).await,
            Happening::Link(event) => self.link(event).await,
            Happening::Due => self.due().await,
        }
    }

    async fn due(&mut self) {
        let at = Instant::now();
        let events = self.typing.keys.as_mut().map(|keys| keys.silence(at)).unwrap_or_default();
        for event in &events {
            self.key(event).await;
        }
        self.far.keep_due(at);
        for msg in self.far.news(at) {
            self.tell(msg).await;
        }
        if self.tick_at.is_some_and(|due| due <= at) {
            self.last_tick = at;
            self.tell(Msg::Tick).await;
        }
    }

    async fn link(&mut self, event: Option<LinkEvent>) {
        match self.far.link(event, self.plain.language(), self.plain.farewell()) {
            Ok(Some(msg)) => self.tell(msg).await,
            Ok(None) => {}
            Err(end) => drop(self.end.get_or_insert(end)),
        }
    }

    async fn tell(&mut self, msg: Msg) {
        let said = self.plain.update(msg, now());
        self.far.habits.see(self.plain.title(), Instant::now());
        self.act(said).await;
    }

    /// Says what is to be said and does what is to be done, in order.
    async fn act(&mut self, said: Said) {
        self.voice.say(&said.lines);
        for effect in said.effects {
            match self.far.act(effect) {
                Some(Effect::Bell) => self.voice.ring(),
                Some(Effect::Notify(text)) => self.voice.notify(&text),
                Some(Effect::Suspend) => Box::pin(self.suspend()).await,
                Some(Effect::Quit) => drop(self.end.get_or_insert(End::Left)),
                _ => {}
            }
        }
        self.tick_at = self.plain.next_tick(now()).map(|due| self.at(due));
    }

    /// The moment of the wall clock on the loop's clock.
    fn at(&self, moment: Timestamp) -> Instant {
        Instant::now() + Duration::from(moment.since(now()))
    }

    async fn input(&mut self, bytes: &[u8]) {
        match &mut self.typing.keys {
            Some(keys) => {
                for event in keys.events(bytes) {
                    self.key(&event).await;
                }
            }
            None => {
                let lines = self.typing.lines(bytes);
                self.typed(lines);
            }
        }
    }

    async fn key(&mut self, event: &crossterm::event::Event) {
        let Some(keys) = &mut self.typing.keys else { return };
        match keys.editor.take(event) {
            Some(Edit::Entered(line)) => {
                self.voice.finish_line();
                self.typed([line]);
                // at once, so that what is pressed next finds things as they are then
                self.obey().await;
            }
            Some(Edit::Tab) => {
                let completion = self.plain.complete(keys.editor.before());
                let list = keys.editor.complete(&completion);
                self.voice.say(list.as_slice());
            }
            Some(Edit::Interrupt) => {
                let said = self.plain.interrupt(now());
                self.act(said).await;
            }
            Some(Edit::Suspend) => {
                let said = self.plain.suspend(now());
                self.act(said).await;
            }
            Some(Edit::End) => self.typed(["leave".to_owned()]),
            Some(Edit::Line) | None => {}
        }
    }

    fn typed(&mut self, lines: impl IntoIterator<Item = String>) {
        let before = self.typed.len();
        self.typed.extend(lines);
        self.has_typed |= self.typed.len() > before;
    }

    /// Does what was typed, a line at a time: each finds the meeting as the one before has left it.
    async fn obey(&mut self) {
        while self.end.is_none() && self.may_go_on() {
            match self.typed.pop_front() {
                Some(line) => {
                    let said = self.plain.typed(&line, now());
                    self.act(said).await;
                }
                // an input that was empty from the start is nobody's wish to leave: a service has none
                None if self.over && (self.has_typed || self.person) => {
                    self.over = false;
                    let said = self.plain.end(now());
                    self.act(said).await;
                }
                None => return,
            }
        }
    }

    /// Whether what was typed before is answered. A person is told at once that there is no link; a script waits.
    fn may_go_on(&self) -> bool {
        let settled = self.far.upstream.is_settled();
        if self.person {
            return self.plain.is_ready() && (settled || !self.plain.is_up());
        }
        self.plain.is_ready() && settled && self.plain.is_up()
    }

    /// Closes the microphone and gives the terminal to the shell until the process is continued.
    async fn suspend(&mut self) {
        let settled = async {
            while !self.far.upstream.is_settled() {
                let Some(event) = self.far.upstream.next().await else { break };
                self.link(Some(event)).await;
            }
        };
        let _ = tokio::time::timeout(SETTLING, settled).await;
        self.voice.finish_line();
        let Some(keys) = &self.typing.keys else { return };
        keys.mode.give_back();
        if stop().is_ok() {
            let continued = async { while self.signals.next().await != Told::Continued {} };
            let _ = tokio::time::timeout(STOPPING, continued).await;
        }
        if keys.mode.take().is_err() {
            self.end = Some(End::HungUp);
        }
    }

    /// The process was stopped from outside, or by a terminal that reads keys itself, and goes on: nobody minded the
    /// microphone meanwhile.
    async fn continued(&mut self) {
        if let Some(keys) = &self.typing.keys
            && keys.mode.take().is_err()
        {
            self.end = Some(End::HungUp);
            return;
        }
        self.voice.resize();
        let said = self.plain.suspend(now());
        let effects = said.effects.into_iter().filter(|effect| *effect != Effect::Suspend).collect();
        self.act(Said { effects, ..said }).await;
    }
}
