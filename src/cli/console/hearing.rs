//! The sound engine's side of a console: its status in the model's words, and its packets to the link.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::audio;
use crate::client::sound::{DeviceState, Engine, SoundConfig, SoundStatus, SourceLevel, Trouble};
use crate::console::Ears;
use crate::meeting::Source;
use crate::sync::{FeedChoice, LinkEvent};
use crate::tui::{Device, Language, Msg, Sound, Volumes};
use crate::wire::{AudioMessage, Level, MixMessage};

use super::tuning::Tuning;

/// Packets from the microphone on their way to the link: 160 ms. When it is full they are dropped, as in the link.
const OUTGOING: usize = 8;

/// How often levels are told to the model: more often than the eye wants costs bytes on the terminal.
const INTERVAL: Duration = Duration::from_millis(100);

/// The running engine and what it told last.
#[derive(Debug)]
pub(crate) struct Hearing {
    engine: Engine,
    tuning: Tuning,
    /// The feed has followed the link, and the model does not know yet.
    stepped: bool,
    status: watch::Receiver<SoundStatus>,
    /// Whether levels come from here; otherwise the server sends them as signals.
    levels: bool,
    /// Whether the microphone is listened to, open or not.
    testing: bool,
    /// In which it is said why a device does not work.
    language: Language,
    told: Option<Instant>,
    pending: bool,
    last: (Sound, Vec<Level>),
}

impl Hearing {
    /// Starts the engine; its packets go to the link without waiting for the loop.
    pub(crate) fn start(config: SoundConfig, tuning: Tuning, levels: bool, language: Language) -> Self {
        let link = tuning.link();
        let (outgoing, mut packets) = mpsc::channel(OUTGOING);
        tokio::spawn(async move {
            while let Some(record) = packets.recv().await {
                // a link that does not keep up drops it: late sound is no use
                link.send_audio(record);
            }
        });
        let engine = Engine::start(config, outgoing);
        let status = engine.status();
        Self {
            engine,
            tuning,
            stepped: false,
            status,
            levels,
            testing: false,
            language,
            told: None,
            pending: true,
            last: Default::default(),
        }
    }
}

impl Ears for Hearing {
    fn open_mic(&self, open: bool) {
        self.engine.open_mic(open);
    }

    fn test_mic(&mut self, on: bool) {
        self.testing = on;
        self.engine.test_mic(on);
    }

    fn set_language(&mut self, language: Language) {
        self.language = language;
        self.pending = true;
    }

    fn set_volumes(&self, volumes: &Volumes) {
        self.engine.set_volume(volumes.all.factor());
        self.engine.set_volumes(volumes.people.iter().map(|(s, v)| (*s, v.factor())).collect());
    }

    fn tune(&mut self, choice: FeedChoice) {
        self.tuning.choose(choice);
    }

    fn overhear(&mut self, event: &LinkEvent) {
        if self.tuning.overhear(event) {
            (self.stepped, self.pending) = (true, true);
        }
    }

    fn hear(&self, message: AudioMessage) {
        self.engine.hear(message);
    }

    fn hear_mix(&self, message: MixMessage) {
        self.engine.hear_mix(message);
    }

    async fn changed(&mut self) {
        if self.pending || self.status.changed().await.is_err() {
            // told at `due`, or the engine is gone and tells nothing any more
            std::future::pending::<()>().await;
        }
        self.pending = true;
    }

    fn due(&self) -> Option<Instant> {
        self.pending.then(|| self.told.map_or_else(Instant::now, |told| told + INTERVAL))
    }

    /// What is new, at most every [`INTERVAL`].
    fn news(&mut self, own: Option<Source>, now: Instant) -> Vec<Msg> {
        if !self.pending || self.told.is_some_and(|told| told + INTERVAL > now) {
            return Vec::new();
        }
        self.pending = false;
        self.told = Some(now);
        let status = self.status.borrow_and_update().clone();
        let device = |state| device(state, self.language);
        let sound = Sound { mic: device(&status.mic), speaker: device(&status.speaker) };
        let levels = if self.levels { levels(&status, own, self.testing) } else { Vec::new() };
        let mut news = Vec::new();
        if std::mem::take(&mut self.stepped) {
            news.push(Msg::Feed(self.tuning.feed()));
        }
        if sound != self.last.0 {
            self.last.0 = sound.clone();
            news.push(Msg::Sound(sound));
        }
        if levels != self.last.1 {
            self.last.1.clone_from(&levels);
            news.push(Msg::Levels(levels));
        }
        news
    }
}

fn device(state: &DeviceState, language: Language) -> Device {
    match state {
        DeviceState::Starting | DeviceState::Off => Device::Off,
        DeviceState::Ready(name) => Device::Ready(name.clone()),
        DeviceState::Problem(Trouble { code, name, text }) => {
            Device::Problem(language.device_trouble(code, name).unwrap_or_else(|| text.clone()))
        }
    }
}

fn levels(status: &SoundStatus, own: Option<Source>, testing: bool) -> Vec<Level> {
    let own = status.own.filter(|_| status.mic_open || testing).zip(own);
    let own = own.map(|(level, source)| SourceLevel { source, ..level });
    let heard = status.levels.iter().copied().chain(own);
    heard
        .map(|l| Level { source: l.source, level: audio::Level::from_meter(l.level, l.voice).byte() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_told_in_the_console_s_language() {
        let gone = DeviceState::Problem(Trouble {
            code: "gone",
            name: "Headset".into(),
            text: "the microphone “Headset” is gone".into(),
        });
        let told = |language| match device(&gone, language) {
            Device::Problem(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(Language::En), "the microphone “Headset” is gone");
        assert_eq!(told(Language::It), "«Headset» non c'è più");
    }

    #[test]
    fn the_own_level_bears_the_own_number_while_the_microphone_is_open() {
        let level = |source, level| SourceLevel { source: Source(source), level, voice: true };
        let mut status =
            SoundStatus { own: Some(level(0, 1.0)), levels: vec![level(7, 0.5)], ..SoundStatus::default() };
        let seven = Level { source: Source(7), level: 0x80 | 30 };
        let three = Level { source: Source(3), level: 0x80 };
        assert_eq!(levels(&status, Some(Source(3)), false), [seven]);
        assert_eq!(levels(&status, Some(Source(3)), true), [seven, three], "or tried");
        status.mic_open = true;
        assert_eq!(levels(&status, Some(Source(3)), false), [seven, three]);
        assert_eq!(levels(&status, None, true), [seven]);
    }
}
