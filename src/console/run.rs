//! The run loop.

use std::pin::pin;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::meeting::Timestamp;
use crate::sync::LinkEvent;
use crate::term::{BELL, HungUp, Input, KEYS_ASKED, KeyFlags, Notify, PatientDecoder, Reply, Screen};
use crate::tui::{Connection, Effect, Language, Model, Msg, Theme};

use super::{Ears, End, Far, Link, SETTLING, Terminal, Typed, last_answer};

/// The shortest time between two ticks, so that a model that is always due can't keep the loop busy.
const SHORTEST_TICK: Duration = Duration::from_millis(10);

/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// Reads a theme by its name, or says why it can't.
type ReadTheme = dyn Fn(&str) -> Result<Theme, String> + Send + Sync;

/// The themes that there are.
pub struct Themes(pub Box<ReadTheme>);

impl std::fmt::Debug for Themes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Themes")
    }
}

/// A person's seat at a terminal.
pub(super) struct Seat<L, E, T> {
    model: Model,
    far: Far<L, E>,
    screen: Screen,
    terminal: T,
    notify: Notify,
    decoder: PatientDecoder,
    /// When the model is told of the time.
    tick_at: Option<Instant>,
    last_tick: Instant,
    keys: Keys,
    /// The keyboard's flags were asked for again, since another terminal may be there now.
    asked: bool,
    themes: Themes,
    end: Option<End>,
}

/// The ends towards the person.
#[derive(Debug)]
pub struct Near<T> {
    /// The terminal, taken over.
    pub terminal: T,
    /// What it shows.
    pub screen: Screen,
    /// For choosing another theme while it runs.
    pub themes: Themes,
    /// How the terminal tells that time runs out.
    pub notify: Notify,
}

/// Which keyboard flags the terminal was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// It has not told that it knows them.
    Unknown,
    /// These were pushed.
    Pushed(KeyFlags),
}

/// Something for the loop to do.
enum Happening {
    Shutdown,
    Typed(Typed),
    Link(Option<LinkEvent>),
    /// Time went by, or something that waited can go on: see what is due.
    Due,
}

impl<L: Link, E: Ears, T: Terminal> Seat<L, E, T> {
    /// On the heap: the futures that it would pass through would keep its size each.
    pub(super) fn new(model: Model, far: Far<L, E>, near: Near<T>) -> Box<Self> {
        let Near { terminal, screen, themes, notify } = near;
        Box::new(Self {
            model,
            far,
            screen,
            terminal,
            notify,
            decoder: PatientDecoder::new(),
            tick_at: None,
            last_tick: Instant::now(),
            keys: Keys::Unknown,
            asked: false,
            themes,
            end: None,
        })
    }

    /// Runs until something ends it, and gives the terminal back. Tells the language chosen last too.
    pub(super) async fn sit(mut self: Box<Self>, shutdown: impl Future<Output = ()>) -> (End, Language) {
        let end = self.until_end(shutdown).await;
        let language = self.model.language();
        self.leave().await;
        (end, language)
    }

    async fn until_end(&mut self, shutdown: impl Future<Output = ()>) -> End {
        let mut shutdown = pin!(shutdown);
        let size = self.terminal.size();
        self.tell(Msg::Input(Event::Resize(size.width, size.height))).await;
        self.tell(Msg::Connection(Connection::Connected)).await;
        loop {
            if self.draw().is_err() {
                self.end = Some(End::HungUp);
            }
            if let Some(end) = self.end.take() {
                return end;
            }
            let happening = self.next(shutdown.as_mut()).await;
            self.handle(happening).await;
        }
    }

    /// Gives the terminal back and waits a moment for the server to hear of it.
    async fn leave(mut self: Box<Self>) {
        last_answer(&self.screen, &mut self.terminal, &mut self.decoder).await;
        // before the goodbye, which may take a moment
        self.far.ears.open_mic(false);
        let Self { far, screen, terminal, .. } = *self;
        drop((screen, terminal));
        far.leave().await;
    }

    async fn next(&mut self, shutdown: impl Future<Output = ()>) -> Happening {
        let wake = self.wake();
        tokio::select! {
            typed = self.terminal.next() => Happening::Typed(typed),
            () = shutdown => Happening::Shutdown,
            event = self.far.upstream.next() => Happening::Link(event),
            () = self.far.ears.changed() => Happening::Due,
            () = self.screen.unblocked(self.model.is_dirty()) => Happening::Due,
            () = tokio::time::sleep_until(wake.into()) => Happening::Due,
        }
    }

    /// When the loop has something to do if nothing happens.
    fn wake(&self) -> Instant {
        let at = Instant::now();
        let frame = self.screen.next_frame(self.model.is_dirty(), at);
        let tick = self.tick_at.map(|due| due.max(self.last_tick + SHORTEST_TICK));
        let times = [
            Some(at + IDLE),
            self.decoder.silence_at(),
            frame,
            tick,
            self.far.ears.due(),
            self.far.habits.due(),
        ];
        times.into_iter().flatten().min().unwrap_or(at)
    }

    /// The moment of the wall clock on the loop's clock.
    fn at(&self, moment: Timestamp) -> Instant {
        Instant::now() + Duration::from(moment.since(self.far.now()))
    }

    /// Notes when the model wants a tick: what was noted before stays until it came or a frame was drawn, since the
    /// model always names a moment to come.
    fn note_tick(&mut self) {
        let next = self.model.next_tick(self.far.now()).map(|due| self.at(due));
        self.tick_at = [self.tick_at, next].into_iter().flatten().min();
    }

