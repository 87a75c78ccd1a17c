//! Meetings that this machine keeps, as they are named on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use crate::library::{Kept, Library, numbered};
use crate::store::StoreError;
use crate::wire::is_room_name;

use super::context::Context;
use super::output::Failure;

/// A meeting: of which room, and which number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Which {
    pub(crate) room: String,
    pub(crate) number: Option<u32>,
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (room, number) = numbered(text)?;
        if !is_room_name(room) {
            return Err("a room is named by small letters, digits and -".to_owned());
        }
        Ok(Self { room: room.to_owned(), number })
    }
}

/// Opens the library: of the directory named, or of the usual one.
pub(crate) fn open(context: &Context, data: Option<&PathBuf>) -> Result<Library, Failure> {
    Library::open(&context.data(data)).map_err(|e| Failure::refused("data", e))
}

/// Finds a meeting, or says which there are.
pub(crate) fn find(library: &Library, which: &Which) -> Result<Kept, Failure> {
    let Which { room, number } = which;
    if let Some(kept) = library.find(room, *number).map_err(unreadable)? {
        return Ok(kept);
    }
    let all = library.meetings(Some(room)).map_err(unreadable)?;
    let text = match (all.last(), all.first()) {
        (Some(first), Some(last)) => {
            let (first, last) = (first.row.number, last.row.number);
            let asked = number.map_or_else(|| room.clone(), |number| format!("{room}#{number}"));
            match first == last {
                true => format!("{asked} is not kept here; of {room} there is #{first} alone"),
                false => {
                    format!("{asked} is not kept here; of {room} there are some from #{first} to #{last}")
                }
            }
        }
        _ => format!("there was no meeting in {room} here; --data says where the server keeps them"),
    };
    Err(Failure::refused("no-meeting", text))
}

/// The log cannot be read.
pub(crate) fn unreadable(why: StoreError) -> Failure {
    Failure::refused("data", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_is_named_by_room_and_number() {
        let which = |room: &str, number| Ok(Which { room: room.to_owned(), number });
        assert_eq!("monday".parse(), which("monday", None));
        assert_eq!("monday#28".parse(), which("monday", Some(28)));
        for bad in ["", "#28", "monday#", "monday#x", "../monday"] {
            assert!(bad.parse::<Which>().is_err(), "{bad}");
        }
    }
}
