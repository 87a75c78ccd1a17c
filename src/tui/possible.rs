//! What an action would do now: hints, menus and keys all ask here, so that they never disagree.

use crate::meeting::{Actor, Command, HandKind, Mic, Order, Participation, Role, Timestamp};

use super::action::{ACTIONS, Action, Do, Panel, action};
use super::field::Field;
use super::layer::{Choice, Entry, Layer, Then};
use super::{Effect, Model};

/// What an action would do.
#[derive(Clone, Debug)]
pub(super) enum Intent {
    /// Ask the server.
    Send(Vec<Command>),
    /// Put a box on top.
    Open(Layer),
    /// Something within the console.
    Local,
}

/// Why an action is not possible, as a sentence.
pub(super) type Why = String;

impl Model {
    /// What `what` would do now, or why it can't.
    pub(super) fn intent(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        if action(what).act.is_none() {
            return self.local(what, now);
        }
        let t = self.texts();
        if !self.is_up() {
            return Err(t.not_connected.to_owned());
        }
        if self.me().is_none() {
            return Err(t.not_joined.to_owned());
        }
        let intent = self.wish(what, now)?;
        let first = match &intent {
            Intent::Send(commands) | Intent::Open(Layer::Confirm { then: Then::Send(commands), .. }) => {
                commands.first()
            }
            _ => None,
        };
        match first {
            Some(command) => self.allowed(command, now).map(|()| intent),
            None => Ok(intent),
        }
    }

    /// Whether the meeting's rules let `command` change something.
    pub(super) fn allowed(&self, command: &Command, now: Timestamp) -> Result<(), Why> {
        let t = self.texts();
        let me = self.me().ok_or_else(|| t.not_joined.to_owned())?.id;
        match self.meeting().decide(command, Actor::Participant(me), self.server_now(now)) {
            Ok(events) if events.is_empty() => Err(t.needs_something.to_owned()),
            Ok(_) => Ok(()),
            Err(rejection) => {
                let own = (t.rejection)(rejection.code());
                Err(own.map_or_else(|| super::model::sentence(&rejection.to_string()), str::to_owned))
            }
        }
    }

    fn wish(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        match what {
            Do::Next
            | Do::Done
            | Do::Call
            | Do::NotThere
            | Do::Interrupt
            | Do::MoveUp
            | Do::MoveDown
            | Do::Order
            | Do::Undo
            | Do::Support => self.wish_queue(what, now),
            Do::Round | Do::RoundPass | Do::RoundLater => self.wish_round(what, now),
            Do::Drop | Do::Mark | Do::MarkAll | Do::Merge => self.wish_marks(what, now),
            Do::Invite | Do::OffStage | Do::Hold | Do::Role => self.wish_stage(what, now),
            Do::Prepare | Do::OpenAt | Do::TalkTo => self.wish_backstage(what, now),
            Do::Remove | Do::Ban | Do::RenameOther | Do::HandOver => self.wish_order(what, now),
            Do::HoldAll | Do::Lock | Do::Bans => self.wish_house(what, now),
            Do::Record | Do::Strike | Do::OffRecord | Do::Consent => self.wish_recording(what, now),
            Do::MirrorOpen => send(Command::SetMirror { open: !self.meeting().mirror_open() }),
            Do::Participation => {
                let t = self.texts();
                let choice = |p: &Participation| {
                    ((t.participation)(*p).to_owned(), Command::SetParticipation { policy: *p })
                };
                self.menu(t.participation_title, Participation::ALL.iter().map(choice), now)
            }
            Do::Start | Do::Close | Do::End | Do::Pause | Do::NextItem | Do::PreviousItem => {
                self.wish_meeting(what)
            }
            Do::Extend | Do::Propose | Do::VoteYes | Do::VoteNo | Do::Dismiss | Do::Borrow | Do::Push => {
                self.wish_time(what, now)
            }
            _ => self.wish_own(what, now),
        }
    }

    fn wish_queue(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let (t, meeting) = (self.texts(), self.meeting());
        let current = meeting.turn().map(|turn| turn.id);
        if what == Do::Next {
            return send(Command::Next { current });
        }
        if what == Do::Undo {
            return send(Command::Restore);
        }
        let in_round = if what == Do::Done { self.done_in_round() } else { self.moved_in_round(what) };
        if let Some(command) = in_round {
            return send(command);
        }
        if let Do::Done | Do::NotThere | Do::Interrupt = what {
            let turn = current.ok_or_else(|| t.needs_turn.to_owned())?;
            return send(match what {
                Do::NotThere => Command::NotThere { turn },
                Do::Interrupt => Command::Interrupt { turn },
                _ => Command::Done { turn },
            });
        }
        if what == Do::Order {
            return self.menu(
                t.order_title,
                Order::ALL.iter().map(|o| ((t.order)(*o).to_owned(), Command::Reorder { order: *o })),
                now,
            );
        }
        let hand = self.selected_hand().ok_or_else(|| t.needs_hand.to_owned())?;
        let place = meeting.queue().iter().position(|h| h.id == hand.id).unwrap_or(0) + 1;
        let to = |place: usize| Command::Move {
            hand: hand.id,
            position: u32::try_from(place).unwrap_or(u32::MAX),
        };
        match what {
            Do::Call => send(Command::Call { hand: hand.id, current }),
            Do::MoveUp if place > 1 => send(to(place - 1)),
            Do::MoveDown if place < meeting.queue().len() => send(to(place + 1)),
            Do::Support => {
                let mine = self.me().is_some_and(|me| hand.supporters.contains(&me.id));
                send(Command::Support { hand: hand.id, on: !mine })
            }
            _ => Err(t.needs_something.to_owned()),
        }
    }

