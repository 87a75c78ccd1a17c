//! `palco audio`: ears and microphone of a console elsewhere.

use std::pin::pin;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::Args;

use crate::client::{Identity, LinkConfig, LinkEvent, RoomUrl};
use crate::console::Ears as _;
use crate::device::DeviceChoice;
use crate::meeting::Mic;
use crate::tui::{Device, Language, Msg, Sound};
use crate::wire::{BadPairingCode, Feed, PairingCode};

use super::args::SoundArgs;
use super::console::{Hearing, Tuning};
use super::context::Context;
use super::leg::{Incoming, Leg};
use super::meet::chosen_feed;
use super::output::{Failure, print};
use super::place::told_to_stop;

/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// `palco audio`.
#[derive(Debug, Args)]
pub(crate) struct AudioArgs {
    /// What the console shows: a code, @, and the server, such as monday-k7qx-9pfm@meet.example.org:7780
    #[arg(value_name = "CODE@SERVER")]
    at: CodeAt,
    /// Say nothing while all is well
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    sound: SoundArgs,
}

/// A pairing code and where it is good.
#[derive(Clone, Debug)]
struct CodeAt {
    code: PairingCode,
    url: RoomUrl,
}

impl FromStr for CodeAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, server) =
            text.split_once('@').ok_or("write the code, @, and the server, as the console shows it")?;
        let code: PairingCode = code.parse().map_err(|e: BadPairingCode| e.to_string())?;
        let url = RoomUrl::at_server(server, code.room()).map_err(|e| e.to_string())?;
        Ok(Self { code, url })
    }
}

/// Hears and speaks for whoever showed the code, until they leave or the process is told to end.
pub(super) async fn run(context: &Context, args: &AudioArgs) -> Result<(), Failure> {
    let choice = chosen_feed(&args.sound, context)?;
    let sound = context.sound(&args.sound);
    let hears = sound.speaker != DeviceChoice::None;
    // A key of its own: whoever sees this machine learns nothing of the person's.
    let identity = Identity::generate().map_err(|e| Failure::refused("identity", e))?;
    let config = LinkConfig {
        pair: Some(args.at.code.clone()),
        feed: if hears { choice.first() } else { Feed::None },
        ..LinkConfig::new(context.trusted(&args.at.url).await?, identity)
    };
    let leg = Leg::join(config).await?;
    let hearing = Hearing::start(sound, Tuning::new(leg.link.clone(), choice), hears, Language::En);
    let paired =
        Paired { leg, hearing, mic: Mic::Closed, sound: Sound::default(), quiet: args.quiet, met: false };
    paired.run().await
}

/// Somebody's sound.
struct Paired {
    leg: Leg,
    hearing: Hearing,
    mic: Mic,
    sound: Sound,
    quiet: bool,
    /// Whether it was said whose sound this is.
    met: bool,
}

impl Paired {
    async fn run(mut self) -> Result<(), Failure> {
        let ended = self.until_end().await;
        self.hearing.open_mic(false);
        self.leg.close().await;
        ended
    }

    async fn until_end(&mut self) -> Result<(), Failure> {
        let mut told = pin!(told_to_stop());
        loop {
            let due = self.hearing.due().unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                () = &mut told => return Ok(()),
                event = self.leg.next() => {
                    if matches!(&event, Some(LinkEvent::Ended { code, .. }) if code == "left") {
                        return self.say("The console has left the meeting.");
                    }
                    self.take(event).await?;
                }
                () = self.hearing.changed() => {}
                () = tokio::time::sleep_until(due.into()) => self.tell_devices()?,
            }
        }
    }

    async fn take(&mut self, event: Option<LinkEvent>) -> Result<(), Failure> {
        if let Some(event) = &event {
            self.hearing.overhear(event);
        }
        match self.leg.take(event).await? {
            Incoming::Event(LinkEvent::Audio(message)) => self.hearing.hear(message),
            Incoming::Event(LinkEvent::Mix(message)) => self.hearing.hear_mix(message),
            Incoming::Event(LinkEvent::Connected) => self.say("Connected again.")?,
            Incoming::Changed => match self.leg.trouble().map(str::to_owned) {
                Some(why) => {
                    self.set_mic(Mic::Closed)?;
                    self.say(&format!("No connection: {why}. It is tried again."))?;
                }
                None => self.follow()?,
            },
            Incoming::Event(_) | Incoming::Nothing => {}
        }
        Ok(())
    }

    /// Does what the console did.
    fn follow(&mut self) -> Result<(), Failure> {
        let replica = &self.leg.replica;
        let Some((name, mic)) = replica.me().map(|me| (me.name.clone(), me.mic())) else {
            return Ok(());
        };
        if !std::mem::replace(&mut self.met, true) {
            let title = replica.meeting().title().to_owned();
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
