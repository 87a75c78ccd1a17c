//! The console without a screen: one line a happening, commands typed as words. For screen readers, pipes and terminals
//! that only print.
//!
//! It is a [`Model`] that is never drawn: the same messages go in, the same effects come out, and what the grid would show
//! is said. A line never holds a control character.

mod answers;
mod complete;
mod editor;
mod happening;

use crate::meeting::{Actor, Command, Meeting, Timestamp};
use crate::sync::{self, WORDS};
use crate::wire::ServerMessage;

use super::action::{ACTIONS, Do};
use super::cut::plain;
use super::layer::{Layer, Then};
use super::model::sentence;
use super::on_deck::Verdict;
use super::taste::{OWN_WORDS, Taste};
use super::{Connection, Effect, Language, Model, Msg, Setup, Symbols};

pub use complete::Completion;
pub use editor::{Edit, Editor};

/// What is typed and answered here, without the server. `next` and `agenda` are commands too.
const QUESTIONS: [&str; 10] =
    ["who", "queue", "stage", "time", "agenda", "round", "next", "me", "mirror", "bans"];

/// The answers that count as a yes, in any language that somebody may think in.
const YES: [&str; 6] = ["yes", "y", "sì", "si", "s", "ok"];
/// The answers that are a plain no, and no command.
const NO: [&str; 2] = ["no", "n"];

/// A plain console: what it knows, and what it asked.
#[derive(Debug)]
pub struct Plain {
    model: Model,
    /// Whether acts that others feel are asked about first; a script has nobody to ask.
    asks: bool,
    question: Option<Then>,
    /// What wanted an answer last, so that it is said once.
    call: Option<String>,
    /// What the trial of the microphone came to, so that it is said once.
    verdict: Option<Verdict>,
    was_lost: bool,
    greeted: bool,
    trouble: Option<Trouble>,
}

/// What is to be said and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Lines, without their ends.
    pub lines: Vec<String>,
    /// What the loop has to do, in order.
    pub effects: Vec<Effect>,
}

/// The first thing that was typed and did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whether the words themselves are wrong; otherwise what they ask for was refused.
    pub is_usage: bool,
    /// Stable word, for programs.
    pub code: String,
    /// Sentence, for people.
    pub text: String,
}

impl Plain {
    /// A console before its first message; `asks` when a person types.
    pub fn new(setup: Setup, asks: bool) -> Self {
        Self {
            model: Model::new(Setup { plain: true, ..setup }),
            asks,
            question: None,
            call: None,
            verdict: None,
            was_lost: false,
            greeted: false,
            trouble: None,
        }
    }

    /// Shows a meeting as it was, whatever was shown before.
    pub(super) fn show(&mut self, meeting: Meeting) {
        self.model.show(meeting);
    }

    /// Whether the meeting is known, so that words can be read.
    pub fn is_ready(&self) -> bool {
        self.model.meeting().is_open()
    }

    /// The meeting's title; empty while it is not known.
    pub fn title(&self) -> &str {
        self.model.meeting().title()
    }

    /// The language of every line.
    pub fn language(&self) -> Language {
        self.model.setup.language
    }

    /// Whether the link is up.
    pub fn is_up(&self) -> bool {
        self.model.is_up()
    }

    /// The first thing that was typed and did not work.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Why the person was sent out of the meeting.
    pub fn farewell(&self) -> Option<&str> {
        self.model.farewell()
    }

