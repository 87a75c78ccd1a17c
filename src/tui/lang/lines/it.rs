//! Italian.

use crate::meeting::HandKind;

use super::Lines;

pub(in crate::tui::lang) const IT: Lines = Lines {
    by_itself: "Modo a righe: questo non è un terminale su cui disegnare la griglia.",
    welcome: |room, title| format!("{room}: {title}"),
    help_hint: "Scrivi help per le parole.",
    link_back: "Collegamento ripreso.",
    left_out: |n| format!("{n} righe saltate: non sono state lette in tempo."),
    already_so: "È già così.",
    grid_only: |word| format!("«{word}» è per la griglia; scrivi help per le parole."),
    yes_or_no: |question| format!("{question} Scrivi sì o no."),
    not_done: "Non cambia niente.",
    word: |word| format!("«{word}»"),
    help_words: "Un nome si può accorciare finché è chiaro di chi si parla; una mano è il suo numero o il nome di chi la alza.",
    verb,
    question: |word| match word {
        "who" => "chi c'è; può seguire una parte del nome",
        "queue" => "chi aspetta e con che cosa; può seguirne una parte",
        "stage" => "chi è sul palco",
        "time" => "l'orologio e la fine prevista",
        "agenda" => "il programma",
        "next" => "chi è il prossimo",
        "me" => "chi sei e dove sei",
        "round" => "chi parla nel giro e chi è il prossimo",
        "mirror" => "chi ha parlato, e chi non ancora",
        "bans" => "chi resta fuori",
        "talk" => "apre il tuo microfono, o lo richiude",
        _ => "queste parole",
    },

    opened: |title| format!("La riunione è aperta: {title}"),
    joined: |name, role| format!("{name} entra, {role}."),
    you_joined: |role| format!("Sei nella riunione, {role}."),
    left: |name| format!("{name} esce dalla riunione."),
    gone: |name| format!("{name} non c'è più: il collegamento non è tornato."),
    removed: |name| format!("{name} è fuori dalla riunione per decisione di chi conduce."),
    unbanned: |name| format!("{name} può rientrare."),
    mirror: |open| {
        if open {
            "Tutti vedono quanto parla ciascuno."
        } else {
            "Solo chi conduce vede quanto parla ciascuno."
        }
    },
    away: |name| format!("{name} ha perso il collegamento."),
    back: |name| format!("{name} è di nuovo qui."),
    renamed: |before, name| format!("{before} ora si chiama {name}."),
    you_renamed: |name| format!("Ora ti chiami {name}."),
    role_of: |name, role| format!("Ruolo di {name} ora: {role}."),
    auto_open: |on| {
        if on {
            "Il tuo microfono si apre da solo quando tocca a te."
        } else {
            "Il tuo microfono resta muto quando tocca a te."
        }
    },

    raised: |name, place, topic| format!("{name} alza la mano, numero {place}: {topic}"),
    your_hand: |place, topic| format!("La tua mano è alzata, numero {place}: {topic}"),
    topic: |kind, topic| match kind {
        HandKind::Question => topic.to_owned(),
        HandKind::Reply => format!("replica, {topic}"),
        HandKind::PointOfOrder => format!("mozione d'ordine, {topic}"),
    },
    reworded: |name, topic| format!("{name} cambia argomento: {topic}"),
    lowered: |name| format!("{name} abbassa la mano."),
    you_lowered: "La tua mano è abbassata.",
    dropped: |name| format!("La mano di {name} è tolta dalla coda."),
    hands_dropped: |names| format!("Tolte dalla coda le mani di {names}."),
    hands_merged: |names, into| format!("Stessa domanda di {into}: {names}."),
    hands_restored: |names| format!("Di nuovo in coda le mani di {names}."),
    interrupted: |name| format!("{name} lascia la parola ed è di nuovo prima mano."),
    not_there: |name| format!("{name} non risponde; la mano aspetta ancora."),
    supported: |name, owner, n| format!("{name} sostiene la mano di {owner}, finora {n}."),
    unsupported: |name, owner, n| format!("{name} non sostiene più la mano di {owner}, restano {n}."),
    ordered: |order| format!("La coda ha un altro ordine: {order}."),
    called: |name, topic| format!("Tocca a {name}: {topic}"),
    turn_over: |name, time| format!("Il turno di {name} è finito dopo {time}."),

    you_declined: "Rifiuti l'invito.",
    your_invitation_back: "Il tuo invito è ritirato.",
    invitation_back: |name| format!("L'invito a {name} è ritirato."),
    stepped_up: |name| format!("{name} è sul palco."),
    you_stepped_up: "Sei sul palco.",
    stepped_down: |name| format!("{name} non è più sul palco."),
    muted: |name| format!("{name} chiude il microfono."),
    you_muted: "Il tuo microfono è muto.",
    unmuted: |name| format!("{name} apre il microfono."),
    you_unmuted: "Il tuo microfono è aperto: tutti ti sentono.",
    talks_to: |name, whom| format!("Sentono {name}: {whom}."),
    held: |name| format!("Il microfono di {name} è fermo."),
    released: |name| format!("Il microfono di {name} non è più fermo."),
    you_are_invited: |accept, decline| format!("Hai un invito sul palco: scrivi {accept} o {decline}."),
    your_turn_muted: |unmute| format!("Tocca a te: scrivi {unmute} per aprire il microfono."),

    you_consented: |yes| {
        if yes {
            "Accetti di essere nella registrazione."
        } else {
            "Resti fuori dalla registrazione: finché dura, ascolti."
        }
    },
    refuses_recording: |name| format!("{name} resta fuori dalla registrazione, e ascolta."),

    you_proposed: |n| format!("Proponi {n} minuti in più."),
    you_voted: |word| format!("Il tuo voto: {word}."),
    vote_call: |name, more| format!("{name} propone {more}: scrivi «vote yes» o «vote no»."),
    round_speaks: |name| format!("Nel giro parla {name}."),
    round_time_up: |name| format!("Il tempo di {name} nel giro è finito."),
    round_placed: |name, n| format!("{name} è al posto {n} del giro."),
    paused: "L'orologio è fermo.",
    resumed: "L'orologio riparte.",
    item_added: |title, length| format!("Nuovo punto nel programma: {title}, {length}."),
    item_started: |place, title, length| format!("Punto {place} del programma: {title}, {length}."),
    agenda_over: "Il programma è finito.",

    nothing_matches: |part| format!("Niente somiglia a «{part}»."),
    no_agenda: "Non c'è un programma.",
    now: "ora",
    next_is: |hand| format!("Il prossimo: {hand}"),
    then_comes: |hand| format!("Poi: {hand}"),
    hand_number: |n| format!("mano {n}"),
    turn_of: |name, time| format!("È il turno di {name}, da {time}."),
    spoken: |time| format!("ha parlato {time}"),
    you_are: |about| format!("Sei {about}."),
};

