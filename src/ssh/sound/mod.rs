//! A console's ears and microphone on its person's own machine, as far as their client lends them and they said yes.
//!
//! ```text
//!  their PulseAudio ◄─ forwarded socket ─ player: mix ◄ jitter buffers ◄─ Borrowed ◄─ the console's link
//!                   ── only while open ─► player: level, Opus ──────────► Voice ────► the console's link
//! ```
//!
//! Between the player and the sockets there are two ways: PulseAudio's native protocol, and bare samples.

mod even;
mod native;
mod pace;
mod player;
mod punctual;
mod reserve;
mod simple;
mod way;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::audio::SAMPLE_RATE;
use crate::console::Ears;
use crate::meeting::Source;
use crate::sync::FeedChoice;
use crate::tui::{Device, Language, Msg, Sound, Volumes};
use crate::wire::{AudioMessage, AudioRecord, BinaryMessage, Feed, MixMessage};

use super::lent::{Lender, Lent};
use player::Player;

/// Messages on their way to the ears: 5 s of one message a frame. When it is full the newest is dropped, as it would be
/// late.
const HEARD: usize = 256;

/// Packets from the microphone on their way to the link: 160 ms. When it is full they are dropped.
const SPOKEN: usize = 8;

/// What the player is to do.
#[derive(Clone, Debug)]
struct Wanted {
    /// The person said yes.
    agreed: bool,
    /// The opening of the microphone, counted, while it is open.
    mic: Option<u64>,
    volume: f32,
    volumes: Arc<BTreeMap<Source, f32>>,
    feed: FeedChoice,
}

/// How it stands with the sound there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    /// Not wanted, or not there.
    #[default]
    Off,
    /// The speaker and the microphone.
    Ready(Device, Device),
    /// It does not work; it is tried again.
    Broken(String),
}

/// The sound of a client's machine, as a console's ears. It is off until the person says yes, and gone with this.
pub(super) struct Borrowed {
    lent: watch::Receiver<Lent>,
    wanted: watch::Sender<Wanted>,
    heard: mpsc::Sender<BinaryMessage>,
    state: watch::Receiver<State>,
    /// How often the microphone was opened.
    openings: std::sync::atomic::AtomicU64,
    language: Language,
    /// What the model knows.
    offered: bool,
    told: State,
    pending: bool,
}

/// What a client's microphone says, and what is to be heard there: for the link.
#[derive(Debug)]
pub(super) struct Voice {
    records: mpsc::Receiver<AudioRecord>,
    feed: watch::Receiver<Feed>,
}

/// Something for the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// A packet.
    Record(AudioRecord),
    /// Hear this from now on.
    Feed(Feed),
}

impl Borrowed {
    /// The sound that a client lends or may lend yet, and its voice.
    pub(super) fn new(lender: Lender, language: Language) -> (Self, Voice) {
        let (wanted, orders) = watch::channel(Wanted {
            agreed: false,
            mic: None,
            volume: 1.0,
            volumes: Arc::default(),
            feed: FeedChoice::Auto,
        });
        let (heard, messages) = mpsc::channel(HEARD);
        let (spoken, records) = mpsc::channel(SPOKEN);
        let (tuned, feed) = watch::channel(Feed::None);
        let (told, state) = watch::channel(State::Off);
        let lent = lender.lent.clone();
        let player = Player::new(lender, (orders, messages), (spoken, tuned), told);
        tokio::spawn(player.run());
        let ears = Self {
            lent,
            wanted,
            heard,
            state,
            openings: Default::default(),
            language,
            offered: false,
            told: State::Off,
            pending: true,
        };
        (ears, Voice { records, feed })
    }

    fn take(&self, message: BinaryMessage) {
        // What does not fit would be too late.
        let _ = self.heard.try_send(message);
    }

    fn sound(&self, state: &State) -> Sound {
        match state {
            State::Off => Sound::default(),
            State::Ready(speaker, mic) => Sound { mic: mic.clone(), speaker: speaker.clone() },
            State::Broken(why) => {
                let why = self.language.device_trouble("gone", "PulseAudio").unwrap_or_else(|| why.clone());
                Sound { mic: Device::Problem(why.clone()), speaker: Device::Problem(why) }
            }
        }
    }
}

impl Ears for Borrowed {
    fn use_lent(&mut self, yes: bool) {
        self.wanted.send_modify(|w| w.agreed = yes);
    }

    fn open_mic(&self, open: bool) {
        use std::sync::atomic::Ordering;
        self.wanted.send_if_modified(|w| {
            let changes = w.mic.is_some() != open;
            if changes {
                w.mic = open.then(|| self.openings.fetch_add(1, Ordering::Relaxed));
            }
            changes
        });
    }

    /// A microphone of somebody else's machine is opened to speak, and for nothing else.
    fn test_mic(&mut self, _: bool) {}

    fn set_language(&mut self, language: Language) {
        self.language = language;
    }

    fn set_volumes(&self, volumes: &Volumes) {
        let people = volumes.people.iter().map(|(s, v)| (*s, v.factor())).collect();
        self.wanted.send_modify(|w| (w.volume, w.volumes) = (volumes.all.factor(), Arc::new(people)));
    }

    fn tune(&mut self, choice: FeedChoice) {
        self.wanted.send_modify(|w| w.feed = choice);
    }

    fn hear(&self, message: AudioMessage) {
        self.take(BinaryMessage::Audio(message));
    }

    fn hear_mix(&self, message: MixMessage) {
        self.take(BinaryMessage::Mix(message));
    }

    async fn changed(&mut self) {
        if !self.pending {
            tokio::select! {
                Ok(()) = self.lent.changed() => {}
                Ok(()) = self.state.changed() => {}
                // The connection and the player are gone, and tell nothing any more.
                else => std::future::pending().await,
            }
            self.pending = true;
        }
        // Told at `due`.
        if self.due().is_none() {
            std::future::pending::<()>().await;
        }
    }

    fn due(&self) -> Option<Instant> {
        self.pending.then(Instant::now)
    }

    fn news(&mut self, _: Option<Source>, _: Instant) -> Vec<Msg> {
        if !std::mem::take(&mut self.pending) {
            return Vec::new();
        }
        let mut news = Vec::new();
        let lent = self.lent.borrow_and_update().any();
        if std::mem::replace(&mut self.offered, lent) != lent {
            news.push(Msg::SoundLent(lent));
        }
        let state = self.state.borrow_and_update().clone();
        if state != self.told {
            news.push(Msg::Sound(self.sound(&state)));
            self.told = state;
        }
        news
    }
}

impl Voice {
    /// What it says next, for ever. Cancel-safe.
    pub(super) async fn next(&mut self) -> Spoken {
        tokio::select! {
            Some(record) = self.records.recv() => Spoken::Record(record),
            Ok(()) = self.feed.changed() => Spoken::Feed(*self.feed.borrow_and_update()),
            else => std::future::pending().await,
        }
    }
}

/// How long so many samples last.
fn span(samples: usize) -> Duration {
    Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE))
}
