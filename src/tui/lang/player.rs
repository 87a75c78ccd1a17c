//! What is said while a recording plays.

type Text = &'static str;
type About = fn(&str) -> String;
type Count = fn(u64) -> String;

/// The texts of one language.
#[derive(Debug)]
pub(in crate::tui) struct PlayerTexts {
    /// The word beside the sign, which takes the place of the recording's.
    pub(in crate::tui) replay: Text,
    /// What the key does that plays, while it plays.
    pub(in crate::tui) pause: Text,
    pub(in crate::tui) paused: Text,
    pub(in crate::tui) ended: Text,
    pub(in crate::tui) chapters: Text,
    pub(in crate::tui) no_chapters: Text,
    pub(in crate::tui) choose_hint: Text,
    pub(in crate::tui) search: Text,
    pub(in crate::tui) search_hint: Text,
    pub(in crate::tui) search_empty: Text,
    pub(in crate::tui) search_nothing: Text,
    pub(in crate::tui) help: Text,
    /// How levels are shown.
    pub(in crate::tui) help_levels: Text,
    pub(in crate::tui) without_silence: Text,
    pub(in crate::tui) mics: Count,
    pub(in crate::tui) no_sound: Text,
    pub(in crate::tui) no_sound_why: About,
    pub(in crate::tui) sound_only: Text,
}

pub(in crate::tui::lang) const EN: PlayerTexts = PlayerTexts {
    replay: "replay",
    pause: "pause",
    paused: "paused",
    ended: "the end",
    chapters: "Chapters",
    no_chapters: "This recording has no chapters.",
    choose_hint: "Enter go there · Esc",
    search: "Search",
    search_hint: "Enter go there · Esc",
    search_empty: "a topic, a name",
    search_nothing: "Nothing is found.",
    help: "Keys while a recording plays",
    help_levels: "The recording holds all voices together: its level stands beside a name only while one microphone is open.",
    without_silence: "no silence",
    mics: |n| format!("{n} mics"),
    no_sound: "no sound",
    no_sound_why: |why| format!("No sound: {why}"),
    sound_only: "Only the sound is there: no meeting belongs to this file.",
};

pub(in crate::tui::lang) const IT: PlayerTexts = PlayerTexts {
    replay: "replica",
    pause: "pausa",
    paused: "in pausa",
    ended: "fine",
    chapters: "Capitoli",
    no_chapters: "Questa registrazione non ha capitoli.",
    choose_hint: "Invio va lì · Esc",
    search: "Cerca",
    search_hint: "Invio va lì · Esc",
    search_empty: "un argomento, un nome",
    search_nothing: "Non si trova niente.",
    help: "Tasti durante una registrazione",
    help_levels: "La registrazione ha tutte le voci insieme: il livello sta accanto a un nome solo quando è aperto un microfono solo.",
    without_silence: "senza silenzi",
    mics: |n| format!("{n} microfoni"),
    no_sound: "senza suono",
    no_sound_why: |why| format!("Niente suono: {why}"),
    sound_only: "C'è solo il suono: nessuna riunione appartiene a questo file.",
};