    fn wish_stage(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = self.texts();
        let person = self.selected_person().ok_or_else(|| t.needs_person.to_owned())?;
        let (participant, name) = (person.id, person.name.as_str());
        match what {
            Do::Invite => send(Command::Invite { participant }),
            Do::OffStage => self.ask(Command::OffStage { participant }),
            Do::Hold if person.mic() == Mic::Held => send(Command::Release { participant }),
            Do::Hold => self.ask(Command::Hold { participant }),
            _ => {
                let to =
                    |role: &Role| ((t.role)(*role).to_owned(), Command::SetRole { participant, role: *role });
                self.menu(&(t.role_title)(name), Role::ALL.iter().map(to), now)
            }
        }
    }

    fn wish_meeting(&self, what: Do) -> Result<Intent, Why> {
        let meeting = self.meeting();
        let current = meeting.item().map(|i| i.id);
        match what {
            Do::Start => self.ask(Command::Start),
            Do::Close => self.ask(Command::Close),
            Do::End => self.ask(Command::End),
            Do::Pause if meeting.clock().is_paused() => send(Command::Resume),
            Do::Pause => send(Command::Pause),
            Do::NextItem => send(Command::NextItem { current }),
            _ => send(Command::PreviousItem { current }),
        }
    }

    fn wish_own(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = self.texts();
        let me = self.me().ok_or_else(|| t.not_joined.to_owned())?;
        let on_stage = me.stage.is_some();
        match what {
            Do::Raise => {
                let (topic, kind) = self
                    .meeting()
                    .hand_of(me.id)
                    .map_or(("", HandKind::Question), |h| (h.topic.as_str(), h.kind));
                let probe = Command::Raise { topic: format!("{topic}."), kind };
                self.allowed(&probe, now)?;
                Ok(Intent::Open(Layer::Topic { field: Field::with(topic), kind, reword: !topic.is_empty() }))
            }
            Do::Lower => send(Command::Lower),
            Do::Mute | Do::Talk => match self.own_mic() {
                Mic::Live => send(Command::Mute),
                Mic::Closed if self.allowed(&Command::StepUp, now).is_err() => {
                    Err((t.needs_stage)(&self.hint(Do::Raise)))
                }
                Mic::Closed | Mic::Muted => Ok(Intent::Send(self.open_mic())),
                Mic::Held => Err(t.needs_release.to_owned()),
            },
            Do::Accept => send(Command::Accept),
            Do::Decline => send(Command::Decline),
            Do::Step if on_stage => send(Command::OffStage { participant: me.id }),
            Do::Step => send(Command::StepUp),
            Do::AutoOpen => send(Command::AutoOpen { on: !me.auto_open }),
            _ => Ok(Intent::Open(Layer::Name { field: Field::with(&me.name) })),
        }
    }

    /// What to ask before a command that others feel and that cannot be taken back; it names its object.
    pub(super) fn question(&self, command: &Command) -> Option<String> {
        let (t, meeting) = (self.texts(), self.meeting());
        let title = meeting.title();
        Some(match command {
            Command::Drop { hand } => {
                let hand = meeting.hand(*hand)?;
                (t.ask_drop)(self.name_of(hand.participant), &hand.topic)
            }
            Command::DropHands { hands } => (t.ask_drop_many)(hands.len() as u64, &self.owners(hands)),
            Command::Merge { hands, into } => {
                let into = meeting.hand(*into)?;
                (t.ask_merge)(&self.owners(hands), self.name_of(into.participant), &into.topic)
            }
            Command::OffStage { participant } if self.me().is_none_or(|me| me.id != *participant) => {
                (t.ask_off_stage)(self.name_of(*participant))
            }
            Command::SetRole { participant, role: role @ (Role::Host | Role::Cohost) } => {
                (t.ask_role)(self.name_of(*participant), (t.role)(*role))
            }
            Command::Start => (t.ask_start)(title),
            Command::Close => (t.ask_close)(title),
            Command::End => (t.ask_end)(title),
            Command::EndRound => {
                (t.ask_end_round)(self.meeting().round().map_or(0, |r| r.waiting.len() as u64))
            }
            Command::Leave => (t.ask_leave)(title),
            other => return self.order_question(other).or_else(|| self.record_question(other)),
        })
    }