    fn draw(&mut self) -> Result<(), HungUp> {
        if !self.screen.wants_frame(self.model.is_dirty()) {
            return Ok(());
        }
        let time = self.far.now();
        if self.screen.draw(Instant::now(), |frame| self.model.view(time, frame))? {
            self.model.drawn(time);
            self.tick_at = None;
            self.note_tick();
        }
        Ok(())
    }

    async fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Typed(Typed::End) => {
                self.far.told_to_end();
                self.end = Some(End::Told);
            }
            Happening::Typed(Typed::HungUp) => self.end = Some(End::HungUp),
            Happening::Typed(Typed::Resized) => self.resize(self.terminal.size()).await,
            Happening::Typed(Typed::Continued) => self.come_back().await,
            Happening::Shutdown => self.end = Some(End::Told),
            Happening::Typed(Typed::Bytes(bytes)) => {
                let inputs = self.decoder.feed(&bytes, Instant::now());
                self.input(inputs).await;
            }
            Happening::Link(event) => self.link(event).await,
            Happening::Due => self.due().await,
        }
    }

    async fn due(&mut self) {
        let at = Instant::now();
        let inputs = self.decoder.silence(at);
        self.input(inputs).await;
        self.far.keep_due(at);
        for msg in self.far.news(at) {
            self.tell(msg).await;
        }
        if self.tick_at.is_some_and(|due| due <= at) {
            self.tick_at = None;
            self.last_tick = at;
            self.tell(Msg::Tick).await;
        }
    }

    async fn input(&mut self, inputs: Vec<Input>) {
        for input in inputs {
            match input {
                Input::Event(event) => {
                    if event == Event::FocusGained && self.keys != Keys::Unknown {
                        self.asked = true;
                        self.screen.control(KEYS_ASKED);
                    }
                    self.tell(Msg::Input(event)).await;
                }
                Input::Reply(reply) => self.reply(reply),
            }
        }
        self.set_keys();
    }

    fn reply(&mut self, reply: Reply) {
        let Some(reply) = self.screen.reply(reply) else { return };
        match reply {
            // Every terminal tells these: what was asked for before is not known to whoever is there now.
            Reply::Attributes if std::mem::take(&mut self.asked) => self.model.set_key_releases(false),
            Reply::Mode { .. } | Reply::Attributes | Reply::Fence => {}
            Reply::KeyFlags(_) if self.keys == Keys::Unknown => {
                let flags = self.wanted_keys();
                self.terminal.keys_pushed();
                self.screen.control(&flags.push());
                self.keys = Keys::Pushed(flags);
            }
            // only what was granted is believed; while somebody types in a field fewer are asked for
            Reply::KeyFlags(granted) if self.keys == Keys::Pushed(KeyFlags::COMMANDS) => {
                self.asked = false;
                self.model.set_key_releases(KeyFlags(granted).has_releases());
            }
            Reply::KeyFlags(_) => self.asked = false,
        }
    }

    fn wanted_keys(&self) -> KeyFlags {
        if self.model.is_typing() { KeyFlags::TYPING } else { KeyFlags::COMMANDS }
    }

    fn set_keys(&mut self) {
        let flags = self.wanted_keys();
        if let Keys::Pushed(before) = self.keys
            && before != flags
        {
            self.screen.control(&flags.set());
            self.keys = Keys::Pushed(flags);
        }
    }

    async fn link(&mut self, event: Option<LinkEvent>) {
        match self.far.link(event, self.model.language(), self.model.farewell()) {
            Ok(Some(msg)) => self.tell(msg).await,
            Ok(None) => {}
            Err(end) => drop(self.end.get_or_insert(end)),
        }
    }

    /// Tells the model, and does what it wants done, in order.
    async fn tell(&mut self, msg: Msg) {
        let effects = self.model.update(msg, self.far.now());
        self.far.habits.see(self.model.meeting().title(), Instant::now());
        self.note_tick();
        for effect in effects {
            match self.far.act(effect) {
                Some(Effect::Theme(name)) => {
                    let theme = (self.themes.0)(&name);
                    Box::pin(self.tell(Msg::Theme(name, theme))).await;
                }
                Some(Effect::Bell) => self.screen.control(BELL),
                Some(Effect::Notify(text)) => self.screen.control(&self.notify.bytes(&text)),
                Some(Effect::Redraw) => self.screen.repaint(),
                Some(Effect::Suspend) => self.suspend().await,
                Some(Effect::Quit) => self.end = Some(End::Left),
                _ => {}
            }
        }
    }

    async fn resize(&mut self, size: Size) {
        self.screen.resize(size);
        Box::pin(self.tell(Msg::Input(Event::Resize(size.width, size.height)))).await;
    }

    /// Closes the microphone and gives the terminal to the shell until the process is continued, where there is one.
    async fn suspend(&mut self) {
        if !self.terminal.give_back() {
            return;
        }
        let settled = async {
            while !self.far.upstream.is_settled() {
                let Some(event) = self.far.upstream.next().await else { break };
                Box::pin(self.link(Some(event))).await;
            }
        };
        let _ = tokio::time::timeout(SETTLING, settled).await;
        self.terminal.stop().await;
        self.come_back().await;
    }

    /// Takes the terminal over again and draws everything: somebody else had it.
    async fn come_back(&mut self) {
        self.terminal.give_back();
        if self.terminal.take_over().is_err() {
            self.end = Some(End::HungUp);
            return;
        }
        self.keys = Keys::Unknown;
        self.asked = false;
        self.model.set_key_releases(false);
        self.decoder = PatientDecoder::new();
        let size = self.terminal.size();
        self.screen.restart(size);
        self.resize(size).await;
    }
}
