//! The participation mirror: who has been heard, how much, and who has not.

use crossterm::event::{KeyCode, KeyEvent};

use crate::meeting::{Meeting, Millis, Participant, Role, Timestamp};

use super::action::{Do, Panel};
use super::cut::{length, minutes};
use super::layer::Layer;
use super::possible::{Intent, Why};
use super::{Effect, Model};

/// How far PageUp and PageDown go.
const PAGE: usize = 10;

/// What the mirror is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// Those not heard first, then least talk time; listeners last.
    #[default]
    Silent,
    /// Most talk time first.
    Talk,
    /// Most turns first.
    Turns,
    /// Whose voice is the longest ago first.
    Heard,
    /// By name.
    Name,
}

impl Sort {
    /// For those who run the meeting.
    const ALL: &'static [Self] = &[Self::Silent, Self::Talk, Self::Turns, Self::Heard, Self::Name];
    /// For everybody else, who see no more than shares.
    const SHARES: &'static [Self] = &[Self::Talk, Self::Name];
}

impl Model {
    /// What opening the mirror would do.
    pub(super) fn wish_mirror(&self) -> Result<Intent, Why> {
        if !self.meeting().is_open() {
            return Err(self.texts().waiting_for_snapshot.to_owned());
        }
        if !self.rules() && !self.meeting().mirror_open() {
            return Err(self.texts().mirror_is_host.to_owned());
        }
        let sort = self.sorts().first().copied().unwrap_or_default();
        Ok(Intent::Open(Layer::Mirror { sort, selected: 0 }))
    }

    fn sorts(&self) -> &'static [Sort] {
        if self.rules() { Sort::ALL } else { Sort::SHARES }
    }

    /// When somebody was last heard, and whether they are new.
    pub(super) fn heard_words(&self, person: &Participant, now: Timestamp) -> Vec<String> {
        let t = self.texts();
        let heard = match person.last_heard {
            Some(at) => Some((t.heard_ago)(minutes(now.since(at)))),
            None if person.role == Role::Listener => Some(t.listening.to_owned()),
            None if self.is_silent(person) => Some(t.unheard.to_owned()),
            None => None,
        };
        heard.into_iter().chain(person.newcomer.then(|| t.newcomer.to_owned())).collect()
    }

    /// The mirror in words, a line each; for those who may see no more, shares alone.
    pub(super) fn mirror_lines(&self, now: Timestamp) -> Result<Vec<String>, Why> {
        self.wish_mirror()?;
        let t = self.texts();
        let line = |person: &&Participant| {
            let mut words = vec![format!("{} %", share(self.meeting(), person))];
            if self.rules() {
                words.insert(0, length(person.spoken));
                words.push(format!("{} {}", t.mirror_turns, person.turns));
                words.extend(self.heard_words(person, now));
            }
            format!("{}: {}", person.name, words.join(", "))
        };
        let sort = self.sorts().first().copied().unwrap_or_default();
        Ok(self.mirror_rows(sort).iter().map(line).collect())
    }

    /// Everybody in the meeting, listeners too, sorted.
    pub(super) fn mirror_rows(&self, sort: Sort) -> Vec<&Participant> {
        let mut people = self.meeting().roster();
        let listens = |p: &Participant| p.role == Role::Listener && !p.is_heard();
        match sort {
            Sort::Silent => people.sort_by_key(|p| (listens(p), p.is_heard(), p.spoken)),
            Sort::Talk => people.sort_by_key(|p| std::cmp::Reverse(p.spoken)),
            Sort::Turns => people.sort_by_key(|p| std::cmp::Reverse((p.turns, p.spoken))),
            Sort::Heard => people.sort_by_key(|p| (listens(p), p.last_heard)),
            Sort::Name => people.sort_by_cached_key(|p| p.name.to_lowercase()),
        }
        people
    }

    pub(super) fn mirror_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Layer::Mirror { sort, selected }) = self.layers.last() else { return };
        let (sort, selected) = (*sort, *selected);
        let rows = self.mirror_rows(sort);
        let last = rows.len().saturating_sub(1);
        let chosen = rows.get(selected).map(|p| p.id);
        let sorts = self.sorts();
        let at = sorts.iter().position(|s| *s == sort).unwrap_or(0);
        let to = match key.code {
            KeyCode::Char('j') | KeyCode::Down => (selected + 1).min(last),
            KeyCode::Char('k') | KeyCode::Up => selected.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => (selected + PAGE).min(last),
            KeyCode::PageUp => selected.saturating_sub(PAGE),
            KeyCode::Char('g') | KeyCode::Home => 0,
            KeyCode::Char('G') | KeyCode::End => last,
            KeyCode::Char('s') | KeyCode::Tab => {
                let sort = sorts.get((at + 1) % sorts.len()).copied().unwrap_or_default();
                return self.turn_mirror(sort, 0);
            }
            KeyCode::Enter => {
                self.layers.pop();
                if let Some(id) = chosen {
                    self.go_to_person(id);
                }
                return;
            }
            KeyCode::Char('q') => {
                self.layers.pop();
                return;
            }
            _ if self.setup.keymap.look_up(key) == Some(Do::Mirror) => {
                self.layers.pop();
                return;
            }
            _ if self.setup.keymap.look_up(key) == Some(Do::MirrorOpen) => {
                return self.perform(Do::MirrorOpen, now, effects);
            }
            _ => return,
        };
        self.turn_mirror(sort, to);
    }

    fn turn_mirror(&mut self, to_sort: Sort, to: usize) {
        if let Some(Layer::Mirror { sort, selected }) = self.layers.last_mut() {
            (*sort, *selected) = (to_sort, to);
        }
    }

    /// Closes the mirror when it is no longer for this person.
    pub(super) fn check_mirror(&mut self) {
        if matches!(self.layers.last(), Some(Layer::Mirror { .. })) && self.wish_mirror().is_err() {
            self.layers.pop();
        }
    }

    /// Selects somebody in the list of those who are here.
    fn go_to_person(&mut self, id: crate::meeting::ParticipantId) {
        self.filter.clear();
        self.focus = Panel::Here;
        if let Some(place) = self.here_rows().iter().position(|p| p.id == id) {
            self.select(Panel::Here, place);
        }
    }
}

/// A person's part of all that was said, in percent, rounded.
pub(super) fn share(meeting: &Meeting, person: &Participant) -> u64 {
    let all = meeting.talk_time().0;
    let Millis(own) = person.spoken;
    if all == 0 {
        0
    } else {
        u64::try_from((u128::from(own) * 200 + u128::from(all)) / (u128::from(all) * 2)).unwrap_or(100)
    }
}