fn verb(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "raise" => "alza la mano, o ne cambia l'argomento",
        "lower" => "abbassa la mano",
        "support" => "sostiene una mano, o non più",
        "next" => "finisce il turno e chiama la prima mano",
        "call" => "chiama questa mano",
        "done" => "finisce il turno",
        "not-there" => "rimette in coda chi non risponde",
        "interrupt" => "finisce il turno; la mano è di nuovo la prima",
        "merge" => "stessa domanda: resta l'ultima",
        "undo" => "riporta le mani appena tolte o unite (10 s)",
        "drop" => "toglie una mano dalla coda",
        "move" => "sposta una mano nella coda, contando da 1",
        "order" => "ordina la coda",
        "invite" => "invita qualcuno sul palco",
        "accept" => "accetta un invito",
        "decline" => "rifiuta un invito",
        "step-up" => "sale sul palco per ruolo",
        "off-stage" => "fa scendere qualcuno dal palco, o scende",
        "mute" => "chiude il tuo microfono",
        "unmute" => "apre il tuo microfono",
        "hold" => "tiene muto qualcuno finché non è liberato",
        "release" => "libera un microfono fermo",
        "remove" => "manda fuori qualcuno, che può tornare",
        "ban" => "tiene fuori qualcuno, per un tempo o per sempre",
        "unban" => "toglie un divieto",
        "lock" => "non fa entrare più nessuno",
        "unlock" => "fa di nuovo entrare",
        "rename-other" => "cambia un nome che confonde",
        "hand-over" => "passa la conduzione a qualcuno; tu aiuti",
        "role" => "dà un ruolo a qualcuno",
        "prepare" => "apre le quinte; gli altri aspettano nel foyer",
        "open-at" => "dice quando si aprono le porte (17:00, +15m)",
        "talk-to" => "sceglie chi ti sente",
        "start" => "apre le porte: comincia la riunione",
        "close" => "chiude la coda: ultime parole",
        "end" => "finisce la riunione",
        "push" => "allontana il limite (10m)",
        "propose" => "propone di allungare la riunione (10m)",
        "vote" => "vota sulla proposta",
        "dismiss" => "rifiuta la proposta, o ritira la tua",
        "borrow" => "prende minuti ai punti seguenti (5m)",
        "round" => "dà a tutti il loro tempo, uno dopo l'altro",
        "extend" => "allunga la durata prevista (10m)",
        "mirror" => "mostra a tutti quanto parla ciascuno, o non più",
        "record" => "registra la riunione, o dice se lo fa l'inizio",
        "strike" => "toglie per sempre gli ultimi 30 s dalla registrazione",
        "off-record" => "lascia te, qualcuno o tutti fuori dalla registrazione",
        "on-record" => "li riprende nella registrazione",
        "consent" => "dice se accetti di essere nella registrazione; chi non accetta ascolta",
        "participation" => "dice che cosa la stanza si aspetta da chi c'è",
        "pause" => "ferma l'orologio",
        "resume" => "fa ripartire l'orologio",
        "agenda" => "aggiunge un punto al programma, o passa a un altro",
        "rename" => "cambia il tuo nome",
        "auto-open" => "apre da solo il tuo microfono quando tocca a te",
        "leave" => "esce dalla riunione",
        _ => return None,
    })
}