    /// When a [`Msg::Tick`] is due next.
    pub fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        self.model.next_tick(now)
    }

    /// Why it is plain although nobody asked for that.
    pub fn by_itself(language: Language) -> &'static str {
        language.texts().lines.by_itself
    }

    /// That `count` lines were not read in time.
    pub fn left_out(language: Language, count: u64) -> String {
        (language.texts().lines.left_out)(count)
    }

    /// Takes a message in. Keys mean nothing here: what is typed comes to [`typed`](Self::typed).
    pub fn update(&mut self, msg: Msg, now: Timestamp) -> Said {
        let event = match &msg {
            Msg::Server(ServerMessage::Event(recorded)) => {
                Some((recorded.clone(), self.before(&recorded.event)))
            }
            _ => None,
        };
        if let Msg::Server(ServerMessage::Rejected { code, text, .. }) = &msg {
            self.note_trouble(false, code, text);
        }
        let is_snapshot = matches!(msg, Msg::Server(ServerMessage::Snapshot { .. }));
        let connected = matches!(msg, Msg::Connection(Connection::Connected));
        let lost = matches!(msg, Msg::Connection(Connection::Lost { .. }));
        let seq = self.model.meeting().seq();
        self.model.remarked = false;
        let effects = self.model.update(msg, now);
        let mut lines = Vec::new();
        if let Some((recorded, before)) = event
            && self.model.meeting().seq() > seq
            && self.model.meeting().seq() == recorded.seq
            && !self.model.remarked
        {
            lines.extend(self.line(&recorded, &before));
        }
        if is_snapshot && self.model.meeting().seq() != seq {
            lines.extend(self.arrival());
        }
        if connected && std::mem::take(&mut self.was_lost) {
            lines.push(self.model.texts().lines.link_back.to_owned());
        }
        self.was_lost |= lost;
        let mut said = self.said(effects, now);
        lines.append(&mut said.lines);
        self.clean(Said { lines, effects: said.effects })
    }

    /// Takes a line that was typed.
    pub fn typed(&mut self, line: &str, now: Timestamp) -> Said {
        let line = line.trim().trim_start_matches(':').trim_start();
        let mut lines = Vec::new();
        if let Some(then) = self.question.take()
            && !line.is_empty()
        {
            let answer = line.to_lowercase();
            if YES.contains(&answer.as_str()) {
                let mut effects = Vec::new();
                self.model.finish(then, &mut effects);
                let said = self.said(effects, now);
                return self.clean(said);
            }
            lines.push(self.model.texts().lines.not_done.to_owned());
            if NO.contains(&answer.as_str()) {
                return self.clean(Said { lines, effects: Vec::new() });
            }
        }
        let words: Vec<_> = line.split_whitespace().collect();
        let mut said = match words.split_first() {
            None => Said::default(),
            Some((verb, rest)) => match self.answer(&verb.to_lowercase(), rest, now) {
                Some(lines) => Said { lines, effects: Vec::new() },
                None => self.command(&words, now),
            },
        };
        lines.append(&mut said.lines);
        self.clean(Said { lines, effects: said.effects })
    }

    /// Ctrl-C: warns once and leaves when it comes again.
    pub fn interrupt(&mut self, now: Timestamp) -> Said {
        let mut effects = Vec::new();
        self.model.interrupt(now, &mut effects);
        let said = self.said(effects, now);
        self.clean(said)
    }

    /// Ctrl-Z: closes the microphone; the effects end with [`Effect::Suspend`].
    pub fn suspend(&mut self, now: Timestamp) -> Said {
        let mut effects = Vec::new();
        self.model.perform(Do::Suspend, now, &mut effects);
        let said = self.said(effects, now);
        self.clean(said)
    }

    /// The end of what is typed: leaves.
    pub fn end(&mut self, now: Timestamp) -> Said {
        let mut effects = Vec::new();
        self.model.leave(&mut effects);
        let said = self.said(effects, now);
        self.clean(said)
    }

    /// Does what the words say.
    fn command(&mut self, words: &[&str], now: Timestamp) -> Said {
        let verb = words.first().map(|w| w.to_lowercase()).unwrap_or_default();
        if verb == "leave" && words.len() == 1 {
            return self.leave(now);
        }
        if words.len() > 1 && OWN_WORDS.iter().any(|w| w.verb == verb) {
            return self.choose(words, now);
        }
        if !WORDS.iter().any(|w| w.verb == verb)
            && let Some(action) = ACTIONS.iter().find(|a| a.word == verb && words.len() == 1)
        {
            return self.act(action.what, now);
        }
        if !self.model.is_up() {
            let text = self.model.texts().not_connected.to_owned();
            return Said { lines: vec![text], effects: Vec::new() };
        }
        match sync::parse(words, self.model.meeting(), self.model.typist(now)) {
            Ok(command) => self.ask_or_send(command, now),
            Err(error) => {
                self.note_trouble(error.is_usage(), error.code(), &error.to_string());
                Said { lines: vec![(self.model.texts().words_error)(&error)], effects: Vec::new() }
            }
        }
    }

    /// What stays in the console: language, volumes. There are no colours to choose.
    fn choose(&mut self, words: &[&str], now: Timestamp) -> Said {
        let mut effects = Vec::new();
        match self.model.own_word(words) {
            Ok(Taste::Theme(_)) => return self.grid_only(Do::Theme),
            Ok(taste) => self.model.choose_taste(taste, now, &mut effects),
            Err(why) => {
                self.note_trouble(true, "usage", &why);
                return Said { lines: vec![why], effects };
            }
        }
        self.said(effects, now)
    }

    fn ask_or_send(&mut self, command: Command, now: Timestamp) -> Said {
        if self.asks
            && let Some(text) = self.model.question(&command)
        {
            return self.ask(&text, Then::Send(vec![command]));
        }
        let mut lines = Vec::new();
        if let Some(me) = self.model.me()
            && let Ok(events) =
                self.model.meeting().decide(&command, Actor::Participant(me.id), self.model.server_now(now))
            && events.is_empty()
        {
            // it goes to the server all the same: what is known here may be old
            lines.push(self.model.texts().lines.already_so.to_owned());
        }
        let mut effects = Vec::new();
        self.model.send(vec![command], &mut effects);
        let mut said = self.said(effects, now);
        lines.append(&mut said.lines);
        Said { lines, effects: said.effects }
    }

    fn leave(&mut self, now: Timestamp) -> Said {
        if self.asks { self.act(Do::Leave, now) } else { self.end(now) }
    }

    /// Does an action of the grid that has a word and needs nothing to be shown.
    fn act(&mut self, what: Do, now: Timestamp) -> Said {
        let mut effects = Vec::new();
        self.model.perform(what, now, &mut effects);
        let said = self.said(effects, now);
        match self.model.layers.pop() {
            Some(Layer::Confirm { text, then, .. }) => self.ask(&text, then),
            Some(_) => self.grid_only(what),
            None if said == Said::default() => self.grid_only(what),
            None => said,
        }
    }

    fn grid_only(&self, what: Do) -> Said {
        let word = super::action::action(what).word;
        let text = (self.model.texts().lines.grid_only)(word);
        Said { lines: vec![text], effects: Vec::new() }
    }

    fn ask(&mut self, text: &str, then: Then) -> Said {
        self.question = Some(then);
        Said { lines: vec![(self.model.texts().lines.yes_or_no)(text)], effects: Vec::new() }
    }

    /// What the model has to say for itself, and what wants an answer now.
    fn said(&mut self, effects: Vec<Effect>, now: Timestamp) -> Said {
        let mut lines = self.model.toasts.take();
        let verdict = self.model.verdict(now);
        if verdict != std::mem::replace(&mut self.verdict, verdict) {
            let t = self.model.texts();
            lines.extend(match verdict {
                Some(Verdict::Heard) => Some(sentence(t.trial_heard)),
                Some(Verdict::Silent) => Some(sentence(t.trial_silent)),
                // the notice says to speak
                Some(Verdict::Waiting) | None => None,
            });
        }
        let call = self.model.call();
        if call != self.call {
            lines.extend(call.clone());
            self.call = call;
        }
        Said { lines, effects }
    }

    fn note_trouble(&mut self, is_usage: bool, code: &str, text: &str) {
        let (code, text) = (code.to_owned(), text.to_owned());
        self.trouble.get_or_insert(Trouble { is_usage, code, text });
    }

    /// Lines as they may be printed anywhere.
    fn clean(&self, said: Said) -> Said {
        let ascii = self.model.setup.symbols == Symbols::Ascii;
        let clean = |line: &String| {
            let line = plain(&line.replace(['\n', '\r', '\t'], " ")).into_owned();
            if ascii { punctuation(&line) } else { line }
        };
        Said { lines: said.lines.iter().map(clean).collect(), effects: said.effects }
    }
}

/// The few signs of the texts themselves that ASCII has another way to write.
fn punctuation(line: &str) -> String {
    line.replace('·', "-").replace(['“', '”', '«', '»'], "\"").replace('…', "...")
}
