//! What a client asks for: the words after `ssh HOST`.

use crate::console::ctl::Ask;
use crate::library::numbered;
use crate::meeting::Millis;
use crate::replay::position;
use crate::wire::{BadPairingCode, PairingCode, Refusal, Rung, is_room_name};

use super::play::Wanted;

/// What is printed when the words are not understood, and by `help`.
pub(super) const USAGE: &str = "\
usage: ssh -t [-p PORT] HOST                   the rooms, to choose from
       ssh -t [-p PORT] HOST ROOM              the meeting in a room
              --name NAME                      under this name [default: the one you log in with]
              --listen-only                    without speaking
       ssh [-p PORT] HOST listen ROOM | mpv -  hear it: Ogg Opus, until Ctrl-C
              --rung 8|16|32                   kilobits a second [default: 32]
       ssh [-p PORT] HOST audio CODE | mpv -   hear with the code that a console shows, as its person; --rung too
       ssh -t [-p PORT] HOST play ROOM[#28]    a recording, with the console as it was
       ssh [-p PORT] HOST play ROOM[#28] | mpv -  hear it; quote the #
              --at TIME                        from there: 1:02:03, 90
       … | ssh [-p PORT] HOST speak ROOM       be heard, when the stage allows it: Ogg Opus or WAV
              --pcm RATE                       signed 16 bits, little-endian, mono
       ssh [-p PORT] HOST ctl ROOM COMMAND     what `palco ctl` does: status, raise TOPIC, next, watch …
              --json                           before ROOM: print status and refusals as JSON
       ssh [-p PORT] HOST help                 this text

A room with a passcode asks for it at a terminal; for a pipe, log in for it: ssh [-p PORT] NAME+ROOM@HOST …
";

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The rooms.
    Lobby,
    /// A seat in a room.
    Room(Place),
    /// A room's sound.
    Listen(Whose, Rung),
    /// Speaking, from bare samples of this rate or from whatever comes.
    Speak(Place, Option<u32>),
    /// A recording.
    Play(Wanted),
    /// Acting in a room.
    Ctl(Place, Ask),
    /// The usage.
    Help,
}

/// Whose ears hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of whoever logged in.
    Own(Place),
    /// Those of whoever shows the code on a console elsewhere.
    Paired(PairingCode),
}

/// Where somebody wants to sit, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) room: String,
    pub(super) name: Option<String>,
    pub(super) listener: bool,
}

/// Reads what a client asks for.
///
/// # Errors
/// A sentence.
pub(super) fn parse(line: &str) -> Result<Wish, String> {
    let words = split(line)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(Wish::Lobby),
        ["help" | "--help" | "-h"] => Ok(Wish::Help),
        ["listen", room, options @ ..] => {
            let mut rung = Rung::Kb32;
            let place = place(room, options, |option, value| read_rung(option, value, &mut rung))?;
            Ok(Wish::Listen(Whose::Own(place), rung))
        }
        ["audio", code, options @ ..] => {
            let code: PairingCode = code.parse().map_err(|e: BadPairingCode| e.to_string())?;
            let mut rung = Rung::Kb32;
            let place = place(code.room(), options, |option, value| read_rung(option, value, &mut rung))?;
            if place != (Place { room: code.room().to_owned(), ..Place::default() }) {
                return Err("who hears is who shows the code: leave out --name and --listen-only".to_owned());
            }
            Ok(Wish::Listen(Whose::Paired(code), rung))
        }
        ["speak", room, options @ ..] => {
            let mut pcm = None;
            let place = place(room, options, |option, value| {
                pcm = Some(value.filter(|_| option == "--pcm")?.parse().ok()?);
                Some(())
            })?;
            Ok(Wish::Speak(place, pcm))
        }
        ["ctl", options @ ..] => {
            let json = options.first() == Some(&"--json");
            let [room, words @ ..] = &options[usize::from(json)..] else {
                return Err("which room?".to_owned());
            };
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            Ok(Wish::Ctl(place(room, &[], |_, _| None)?, Ask { words, json }))
        }
        ["play", which, options @ ..] => play(which, options).map(Wish::Play),
        ["listen" | "speak" | "play"] => Err("which room?".to_owned()),
        ["audio"] => Err("which code? A console shows it with @".to_owned()),
        [room, options @ ..] if is_room_name(&room.to_ascii_lowercase()) => {
            place(room, options, |_, _| None).map(Wish::Room)
        }
        [word, ..] => Err(format!("“{}” is neither a room nor anything else known here", shown(word))),
    }
}

fn read_rung(option: &str, value: Option<&str>, rung: &mut Rung) -> Option<()> {
    *rung = value.filter(|_| option == "--rung")?.parse().ok().and_then(Rung::from_kbps)?;
    Some(())
}

