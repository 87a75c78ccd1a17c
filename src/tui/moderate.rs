//! Keeping order: what is asked before it, what is told after it, and who is kept out.

use crossterm::event::{KeyCode, KeyEvent};

use crate::meeting::{
    Ban, Command, Event, LeaveReason, Mic, Millis, ParticipantId, Recorded, Role, Timestamp, text,
};

use super::action::Do;
use super::field::Field;
use super::layer::Layer;
use super::possible::{Intent, Why, send};
use super::toast::ToastKind;
use super::{Effect, Model};

/// The bans offered by key, in minutes, before the one for good: a pause, a meeting, a day, until after the next Monday.
const BANS: [u64; 4] = [10, 60, 24 * 60, 8 * 24 * 60];

/// A line typed about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Why they are removed; may be empty.
    Why,
    /// Their new name.
    Name,
}

impl Model {
    /// What is done to the selected person.
    pub(super) fn wish_order(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = self.texts();
        let person = self.selected_person().ok_or_else(|| t.needs_person.to_owned())?;
        let (participant, name) = (person.id, person.name.as_str());
        match what {
            Do::Remove => {
                self.allowed(&Command::Remove { participant, why: None }, now)?;
                Ok(line(participant, Line::Why, ""))
            }
            Do::RenameOther => {
                // Any other name tells whether it is allowed.
                let probe = Command::RenameOther { participant, name: format!("{}.", participant.0[0]) };
                self.allowed(&probe, now)?;
                Ok(line(participant, Line::Name, name))
            }
            Do::HandOver => self.ask(Command::HandOver { participant }),
            _ => {
                let lengths = BANS.into_iter().map(|n| Some(Millis::from_mins(n))).chain([None]);
                let choices = lengths.map(|length| {
                    let ban = Command::Ban { participant, length, why: None };
                    ((t.ban_length)(length), ban)
                });
                self.menu(&(t.ban_title)(name), choices, now)
            }
        }
    }

    /// What is done to the stage and the door.
    pub(super) fn wish_house(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let (t, moderation) = (self.texts(), self.meeting().moderation());
        match what {
            Do::HoldAll if moderation.hold_all => send(Command::HoldAll { on: false }),
            Do::HoldAll => self.ask(Command::HoldAll { on: true }),
            Do::Lock => self.ask(Command::Lock { on: !moderation.locked }),
            _ if moderation.bans.is_empty() => Err(t.nobody_banned.to_owned()),
            _ => {
                let bans = moderation.bans.iter();
                let choices =
                    bans.map(|(id, ban)| (self.ban_line(*id, ban), Command::Unban { participant: *id }));
                self.menu(t.bans_title, choices, now)
            }
        }
    }

    /// Whom a ban keeps out, until when, and who did it.
    fn ban_line(&self, id: ParticipantId, ban: &Ban) -> String {
        let t = self.texts();
        let name = if ban.name.is_empty() { id.to_string() } else { ban.name.clone() };
        let until = (t.ban_until)(ban.until.map(|at| self.local_time(at)).as_deref());
        let by = ban.by.map(|by| format!(" · {}", self.name_of(by))).unwrap_or_default();
        let why = ban.why.as_deref().map(|why| format!(" · {why}")).unwrap_or_default();
        format!("{name} · {until}{by}{why}")
    }

    pub(super) fn local_time(&self, at: Timestamp) -> String {
        at.local(self.setup.utc_offset_secs)
    }

    /// What to ask before a command that keeps order; it names its object.
    pub(super) fn order_question(&self, command: &Command) -> Option<String> {
        let (t, meeting) = (self.texts(), self.meeting());
        let title = meeting.title();
        Some(match command {
            Command::Hold { participant } => (t.ask_hold)(self.name_of(*participant)),
            Command::HoldAll { on: true } => (t.ask_hold_all)(title),
            Command::Remove { participant, why } => {
                self.with_reason((t.ask_remove)(self.name_of(*participant)), why.as_deref())
            }
            Command::Ban { participant, length, why } => {
                let name = match meeting.participant(*participant) {
                    Some(person) => person.name.clone(),
                    None => participant.to_string(),
                };
                self.with_reason((t.ask_ban)(&name, &(t.ban_length)(*length)), why.as_deref())
            }
            Command::Unban { participant } => {
                let ban = meeting.moderation().bans.get(participant)?;
                (t.ask_unban)(if ban.name.is_empty() { "?" } else { &ban.name })
            }
            Command::Lock { on: true } => (t.ask_lock)(title),
            Command::Lock { on: false } => (t.ask_unlock)(title),
            Command::RenameOther { participant, name } => {
                (t.ask_rename_other)(self.name_of(*participant), name)
            }
            Command::HandOver { participant } => (t.ask_hand_over)(self.name_of(*participant)),
            _ => return None,
        })
    }

