//! What a person chooses for their own console: language, theme, volumes.

use std::collections::BTreeMap;

use crate::meeting::{ParticipantId, Source, Timestamp};
use crate::sync::{FeedChoice, FeedRule};
use crate::wire::Feed;

use super::action::Do;
use super::layer::{Choice, Entry, Layer};
use super::model::sentence;
use super::possible::{Intent, Why};
use super::{Device, Effect, Language, Model, Theme, Volume};

/// How much a key changes a volume, in percent: two or three presses are heard as a step.
const STEP: u16 = 10;

/// Something chosen, to be kept for the next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taste {
    /// The language of every text.
    Language(Language),
    /// A theme's name.
    Theme(String),
    /// What is heard.
    Feed(FeedChoice),
    /// How loud everybody together is.
    Volume(Volume),
    /// How loud somebody is among the others.
    VolumeOf(ParticipantId, Volume),
}

/// What the speaker plays how loud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// Everybody together.
    pub all: Volume,
    /// Those who are not played as they come.
    pub people: BTreeMap<Source, Volume>,
}

/// A word of the palette that changes nothing in the meeting.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnWord {
    pub(super) verb: &'static str,
    pub(super) arguments: &'static str,
}

/// These words, with what may follow them.
pub(super) const OWN_WORDS: [OwnWord; 4] = [
    OwnWord { verb: "lang", arguments: "en|it" },
    OwnWord { verb: "theme", arguments: "NAME" },
    OwnWord { verb: "volume", arguments: "[NAME] PERCENT" },
    OwnWord { verb: "feed", arguments: "auto|forward|mix-32|mix-16|mix-8" },
];

impl Model {
    /// What a choice of this kind would do now.
    pub(super) fn taste(&self, what: Do) -> Result<Intent, Why> {
        let t = self.texts();
        match what {
            Do::Lang => Ok(self.tastes(
                t.lang_title,
                Language::ALL.map(|l| (l.name().to_owned(), Taste::Language(l))).into_iter(),
            )),
            Do::Theme => Ok(self.tastes(
                t.theme_title,
                Theme::NAMES.into_iter().map(|name| (name.to_owned(), Taste::Theme(name.to_owned()))),
            )),
            Do::Feed if self.sound.speaker == Device::Off => Err(sentence(t.without_sound)),
            Do::Feed => {
                let choices = FeedChoice::ALL.map(|c| ((t.feed)(c).to_owned(), Taste::Feed(c)));
                Ok(self.tastes(t.feed_title, choices.into_iter()))
            }
            Do::Louder | Do::Quieter => {
                let person = self.selected_person().ok_or_else(|| t.needs_person.to_owned())?;
                let is_me = self.me().is_some_and(|me| me.id == person.id);
                if is_me { Err(t.needs_another.to_owned()) } else { Ok(Intent::Local) }
            }
            _ => Ok(Intent::Local),
        }
    }

    fn tastes(&self, title: &str, choices: impl Iterator<Item = (String, Taste)>) -> Intent {
        let entry = |(n, (label, taste)): (usize, (String, Taste))| Entry {
            label,
            key: (n + 1).to_string(),
            choice: Choice::Taste(taste),
        };
        let entries = choices.enumerate().map(entry).collect();
        Intent::Open(Layer::Menu { title: title.to_owned(), entries, selected: 0 })
    }

    /// One step louder or quieter.
    pub(super) fn step_volume(&mut self, what: Do, now: Timestamp, effects: &mut Vec<Effect>) {
        let person = self.selected_person().map(|p| p.id);
        let taste = match (what, person) {
            (Do::VolumeUp, _) => Taste::Volume(self.setup.volume.plus(STEP)),
            (Do::VolumeDown, _) => Taste::Volume(self.setup.volume.minus(STEP)),
            (Do::Louder, Some(id)) => Taste::VolumeOf(id, self.volume_of(id).plus(STEP)),
            (Do::Quieter, Some(id)) => Taste::VolumeOf(id, self.volume_of(id).minus(STEP)),
            _ => return,
        };
        self.choose_taste(taste, now, effects);
    }

    /// How loud somebody is played.
    pub(super) fn volume_of(&self, id: ParticipantId) -> Volume {
        self.setup.volumes.get(&id).copied().unwrap_or_default()
    }

