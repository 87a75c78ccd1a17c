//! Which feed a console hears: the person's choice, or what the link carries.

use crate::audio::Packet;
use crate::client::{Link, LinkEvent, now};
use crate::sync::{ClockOffset, FeedChoice, FeedRule};
use crate::wire::{AudioMessage, Feed, MixMessage, ServerMessage};

/// The choice, and the rule that follows the link while it is `auto`.
#[derive(Debug)]
pub(crate) struct Tuning {
    link: Link,
    choice: FeedChoice,
    rule: FeedRule,
    /// The server's, by which the mix counts its frames.
    clock: ClockOffset,
}

impl Tuning {
    /// A link that hears what it said in its hello. One without a speaker hears nothing, whatever is chosen.
    pub(crate) fn new(link: Link, choice: FeedChoice) -> Self {
        let rule = FeedRule::new(link.feed());
        Self { link, choice, rule, clock: ClockOffset::new() }
    }

    /// Hears something else from now on; `auto` goes on from what is heard.
    pub(crate) fn choose(&mut self, choice: FeedChoice) {
        self.choice = choice;
        if self.link.feed() == Feed::None {
            return;
        }
        match choice {
            FeedChoice::Auto => {
                self.rule = FeedRule::new(self.link.feed());
                self.link.set_feed(self.rule.feed());
            }
            FeedChoice::Fixed(feed) => self.link.set_feed(feed),
        }
    }

    /// What is heard.
    pub(crate) fn feed(&self) -> Feed {
        self.link.feed()
    }

    /// The link.
    pub(crate) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Takes note of what the link tells; says whether something else is heard from now on.
    pub(crate) fn overhear(&mut self, event: &LinkEvent) -> bool {
        match event {
            LinkEvent::Audio(message) => return self.audio(message),
            LinkEvent::Mix(message) => return self.mix(message),
            LinkEvent::Connected => self.rule.reconnected(),
            LinkEvent::Message(ServerMessage::Welcome { now: server, .. }) => self.clock.hint(*server, now()),
            LinkEvent::Message(ServerMessage::Pong { sent, now: server }) => {
                self.clock.sample(*sent, *server, now());
            }
            _ => {}
        }
        false
    }

    fn audio(&mut self, message: &AudioMessage) -> bool {
        if self.link.feed() != Feed::Forward {
            // Of the feed before, or talkback beside the mix.
            return false;
        }
        let at = now();
        let steps = message.records.iter().filter_map(|r| self.rule.heard(r.source, r.frame, at));
        let step = steps.last();
        self.step(step)
    }

    fn mix(&mut self, message: &MixMessage) -> bool {
        if !matches!(self.link.feed(), Feed::Mix(_)) {
            return false;
        }
        let packets = message.packets.iter().filter_map(|p| Packet::check(p).ok());
        let end = packets.fold(message.frame, |frame, packet| frame.wrapping_add(packet.frames()));
        let step = self.rule.heard_mix(end, &self.clock, now());
        self.step(step)
    }

    /// Does what the rule says, unless somebody chose.
    fn step(&mut self, step: Option<Feed>) -> bool {
        let Some(feed) = step.filter(|_| self.choice == FeedChoice::Auto) else { return false };
        tracing::info!(feed = feed.word(), "the feed follows the link");
        self.link.set_feed(feed);
        true
    }
}
