//! What a client asks for: the words after `ssh HOST`.

use crate::wire::is_room_name;

/// What is printed when the words are not understood, and by `help`.
pub(super) const USAGE: &str = "\
usage: ssh -t [-p PORT] HOST                   the rooms, to choose from
       ssh -t [-p PORT] HOST ROOM              the meeting in a room
              --name NAME                      under this name [default: the one you log in with]
              --listen-only                    without speaking
       ssh [-p PORT] HOST help                 this text
";

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The rooms.
    Lobby,
    /// A seat in a room.
    Room(Place),
    /// The usage.
    Help,
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
        [room, options @ ..] if is_room_name(&room.to_ascii_lowercase()) => {
            let mut place = Place { room: room.to_ascii_lowercase(), ..Place::default() };
            let mut options = options.iter();
            while let Some(option) = options.next() {
                match *option {
                    "--listen-only" => place.listener = true,
                    "--name" => place.name = Some((*options.next().ok_or("--name needs a name")?).to_owned()),
                    other => return Err(format!("“{}” is not known here", shown(other))),
                }
            }
            Ok(Wish::Room(place))
        }
        [word, ..] => Err(format!("“{}” is neither a room nor anything else known here", shown(word))),
    }
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
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for line in
            ["scp -t /tmp", "monday now", "monday --name", "monday 'open", "/bin/sh", "a\\", "-monday"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(!parse("\u{1b}[2J").unwrap_err().contains('\u{1b}'));
    }
}
