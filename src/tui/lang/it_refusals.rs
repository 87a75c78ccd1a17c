//! Why something is refused or does not work, in Italian.

use crate::meeting::text::{MAX_LINE_GRAPHEMES, MAX_NAME_GRAPHEMES, TextError};
use crate::sync::WordsError;

pub(super) fn link_reason(code: &str) -> Option<&'static str> {
    Some(match code {
        "unreachable" => "nessuno risponde a quell'indirizzo",
        "no-answer" => "nessuna risposta in tempo",
        "not-palco" => "risponde qualcosa che non è palco",
        "no-seat" => "il server è pieno",
        "not-tls" => "il server non parla TLS",
        "needs-tls" => "da qui il server vuole TLS: wss://",
        "impostor" | "wrong-pin" | "pin-changed" => "NON È IL SERVER DI PRIMA: la sua chiave è un'altra",
        "untrusted" => "nessuno garantisce per il server",
        "broken" | "lost" => "la connessione si è interrotta",
        "silent" => "il server non risponde più",
        "bad-pairing" => "Il codice è sbagliato, già usato o più vecchio di 10 minuti.",
        "not-paired" => "La console di cui questo è il suono non è nella riunione.",
        "sound-only" => "Questo è solo il suono di una console; comanda la console.",
        "going-away" => "il server si ferma",
        "restart" => "il server riparte",
        "internal" => "il server ha un guasto",
        "too-slow" => "la linea è troppo lenta per la riunione",
        "too-fast" => "troppi messaggi in una volta",
        "next-meeting" => "è aperta la riunione seguente",
        "try-again" => "il server chiede di riprovare più tardi",
        _ => return None,
    })
}

pub(super) fn placeholder(word: &str) -> Option<&'static str> {
    Some(match word {
        "NAME" => "NOME",
        "HAND" => "MANO",
        "TOPIC" => "ARGOMENTO",
        "TITLE" => "TITOLO",
        "LENGTH" => "DURATA",
        "POSITION" => "POSTO",
        "PERCENT" => "PERCENTO",
        _ => return None,
    })
}

pub(super) fn words_error(error: &WordsError) -> String {
    match error {
        WordsError::NoSuchCommand(word) => format!("Non c'è un comando «{word}»; ? li elenca."),
        WordsError::Arguments(word) => {
            format!("Scrivi: {} {}", word.verb, super::placeholders(&super::it::IT, word.arguments))
        }
        WordsError::Nobody(typed) => format!("Qui nessuno si chiama «{typed}»."),
        WordsError::Ambiguous { typed, names } => {
            format!("«{typed}» può essere {}; scrivi di più.", names.join(", "))
        }
        WordsError::NoHand(typed) => format!("«{typed}» non ha una mano in coda."),
        WordsError::NoTurn => "Nessuno ha la parola.".to_owned(),
        WordsError::NoProposal => "Nessuna proposta aperta.".to_owned(),
        WordsError::NoItem => "Nessun punto del programma in corso.".to_owned(),
    }
}

pub(super) fn text_error(error: &TextError) -> String {
    match error {
        TextError::Empty => "Non c'è niente di visibile; scrivi almeno una lettera.".to_owned(),
        TextError::LongName => format!("Nome troppo lungo: al massimo {MAX_NAME_GRAPHEMES} caratteri."),
        TextError::LongLine => format!("Testo troppo lungo: al massimo {MAX_LINE_GRAPHEMES} caratteri."),
    }
}

