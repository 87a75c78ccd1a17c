//! Commands that wait for their answer.

use std::collections::VecDeque;

use crate::meeting::{Command, Seq};
use crate::wire::{ClientMessage, CommandId, ServerMessage};

/// How many commands wait at most: a person can't type that many while a link is down, and a server takes them all at
/// once from somebody who comes back. When it is full the oldest is forgotten: it is not sent again and its answer tells
/// nobody.
const MAX_UNSETTLED: usize = 32;

/// Commands that were sent and not answered yet, oldest first.
#[derive(Clone, Debug)]
pub struct Outbox {
    prefix: String,
    count: u64,
    waiting: VecDeque<(CommandId, Command)>,
}

/// A command and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What was asked.
    pub command: Command,
    /// The last event when it was done, or why it was refused.
    pub result: Result<Seq, Refusal>,
}

/// Why the server refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// Stable word, for programs.
    pub code: String,
    /// Sentence, for people.
    pub text: String,
}

impl Outbox {
    /// An empty outbox whose ids begin with `prefix`: random, printable ASCII, at most 40 characters, so that two
    /// programs of one person never use the same id.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), count: 0, waiting: VecDeque::new() }
    }

    /// Keeps a command until it is answered; the message is to be sent.
    pub fn push(&mut self, command: Command) -> ClientMessage {
        self.count += 1;
        let id = CommandId(format!("{}-{}", self.prefix, self.count));
        if self.waiting.len() == MAX_UNSETTLED {
            self.waiting.pop_front();
        }
        self.waiting.push_back((id.clone(), command.clone()));
        ClientMessage::Command { id, command }
    }

    /// Takes out the command that `message` answers, if it answers one.
    pub fn settle(&mut self, message: &ServerMessage) -> Option<Settled> {
        let (id, result) = match message {
            ServerMessage::Accepted { id, seq } => (id, Ok(*seq)),
            ServerMessage::Rejected { id, code, text } => {
                (id, Err(Refusal { code: code.clone(), text: text.clone() }))
            }
            _ => return None,
        };
        let place = self.waiting.iter().position(|(waiting, _)| waiting == id)?;
        let (_, command) = self.waiting.remove(place)?;
        Some(Settled { command, result })
    }

    /// What to send again after a reconnect, oldest first. The server does none of it twice: the ids are the same.
    pub fn unsettled(&self) -> impl Iterator<Item = ClientMessage> {
        let again = |(id, command): &(CommandId, Command)| ClientMessage::Command {
            id: id.clone(),
            command: command.clone(),
        };
        self.waiting.iter().map(again)
    }

    /// Forgets what waits: it was meant for a meeting that is over.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Whether every command is answered.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(message: &ClientMessage) -> CommandId {
        match message {
            ClientMessage::Command { id, .. } => id.clone(),
            other => panic!("{other:?} is no command"),
        }
    }

    #[test]
    fn an_answer_settles_its_own_command_once() {
        let mut outbox = Outbox::new("x");
        let first = id_of(&outbox.push(Command::Mute));
        let second = id_of(&outbox.push(Command::Lower));
        assert_ne!(first, second);
        let refused =
            ServerMessage::Rejected { id: second, code: "no-hand-raised".into(), text: "down".into() };
        let settled = outbox.settle(&refused).unwrap();
        assert_eq!(settled.command, Command::Lower);
        assert_eq!(settled.result.unwrap_err().to_string(), "down");
        assert_eq!(outbox.settle(&refused), None);
        let done = ServerMessage::Accepted { id: first, seq: Seq(7) };
        assert_eq!(outbox.settle(&done), Some(Settled { command: Command::Mute, result: Ok(Seq(7)) }));
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_unsettled_is_sent_again_in_order_under_the_same_id() {
        let mut outbox = Outbox::new("x");
        let sent = [outbox.push(Command::Mute), outbox.push(Command::Unmute)];
        assert_eq!(outbox.unsettled().collect::<Vec<_>>(), sent);
        outbox.clear();
        assert_eq!(outbox.unsettled().count(), 0);
    }

    #[test]
    fn a_full_outbox_forgets_the_oldest() {
        let mut outbox = Outbox::new("x");
        let first = outbox.push(Command::Mute);
        for _ in 0..MAX_UNSETTLED {
            outbox.push(Command::Unmute);
        }
        assert_eq!(outbox.unsettled().count(), MAX_UNSETTLED);
        assert!(!outbox.unsettled().any(|m| m == first));
    }
}
