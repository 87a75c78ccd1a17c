//! The one table of what can be done while a recording plays: keys, footer, help and key table read it.

use crossterm::event::KeyEvent;

use crate::tui::Language;
use crate::tui::action::Label;
use crate::tui::keymap::Chord;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Action {
    pub(in crate::tui) what: Do,
    /// Its keys; the first one is shown.
    pub(in crate::tui) keys: &'static [&'static str],
    /// How early it is put in the footer, 1 first; 0 is never.
    pub(in crate::tui) rank: u8,
    en: Label,
    it: Label,
}

impl Action {
    pub(in crate::tui) fn label(&self, language: Language) -> &Label {
        match language {
            Language::En => &self.en,
            Language::It => &self.it,
        }
    }

    /// The key that is shown; the tenths are shown as one.
    pub(in crate::tui) fn key(&self) -> &'static str {
        if self.what == Do::Tenth { "1-9" } else { self.keys[0] }
    }
}

/// What a key does, and which of the row's keys it was.
pub(super) fn look_up(key: &KeyEvent) -> Option<(Do, usize)> {
    let pressed = Chord::of(key);
    ACTIONS.iter().find_map(|action| {
        let nth = action.keys.iter().position(|key| Chord::parse(key) == Some(pressed))?;
        Some((action.what, nth))
    })
}

/// A row: what, its keys, how early it is hinted at (1 first, 0 never), its labels.
macro_rules! actions {
    ($($what:ident [$($key:literal)*] $rank:literal en $en:literal: $en_long:literal it $it:literal: $it_long:literal;)*) => {
        /// What a key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::tui) enum Do { $($what,)* }

        /// Everything, in the order of the help.
        pub(in crate::tui) const ACTIONS: &[Action] = &[$(Action {
            what: Do::$what,
            keys: &[$($key),*],
            rank: $rank,
            en: Label { short: $en, long: $en_long },
            it: Label { short: $it, long: $it_long },
        },)*];
    };
}

actions! {
    Toggle ["Space" "p"] 1
        en "play": "Play, or stand still"
        it "suona": "Suona, o si ferma";
    Back ["Left" "h"] 4
        en "-5 s": "Back 5 s"
        it "-5 s": "Indietro di 5 s";
    On ["Right" "l"] 4
        en "+5 s": "On 5 s"
        it "+5 s": "Avanti di 5 s";
    BackFar ["Down" "PageDown"] 10
        en "-30 s": "Back 30 s"
        it "-30 s": "Indietro di 30 s";
    OnFar ["Up" "PageUp"] 10
        en "+30 s": "On 30 s"
        it "+30 s": "Avanti di 30 s";
    Previous ["["] 8
        en "previous": "To the previous chapter"
        it "precedente": "Al capitolo precedente";
    Next ["]"] 3
        en "next": "To the next chapter"
        it "seguente": "Al capitolo dopo";
    Tenth ["1" "2" "3" "4" "5" "6" "7" "8" "9"] 10
        en "tenths": "To this tenth of the recording"
        it "decimi": "A questo decimo della registrazione";
    Start ["0" "Home"] 0
        en "start": "To the start"
        it "inizio": "All'inizio";
    Slower ["-" "<"] 9
        en "slower": "Slower, down to 0.75 times"
        it "più lento": "Più lento, fino a 0.75 volte";
    Faster ["+" "=" ">"] 7
        en "faster": "Faster, up to twice"
        it "più veloce": "Più veloce, fino al doppio";
    Silence ["s"] 11
        en "skip silence": "Leave out silence, or not"
        it "salta silenzi": "Toglie i silenzi, o no";
    Chapters ["c"] 5
        en "chapters": "Choose a chapter"
        it "capitoli": "Sceglie un capitolo";
    Search ["/"] 6
        en "search": "Search topics and names"
        it "cerca": "Cerca argomenti e nomi";
    Panel ["Tab"] 12
        en "panel": "To the next panel"
        it "riquadro": "Al riquadro seguente";
    PanelBack ["Shift-Tab"] 0
        en "panel back": "To the panel before"
        it "riquadro prima": "Al riquadro precedente";
    Lower ["j"] 0
        en "down": "Down in the panel"
        it "giù": "Giù nel riquadro";
    Higher ["k"] 0
        en "up": "Up in the panel"
        it "su": "Su nel riquadro";
    Help ["?"] 2
        en "help": "Show the keys"
        it "aiuto": "Mostra i tasti";
    Redraw ["Ctrl-L"] 0
        en "redraw": "Draw everything anew"
        it "ridisegna": "Ridisegna tutto";
    Suspend ["Ctrl-Z"] 0
        en "suspend": "Stand still and give way to the shell"
        it "sospendi": "Si ferma e lascia il posto alla shell";
    Quit ["q" "Ctrl-C"] 2
        en "quit": "End; it goes on from here next time"
        it "esci": "Finisce; la prossima volta riprende da qui";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_be_read_and_does_one_thing() {
        let all: Vec<_> = ACTIONS.iter().flat_map(|a| a.keys.iter()).collect();
        for key in &all {
            assert!(Chord::parse(key).is_some(), "{key}");
            assert_eq!(all.iter().filter(|other| other == &key).count(), 1, "{key}");
        }
    }
}
