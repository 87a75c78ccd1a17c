//! Commands typed as words: `palco ctl`, the palette and the plain console read them here.

use thiserror::Error;

use crate::meeting::{
    Command, HandId, HandKind, Item, Meeting, Millis, Order, Participant, ParticipantId, Role, TurnId,
};

use super::length::{parse_item, parse_length};

/// A command as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The first word.
    pub verb: &'static str,
    /// What follows; empty if nothing does.
    pub arguments: &'static str,
    /// What it does.
    pub what: &'static str,
}

const fn word(verb: &'static str, arguments: &'static str, what: &'static str) -> Word {
    Word { verb, arguments, what }
}

/// Every command that can be typed, in the order of the help.
pub const WORDS: &[Word] = &[
    word("raise", "TOPIC [--kind question|reply|point-of-order]", "raise your hand, or change its topic"),
    word("lower", "", "lower your hand"),
    word("support", "HAND [off]", "support a hand, or take support back"),
    word("next", "", "call the next hand"),
    word("call", "NAME|HAND", "call this hand"),
    word("done", "", "end the turn"),
    word("drop", "HAND", "take a hand out of the queue"),
    word("move", "HAND POSITION", "move a hand in the queue, from 1"),
    word("order", "fair|arrival|support|manual", "order the queue"),
    word("invite", "NAME", "invite somebody on the stage"),
    word("accept", "", "accept an invitation"),
    word("decline", "", "decline an invitation"),
    word("step-up", "", "step on the stage by role"),
    word("off-stage", "[NAME]", "take somebody off the stage, or step off"),
    word("mute", "", "mute your microphone"),
    word("unmute", "", "open your microphone"),
    word("hold", "NAME", "mute somebody until released"),
    word("release", "NAME", "end a hold"),
    word("role", "NAME host|cohost|speaker|attendee|listener", "give somebody a role"),
    word("start", "", "begin the meeting"),
    word("close", "", "close the queue: last words"),
    word("end", "", "end the meeting"),
    word("extend", "LENGTH", "add to the planned length (10m)"),
    word("pause", "", "stop the clock"),
    word("resume", "", "let the clock run again"),
    word("agenda", "add TITLE=LENGTH | next | back", "add an agenda item, or go to another"),
    word("rename", "NAME", "change your name"),
    word("auto-open", "on|off", "open your microphone by itself when you are called"),
    word("leave", "", "leave the meeting"),
];

/// Typed words are no command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WordsError {
    /// No such verb.
    #[error("there is no command “{0}”; type help for a list")]
    NoSuchCommand(String),
    /// The arguments do not fit the verb.
    #[error("write: {} {}", .0.verb, .0.arguments)]
    Arguments(Word),
    /// Nobody has that name.
    #[error("nobody here is called “{0}”")]
    Nobody(String),
    /// Several people have names that begin so.
    #[error("“{typed}” may be {}; type more of the name", names.join(", "))]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// Who it may be.
        names: Vec<String>,
    },
    /// No waiting hand has that number, or no such person a hand.
    #[error("“{0}” has no hand waiting")]
    NoHand(String),
    /// Nobody has the turn.
    #[error("nobody has the turn")]
    NoTurn,
}

impl WordsError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchCommand(_) | Self::Arguments(_) => "usage",
            Self::Nobody(_) => "nobody-there",
            Self::Ambiguous { .. } => "ambiguous-name",
            Self::NoHand(_) => "no-such-hand",
            Self::NoTurn => "no-turn",
        }
    }

    /// Whether the words themselves are wrong, and not what they name.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoSuchCommand(_) | Self::Arguments(_))
    }
}

