//! What is said about the recording.

use crate::meeting::{RecordHalt, RecordPolicy, RecordSign, RecordStop, Recording};
use crate::sync::{CONSENT_TEXT, CONSENT_TRACKS};

type Text = &'static str;
type About = fn(&str) -> String;

/// The texts of one language.
#[derive(Debug)]
pub(in crate::tui) struct RecordTexts {
    /// The word beside the sign; empty while nothing is recorded.
    pub(in crate::tui) sign: fn(RecordSign) -> Text,
    /// What follows the word while each voice is on a track of its own too.
    pub(in crate::tui) with_tracks: Text,
    /// What follows it while everybody but the person at this console is recorded.
    pub(in crate::tui) without_you: Text,
    pub(in crate::tui) is_recorded: fn(bool) -> Text,
    pub(in crate::tui) started: fn(bool) -> Text,
    pub(in crate::tui) paused: Text,
    pub(in crate::tui) resumed: Text,
    pub(in crate::tui) stopped: fn(RecordStop) -> Text,
    pub(in crate::tui) halted: fn(RecordHalt) -> Text,
    pub(in crate::tui) mended: Text,
    pub(in crate::tui) struck: Text,
    pub(in crate::tui) all_off: fn(bool) -> Text,
    pub(in crate::tui) you_off: fn(bool) -> Text,
    pub(in crate::tui) one_off: fn(&str, bool) -> String,
    pub(in crate::tui) policy: fn(RecordPolicy) -> Text,

    /// What is asked, and kept with the answer; of tracks too.
    pub(in crate::tui) question: fn(bool) -> Text,
    pub(in crate::tui) call: About,
    /// The same where words are typed.
    pub(in crate::tui) call_plain: Text,
    pub(in crate::tui) yes: Text,
    pub(in crate::tui) no: Text,
    pub(in crate::tui) none_runs: Text,

    pub(in crate::tui) title: Text,
    pub(in crate::tui) start: Text,
    pub(in crate::tui) start_tracks: Text,
    pub(in crate::tui) start_alone: Text,
    pub(in crate::tui) pause: Text,
    pub(in crate::tui) resume: Text,
    pub(in crate::tui) stop: Text,
    pub(in crate::tui) off_title: Text,
    pub(in crate::tui) off_me: fn(bool) -> Text,
    pub(in crate::tui) off_one: fn(&str, bool) -> String,
    pub(in crate::tui) off_all: fn(bool) -> Text,
    pub(in crate::tui) ask_strike: Text,
    pub(in crate::tui) ask_stop: Text,
}

impl RecordTexts {
    /// The word beside the sign, and whether tracks are kept; empty while nothing is recorded.
    pub(in crate::tui) fn word(&self, recording: &Recording) -> String {
        let word = (self.sign)(recording.sign());
        if recording.tracks && recording.is_running() {
            format!("{word}{}", self.with_tracks)
        } else {
            word.to_owned()
        }
    }
}

pub(in crate::tui::lang) const EN: RecordTexts = RecordTexts {
    sign: |s| match s {
        RecordSign::Off => "",
        RecordSign::On => "REC",
        RecordSign::Paused => "rec paused",
        RecordSign::OffRecord => "off the record",
        RecordSign::Halted => "REC STOPPED",
    },
    with_tracks: " +tracks",
    without_you: " without you",
    is_recorded: |tracks| {
        if tracks {
            "This meeting is recorded, each voice also on its own track."
        } else {
            "This meeting is recorded."
        }
    },
    started: |tracks| {
        if tracks {
            "The meeting is recorded from now on, each voice also on its own track."
        } else {
            "The meeting is recorded from now on."
        }
    },
    paused: "The recording is paused.",
    resumed: "The recording goes on.",
    stopped: |why| match why {
        RecordStop::Host | RecordStop::Ended => "The recording is over.",
        RecordStop::Landing => "The recording is over: the meeting has landed.",
        RecordStop::Limit => "The recording is over: the meeting has reached its limit.",
        RecordStop::NoHost => "The recording is over: no host has been here for a minute.",
    },
    halted: |why| match why {
        RecordHalt::DiskFull => {
            "Nothing is recorded: the server's disk is full. It goes on when there is room."
        }
        RecordHalt::NotWritten => "Nothing is recorded: the server cannot write the file.",
        RecordHalt::NoDisk => "Nothing is recorded: this server keeps nothing on disk.",
    },
    mended: "The recording is written again.",
    struck: "The last 30 s are struck from the recording.",
    all_off: |on| {
        if on { "Off the record: nobody is recorded." } else { "On the record again." }
    },
    you_off: |on| {
        if on {
            "You are off the record: you are heard, and not recorded."
        } else {
            "You are on the record again."
        }
    },
    one_off: |name, on| format!("{name} is {} the record.", if on { "off" } else { "on" }),
    policy: |p| match p {
        RecordPolicy::ByHand => "A host starts the recording.",
        RecordPolicy::AtLive => "The recording starts with the meeting.",
        RecordPolicy::TracksAtLive => "Each voice on its own track too, from the start of the meeting.",
    },
    question: |tracks| if tracks { CONSENT_TRACKS } else { CONSENT_TEXT },
    call: |key| format!("This meeting is recorded: {key} says whether you are"),
    call_plain: "This meeting is recorded. Do you agree to be in it? Type “consent yes” or “consent no”.",
    yes: "Yes, I agree",
    no: "No: I am not recorded, and I listen",
    none_runs: "Nothing is recorded.",
    title: "Recording",
    start: "Start recording",
    start_tracks: "Start, each voice also on its own track",
    start_alone: "Start, and go on without a host",
    pause: "Pause the recording",
    resume: "Go on recording",
    stop: "Stop the recording",
    off_title: "Off the record",
    off_me: |on| if on { "Leave me out of the recording" } else { "Take me in again" },
    off_one: |name, on| if on { format!("Leave {name} out") } else { format!("Take {name} in again") },
    off_all: |on| if on { "Leave everybody out" } else { "Take everybody in again" },
    ask_strike: "Strike the last 30 s from the recording, for good?",
    ask_stop: "Stop the recording?",
};

