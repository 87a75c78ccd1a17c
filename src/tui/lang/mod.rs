//! Every text of the console, in English and Italian.

mod en;
mod it;
mod texts;

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

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::En => &en::EN,
            Self::It => &it::IT,
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