/// Reads a command. People are named by their name, or its unique beginning, or their key's fingerprint; hands by their
/// number or their owner. `me` is who types: `None` for somebody who is not in the meeting.
///
/// # Errors
/// What is wrong with the words.
pub fn parse(words: &[&str], meeting: &Meeting, me: Option<ParticipantId>) -> Result<Command, WordsError> {
    let (verb, rest) = words.split_first().ok_or_else(|| WordsError::NoSuchCommand(String::new()))?;
    let verb = verb.to_lowercase();
    let word =
        WORDS.iter().find(|w| w.verb == verb).ok_or_else(|| WordsError::NoSuchCommand(verb.clone()))?;
    Reader { word: *word, rest, meeting }.read(me)
}

/// The arguments of one verb.
struct Reader<'a> {
    word: Word,
    rest: &'a [&'a str],
    meeting: &'a Meeting,
}

impl Reader<'_> {
    fn read(&self, me: Option<ParticipantId>) -> Result<Command, WordsError> {
        let turn = self.meeting.turn().map(|t| t.id);
        let item = self.meeting.item().map(|i| i.id);
        let command = match self.word.verb {
            "raise" => return self.raise(),
            "support" => return self.support(),
            "call" => Command::Call { hand: self.hand(&self.all()?)?, current: turn },
            "drop" => Command::Drop { hand: self.hand(&self.all()?)? },
            "move" => {
                let (hand, position) = self.last()?;
                Command::Move {
                    hand: self.hand(&hand)?,
                    position: position.parse().map_err(|_| self.wrong())?,
                }
            }
            "order" => Command::Reorder { order: Order::from_word(&self.all()?).ok_or(self.wrong())? },
            "invite" => Command::Invite { participant: self.person(&self.all()?)? },
            "off-stage" => Command::OffStage { participant: self.person_or(me)? },
            "hold" => Command::Hold { participant: self.person(&self.all()?)? },
            "release" => Command::Release { participant: self.person(&self.all()?)? },
            "role" => {
                let (name, role) = self.last()?;
                let role = Role::from_word(&role).ok_or(self.wrong())?;
                Command::SetRole { participant: self.person(&name)?, role }
            }
            "extend" => Command::Extend { by: parse_length(&self.all()?).ok_or(self.wrong())? },
            "agenda" => match self.rest {
                ["next"] => Command::NextItem { current: item },
                ["back"] => Command::PreviousItem { current: item },
                ["add", what @ ..] => Command::AddItem { item: agenda_item(what).ok_or(self.wrong())? },
                _ => return Err(self.wrong()),
            },
            "rename" => Command::Rename { name: self.all()? },
            "auto-open" => Command::AutoOpen { on: self.switch(self.rest)? },
            _ => return self.bare(turn),
        };
        Ok(command)
    }

    /// The verbs without arguments.
    fn bare(&self, turn: Option<TurnId>) -> Result<Command, WordsError> {
        if !self.rest.is_empty() {
            return Err(self.wrong());
        }
        Ok(match self.word.verb {
            "lower" => Command::Lower,
            "next" => Command::Next { current: turn },
            "done" => Command::Done { turn: turn.ok_or(WordsError::NoTurn)? },
            "accept" => Command::Accept,
            "decline" => Command::Decline,
            "step-up" => Command::StepUp,
            "mute" => Command::Mute,
            "unmute" => Command::Unmute,
            "start" => Command::Start,
            "close" => Command::Close,
            "end" => Command::End,
            "pause" => Command::Pause,
            "resume" => Command::Resume,
            "leave" => Command::Leave,
            other => return Err(WordsError::NoSuchCommand(other.to_owned())),
        })
    }

    fn raise(&self) -> Result<Command, WordsError> {
        let mut kind = HandKind::Question;
        let mut topic = Vec::new();
        let mut words = self.rest.iter();
        while let Some(&word) = words.next() {
            let named = match word.strip_prefix("--kind=") {
                Some(named) => named,
                None if word == "--kind" => words.next().ok_or(self.wrong())?,
                None => {
                    topic.push(word);
                    continue;
                }
            };
            kind = HandKind::from_word(named).ok_or(self.wrong())?;
        }
        let topic = topic.join(" ");
        if topic.trim().is_empty() {
            return Err(self.wrong());
        }
        Ok(Command::Raise { topic, kind })
    }

    fn support(&self) -> Result<Command, WordsError> {
        let (hand, on) = match self.rest {
            [hand @ .., "off"] if !hand.is_empty() => (hand, false),
            [hand @ .., "on"] if !hand.is_empty() => (hand, true),
            hand => (hand, true),
        };
        if hand.is_empty() {
            return Err(self.wrong());
        }
        Ok(Command::Support { hand: self.hand(&hand.join(" "))?, on })
    }

    fn wrong(&self) -> WordsError {
        WordsError::Arguments(self.word)
    }

    /// All arguments as one text.
    fn all(&self) -> Result<String, WordsError> {
        let all = self.rest.join(" ").trim().to_owned();
        if all.is_empty() { Err(self.wrong()) } else { Ok(all) }
    }

    /// All arguments but the last, and the last.
    fn last(&self) -> Result<(String, String), WordsError> {
        match self.rest {
            [first @ .., last] if !first.is_empty() => Ok((first.join(" "), (*last).to_owned())),
            _ => Err(self.wrong()),
        }
    }

    fn switch(&self, words: &[&str]) -> Result<bool, WordsError> {
        match words {
            ["on"] => Ok(true),
            ["off"] => Ok(false),
            _ => Err(self.wrong()),
        }
    }

    fn person_or(&self, me: Option<ParticipantId>) -> Result<ParticipantId, WordsError> {
        match me {
            Some(me) if self.rest.is_empty() => Ok(me),
            _ => self.person(&self.all()?),
        }
    }

    fn person(&self, typed: &str) -> Result<ParticipantId, WordsError> {
        resolve(typed, &self.meeting.roster())
    }

    /// A waiting hand: by number, or by its owner's name among those who have one.
    fn hand(&self, typed: &str) -> Result<HandId, WordsError> {
        let queue = self.meeting.queue();
        let number = typed.strip_prefix('#').unwrap_or(typed).parse().map(HandId);
        if let Ok(id) = number
            && queue.iter().any(|h| h.id == id)
        {
            return Ok(id);
        }
        let owners: Vec<_> = queue.iter().filter_map(|h| self.meeting.participant(h.participant)).collect();
        let none = || WordsError::NoHand(typed.to_owned());
        let owner = match resolve(typed, &owners) {
            Err(WordsError::Nobody(_)) if number.is_ok() => return Err(none()),
            // Somebody without a hand is another mistake than a name that nobody has.
            Err(WordsError::Nobody(_)) => return Err(self.person(typed).err().unwrap_or_else(none)),
            other => other?,
        };
        self.meeting.hand_of(owner).map(|h| h.id).ok_or_else(none)
    }
}