/// A room's recording: the latest, or the one of a meeting.
fn play(which: &str, options: &[&str]) -> Result<Wanted, String> {
    let (room, number) = numbered(which)?;
    let (mut at, mut sound) = (Millis::ZERO, false);
    let room = place(room, options, |option, value| {
        match option {
            "--at" => at = position(value?)?,
            "-o" => sound = value == Some("-"),
            _ => return None,
        }
        (option != "-o" || sound).then_some(())
    })?
    .room;
    Ok(Wanted { room, number, at, sound })
}

/// A room and what follows it; `more` takes an option that not everything has, with its value.
fn place(
    room: &str,
    options: &[&str],
    mut more: impl FnMut(&str, Option<&str>) -> Option<()>,
) -> Result<Place, String> {
    let room = room.to_ascii_lowercase();
    if !is_room_name(&room) {
        return Err(Refusal::BadRoom.to_string());
    }
    let mut place = Place { room, ..Place::default() };
    let mut options = options.iter().copied();
    while let Some(option) = options.next() {
        match option {
            "--listen-only" => place.listener = true,
            "--name" => place.name = Some(options.next().ok_or("--name needs a name")?.to_owned()),
            other => more(other, options.next())
                .ok_or_else(|| format!("“{}” is not known here, or needs another value", shown(other)))?,
        }
    }
    Ok(place)
}

/// The words of a line, as a shell would see them: quotes keep spaces, a backslash keeps the next character.
fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().push(chars.next().ok_or("a line ends in a backslash")?),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// A client's own word, as far as an answer can bear it.
fn shown(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> Place {
        Place { room: name.into(), ..Place::default() }
    }

    #[test]
    fn words_are_wishes() {
        assert_eq!(parse(""), Ok(Wish::Lobby));
        assert_eq!(parse("  help "), Ok(Wish::Help));
        assert_eq!(parse("Monday"), Ok(Wish::Room(room("monday"))));
        let ana = Place { name: Some("Ana B.".into()), listener: true, ..room("monday") };
        assert_eq!(parse("monday --listen-only --name 'Ana B.'"), Ok(Wish::Room(ana)));
        let ask = |words: &[&str], json| Ask { words: words.iter().map(|w| (*w).to_owned()).collect(), json };
        let raise = ask(&["raise", "Fax", "over", "T.38?"], false);
        assert_eq!(parse("ctl monday raise Fax over T.38?"), Ok(Wish::Ctl(room("monday"), raise)));
        assert_eq!(parse("ctl --json monday status"), Ok(Wish::Ctl(room("monday"), ask(&["status"], true))));
        let own = Whose::Own(room("monday"));
        assert_eq!(parse("listen monday"), Ok(Wish::Listen(own.clone(), Rung::Kb32)));
        assert_eq!(parse("listen monday --rung 8"), Ok(Wish::Listen(own, Rung::Kb8)));
        let code = Whose::Paired("monday-k7qx-9pfm".parse().unwrap());
        assert_eq!(parse("audio monday-K7QX-9pfm"), Ok(Wish::Listen(code.clone(), Rung::Kb32)));
        assert_eq!(parse("audio monday-k7qx-9pfm --rung 16"), Ok(Wish::Listen(code, Rung::Kb16)));
        assert_eq!(parse("speak monday"), Ok(Wish::Speak(room("monday"), None)));
        assert_eq!(parse("speak monday --pcm 48000"), Ok(Wish::Speak(room("monday"), Some(48_000))));
    }

    #[test]
    fn recordings_are_named_by_room_and_number() {
        let wanted = |number, at, sound| {
            Ok(Wish::Play(Wanted { room: "monday".into(), number, at: Millis::from_secs(at), sound }))
        };
        assert_eq!(parse("play monday"), wanted(None, 0, false));
        assert_eq!(parse("play 'Monday#28' --at 1:02:03"), wanted(Some(28), 3_723, false));
        assert_eq!(parse("play monday#1 -o -"), wanted(Some(1), 0, true));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for line in [
            "scp -t /tmp",
            "monday now",
            "monday --name",
            "monday 'open",
            "listen",
            "listen monday --rung 7",
            "play",
            "play monday#x",
            "play monday -o file",
            "play monday --at later",
            "listen --rung 8",
            "audio",
            "audio monday",
            "audio monday-k7qx-9pfm --name Ana",
            "speak monday --pcm",
            "/bin/sh",
            "a\\",
            "-monday",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(!parse("\u{1b}[2J").unwrap_err().contains('\u{1b}'));
    }
}
