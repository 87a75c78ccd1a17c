//! `palco listen`.

mod outlet;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::client::{LinkConfig, LinkEvent};
use crate::meeting::{Millis, SeatKind, Source};
use crate::sync::FeedChoice;
use crate::tui::{Heard, Language};
use crate::wire::{Feed, JoinRequest, Level, Rung};

use super::args::ListenArgs;
use super::console::Tuning;
use super::context::Context;
use super::leg::{Incoming, Leg, Line};
use super::output::Failure;
use super::place::told_to_stop;
use outlet::Outlet;

/// How often silence is filled in and the line is looked at.
const TICK: Duration = Duration::from_millis(50);

/// How long somebody still counts as speaking: bridges words and the messages of the lowest rung.
const SPEAKS: Duration = Duration::from_millis(600);

/// Bytes of a message beside its own: IP and TCP with time stamps, the websocket's head, and the peer's acknowledgement.
const HEADERS: u64 = 52 + 4 + 52;

/// Bytes that TLS adds to a message.
const TLS: u64 = 22;

/// What a player is behind by itself.
const PLAYER: Millis = Millis(60);

/// Listens until told to stop, or until nobody reads what is written.
pub(super) async fn run(context: &Context, args: &ListenArgs) -> Result<(), Failure> {
    let choice = match (args.output.is_some(), args.rung) {
        (true, FeedChoice::Auto) => FeedChoice::Fixed(Feed::Mix(Rung::Kb32)),
        (true, FeedChoice::Fixed(Feed::Forward)) => {
            let text = "what is written is the server's mix: choose --rung 8, 16 or 32 with -o";
            return Err(Failure::usage(text));
        }
        (_, choice) => choice,
    };
    let url = context.trusted(&args.url).await?;
    let who = args.who();
    let join = JoinRequest {
        name: who.name.clone().unwrap_or_default(),
        kind: SeatKind::Audio,
        listener: true,
        auto_open: false,
    };
    let config = LinkConfig {
        join: Some(join),
        feed: choice.first(),
        ..LinkConfig::new(url.clone(), context.identity(&who)?)
    };
    let mut outlet = Outlet::open(context, args)?;
    let leg = Leg::join(config).await?;
    let mut line = Line::new(args.quiet);
    let overhead = HEADERS + if url.is_tls() { TLS } else { 0 };
    let tuning = Tuning::new(leg.link.clone(), choice);
    let mut ear = Ear { heard: BTreeMap::new(), traffic: Traffic::new(overhead), tuning, greeted: false };
    let language = context.language(args.lang);
    let (leg, ended) = listen(leg, &mut outlet, &mut ear, &mut line, language).await;
    line.end();
    outlet.close().await;
    leg.leave().await;
    ended
}

async fn listen(
    mut leg: Leg,
    outlet: &mut Outlet,
    ear: &mut Ear,
    line: &mut Line,
    language: Language,
) -> (Leg, Result<(), Failure>) {
    let stop = told_to_stop();
    tokio::pin!(stop);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => return (leg, Ok(())),
            end = outlet.gone() => return (leg, end),
            event = leg.next() => {
                if let Some(event) = &event {
                    ear.tuning.overhear(event);
                }
                match leg.take(event).await {
                    Ok(Incoming::Event(event)) => ear.hear(event, outlet),
                    Ok(Incoming::Changed) => ear.traffic.message(0),
                    Ok(Incoming::Nothing) => {}
                    Err(why) => return (leg, Err(why)),
                }
            }
            _ = ticks.tick() => {
                outlet.tick();
                if line.is_due() {
                    ear.tell(&leg, outlet, line, language);
                }
            }
        }
    }
}

/// What was heard of late.
struct Ear {
    /// When each was last heard to speak.
    heard: BTreeMap<Source, Instant>,
    traffic: Traffic,
    tuning: Tuning,
    /// The listener was told their name.
    greeted: bool,
}

impl Ear {
    fn hear(&mut self, event: LinkEvent, outlet: &mut Outlet) {
        match event {
            LinkEvent::Mix(message) => {
                self.traffic.message(4 + message.packets.iter().map(|p| 1 + p.len() as u64).sum::<u64>());
                self.note(&message.levels);
                outlet.mix(message);
            }
            LinkEvent::Audio(message) => {
                self.traffic
                    .message(1 + message.records.iter().map(|r| 7 + r.opus.len() as u64).sum::<u64>());
                let level = |r: &crate::wire::AudioRecord| Level { source: r.source, level: r.level };
                self.note(&message.records.iter().map(level).collect::<Vec<_>>());
                outlet.audio(message);
            }
            LinkEvent::Connected => outlet.restart(),
            _ => {}
        }
    }

    fn note(&mut self, levels: &[Level]) {
        let now = Instant::now();
        for level in levels.iter().filter(|l| l.is_voice()) {
            self.heard.insert(level.source, now);
        }
    }

    fn tell(&mut self, leg: &Leg, outlet: &Outlet, line: &mut Line, language: Language) {
        if let Some(lost) = leg.lost(language) {
            return line.show(&lost);
        }
        let strip = leg.strip(language);
        if !self.greeted
            && let Some(me) = leg.replica.me()
        {
            self.greeted = true;
            line.say(&strip.you_are(&me.name));
        }
        if let Some(why) = outlet.trouble() {
            return line.show(&strip.no_speaker(&why));
        }
        self.heard.retain(|_, at| at.elapsed() < SPEAKS);
        let meeting = leg.replica.meeting();
        let names: Vec<_> =
            self.heard.keys().filter_map(|s| meeting.by_source(*s)).map(|p| p.name.as_str()).collect();
        let feed = self.tuning.feed();
        let round_trip = leg.replica.round_trip().unwrap_or(Millis::ZERO);
        let delay = Millis(round_trip.0 / 2).plus(gathering(feed)).plus(PLAYER);
        let heard = Heard { feed: feed.word(), bytes: self.traffic.rate(), delay };
        line.show(&strip.listening(&names, heard));
    }
}

/// How long the server gathers sound for a message, its own buffer too.
fn gathering(feed: Feed) -> Millis {
    Millis(match feed {
        Feed::None | Feed::Echo => 0,
        Feed::Forward => 20,
        Feed::Mix(Rung::Kb32) => 45,
        Feed::Mix(Rung::Kb16) => 85,
        Feed::Mix(Rung::Kb8) => 265,
    })
}

/// Bytes a second, over the last seconds.
struct Traffic {
    overhead: u64,
    since: Instant,
    bytes: u64,
    rate: u64,
}

impl Traffic {
    /// How long is looked at together.
    const SPAN: Duration = Duration::from_secs(3);

    fn new(overhead: u64) -> Self {
        Self { overhead, since: Instant::now(), bytes: 0, rate: 0 }
    }

    fn message(&mut self, payload: u64) {
        self.bytes += payload + self.overhead;
    }

    fn rate(&mut self) -> u64 {
        let span = self.since.elapsed();
        if span >= Self::SPAN {
            // Far below what a float counts exactly.
            self.rate = (self.bytes as f64 / span.as_secs_f64()) as u64;
            (self.since, self.bytes) = (Instant::now(), 0);
        }
        self.rate
    }
}
