//! The one table of actions: keymap, footer, help, palette, menus and key table read it.

use crate::meeting::{Act, Permit, Phase, Role};

use super::Language;

/// A part of the screen that can have the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Stage,
    Queue,
    Clock,
    Here,
}

impl Panel {
    /// In the order in which Tab goes through them.
    pub(super) const ALL: [Self; 4] = [Self::Stage, Self::Queue, Self::Clock, Self::Here];

    /// Its name in the settings, as in `[keys.queue]`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Queue => "queue",
            Self::Clock => "clock",
            Self::Here => "here",
        }
    }
}

/// What an action is about; the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Queue,
    Stage,
    You,
    Meeting,
    Console,
}

impl Group {
    pub(super) const ALL: [Self; 5] = [Self::Queue, Self::Stage, Self::You, Self::Meeting, Self::Console];
}

/// A short name for hints and a sentence for lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) short: &'static str,
    pub(super) long: &'static str,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    pub(super) what: Do,
    /// The word in the palette, in `[keys]` and in the documentation.
    pub(super) word: &'static str,
    /// Default keys; the first one is shown.
    pub(super) keys: &'static [&'static str],
    pub(super) group: Group,
    /// Who may, by the meeting's own table; `None` is everybody, for it stays in the console.
    pub(super) act: Option<Act>,
    /// The panels whose menu offers it.
    pub(super) panels: &'static [Panel],
    /// How early it is put in the footer, 1 first; 0 is never.
    pub(super) rank: u8,
    en: &'static [Label],
    it: &'static [Label],
}

impl Action {
    /// Its label, or the one for taking it back (release, resume, open the microphone).
    pub(super) fn label(&self, language: Language, back: bool) -> &'static Label {
        let labels = match language {
            Language::En => self.en,
            Language::It => self.it,
        };
        labels.get(usize::from(back)).unwrap_or(&labels[0])
    }

    /// The roles that may do it in a live meeting; empty is everybody.
    pub(super) fn roles(&self) -> Vec<Role> {
        let Some(act) = self.act else { return Vec::new() };
        let may = |r: &Role| matches!(act.permit(*r, phase_for(act)), Permit::Yes | Permit::Own);
        let roles: Vec<_> = Role::ALL.iter().copied().filter(may).collect();
        if roles.len() == Role::ALL.len() { Vec::new() } else { roles }
    }
}

/// A phase in which an act is possible at all.
fn phase_for(act: Act) -> Phase {
    if matches!(act, Act::Prepare | Act::Start) { Phase::Scheduled } else { Phase::Live }
}

/// The row of an action.
pub(super) fn action(what: Do) -> &'static Action {
    ACTIONS.iter().find(|a| a.what == what).unwrap_or(&ACTIONS[0])
}

macro_rules! act {
    (-) => {
        None
    };
    ($act:ident) => {
        Some(Act::$act)
    };
}

/// A row: what, its word, its keys, its group, the row of the meeting's own table (`-` stays in the console), how early
/// it is hinted at (1 first, 0 never), the panels whose menu offers it; then its labels in each language, the second one
/// for taking it back.
macro_rules! actions {
    ($($what:ident $word:literal [$($key:literal)*] $group:ident $act:tt $rank:literal [$($panel:ident)*]
        en $($en:literal: $en_long:literal),+
        it $($it:literal: $it_long:literal),+;)*) => {
        /// What a key or word does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Do { $($what,)* }

        /// Every action, in the order of the help.
        pub(super) const ACTIONS: &[Action] = &[$(Action {
            what: Do::$what,
            word: $word,
            keys: &[$($key),*],
            group: Group::$group,
            act: act!($act),
            panels: &[$(Panel::$panel),*],
            rank: $rank,
            en: &[$(Label { short: $en, long: $en_long }),+],
            it: &[$(Label { short: $it, long: $it_long }),+],
        },)*];
    };
}