    /// Closes the box that led to `command` and sends it, or asks first where it is asked about.
    pub(super) fn close_and_send(&mut self, command: Command, effects: &mut Vec<Effect>) {
        self.layers.pop();
        match self.question(&command) {
            Some(text) => {
                self.open(Layer::Confirm { text, yes: false, then: Then::Send(vec![command]) }, effects);
            }
            None => self.send(vec![command], effects),
        }
    }

    pub(super) fn ask(&self, command: Command) -> Result<Intent, Why> {
        match self.question(&command) {
            Some(text) => {
                Ok(Intent::Open(Layer::Confirm { text, yes: false, then: Then::Send(vec![command]) }))
            }
            None => send(command),
        }
    }

    /// A menu of commands, those left out that change nothing; roles that rule are asked about.
    pub(super) fn menu(
        &self,
        title: &str,
        choices: impl Iterator<Item = (String, Command)>,
        now: Timestamp,
    ) -> Result<Intent, Why> {
        let t = self.texts();
        let mut why = t.needs_something.to_owned();
        let mut entries = Vec::new();
        for (label, command) in choices {
            if let Err(reason) = self.allowed(&command, now) {
                if reason != t.needs_something {
                    why = reason;
                }
                continue;
            }
            let choice = match self.question(&command) {
                Some(text) => Choice::Ask(text, command),
                None => Choice::Send(command),
            };
            entries.push(Entry { label, key: (entries.len() + 1).to_string(), choice });
        }
        if entries.is_empty() {
            return Err(why);
        }
        Ok(Intent::Open(Layer::Menu { title: title.to_owned(), entries, selected: 0 }))
    }

    fn local(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        if what == Do::Mirror {
            return self.wish_mirror();
        }
        if what != Do::Act {
            return self.taste(what);
        }
        let entries: Vec<_> = ACTIONS
            .iter()
            .filter(|a| a.panels.contains(&self.focus) && (!ends_turn(a.what) || self.has_turn()))
            .filter(|a| self.intent(a.what, now).is_ok())
            .map(|a| Entry {
                label: self.label(a).long.to_owned(),
                key: self.setup.keymap.key(a.what),
                choice: Choice::Do(a.what),
            })
            .collect();
        if entries.is_empty() {
            return Err(self.texts().needs_something.to_owned());
        }
        let title = match self.focus {
            Panel::Clock => self.texts().menu_meeting.to_owned(),
            _ => self.selected_person().map_or_else(String::new, |p| p.name.clone()),
        };
        Ok(Intent::Open(Layer::Menu { title, entries, selected: 0 }))
    }

    /// Whether the turn, or the time in the round, is the selected person's.
    fn has_turn(&self) -> bool {
        let speaker = self.meeting().round().and_then(|r| r.speaker).map(|s| s.participant);
        let owner = self.meeting().turn().map(|turn| turn.hand.participant).or(speaker);
        owner.is_some() && owner == self.selected_person().map(|p| p.id)
    }

    /// Whether an action takes back what it did.
    fn is_back(&self, what: Do) -> bool {
        match what {
            Do::Hold => self.selected_person().is_some_and(|p| p.mic() == Mic::Held),
            Do::Raise => self.me().is_some_and(|me| self.meeting().hand_of(me.id).is_some()),
            Do::Support => {
                let me = self.me().map(|me| me.id);
                self.selected_hand().is_some_and(|h| me.is_some_and(|me| h.supporters.contains(&me)))
            }
            Do::Drop => !self.marks.is_empty(),
            Do::Mark => self.selected_hand().is_some_and(|h| self.is_marked(h.id)),
            Do::MarkAll => self.all_marked(),
            Do::Mute => self.own_mic() != Mic::Live,
            Do::Step => self.me().is_some_and(|me| me.stage.is_some()),
            Do::AutoOpen => self.me().is_some_and(|me| me.auto_open),
            Do::MirrorOpen => self.meeting().mirror_open(),
            Do::Pause => self.meeting().clock().is_paused(),
            Do::HoldAll => self.meeting().moderation().hold_all,
            Do::Lock => self.meeting().moderation().locked,
            _ => false,
        }
    }

    /// What an action is called now.
    pub(super) fn label(&self, action: &Action) -> &'static super::action::Label {
        action.label(self.setup.language, self.is_back(action.what))
    }
}

/// Whether an action is about the turn that is on.
fn ends_turn(what: Do) -> bool {
    matches!(what, Do::Done | Do::NotThere | Do::Interrupt)
}

pub(super) fn send(command: Command) -> Result<Intent, Why> {
    Ok(Intent::Send(vec![command]))
}
