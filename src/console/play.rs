//! The loop around a player.

use std::pin::pin;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use tokio::sync::watch;

use crate::playback::Deck;
use crate::replay::{Order, Playing};
use crate::term::{HungUp, Input, PatientDecoder, Screen};
use crate::tui::{Player, PlayerEffect};

use super::{Terminal, Typed, last_answer};

/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// Plays a recording until the person ends it, the terminal goes or `shutdown` completes; the terminal is left as it is.
/// `begin` is done first. The player knows then where it was.
pub async fn play<T: Terminal>(
    player: Player,
    (terminal, screen): (&mut T, &mut Screen),
    deck: &Deck,
    begin: Vec<PlayerEffect>,
    shutdown: impl Future<Output = ()>,
) -> Player {
    let told = deck.playing();
    let mut booth = Booth { player, terminal, screen, deck, told, decoder: PatientDecoder::new() };
    let mut shutdown = pin!(shutdown);
    let size = booth.terminal.size();
    let mut goes_on = booth.event(&Event::Resize(size.width, size.height)).await && booth.act(begin).await;
    while goes_on && booth.draw().is_ok() {
        goes_on = booth.step(shutdown.as_mut()).await;
    }
    booth.deck.order(Order::Play(false));
    last_answer(booth.screen, booth.terminal, &mut booth.decoder).await;
    booth.player
}

/// Somebody at a terminal with a recording.
struct Booth<'a, T> {
    player: Player,
    terminal: &'a mut T,
    screen: &'a mut Screen,
    deck: &'a Deck,
    told: watch::Receiver<Playing>,
    decoder: PatientDecoder,
}

impl<T: Terminal> Booth<'_, T> {
    /// Waits for something and does what it wants; `false` when that is to end.
    async fn step(&mut self, shutdown: impl Future<Output = ()>) -> bool {
        let at = Instant::now();
        let news = self.player.is_dirty();
        let times = [Some(at + IDLE), self.decoder.silence_at(), self.screen.next_frame(news, at)];
        let wake = times.into_iter().flatten().min().unwrap_or(at);
        tokio::select! {
            typed = self.terminal.next() => self.typed(typed).await,
            () = shutdown => false,
            Ok(()) = self.told.changed() => {
                let playing = self.told.borrow_and_update().clone();
                self.player.hear(playing);
                true
            }
            () = self.screen.unblocked(news) => true,
            () = tokio::time::sleep_until(wake.into()) => {
                let inputs = self.decoder.silence(Instant::now());
                self.inputs(inputs).await
            }
        }
    }

    fn draw(&mut self) -> Result<(), HungUp> {
        let wanted = self.screen.wants_frame(self.player.is_dirty());
        if wanted && self.screen.draw(Instant::now(), |frame| self.player.view(frame))? {
            self.player.drawn();
        }
        Ok(())
    }

    async fn typed(&mut self, typed: Typed) -> bool {
        match typed {
            Typed::HungUp | Typed::End => false,
            Typed::Bytes(bytes) => {
                let inputs = self.decoder.feed(&bytes, Instant::now());
                self.inputs(inputs).await
            }
            Typed::Resized => self.resize().await,
            Typed::Continued => self.come_back().await,
        }
    }

    async fn inputs(&mut self, inputs: Vec<Input>) -> bool {
        for input in inputs {
            match input {
                Input::Event(event) => {
                    if !self.event(&event).await {
                        return false;
                    }
                }
                Input::Reply(reply) => drop(self.screen.reply(reply)),
            }
        }
        true
    }

    async fn event(&mut self, event: &Event) -> bool {
        let effects = self.player.input(event);
        self.act(effects).await
    }

    /// Does what the player wants done; `false` when that is to end.
    async fn act(&mut self, effects: Vec<PlayerEffect>) -> bool {
        for effect in effects {
            match effect {
                PlayerEffect::Order(order) => self.deck.order(order),
                PlayerEffect::Redraw => self.screen.repaint(),
                PlayerEffect::Suspend => {
                    if self.terminal.give_back() {
                        self.terminal.stop().await;
                        return Box::pin(self.come_back()).await;
                    }
                }
                PlayerEffect::Quit => return false,
            }
        }
        true
    }

    async fn resize(&mut self) -> bool {
        let size = self.terminal.size();
        self.screen.resize(size);
        Box::pin(self.event(&Event::Resize(size.width, size.height))).await
    }

    /// Takes the terminal over again and draws everything: somebody else had it.
    async fn come_back(&mut self) -> bool {
        self.terminal.give_back();
        if self.terminal.take_over().is_err() {
            return false;
        }
        self.decoder = PatientDecoder::new();
        self.screen.restart(self.terminal.size());
        self.resize().await
    }
}