actions! {
    Next "next" ["n"] Queue Call 10 []
        en "call next": "End the turn and call the next hand"
        it "chiama": "Fine turno, e chiama la prima mano";
    Done "done" ["x"] Queue Done 10 [Stage Queue Here]
        en "done": "End the turn"
        it "fine turno": "Finisce il turno";
    NotThere "not-there" ["z"] Queue Call 42 [Stage Queue Here]
        en "not there": "Who does not answer waits again"
        it "non c'è": "Chi non risponde torna in coda";
    Interrupt "interrupt" ["I"] Queue Call 43 [Stage Queue Here]
        en "interrupt": "End the turn; its hand is first again"
        it "interrompi": "Ferma il turno; la mano torna la prima";
    Call "call" ["c"] Queue Call 40 [Stage Queue Here]
        en "call": "Call the selected hand"
        it "chiama lui": "Chiama la mano scelta";
    Drop "drop" ["d"] Queue Arrange 70 [Queue]
        en "drop": "Take the selected hand out",
            "drop marked": "Take the marked hands out"
        it "togli": "Toglie dalla coda la mano scelta",
            "togli segnate": "Toglie dalla coda le mani segnate";
    Mark "mark" ["v"] Queue Arrange 72 [Queue]
        en "mark": "Mark the selected hand",
            "unmark": "Take the mark off the selected hand"
        it "segna": "Segna la mano scelta",
            "non segnare": "Toglie il segno alla mano scelta";
    MarkAll "mark-all" ["V"] Queue Arrange 73 []
        en "mark all": "Mark all hands that are shown",
            "unmark all": "Take all marks off"
        it "segna tutte": "Segna tutte le mani in vista",
            "nessun segno": "Toglie tutti i segni";
    Merge "merge" ["M"] Queue Arrange 71 [Queue]
        en "same question": "Merge the marked hands into this one"
        it "stessa domanda": "Unisce le mani segnate a questa";
    Undo "undo" ["U"] Queue Arrange 6 []
        en "undo": "Bring back the hands just taken out"
        it "annulla": "Rimette in coda le mani appena tolte";
    MoveUp "move-up" ["K"] Queue Arrange 80 [Queue]
        en "move up": "Move the selected hand up"
        it "su": "Sposta in su la mano scelta";
    MoveDown "move-down" ["J"] Queue Arrange 81 [Queue]
        en "move down": "Move the selected hand down"
        it "giù": "Sposta in giù la mano scelta";
    Order "order" ["o"] Queue Arrange 75 []
        en "order": "Choose how the queue is ordered"
        it "ordine": "Sceglie l'ordine della coda";
    Round "round" ["."] Stage Round 47 [Stage Here Clock]
        en "round": "Start a round, or steer it"
        it "giro": "Comincia un giro di tavolo, o lo conduce";
    RoundPass "round-pass" ["y"] Stage RoundTurn 12 [Stage Here]
        en "pass": "Pass: out of the round"
        it "passa": "Passa: fuori dal giro";
    RoundLater "round-later" ["Q"] Stage RoundTurn 13 [Stage Here]
        en "later": "Speak later: to the end of the round"
        it "dopo": "Parla dopo: in fondo al giro";
    Invite "invite" ["i"] Stage Invite 50 [Stage Queue Here]
        en "invite": "Invite the selected person on the stage"
        it "invita": "Invita sul palco la persona scelta";
    OffStage "off-stage" ["f"] Stage OffStage 60 [Stage Queue Here]
        en "off stage": "Take the selected person off the stage"
        it "giù dal palco": "Fa scendere la persona scelta";
    Hold "hold" ["H"] Stage Hold 45 [Stage Queue Here]
        en "hold": "Hold the selected microphone muted",
            "release": "Release the selected microphone"
        it "ferma": "Tiene muto il microfono scelto",
            "libera": "Libera il microfono scelto";
    Role "role" ["R"] Stage SetRole 85 [Stage Here]
        en "role": "Give the selected person a role"
        it "ruolo": "Dà un ruolo alla persona scelta";
    HoldAll "hold-all" ["F"] Stage Hold 0 [Stage Clock]
        en "hold all": "Hold everybody's microphone muted",
            "release all": "Release all microphones"
        it "ferma tutti": "Tiene muti i microfoni di tutti",
            "libera tutti": "Libera i microfoni di tutti";
    Remove "remove" ["X"] Stage Moderate 0 [Stage Queue Here]
        en "remove": "Remove the selected person"
        it "fai uscire": "Fa uscire la persona scelta";
    Ban "ban" ["Z"] Stage Moderate 0 [Stage Queue Here]
        en "ban": "Keep the selected person out for a time"
        it "escludi": "Tiene fuori la persona scelta";
    RenameOther "rename-other" ["N"] Stage Moderate 0 [Stage Queue Here]
        en "change name": "Change the selected person's name"
        it "cambia nome": "Cambia il nome della persona scelta";
    HandOver "hand-over" ["Y"] Stage HandOver 0 [Stage Here]
        en "hand over": "Make the selected person host instead"
        it "cedi": "Cede la conduzione a chi è scelto";
    Raise "raise" ["r"] You Raise 30 []
        en "raise hand": "Raise your hand with a topic",
            "reword": "Change the topic of your raised hand"
        it "alza la mano": "Alza la mano con un argomento",
            "cambia": "Cambia l'argomento della tua mano";
    Lower "lower" ["w"] You Lower 31 []
        en "lower hand": "Lower your hand"
        it "abbassa": "Abbassa la mano";
    Support "support" ["s"] You Support 35 [Queue]
        en "support": "Support the selected hand",
            "unsupport": "Take your support back"
        it "sostieni": "Sostiene la mano scelta",
            "non più": "Ritira il tuo sostegno";
    Mute "mute" ["m"] You OwnMic 20 []
        en "mute": "Mute your microphone",
            "open mic": "Open your microphone"
        it "muto": "Chiude il tuo microfono",
            "apri mic": "Apre il tuo microfono";
    Talk "talk" ["Space" "F9"] You OwnMic 21 []
        en "talk": "Talk while held, or until pressed again"
        it "parla": "Parla finché premi, o finché ripremi";
    TalkTo "talk-to" ["b"] You Talkback 58 []
        en "talk to": "Choose whom your microphone reaches"
        it "parla a": "Sceglie chi ti sente";
    Accept "accept" ["a"] You OwnMic 5 []
        en "accept": "Accept the invitation on the stage"
        it "accetta": "Accetta l'invito sul palco";
    Decline "decline" ["D"] You OwnMic 5 []
        en "decline": "Decline the invitation"
        it "rifiuta": "Rifiuta l'invito";
    Step "step-up" ["u"] You StepUp 55 []
        en "step up": "Step on the stage",
            "step down": "Step off the stage"
        it "sali": "Sale sul palco",
            "scendi": "Scende dal palco";
    AutoOpen "auto-open" ["A"] You Oneself 0 []
        en "auto-open": "Open your mic by itself when called",
            "no auto-open": "Keep your mic muted when called"
        it "apri da solo": "Apre da solo il mic quando tocca a te",
            "resta muto": "Tiene muto il mic quando tocca a te";
    Rename "rename" [] You Oneself 0 []
        en "name": "Change your name"
        it "nome": "Cambia il tuo nome";
    Consent "consent" ["!"] You Oneself 4 []
        en "consent": "Say whether you agree to be recorded"
        it "consenso": "Dice se accetti di essere registrato";
    OffRecord "off-record" [","] You OffRecord 0 [Stage Here]
        en "off the record": "Leave somebody out of the recording"
        it "non registrare": "Toglie qualcuno dalla registrazione";
    Pair "pair" ["@"] You - 0 []
        en "pair": "Bring sound from another machine"
        it "abbina": "Porta qui il suono di un'altra macchina";
    Mirror "mirror" ["P"] Meeting - 87 [Here]
        en "participation": "See who was heard, and who was not yet"
        it "chi parla": "Mostra chi ha parlato e chi non ancora";
    MirrorOpen "mirror-open" [] Meeting Policy 0 [Clock]
        en "open mirror": "Show everybody the shares of talk time",
            "close mirror": "Keep the shares of talk time to hosts"
        it "specchio": "Mostra a tutti le quote di parola",
            "via specchio": "Mostra le quote solo a chi conduce";
    Participation "participation" [] Meeting Policy 0 [Clock]
        en "expect": "Say what the room expects of people"
        it "attese": "Dice che cosa si aspetta la stanza";
    Record "record" ["*"] Meeting Record 64 [Clock]
        en "record": "Start, pause or stop the recording"
        it "registra": "Comincia, ferma o finisce di registrare";
    Strike "strike" ["~"] Meeting Strike 0 [Clock]
        en "strike": "Strike the last 30 s from the recording"
        it "cancella 30 s": "Toglie gli ultimi 30 s registrati";
    Prepare "prepare" ["B"] Meeting Prepare 9 [Clock]
        en "backstage": "Open the backstage; others wait"
        it "quinte": "Apre le quinte; gli altri aspettano";
    OpenAt "open-at" ["O"] Meeting Prepare 39 [Clock]
        en "plan start": "Plan when the doors open"
        it "orario": "Stabilisce quando si aprono le porte";
    Start "start" ["S"] Meeting Start 8 [Clock]
        en "start": "Open the doors and start the meeting"
        it "comincia": "Apre le porte e comincia la riunione";
    Close "close" ["L"] Meeting Close 48 [Clock]
        en "last words": "Land softly: no new hands, last words"
        it "ultime parole": "Chiude piano: coda ferma, ultime parole";
    Push "push" ["T"] Meeting Steer 0 [Clock]
        en "push": "Push the hard limit 10 min away"
        it "rinvia": "Rinvia di 10 min la fine automatica";
    End "end" ["E"] Meeting End 90 [Clock]
        en "end": "End the meeting for everybody"
        it "finisci": "Finisce la riunione per tutti";
    Extend "extend" ["e"] Meeting Plan 38 [Clock]
        en "extend": "Add to the planned length"
        it "allunga": "Allunga la durata prevista";
    Propose "propose" ["W"] Meeting Propose 66 [Clock]
        en "propose": "Propose to extend the meeting"
        it "proponi": "Propone di allungare la riunione";
    VoteYes "vote-yes" ["1"] Meeting Vote 6 [Clock]
        en "yes": "Vote for the proposal"
        it "sì": "Vota sì alla proposta";
    VoteNo "vote-no" ["0"] Meeting Vote 7 [Clock]
        en "no": "Vote against the proposal"
        it "no": "Vota no alla proposta";
    Dismiss "dismiss" ["C"] Meeting Dismiss 0 [Clock]
        en "dismiss": "Decline the proposal, or take yours back"
        it "respingi": "Respinge la proposta, o ritira la tua";
    Pause "pause" ["p"] Meeting Steer 88 [Clock]
        en "pause": "Stop the clock",
            "resume": "Let the clock run again"
        it "pausa": "Ferma l'orologio",
            "riprendi": "Fa ripartire l'orologio";
    Borrow "borrow" ["t"] Meeting Steer 87 [Clock]
        en "borrow": "Borrow minutes from the items after"
        it "prendi minuti": "Prende minuti ai punti seguenti";
    NextItem "next-item" ["]"] Meeting Steer 86 [Clock]
        en "next item": "Go to the next agenda item"
        it "punto dopo": "Passa al punto seguente";
    PreviousItem "previous-item" ["["] Meeting Steer 0 [Clock]
        en "previous item": "Go back to the previous agenda item"
        it "punto prima": "Torna al punto precedente";
    Lock "lock" [] Meeting Moderate 0 [Clock]
        en "lock": "Let nobody new in",
            "unlock": "Let new people in again"
        it "chiudi porta": "Non fa entrare nessun altro",
            "apri porta": "Fa entrare di nuovo tutti";
    Bans "bans" [] Meeting Moderate 0 [Clock]
        en "bans": "Show who is kept out, to let them in"
        it "esclusi": "Mostra chi è escluso, per riammetterlo";
    Act "menu" ["Enter"] Console - 65 []
        en "menu": "What can be done here"
        it "menu": "Che cosa si può fare con la scelta";
    Palette "command" [":"] Console - 1 []
        en "command": "Type a command"
        it "comando": "Scrive un comando";
    Filter "filter" ["/"] Console - 95 []
        en "filter": "Show only who and what matches"
        it "filtra": "Mostra solo chi e che cosa somiglia";
    Help "help" ["?" "F1"] Console - 1 []
        en "help": "Show the keys"
        it "aiuto": "Mostra i tasti";
    FocusNext "focus-next" ["Tab"] Console - 0 []
        en "next panel": "Go to the next panel"
        it "riquadro": "Va al riquadro seguente";
    FocusPrevious "focus-previous" ["Shift-Tab"] Console - 0 []
        en "panel before": "Go to the panel before"
        it "riquadro prima": "Va al riquadro precedente";
    Down "down" ["j" "Down"] Console - 0 []
        en "down": "Select the next one"
        it "giù": "Sceglie il seguente";
    Up "up" ["k" "Up"] Console - 0 []
        en "up": "Select the one before"
        it "su": "Sceglie il precedente";
    Left "left" ["h" "Left"] Console - 0 []
        en "left": "Go to the panel on the left"
        it "sinistra": "Va al riquadro a sinistra";
    Right "right" ["l" "Right"] Console - 0 []
        en "right": "Go to the panel on the right"
        it "destra": "Va al riquadro a destra";
    First "first" ["g" "Home"] Console - 0 []
        en "first": "Select the first one"
        it "primo": "Sceglie il primo";
    Last "last" ["G" "End"] Console - 0 []
        en "last": "Select the last one"
        it "ultimo": "Sceglie l'ultimo";
    Back "back" ["Esc"] Console - 0 []
        en "back": "Close what is on top"
        it "indietro": "Chiude ciò che sta sopra";
    Louder "louder" ["+"] Console - 0 [Stage Here]
        en "louder": "Play the selected person louder"
        it "più forte": "Fa sentire più forte la persona scelta";
    Quieter "quieter" ["-"] Console - 0 [Stage Here]
        en "quieter": "Play the selected person quieter"
        it "più piano": "Fa sentire più piano la persona scelta";
    VolumeUp "volume-up" [">"] Console - 0 []
        en "volume up": "Play everybody louder"
        it "volume su": "Fa sentire tutti più forte";
    VolumeDown "volume-down" ["<"] Console - 0 []
        en "volume down": "Play everybody quieter"
        it "volume giù": "Fa sentire tutti più piano";
    Feed "feed" ["="] Console - 0 []
        en "feed": "Choose what you hear, and what it costs"
        it "ascolto": "Sceglie che cosa senti, e quanto costa";
    Lang "lang" [] Console - 0 []
        en "language": "Choose the language"
        it "lingua": "Sceglie la lingua";
    Theme "theme" [] Console - 0 []
        en "theme": "Choose the theme"
        it "tema": "Sceglie il tema";
    Redraw "redraw" ["Ctrl-L"] Console - 0 []
        en "redraw": "Draw everything anew"
        it "ridisegna": "Ridisegna tutto";
    Suspend "suspend" ["Ctrl-Z"] Console - 0 []
        en "suspend": "Close the mic and suspend to the shell"
        it "sospendi": "Chiude il mic e sospende nella shell";
    Leave "leave" ["q"] Console - 97 []
        en "leave": "Leave the meeting"
        it "esci": "Esce dalla riunione";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_and_keys_are_listed_once() {
        let words: BTreeSet<_> = ACTIONS.iter().map(|a| a.word).collect();
        assert_eq!(words.len(), ACTIONS.len());
        let keys: Vec<_> = ACTIONS.iter().flat_map(|a| a.keys).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn sentences_fit_the_help() {
        for label in ACTIONS.iter().flat_map(|a| a.en.iter().chain(a.it)) {
            assert!(label.long.chars().count() <= 40 && label.short.chars().count() <= 14, "{label:?}");
        }
    }

    #[test]
    fn roles_come_from_the_meetings_table() {
        assert_eq!(action(Do::Next).roles(), [Role::Host, Role::Cohost]);
        assert_eq!(action(Do::Start).roles(), [Role::Host]);
        assert_eq!(action(Do::Support).roles(), []);
        assert_eq!(action(Do::Help).roles(), []);
    }
}
