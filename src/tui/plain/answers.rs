//! Answers to what is asked.

use crate::meeting::{Hand, Mic, Millis, Participant, Phase, Presence, Role, Timestamp};
use crate::sync::{WORDS, Word};

use crate::tui::action::{ACTIONS, Do, action};
use crate::tui::cut::{length, minutes, time_of_day};

use super::{Plain, QUESTIONS};

impl Plain {
    /// The lines that answer a question; `None` when it is a command.
    pub(super) fn answer(&self, verb: &str, rest: &[&str], now: Timestamp) -> Option<Vec<String>> {
        let server = self.model.server_now(now);
        Some(match (verb, rest) {
            ("who", part) => self.who(&part.join(" ")),
            ("queue", part) => self.queue(&part.join(" "), server),
            ("stage", []) => self.stage(),
            ("time", []) => self.time(server),
            ("agenda", []) => self.agenda(server),
            ("next", []) if !self.may_call() => self.next(),
            ("me", []) => self.me(),
            ("bans", []) => self.bans(server),
            ("mirror", []) => self.model.mirror_lines(server).unwrap_or_else(|why| vec![why]),
            ("round", []) => self.round(server),
            ("help" | "?", []) => self.help(),
            _ => return None,
        })
    }

    /// What is said on arrival: the meeting, and who one is; after a lost link, how it stands.
    pub(super) fn arrival(&mut self) -> Vec<String> {
        let (t, meeting) = (self.model.texts(), self.model.meeting());
        if !meeting.is_open() {
            return Vec::new();
        }
        let name = format!("{} #{}", self.model.setup.room, meeting.number());
        let title = format!("{}, {}", meeting.title(), (t.phase)(meeting.phase()));
        let mut lines = vec![(self.lines().welcome)(&name, &title), self.counts()];
        if !std::mem::replace(&mut self.greeted, true) {
            lines.extend(self.me());
            lines.push(self.lines().help_hint.to_owned());
        }
        lines
    }

    fn counts(&self) -> String {
        let (t, meeting) = (self.model.texts(), self.model.meeting());
        let roster = meeting.roster();
        let here = || roster.iter().filter(|p| matches!(p.presence, Presence::Here { .. }));
        let listening = here().filter(|p| p.role == Role::Listener).count() as u64;
        let mut counts = vec![(t.here_count)(here().count() as u64 - listening)];
        if listening > 0 {
            counts.push((t.listening_count)(listening));
        }
        if !meeting.queue().is_empty() {
            counts.push((t.waiting_count)(meeting.queue().len() as u64));
        }
        format!("{}.", counts.join(", "))
    }

    fn may_call(&self) -> bool {
        self.model.rules()
    }

    /// Who speaks in the round, who is next, how many remain and when it ends.
    fn round(&self, now: Timestamp) -> Vec<String> {
        let (t, meeting) = (self.model.texts(), self.model.meeting());
        let Some(round) = meeting.round() else {
            return vec![t.needs_round.to_owned()];
        };
        let speaks = match round.speaker {
            Some(speaker) => (self.lines().round_speaks)(self.model.name_of(speaker.participant)),
            None => t.round_waits.to_owned(),
        };
        let left = meeting.round_left(now).map(|left| format!("{}.", (t.left)(&length(left))));
        let next = meeting.round_next().map(|id| (t.round_next)(self.model.name_of(id)));
        let end = time_of_day(now.plus(meeting.round_need(now)), self.model.setup.utc_offset_secs);
        let facts = [(t.round_to_go)(round.waiting.len() as u64), (t.round_ends)(&end)];
        let facts = next.into_iter().chain(facts).collect::<Vec<_>>().join(", ");
        [speaks].into_iter().chain(left).chain([format!("{facts}.")]).collect()
    }

    /// Who is kept out of the room.
    fn bans(&self, now: Timestamp) -> Vec<String> {
        let t = self.model.texts();
        let bans = self.model.meeting().moderation().bans.iter().filter(|(_, ban)| ban.holds(now));
        let lines: Vec<_> = bans
            .map(|(id, ban)| {
                let name = if ban.name.is_empty() { id.to_string() } else { ban.name.clone() };
                let until = (t.ban_until)(ban.until.map(|at| self.model.local_time(at)).as_deref());
                let why = ban.why.iter().map(|why| format!(": {why}"));
                format!("{name}, {until}{}", why.collect::<String>())
            })
            .collect();
        if lines.is_empty() { vec![t.nobody_banned.to_owned()] } else { lines }
    }