pub(super) fn rejection(code: &str) -> Option<&'static str> {
    Some(match code {
        "need-passcode" => "La stanza vuole una parola d'ordine; chiedila a chi conduce.",
        "wrong-passcode" => "Non è la parola d'ordine della stanza.",
        "too-many-tries" => "Troppe parole d'ordine provate dal tuo indirizzo; aspetta un minuto.",
        "short-passcode" => "La parola d'ordine è troppo corta.",
        "not-on-list" => "La tua chiave non è nell'elenco della stanza; chiedi a chi conduce.",
        "need-invite" => "La stanza fa entrare chi ha un invito; chiedilo a chi conduce.",
        "bad-invite" => "L'invito non vale (più); chiedine un altro a chi conduce.",
        "invite-revoked" => "Chi conduce ha ritirato l'invito con cui sei entrato.",
        "no-such-invite" => "Non c'è (più) un invito con quel nome.",
        "invite-bounds" => "Un invito non può essere per così tanti, o per così a lungo.",
        "not-your-door" => "La porta della stanza la cura chi conduce.",
        "not-allowed" => "Il tuo ruolo non lo permette; chiedi a chi conduce.",
        "server-only" => "Questo può farlo solo il server.",
        "wrong-phase" => "Non è possibile in questo momento della riunione.",
        "queue-closed" => "La coda è chiusa: niente nuove mani.",
        "not-open" => "Qui non c'è nessuna riunione; la apre chi conduce.",
        "already-open" => "La riunione è già aperta.",
        "not-here" => "Non sei in questa riunione; entra prima.",
        "nobody-there" => "Quella persona non c'è (più).",
        "name-taken" => "Questo nome è già preso; scegline un altro.",
        "bad-text" => "Questo testo non si può mostrare.",
        "full" => "La riunione è piena; riprova quando qualcuno esce.",
        "no-such-hand" => "Quella mano non aspetta (più).",
        "no-hand-raised" => "La tua mano non è alzata.",
        "your-turn" => "È il tuo turno; finiscilo prima di rialzare la mano.",
        "own-hand" => "È la tua mano; la sostengono gli altri.",
        "same-hand" => "È la stessa mano; serve un'altra a cui unirla.",
        "nothing-to-undo" => "Niente da rimettere: le mani tolte tornano per 10 s.",
        "queue-empty" => "Nella coda non aspetta nessuno.",
        "stale-turn" => "Quel turno è già finito; guarda il palco e ripremi.",
        "stale-item" => "Il programma è già andato avanti; guarda e ripremi.",
        "no-such-item" => "Il programma non ha punti lì.",
        "nothing-to-borrow" => "I punti seguenti non hanno abbastanza minuti; allunga la riunione.",
        "proposal-open" => "C'è già una proposta; prima vota quella.",
        "no-proposal" => "Quella proposta non è (più) aperta.",
        "too-many" => "Non ce ne stanno di più.",
        "no-such-place" => "La coda non ha quel posto; si conta da 1.",
        "on-stage" => "È già sul palco.",
        "not-on-stage" => "Non è sul palco.",
        "mic-held" => "Chi conduce tiene muto questo microfono; aspetta.",
        "not-invited" => "Non hai inviti sul palco.",
        "listener-off-stage" => "Chi ascolta resta giù dal palco; serve prima un altro ruolo.",
        "owner-stays-host" => "Il padrone di casa conduce sempre.",
        "last-host" => "Qualcuno deve condurre; passa prima il ruolo.",
        "away" => "Quella persona è assente; riprova quando torna.",
        "yourself" => "Saresti tu; fallo con qualcun altro.",
        "host-stays" => "Chi conduce e il padrone di casa restano; togli prima il ruolo.",
        "banned" => "Sei fra gli esclusi di questa stanza.",
        "locked" => "La porta è chiusa: non entra nessun altro.",
        "clock-state" => "L'orologio è già così.",
        "round-on" => "C'è un giro: parla uno alla volta; aspetta, o chiedi di finirlo.",
        "no-round" => "Nessun giro in corso.",
        "not-in-round" => "Nel giro non c'è (più).",
        "bad-round-time" => "Nel giro ognuno ha da 5 secondi a 30 minuti.",
        "bad-time" => "Quell'ora è passata, o lontana più di una settimana.",
        "bad-length" => "Questa durata non va: da un minuto in su, entro il limite.",
        _ => return record_refusal(code).or_else(|| server_refusal(code)),
    })
}

/// What is refused about the recording.
fn record_refusal(code: &str) -> Option<&'static str> {
    Some(match code {
        "not-recording" => "Non è in corso nessuna registrazione.",
        "without-tracks" => {
            "La registrazione in corso è senza tracce: terminala e avviane una con le tracce."
        }
        "consent-first" => {
            "La riunione viene registrata: di' prima se accetti (consent yes), o chiedi di restare fuori."
        }
        "declined" => {
            "Hai scelto di non essere nella registrazione: finché dura, ascolti (consent yes cambia idea)."
        }
        "own-word" => "È uscito dalla registrazione da sé: solo lui può rientrarci.",
        _ => return None,
    })
}

/// What a server says beside the meeting's own rules.
fn server_refusal(code: &str) -> Option<&'static str> {
    Some(match code {
        "bad-message" | "bad-command" => {
            "Il server non capisce questo messaggio; serve lo stesso palco di qua e di là."
        }
        "hello-late" => "Il server ha aspettato troppo il saluto; riprova.",
        "bad-proof" => "La chiave non è provata; guarda --identity.",
        "bad-room" => "Il nome di una stanza ha da 1 a 32 tra a-z, 0-9 e -.",
        "no-such-room" => "Qui non c'è quella stanza; guarda il nome, o aprila con `palco host`.",
        "may-not-open" => "Qui aprono stanze solo le chiavi in elenco; chiedi a chi tiene il server.",
        "not-owner" => "La stanza è di altri; la riunione la apre chi ne è padrone.",
        "no-seat" => "Il server non ha posti liberi; riprova tra un minuto.",
        "too-big" => "Un messaggio è troppo grande per il server.",
        "too-fast" => "Troppi messaggi in una volta; vai più piano.",
        "too-slow" => "La linea è troppo lenta per la riunione; torna quando va meglio.",
        "replaced" => "Un collegamento più recente ha preso questo posto.",
        "next-meeting" => "È aperta la riunione seguente di questa stanza; rientra.",
        "left" => "Sei uscito dalla riunione.",
        "going-away" => "Il server si ferma.",
        "restart" => "Il server riparte; rientra subito.",
        "internal" => "Il server ha un guasto; il suo registro dice perché.",
        "not-stored" => "Il server non è riuscito a conservarlo; riprova.",
        "closed" => "Il collegamento è chiuso; rientra.",
        "refused" => "Il server rifiuta questo collegamento.",
        _ => return None,
    })
}

pub(super) fn device_trouble(code: &str, name: &str) -> Option<String> {
    Some(match code {
        "off" => "escluso, come chiesto".to_owned(),
        "no-host" => {
            "PulseAudio non risponde e manca libasound.so.2; avvia l'uno o installa l'altra".to_owned()
        }
        "not-there" => format!("nessun dispositivo si chiama «{name}»; li elenca `palco devices`"),
        "only-alsa" => format!("«{name}» vuole PulseAudio, che non risponde; ALSA ha solo «default»"),
        "several" => format!("più di un dispositivo si chiama «{name}»; scrivi l'ID intero"),
        "no-device" => "questa macchina non ne ha".to_owned(),
        "does-not-open" => format!("«{name}» non si apre"),
        "gone" => format!("«{name}» non c'è più"),
        _ => return None,
    })
}
