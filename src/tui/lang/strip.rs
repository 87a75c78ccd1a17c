//! What the one line of `palco listen` and `palco speak` says.

/// The words of one language.
#[derive(Debug)]
pub(in crate::tui) struct StripTexts {
    pub(in crate::tui) connecting: &'static str,
    pub(in crate::tui) nobody: &'static str,
    pub(in crate::tui) speaks: fn(&str) -> String,
    pub(in crate::tui) clock: fn(&str, &str) -> String,
    pub(in crate::tui) rate: fn(u64) -> String,
    pub(in crate::tui) delay: fn(u64) -> String,
    pub(in crate::tui) you_are: fn(&str) -> String,
    pub(in crate::tui) heard: &'static str,
    pub(in crate::tui) off_stage: &'static str,
    pub(in crate::tui) muted: &'static str,
    pub(in crate::tui) held: &'static str,
    pub(in crate::tui) waits: &'static str,
    pub(in crate::tui) dropped: &'static str,
    pub(in crate::tui) lobby: &'static str,
    pub(in crate::tui) ended: &'static str,
    pub(in crate::tui) no_speaker: fn(&str) -> String,
}

pub(super) const EN: StripTexts = StripTexts {
    connecting: "no connection, trying again",
    nobody: "nobody speaks",
    speaks: |names| format!("▶ {names}"),
    clock: |elapsed, planned| format!("{elapsed} of {planned}"),
    rate: |bytes| format!("{}.{} kB/s", bytes / 1000, bytes % 1000 / 100),
    delay: |ms| format!("{ms} ms behind"),
    you_are: |name| format!("you are “{name}”"),
    heard: "you are heard",
    off_stage: "you are not on the stage",
    muted: "your microphone is muted",
    held: "a host holds your microphone muted",
    waits: "waits until you are heard",
    dropped: "what comes now is dropped",
    lobby: "the doors are not open yet",
    ended: "the meeting has ended",
    no_speaker: |why| format!("no sound: {why}"),
};

pub(super) const IT: StripTexts = StripTexts {
    connecting: "nessun collegamento, riprovo",
    nobody: "nessuno parla",
    speaks: |names| format!("▶ {names}"),
    clock: |elapsed, planned| format!("{elapsed} di {planned}"),
    rate: |bytes| format!("{},{} kB/s", bytes / 1000, bytes % 1000 / 100),
    delay: |ms| format!("{ms} ms di ritardo"),
    you_are: |name| format!("sei «{name}»"),
    heard: "ti sentono",
    off_stage: "non sei sul palco",
    muted: "il tuo microfono è muto",
    held: "un host tiene muto il tuo microfono",
    waits: "aspetta finché ti sentono",
    dropped: "quello che arriva ora si perde",
    lobby: "le porte non sono ancora aperte",
    ended: "la riunione è finita",
    no_speaker: |why| format!("niente audio: {why}"),
};