    fn who(&self, part: &str) -> Vec<String> {
        let roster = self.model.meeting().roster();
        let found: Vec<_> = roster.iter().filter(|p| has(&p.name, part)).collect();
        if found.is_empty() && !part.is_empty() {
            return vec![(self.lines().nothing_matches)(part)];
        }
        let people = found.into_iter().map(|p| self.model.about(p).join(", "));
        std::iter::once(self.counts()).filter(|_| part.is_empty()).chain(people).collect()
    }

    fn queue(&self, part: &str, now: Timestamp) -> Vec<String> {
        let (t, l, meeting) = (self.model.texts(), self.lines(), self.model.meeting());
        let mut lines = Vec::new();
        let queue = meeting.queue();
        if part.is_empty() {
            lines.extend(self.turn(now));
            lines.push(match queue.len() as u64 {
                0 => t.nobody_waits.to_owned(),
                n => {
                    let needs = (t.needs)(minutes(meeting.projection(now).queue));
                    format!("{}, {needs}, {}.", (t.waiting_count)(n), (t.order)(meeting.order()))
                }
            });
        }
        if meeting.phase() == Phase::Closing {
            lines.push(format!("{}: {}.", t.queue, t.queue_closed));
        }
        let hands = queue.iter().enumerate();
        let found =
            hands.filter(|(_, h)| has(&h.topic, part) || has(self.model.name_of(h.participant), part));
        let before = lines.len();
        lines.extend(found.map(|(n, hand)| {
            let number = (l.hand_number)(hand.id.0);
            format!("{}. {}, {number}, {}", n + 1, self.hand(hand), self.waits(hand, now))
        }));
        if !part.is_empty() && lines.len() == before {
            lines.push((l.nothing_matches)(part));
        }
        lines
    }

    /// Who, with what, and for how many.
    fn hand(&self, hand: &Hand) -> String {
        let topic = (self.lines().topic)(hand.kind, &hand.topic);
        let support = match hand.supporters.len() {
            0 => String::new(),
            n => format!(", +{n}"),
        };
        format!("{}: {topic}{support}", self.model.name_of(hand.participant))
    }

    fn waits(&self, hand: &Hand, now: Timestamp) -> String {
        let t = self.model.texts();
        let heard = self.model.meeting().participant(hand.participant).is_some_and(Participant::is_heard);
        let waits = (t.waits)(now.since(hand.raised_at).as_secs() / 60);
        if heard { waits } else { format!("{waits}, {}", t.first_time) }
    }

    fn turn(&self, now: Timestamp) -> Option<String> {
        let turn = self.model.meeting().turn()?;
        let name = self.model.name_of(turn.hand.participant);
        Some((self.lines().turn_of)(name, &length(turn.length(now))))
    }

    fn stage(&self) -> Vec<String> {
        let (t, l) = (self.model.texts(), self.lines());
        let people = self.model.stage_rows();
        if people.is_empty() {
            return vec![t.nobody_on_stage.to_owned()];
        }
        let line = |person: &&Participant| {
            let speaks = self.model.meters.get(&person.source).is_some_and(|m| m.voice);
            let mic = match person.mic() {
                Mic::Live if speaks => t.speaking,
                Mic::Closed => t.invited,
                mic => (t.mic)(mic),
            };
            let mut words =
                vec![person.name.clone(), self.model.role_word(person).to_owned(), mic.to_owned()];
            if person.is_heard() {
                words.push((l.spoken)(&length(person.spoken)));
            }
            words.join(", ")
        };
        people.iter().map(line).collect()
    }

    fn time(&self, now: Timestamp) -> Vec<String> {
        let (t, meeting) = (self.model.texts(), self.model.meeting());
        let clock = meeting.clock();
        let planned = length(clock.planned);
        if clock.started_at.is_none() {
            let planned = format!("{planned} {}.", t.planned);
            return vec![self.model.doors_text(now), planned];
        }
        let over = clock.overtime(now);
        let left = match over {
            Millis::ZERO => (t.left)(&length(clock.remaining(now))),
            over => (t.over)(&length(over)),
        };
        let mut words = vec![format!("{} {}", length(clock.elapsed(now)), (t.of)(&planned)), left];
        if clock.is_paused() {
            words.push(t.paused.to_owned());
        }
        let mut lines = vec![format!("{}.", words.join(", "))];
        if meeting.phase() == Phase::Ended {
            lines.push(t.ended.to_owned());
            return lines;
        }
        let projection = meeting.projection(now);
        let end = time_of_day(projection.end, self.model.setup.utc_offset_secs);
        let mut end = (t.projected)(&end);
        if projection.over > Millis::ZERO {
            end = format!("{end}, {}", (t.plus_minutes)(minutes(projection.over)));
        }
        lines.push(format!("{end}."));
        lines.extend(self.turn(now));
        lines
    }

