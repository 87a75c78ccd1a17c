//! Pairing codes: sound from another machine, for somebody who sits at a console without any.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::is_room_name;

/// The letters of a secret: Crockford's base 32, in which nothing looks like anything else.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters in each half of a secret: 40 bits in all, for something that lives ten minutes and may be tried five times a
/// second.
const HALF: usize = 4;

/// A room and a secret, as people type them: `monday-k7qx-9pfm`.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode {
    room: String,
    secret: String,
}

/// Something typed is no pairing code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a pairing code is a room and two groups of four, such as monday-k7qx-9pfm; the console shows it")]
pub struct BadPairingCode;

impl PairingCode {
    /// A code of `room` made of 40 random bits.
    pub fn new(room: &str, random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let letter = |place: usize| LETTERS[(bits >> (5 * place) & 31) as usize] as char;
        Self { room: room.to_owned(), secret: (0..2 * HALF).map(letter).collect() }
    }

    /// The room.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// The secret, as a hello carries it.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Display for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.secret.split_at(HALF);
        write!(f, "{}-{first}-{second}", self.room)
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairingCode({}-…)", self.room)
    }
}

impl FromStr for PairingCode {
    type Err = BadPairingCode;

    /// Reads what people make of it: any case, `o` for `0`, `i` and `l` for `1`.
    fn from_str(text: &str) -> Result<Self, BadPairingCode> {
        let mut parts = text.trim().rsplitn(3, '-');
        let (second, first, room) = (parts.next(), parts.next(), parts.next());
        let (Some(second), Some(first), Some(room)) = (second, first, room) else {
            return Err(BadPairingCode);
        };
        let room = room.to_ascii_lowercase();
        let halves = [first, second];
        if !is_room_name(&room) || halves.iter().any(|half| half.chars().count() != HALF) {
            return Err(BadPairingCode);
        }
        let letter = |c: char| match c.to_ascii_lowercase() {
            'o' => Some('0'),
            'i' | 'l' => Some('1'),
            c => Some(c).filter(|c| u8::try_from(*c).is_ok_and(|b| LETTERS.contains(&b))),
        };
        let secret: Option<String> = halves.iter().flat_map(|half| half.chars()).map(letter).collect();
        Ok(Self { room, secret: secret.ok_or(BadPairingCode)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = PairingCode::new("after-work", [0xff, 0, 0x12, 0x34, 0x56]);
        let shown = code.to_string();
        let typed = format!(" {} ", shown.to_uppercase().replace('0', "O").replace('1', "l"));
        assert_eq!(typed.parse(), Ok(code.clone()), "{shown}");
        assert_eq!(code.room(), "after-work");
        assert!(!format!("{code:?}").contains(code.secret()));
    }

    #[test]
    fn what_is_no_code_says_what_one_looks_like() {
        for text in [
            "",
            "monday",
            "monday-k7qx",
            "monday-k7qx-9pf",
            "Mon day-k7qx-9pfm",
            "monday-k7qu-9pfm",
            "-k7qx-9pfm",
        ] {
            assert_eq!(text.parse::<PairingCode>(), Err(BadPairingCode), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_read_back(random: [u8; 5]) {
            let code = PairingCode::new("monday", random);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        #[test]
        fn nothing_typed_is_too_odd(text in "\\PC*") {
            let _ = text.parse::<PairingCode>();
        }
    }
}