fn agenda_item(words: &[&str]) -> Option<Item> {
    let all = words.join(" ");
    if let Some(item) = parse_item(&all) {
        return Some(item);
    }
    let (length, title) = words.split_last()?;
    let length: Millis = parse_length(length)?;
    (!title.is_empty()).then(|| Item { title: title.join(" "), length })
}

/// Finds who is meant: the fingerprint, the exact name, or the only name that begins so, letters' case aside.
fn resolve(typed: &str, people: &[&Participant]) -> Result<ParticipantId, WordsError> {
    if let Ok(id) = typed.parse()
        && people.iter().any(|p| p.id == id)
    {
        return Ok(id);
    }
    let lower = typed.to_lowercase();
    let exact: Vec<_> = people.iter().filter(|p| p.name.to_lowercase() == lower).collect();
    let begins: Vec<_> = people.iter().filter(|p| p.name.to_lowercase().starts_with(&lower)).collect();
    match if exact.is_empty() { begins.as_slice() } else { exact.as_slice() } {
        [] => Err(WordsError::Nobody(typed.to_owned())),
        [one] => Ok(one.id),
        several => Err(WordsError::Ambiguous {
            typed: typed.to_owned(),
            names: several.iter().map(|p| p.name.clone()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Actor, ItemId, Recorded, SeatId, SeatKind, Seq, Timestamp};

    fn id(n: u8) -> ParticipantId {
        ParticipantId([n; 32])
    }

    struct Hall {
        meeting: Meeting,
        seq: u64,
    }

    impl Hall {
        fn ask(&mut self, command: &Command, actor: Actor) {
            for event in self.meeting.decide(command, actor, Timestamp(1)).unwrap() {
                self.seq += 1;
                self.meeting.apply(&Recorded { seq: Seq(self.seq), at: Timestamp(1), by: None, event });
            }
        }

        fn join(&mut self, n: u8, name: &str) {
            let join = Command::Join {
                seat: SeatId(n.into()),
                kind: SeatKind::Console,
                name: name.into(),
                listener: false,
                auto_open: false,
            };
            self.ask(&join, Actor::Participant(id(n)));
        }

        fn read(&self, line: &str) -> Result<Command, WordsError> {
            let words: Vec<_> = line.split(' ').filter(|w| !w.is_empty()).collect();
            parse(&words, &self.meeting, Some(id(1)))
        }
    }

    /// Stefano hosts; Ana (hand 1, called), Anastasia (hand 2) and Ugo M. (hand 3) have hands, Bruno has none.
    fn hall() -> Hall {
        let mut hall = Hall { meeting: Meeting::new(), seq: 0 };
        let agenda = vec![Item { title: "Intro".into(), length: Millis::from_mins(10) }];
        let open = Command::Open {
            title: "Monday".into(),
            number: 1,
            owner: id(1),
            length: Millis::from_mins(60),
            agenda,
        };
        hall.ask(&open, Actor::Participant(id(1)));
        for (n, name) in [(1, "Stefano"), (2, "Ana"), (3, "Anastasia"), (4, "Ugo M."), (5, "Bruno")] {
            hall.join(n, name);
        }
        hall.ask(&Command::Start, Actor::Participant(id(1)));
        for n in [2, 3, 4] {
            let raise = Command::Raise { topic: "x".into(), kind: HandKind::Question };
            hall.ask(&raise, Actor::Participant(id(n)));
        }
        hall.ask(&Command::Next { current: None }, Actor::Participant(id(1)));
        hall
    }

    #[test]
    fn every_verb_is_read() {
        let hall = hall();
        let turn = Some(TurnId(1));
        let participant = id(5);
        for (line, command) in [
            (
                "raise SIP  trunk failover?",
                Command::Raise { topic: "SIP trunk failover?".into(), kind: HandKind::Question },
            ),
            ("raise --kind reply no", Command::Raise { topic: "no".into(), kind: HandKind::Reply }),
            (
                "raise stop --kind=point-of-order",
                Command::Raise { topic: "stop".into(), kind: HandKind::PointOfOrder },
            ),
            ("lower", Command::Lower),
            ("support 3", Command::Support { hand: HandId(3), on: true }),
            ("support ugo m. off", Command::Support { hand: HandId(3), on: false }),
            ("next", Command::Next { current: turn }),
            ("NEXT", Command::Next { current: turn }),
            ("call anast", Command::Call { hand: HandId(2), current: turn }),
            ("call #2", Command::Call { hand: HandId(2), current: turn }),
            ("done", Command::Done { turn: TurnId(1) }),
            ("drop ugo", Command::Drop { hand: HandId(3) }),
            ("move Ugo M. 1", Command::Move { hand: HandId(3), position: 1 }),
            ("order fair", Command::Reorder { order: Order::Fair }),
            ("invite bruno", Command::Invite { participant }),
            ("accept", Command::Accept),
            ("decline", Command::Decline),
            ("step-up", Command::StepUp),
            ("off-stage", Command::OffStage { participant: id(1) }),
            ("off-stage ana", Command::OffStage { participant: id(2) }),
            ("mute", Command::Mute),
            ("unmute", Command::Unmute),
            ("hold br", Command::Hold { participant }),
            ("release br", Command::Release { participant }),
            ("role bruno cohost", Command::SetRole { participant, role: Role::Cohost }),
            ("start", Command::Start),
            ("close", Command::Close),
            ("end", Command::End),
            ("extend 10m", Command::Extend { by: Millis::from_mins(10) }),
            ("pause", Command::Pause),
            ("resume", Command::Resume),
            (
                "agenda add Fax over IP=5m",
                Command::AddItem { item: Item { title: "Fax over IP".into(), length: Millis::from_mins(5) } },
            ),
            (
                "agenda add Fax 5m",
                Command::AddItem { item: Item { title: "Fax".into(), length: Millis::from_mins(5) } },
            ),
            ("agenda next", Command::NextItem { current: Some(ItemId(1)) }),
            ("agenda back", Command::PreviousItem { current: Some(ItemId(1)) }),
            ("rename Stefano P.", Command::Rename { name: "Stefano P.".into() }),
            ("auto-open on", Command::AutoOpen { on: true }),
            ("leave", Command::Leave),
        ] {
            assert_eq!(hall.read(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_a_verb_names_how_to_write_it() {
        let hall = hall();
        for word in WORDS {
            let many = format!("{} x y z w", word.verb);
            let few = hall.read(word.verb);
            if word.arguments.is_empty() {
                assert_eq!(hall.read(&many), Err(WordsError::Arguments(*word)), "{many}");
            } else if !word.arguments.starts_with('[') {
                assert_eq!(few, Err(WordsError::Arguments(*word)), "{}", word.verb);
            }
        }
        for line in [
            "raise --kind rant x",
            "raise x --kind",
            "move 2 first",
            "order x",
            "role ana king",
            "agenda",
            "support off",
        ] {
            let error = hall.read(line).unwrap_err();
            assert!(error.is_usage() || line == "support off", "{line}: {error}");
        }
        assert_eq!(hall.read("dance"), Err(WordsError::NoSuchCommand("dance".into())));
        assert_eq!(hall.read(""), Err(WordsError::NoSuchCommand(String::new())));
    }

    #[test]
    fn names_are_exact_then_unique_beginnings() {
        let hall = hall();
        let person = |name: &str| match hall.read(&format!("hold {name}")) {
            Ok(Command::Hold { participant }) => Ok(participant),
            Ok(other) => panic!("{other:?}"),
            Err(e) => Err(e),
        };
        assert_eq!(person("ANA"), Ok(id(2)), "exact wins over the beginning of another");
        assert_eq!(person("anas"), Ok(id(3)));
        assert_eq!(person(&id(5).to_string()), Ok(id(5)));
        assert_eq!(person("zed"), Err(WordsError::Nobody("zed".into())));
        let names = vec!["Ana".to_owned(), "Anastasia".to_owned()];
        assert_eq!(person("an"), Err(WordsError::Ambiguous { typed: "an".into(), names }));
    }

    #[test]
    fn hands_are_looked_for_among_those_who_have_one() {
        let hall = hall();
        let call = |typed: &str| hall.read(&format!("call {typed}"));
        assert!(call("an").is_ok(), "Ana has the turn; only Anastasia waits");
        assert_eq!(call("bruno"), Err(WordsError::NoHand("bruno".into())));
        assert_eq!(call("zed"), Err(WordsError::Nobody("zed".into())));
        assert_eq!(call("9"), Err(WordsError::NoHand("9".into())));
    }

    #[test]
    fn done_needs_a_turn() {
        let mut hall = hall();
        hall.ask(&Command::Done { turn: TurnId(1) }, Actor::Participant(id(1)));
        assert_eq!(hall.read("done"), Err(WordsError::NoTurn));
        assert_eq!(WordsError::NoTurn.code(), "no-turn");
    }
}
