//! What the keys of the round do.

use crate::meeting::{Command, Event, Mic, ParticipantId, ROUND_EACH, RoundExit, RoundOrder, Timestamp};

use super::Model;
use super::action::{Do, Panel};
use super::possible::{Intent, Why, send};
use super::toast::ToastKind;

impl Model {
    pub(super) fn wish_round(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = self.texts();
        let Some(round) = self.meeting().round() else {
            if what != Do::Round {
                return Err(t.needs_round.to_owned());
            }
            let start = |order: &RoundOrder| {
                let command = Command::StartRound { order: *order, each: ROUND_EACH, seed: None };
                ((t.round_order)(*order).to_owned(), command)
            };
            return self.menu(t.round_start_title, RoundOrder::ALL.iter().map(start), now);
        };
        let participant = self.round_person().ok_or_else(|| t.needs_person.to_owned());
        match what {
            Do::RoundPass => send(Command::RoundPass { participant: participant? }),
            Do::RoundLater => send(Command::RoundSkip { participant: participant? }),
            _ => {
                let current = round.speaker.map(|s| s.participant);
                let done = match current {
                    Some(speaker) => (t.round_done)(self.name_of(speaker)),
                    None => t.round_begin.to_owned(),
                };
                let about = participant.ok().map(|participant| {
                    let name = self.name_of(participant);
                    [
                        ((t.round_passes)(name), Command::RoundPass { participant }),
                        ((t.round_later)(name), Command::RoundSkip { participant }),
                    ]
                });
                let choices = [(done, Command::RoundDone { current })].into_iter();
                let choices = choices.chain(about.into_iter().flatten());
                let end = (t.round_end.to_owned(), Command::EndRound);
                self.menu(t.round, choices.chain([end]), now)
            }
        }
    }

    /// What is said about a round.
    pub(super) fn remark_round(
        &self,
        event: &Event,
        me: Option<ParticipantId>,
    ) -> Option<(ToastKind, String)> {
        let t = self.texts();
        let mine = |id: &ParticipantId| Some(*id) == me;
        Some(match event {
            Event::RoundTurnStarted { participant } if mine(participant) => {
                // Muted, the status line says how to open it, for as long as it is.
                let opens = self.own_mic() == Mic::Live || self.me().is_some_and(|p| p.auto_open);
                (ToastKind::Call, if opens { t.your_turn_open.to_owned() } else { String::new() })
            }
            Event::RoundTurnStarted { .. } if me.is_some() && self.meeting().round_next() == me => {
                (ToastKind::Info, t.you_are_next.to_owned())
            }
            Event::RoundTurnEnded { participant, how: RoundExit::TimeUp } if mine(participant) => {
                (ToastKind::Warning, t.time_is_up.to_owned())
            }
            Event::RoundStarted { .. } => (ToastKind::Info, t.round_started.to_owned()),
            Event::RoundEnded => (ToastKind::Info, t.round_over.to_owned()),
            _ => return None,
        })
    }

    /// What `x` does while a round is on.
    pub(super) fn done_in_round(&self) -> Option<Command> {
        let round = self.meeting().round()?;
        Some(Command::RoundDone { current: round.speaker.map(|s| s.participant) })
    }

    /// Where the selected person of the round goes by `K` and `J`.
    pub(super) fn moved_in_round(&self, what: Do) -> Option<Command> {
        let round = self.meeting().round().filter(|_| self.focus != Panel::Queue)?;
        let participant = self.selected_person()?.id;
        let place = round.waiting.iter().position(|id| *id == participant)? + 1;
        let to = match what {
            Do::MoveUp => place.checked_sub(1).filter(|to| *to > 0)?,
            Do::MoveDown => Some(place + 1).filter(|to| *to <= round.waiting.len())?,
            _ => return None,
        };
        Some(Command::RoundMove { participant, position: u32::try_from(to).ok()? })
    }

    /// Whom pass and later are about: for those who run the round the selected person in it, or who speaks; for others
    /// themselves.
    fn round_person(&self) -> Option<ParticipantId> {
        let round = self.meeting().round()?;
        let me = self.me()?;
        if !self.rules() {
            return Some(me.id);
        }
        let selected = self.selected_person().filter(|_| self.focus != Panel::Queue).map(|p| p.id);
        selected.filter(|id| round.has(*id)).or_else(|| round.speaker.map(|s| s.participant)).or(Some(me.id))
    }
}
