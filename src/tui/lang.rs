//! Languages.

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
    /// The language that a locale such as `it_IT.UTF-8` names; English when it is another.
    pub fn from_locale(locale: &str) -> Self {
        if locale.starts_with("it") { Self::It } else { Self::En }
    }
}