    fn agenda(&self, now: Timestamp) -> Vec<String> {
        let (t, l, meeting) = (self.model.texts(), self.lines(), self.model.meeting());
        if meeting.agenda().is_empty() {
            return vec![l.no_agenda.to_owned()];
        }
        let current = meeting.item().map(|i| i.id);
        let items = meeting.agenda().iter().enumerate().map(|(n, item)| {
            let mut line = format!("{}. {}, {}", n + 1, item.title, (t.minutes)(minutes(item.length)));
            if current == Some(item.id) {
                let elapsed = meeting.clock().elapsed(now);
                let spent = item.started.map_or(Millis::ZERO, |at| elapsed.minus(at));
                let spent = format!("{} {}", length(spent), (t.of)(&length(item.length)));
                line = format!("{line}, {}: {spent}", l.now);
            }
            line
        });
        items.collect()
    }

    fn next(&self) -> Vec<String> {
        let (t, l) = (self.model.texts(), self.lines());
        let queue = self.model.meeting().queue();
        let text = |n: usize| if n == 0 { l.next_is } else { l.then_comes };
        let lines: Vec<_> = queue.iter().take(2).enumerate().map(|(n, h)| text(n)(&self.hand(h))).collect();
        if lines.is_empty() { vec![t.nobody_waits.to_owned()] } else { lines }
    }

    fn me(&self) -> Vec<String> {
        let (t, l) = (self.model.texts(), self.lines());
        let Some(me) = self.model.me() else {
            return vec![t.not_joined.to_owned()];
        };
        let mut words = self.model.about(me);
        words.push(self.model.own_mic_word().to_lowercase());
        let place = self.model.meeting().queue().iter().position(|h| h.participant == me.id);
        words.extend(place.map(|n| (t.hand_place)(n as u64 + 1)));
        let mut lines = vec![(l.you_are)(&words.join(", "))];
        lines.extend(self.model.call());
        lines
    }

    /// The words that the person's role may type, and what they do.
    fn help(&self) -> Vec<String> {
        let l = self.lines();
        let role = self.model.me().map(|me| self.model.meeting().role_of(me));
        let questions = QUESTIONS.iter().filter(|q| **q != "next" || !self.may_call());
        let asked = questions.chain(&["talk", "help"]).map(|q| format!("{q}: {}", (l.question)(q)));
        let words = WORDS.iter().filter(|w| role.is_none_or(|role| may(w, role)));
        let done = words.map(|w| {
            let usage = format!("{} {}", w.verb, w.arguments);
            format!("{}: {}", usage.trim_end(), self.what(w))
        });
        asked.chain(done).chain([l.help_words.to_owned()]).collect()
    }

    /// What a verb does.
    fn what(&self, word: &Word) -> &'static str {
        (self.lines().verb)(word.verb).unwrap_or(word.what)
    }
}

/// Verbs that stand beside the word of an action of the grid, and may be typed by whom that is for.
const BESIDE: [(&str, Do); 5] = [
    ("unmute", Do::Mute),
    ("release", Do::Hold),
    ("resume", Do::Pause),
    ("move", Do::MoveUp),
    ("agenda", Do::NextItem),
];

/// Whether somebody with this role may ever type a verb.
pub(super) fn may(word: &Word, role: Role) -> bool {
    let beside = BESIDE.iter().find(|(verb, _)| *verb == word.verb).map(|(_, what)| *what);
    let what = beside.or_else(|| ACTIONS.iter().find(|a| a.word == word.verb).map(|a| a.what));
    let roles = what.map(|what| action(what).roles()).unwrap_or_default();
    roles.is_empty() || roles.contains(&role)
}

fn has(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::Language;

    #[test]
    fn every_word_is_explained_in_both_languages() {
        let it = &Language::It.texts().lines;
        for word in WORDS {
            assert!(
                (it.verb)(word.verb).is_some(),
                "src/tui/lang/lines/it.rs does not explain “{}”",
                word.verb
            );
        }
        for lines in Language::ALL.map(|l| &l.texts().lines) {
            let told: std::collections::BTreeSet<_> = QUESTIONS.map(lines.question).into_iter().collect();
            assert_eq!(told.len(), QUESTIONS.len());
        }
    }
}
