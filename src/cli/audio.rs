//! `palco audio`: ears and microphone of a console elsewhere.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::client::{Identity, Link, LinkConfig, now};
use crate::console::Ears as _;
use crate::device::DeviceChoice;
use crate::meeting::Mic;
use crate::sync::{LinkEvent, Received, Replica};
use crate::tui::{Device, Language, Msg, Sound};
use crate::wire::{ClientMessage, Feed};

use super::args::AudioArgs;
use super::console::{Hearing, Tuning};
use super::context::Context;
use super::meet::{Connected, chosen_feed, first_connection, sound};
use super::output::{Failure, print};
use super::place::told_to_stop;

/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// Hears and speaks for whoever showed the code, until they leave or the process is told to end.
pub(super) async fn run(context: &Context, args: &AudioArgs) -> Result<(), Failure> {
    let choice = chosen_feed(&args.sound, context)?;
    let sound = sound(context, &args.sound);
    let hears = sound.speaker != DeviceChoice::None;
    // A key of its own: whoever sees this machine learns nothing of the person's.
    let identity = Identity::generate().map_err(|e| Failure::refused("identity", e))?;
    let config = LinkConfig {
        pair: Some(args.at.code.clone()),
        feed: if hears { choice.first() } else { Feed::None },
        ..LinkConfig::new(context.trusted(&args.at.url).await?, identity)
    };
    let Connected { link, events } = first_connection(config).await?;
    let hearing = Hearing::start(sound, Tuning::new(link.clone(), choice), hears, Language::En);
    let replica = Replica::new();
    Leg {
        link,
        events,
        hearing,
        replica,
        mic: Mic::Closed,
        sound: Sound::default(),
        quiet: args.quiet,
        met: false,
    }
    .run()
    .await
}

/// Somebody's sound.
struct Leg {
    link: Link,
    events: mpsc::Receiver<LinkEvent>,
    hearing: Hearing,
    replica: Replica,
    mic: Mic,
    sound: Sound,
    quiet: bool,
    /// Whether it was said whose sound this is.
    met: bool,
}

impl Leg {
    async fn run(mut self) -> Result<(), Failure> {
        let mut told = pin!(told_to_stop());
        loop {
            let due = self.hearing.due().unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                () = &mut told => break,
                event = self.events.recv() => match event {
                    Some(LinkEvent::Ended { code, .. }) if code == "left" => {
                        self.say("The console has left the meeting.")?;
                        break;
                    }
                    Some(LinkEvent::Ended { code, text }) => return Err(Failure::refused(code, text)),
                    Some(event) => self.take(event).await?,
                    None => break,
                },
                () = self.hearing.changed() => {}
                () = tokio::time::sleep_until(due.into()) => self.tell_devices()?,
            }
        }
        self.hearing.open_mic(false);
        self.link.close();
        while self.events.recv().await.is_some() {}
        Ok(())
    }

    async fn take(&mut self, event: LinkEvent) -> Result<(), Failure> {
        self.hearing.overhear(&event);
        match event {
            LinkEvent::Audio(message) => self.hearing.hear(message),
            LinkEvent::Mix(message) => self.hearing.hear_mix(message),
            LinkEvent::Message(message) => {
                if self.replica.receive(&message, now()) == Received::Gap {
                    // The link is gone when this fails, and says so by its events.
                    let _ = self.link.send(ClientMessage::Resync).await;
                }
                self.follow()?;
            }
            LinkEvent::Lost { why, .. } => {
                self.set_mic(Mic::Closed)?;
                self.say(&format!("No connection: {why}. It is tried again."))?;
            }
            LinkEvent::Connected => self.say("Connected again.")?,
            LinkEvent::Connecting { .. } | LinkEvent::Ended { .. } => {}
        }
        Ok(())
    }

    /// Does what the console did.
    fn follow(&mut self) -> Result<(), Failure> {
        let Some((name, mic)) = self.replica.me().map(|me| (me.name.clone(), me.mic())) else {
            return Ok(());
        };
        if !std::mem::replace(&mut self.met, true) {
            let title = self.replica.meeting().title().to_owned();
            self.say(&format!(
                "Ears and microphone of {name} in “{title}”. Ctrl-C ends it; the console steers."
            ))?;
        }
        self.set_mic(mic)
    }

    fn set_mic(&mut self, mic: Mic) -> Result<(), Failure> {
        if mic == self.mic {
            return Ok(());
        }
        self.mic = mic;
        self.hearing.open_mic(mic == Mic::Live);
        self.say(match mic {
            Mic::Live => "The microphone is open: they hear you.",
            Mic::Held => "The microphone is held by a host.",
            Mic::Muted | Mic::Closed => "The microphone is closed.",
        })
    }

    fn tell_devices(&mut self) -> Result<(), Failure> {
        for news in self.hearing.news(None, Instant::now()) {
            let Msg::Sound(sound) = news else { continue };
            let before = std::mem::replace(&mut self.sound, sound.clone());
            let pairs = [("Speaker", before.speaker, sound.speaker), ("Microphone", before.mic, sound.mic)];
            for (what, before, device) in pairs {
                match device {
                    Device::Problem(why) if Device::Problem(why.clone()) != before => {
                        tracing::warn!(what, why);
                        print(&format!("{what}: {why}"))?;
                    }
                    Device::Ready(name) if Device::Ready(name.clone()) != before => {
                        self.say(&format!("{what}: {name}"))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.quiet { Ok(()) } else { print(text) }
    }
}