    /// A key while a line about somebody is typed.
    pub(super) fn line_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Layer::Line { about, line, field }) = self.layers.last_mut() else { return };
        if key.code != KeyCode::Enter {
            field.key(key);
            return;
        }
        let (participant, typed) = (*about, field.text().trim().to_owned());
        let command = match line {
            Line::Why if typed.is_empty() => Ok(Command::Remove { participant, why: None }),
            Line::Why => text::clean_line(&typed).map(|why| Command::Remove { participant, why: Some(why) }),
            Line::Name => text::clean_name(&typed).map(|name| Command::RenameOther { participant, name }),
        };
        match command {
            Ok(command) => self.close_and_send(command, effects),
            Err(error) => self.refused("bad-text", &error.to_string(), now),
        }
    }

    /// What is said about an act that keeps order, or about who runs the meeting.
    pub(super) fn order_remark(&self, recorded: &Recorded) -> Option<(ToastKind, String)> {
        use ToastKind::{Call, Info, Warning};
        let t = self.texts();
        let me = self.replica.you();
        let mine = |id: &ParticipantId| Some(*id) == me;
        let by = recorded.by.map_or_else(|| t.the_server.to_owned(), |by| self.name_of(by).to_owned());
        Some(match &recorded.event {
            // Who is held by it is told so by itself.
            Event::HoldAllSet { on: true } if self.is_below_on_stage() => return None,
            Event::HoldAllSet { on: true } => (Warning, (t.all_held_by)(&by)),
            Event::HoldAllSet { on: false } => (Info, t.all_released.to_owned()),
            Event::LockSet { on: true } => (Info, (t.locked_by)(&by)),
            Event::LockSet { on: false } => (Info, (t.unlocked_by)(&by)),
            Event::Left { participant, reason: LeaveReason::Removed, why } if self.rules() => {
                let said = (t.removed_by)(&by, self.name_of(*participant));
                (Info, self.with_reason(said, why.as_deref()))
            }
            Event::Banned { name, until, .. } if self.rules() && recorded.by.is_some() => {
                let until = (t.ban_until)(until.map(|at| self.local_time(at)).as_deref());
                (Info, (t.banned_by)(&by, if name.is_empty() { "?" } else { name }, &until))
            }
            Event::Renamed { participant, name, .. } if mine(participant) && recorded.by != me => {
                (Warning, (t.renamed_by)(&by, name))
            }
            Event::RoleSet { participant, role: Role::Host } if !mine(participant) => {
                (Info, (t.hosts_now)(self.name_of(*participant)))
            }
            Event::ActingHostSet { participant: Some(who) } if mine(who) => (Call, t.you_act.to_owned()),
            Event::ActingHostSet { participant: Some(who) } => (Warning, (t.acts)(self.name_of(*who))),
            Event::ActingHostSet { participant: None } if self.meeting().has_host() => {
                (Info, t.host_is_back.to_owned())
            }
            _ => return None,
        })
    }

    /// Whether the person stands on the stage, open to be held with all.
    fn is_below_on_stage(&self) -> bool {
        self.me().is_some_and(|me| me.stage.is_some() && me.mic() != Mic::Held) && !self.rules()
    }

    /// Remembers that the person is sent out, by whom and why, for the line on the normal screen.
    pub(super) fn note_farewell(&mut self, recorded: &Recorded) {
        let Event::Left { participant, reason: LeaveReason::Removed, why } = &recorded.event else { return };
        if Some(*participant) != self.replica.you() {
            return;
        }
        let t = self.texts();
        let by = recorded.by.map_or_else(|| t.the_server.to_owned(), |by| self.name_of(by).to_owned());
        let said = match self.meeting().moderation().bans.get(participant) {
            Some(ban) => {
                let until = (t.ban_until)(ban.until.map(|at| self.local_time(at)).as_deref());
                (t.you_are_banned)(&by, &until)
            }
            None => (t.you_are_removed)(&by),
        };
        self.farewell = Some(self.with_reason(said, why.as_deref()));
    }

    /// Why the person was sent out of the meeting, as a sentence in their language; `None` when they were not.
    pub fn farewell(&self) -> Option<&str> {
        self.farewell.as_deref()
    }

    fn with_reason(&self, said: String, why: Option<&str>) -> String {
        why.map_or_else(|| said.clone(), |why| (self.texts().because)(&said, why))
    }

    /// The word for what somebody may do, shown outside their name.
    pub(super) fn role_word(&self, person: &crate::meeting::Participant) -> &'static str {
        let t = self.texts();
        if self.meeting().is_acting(person.id) { t.acting_host } else { (t.role)(person.role) }
    }
}

fn line(about: ParticipantId, line: Line, text: &str) -> Intent {
    Intent::Open(Layer::Line { about, line, field: Field::with(text) })
}