pub(in crate::tui::lang) const IT: RecordTexts = RecordTexts {
    sign: |s| match s {
        RecordSign::Off => "",
        RecordSign::On => "REC",
        RecordSign::Paused => "rec in pausa",
        RecordSign::OffRecord => "fuori registrazione",
        RecordSign::Halted => "REC FERMO",
    },
    with_tracks: " +tracce",
    without_you: " senza di te",
    is_recorded: |tracks| {
        if tracks {
            "Questa riunione viene registrata, ogni voce anche su una traccia sua."
        } else {
            "Questa riunione viene registrata."
        }
    },
    started: |tracks| {
        if tracks {
            "Da ora la riunione viene registrata, ogni voce anche su una traccia sua."
        } else {
            "Da ora la riunione viene registrata."
        }
    },
    paused: "La registrazione è in pausa.",
    resumed: "La registrazione continua.",
    stopped: |why| match why {
        RecordStop::Host | RecordStop::Ended => "La registrazione è finita.",
        RecordStop::Landing => "La registrazione è finita: la riunione si è chiusa.",
        RecordStop::Limit => "La registrazione è finita: la riunione è arrivata al limite.",
        RecordStop::NoHost => "La registrazione è finita: da un minuto non c'è chi conduce.",
    },
    halted: |why| match why {
        RecordHalt::DiskFull => "Non si registra: il disco del server è pieno. Riprende quando c'è spazio.",
        RecordHalt::NotWritten => "Non si registra: il server non riesce a scrivere il file.",
        RecordHalt::NoDisk => "Non si registra: questo server non tiene niente su disco.",
    },
    mended: "La registrazione riprende.",
    struck: "Gli ultimi 30 s sono tolti dalla registrazione.",
    all_off: |on| {
        if on { "Fuori registrazione: nessuno viene registrato." } else { "Si registra di nuovo." }
    },
    you_off: |on| {
        if on {
            "Sei fuori dalla registrazione: ti si sente, ma non resti."
        } else {
            "Sei di nuovo nella registrazione."
        }
    },
    one_off: |name, on| {
        if on {
            format!("{name} è fuori dalla registrazione.")
        } else {
            format!("{name} è di nuovo nella registrazione.")
        }
    },
    policy: |p| match p {
        RecordPolicy::ByHand => "La registrazione la comincia chi conduce.",
        RecordPolicy::AtLive => "La registrazione comincia con la riunione.",
        RecordPolicy::TracksAtLive => "Ogni voce anche su una traccia sua, dall'inizio della riunione.",
    },
    question: |tracks| {
        if tracks {
            "Accetti che quello che dici in questa riunione venga registrato, nel mix e su una traccia con la sola tua voce, e \
             si possa riascoltare?"
        } else {
            "Accetti che quello che dici in questa riunione venga registrato e si possa riascoltare?"
        }
    },
    call: |key| format!("La riunione viene registrata: {key} per dire se accetti"),
    call_plain: "La riunione viene registrata. Accetti? Scrivi «consent yes» o «consent no».",
    yes: "Sì, accetto",
    no: "No: resto fuori, e ascolto",
    none_runs: "Non si registra niente.",
    title: "Registrazione",
    start: "Comincia a registrare",
    start_tracks: "Comincia, ogni voce anche su una traccia sua",
    start_alone: "Comincia, e continua anche senza chi conduce",
    pause: "Mette in pausa la registrazione",
    resume: "Continua a registrare",
    stop: "Finisce la registrazione",
    off_title: "Fuori registrazione",
    off_me: |on| if on { "Lasciami fuori dalla registrazione" } else { "Riprendimi" },
    off_one: |name, on| if on { format!("Lascia fuori {name}") } else { format!("Riprendi {name}") },
    off_all: |on| if on { "Lascia fuori tutti" } else { "Riprendi tutti" },
    ask_strike: "Togliere per sempre gli ultimi 30 s dalla registrazione?",
    ask_stop: "Finire la registrazione?",
};
