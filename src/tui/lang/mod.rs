//! Every text of the console, in English and Italian.

mod en;
mod it;
mod it_refusals;
mod lines;
mod player;
mod recording;
mod strip;
mod texts;

use super::action::Panel;
pub(super) use lines::Lines;
pub(super) use texts::Texts;

/// The language of every text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Italian.
    It,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::It];

    /// The language that a locale such as `it_IT.UTF-8` names; English when it is another.
    pub fn from_locale(locale: &str) -> Self {
        if locale.starts_with("it") { Self::It } else { Self::En }
    }

    /// Its code, as in `:lang it`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::It => "it",
        }
    }

    /// Its own name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::It => "Italiano",
        }
    }

    /// What somebody is asked on the shell's screen before a room that wants a passcode.
    pub fn passcode(self, room: &str) -> String {
        (self.texts().passcode)(room)
    }

    /// The same after a wrong one.
    pub fn passcode_again(self) -> &'static str {
        self.texts().passcode_again
    }

    /// What is said on the shell's screen when nobody chose a room.
    pub fn lobby_idle(self) -> &'static str {
        self.texts().lobby_idle
    }

    /// What is said on the shell's screen when somebody has left.
    pub fn you_left(self) -> &'static str {
        self.texts().you_left
    }

    /// What is said on the shell's screen when palco was told to end.
    pub fn told_to_end(self) -> &'static str {
        self.texts().told_to_end
    }

    /// Why a link is lost, by its code; `None` where the words it came with serve.
    pub fn link_reason(self, code: &str) -> Option<&'static str> {
        (self.texts().link_reason)(code)
    }

    /// Why a device does not work, by its code and the device's name; `None` where the words it came with serve.
    pub fn device_trouble(self, code: &str, name: &str) -> Option<String> {
        (self.texts().device_trouble)(code, name)
    }

    /// A refusal by its code; `None` where the words it came with serve.
    pub fn own_refusal(self, code: &str) -> Option<&'static str> {
        (self.texts().rejection)(code)
    }

    /// A refusal in this language: by its code, or in the words it came with.
    pub fn refusal(self, code: &str, text: &str) -> String {
        (self.texts().rejection)(code).map_or_else(|| sentence(text), str::to_owned)
    }

    /// The words of a seat's one line.
    pub(super) fn strip(self) -> &'static strip::StripTexts {
        match self {
            Self::En => &strip::EN,
            Self::It => &strip::IT,
        }
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::En => &en::EN,
            Self::It => &it::IT,
        }
    }
}

/// A text of somewhere else as a sentence of its own: a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The arguments of a word as people of the language read them: `NAME` is `NOME` in Italian.
pub(super) fn placeholders(texts: &Texts, arguments: &str) -> String {
    let mut out = String::new();
    let mut rest = arguments;
    while !rest.is_empty() {
        let is_upper = rest.starts_with(|c: char| c.is_ascii_uppercase());
        let end = rest.find(|c: char| c.is_ascii_uppercase() != is_upper).unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        out.push_str(if is_upper { (texts.placeholder)(part).unwrap_or(part) } else { part });
        rest = tail;
    }
    out
}

impl Texts {
    /// The name of a panel.
    pub(super) fn panel(&self, panel: Panel) -> &'static str {
        match panel {
            Panel::Stage => self.stage,
            Panel::Queue => self.queue,
            Panel::Clock => self.clock,
            Panel::Here => self.here,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_languages() {
        assert_eq!(Language::from_locale("it_IT.UTF-8"), Language::It);
        assert_eq!(Language::from_locale("C"), Language::En);
    }
}