    /// Takes a choice up, says so, and has it kept.
    pub(super) fn choose_taste(&mut self, taste: Taste, now: Timestamp, effects: &mut Vec<Effect>) {
        match &taste {
            Taste::Language(language) => {
                self.setup.language = *language;
                self.note(self.texts().lang_chosen.to_owned(), now);
            }
            // Kept when it could be read.
            Taste::Theme(name) => return effects.push(Effect::Theme(name.clone())),
            Taste::Feed(choice) => {
                self.setup.feed = *choice;
                self.feed = match choice {
                    FeedChoice::Auto => FeedRule::new(self.feed).feed(),
                    FeedChoice::Fixed(feed) => *feed,
                };
                self.note((self.texts().feed_chosen)((self.texts().feed)(*choice)), now);
                return effects.push(Effect::Feed(*choice));
            }
            Taste::Volume(volume) => {
                self.setup.volume = *volume;
                self.note((self.texts().volume_chosen)(volume.percent()), now);
            }
            Taste::VolumeOf(id, volume) => {
                self.setup.volumes.insert(*id, *volume);
                self.setup.volumes.retain(|_, v| *v != Volume::default());
                let text = (self.texts().volume_of_chosen)(self.name_of(*id), volume.percent());
                self.note(text, now);
            }
        }
        effects.push(Effect::Remember(taste));
    }

    /// A theme that was asked for has been read, or why not.
    pub(super) fn take_theme(
        &mut self,
        name: String,
        theme: Result<Theme, String>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match theme {
            Ok(theme) => {
                self.note((self.texts().theme_chosen)(&name), now);
                self.setup.theme = theme.for_depth(self.setup.depth);
                effects.push(Effect::Remember(Taste::Theme(name)));
            }
            Err(why) => self.warn(super::model::sentence(&why), now),
        }
    }

    /// Something else is heard, since the link carries less or more than it did.
    pub(super) fn take_feed(&mut self, feed: Feed, now: Timestamp) {
        let is_less = matches!((self.feed, feed), (Feed::Forward, Feed::Mix(_)))
            || matches!((self.feed, feed), (Feed::Mix(before), Feed::Mix(after)) if after < before);
        self.feed = feed;
        let t = self.texts();
        self.note((t.feed_stepped)(is_less, (t.feed)(FeedChoice::Fixed(feed))), now);
        self.changed();
    }

    /// Reads one of [`OWN_WORDS`] with what follows it.
    ///
    /// # Errors
    /// What is wrong with the words.
    pub(super) fn own_word(&self, words: &[&str]) -> Result<Taste, Why> {
        let t = self.texts();
        match words {
            ["lang", code] => Language::ALL
                .into_iter()
                .find(|l| l.code() == *code)
                .map(Taste::Language)
                .ok_or_else(|| self.write("lang")),
            ["theme", name] => Ok(Taste::Theme((*name).to_owned())),
            ["feed", words @ ..] if !words.is_empty() => {
                if self.sound.speaker == Device::Off {
                    return Err(sentence(t.without_sound));
                }
                let choice = FeedChoice::parse(&words.join(" ")).map(Taste::Feed);
                choice.ok_or_else(|| self.write("feed"))
            }
            ["volume", percent] => {
                Volume::parse(percent).map(Taste::Volume).ok_or_else(|| self.write("volume"))
            }
            ["volume", name @ .., percent] if !name.is_empty() => {
                let volume = Volume::parse(percent).ok_or_else(|| self.write("volume"))?;
                let whose = crate::sync::find_person(&name.join(" "), self.meeting())
                    .map_err(|error| (t.words_error)(&error))?;
                Ok(Taste::VolumeOf(whose, volume))
            }
            _ => Err(self.write(words.first().copied().unwrap_or_default())),
        }
    }

    fn write(&self, verb: &str) -> Why {
        let arguments = OWN_WORDS.iter().find(|w| w.verb == verb).map_or("", |w| w.arguments);
        (self.texts().write_words)(&format!("{verb} {}", super::lang::placeholders(self.texts(), arguments)))
    }

    /// Has the speaker follow the volumes, who came and who left.
    pub(super) fn settle_volumes(&mut self, effects: &mut Vec<Effect>) {
        let known = |(id, volume): (&ParticipantId, &Volume)| {
            Some((self.meeting().participant(*id)?.source, *volume))
        };
        let people = self.setup.volumes.iter().filter_map(known).collect();
        let volumes = Volumes { all: self.setup.volume, people };
        if volumes != self.told_volumes {
            self.told_volumes = volumes.clone();
            effects.push(Effect::Volumes(volumes));
        }
    }
}
