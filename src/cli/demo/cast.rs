//! Who takes part in the demo and what they want to talk about: invented people of a technicians' Monday.

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::meeting::{HandKind, Item, Millis, Role};

/// The fewest scripted people: a speaker, a cohost and somebody to call.
pub(crate) const MIN_PEOPLE: usize = 4;

/// The most scripted people: every one is a real seat with a real link, and the names have to suffice.
pub(crate) const MAX_PEOPLE: usize = 32;

/// One scripted person, before they have a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Display name.
    pub(crate) name: String,
    /// The role that the host gives them at the start.
    pub(crate) role: Role,
    /// Whether their microphone opens by itself when they are called.
    pub(crate) auto_open: bool,
    /// When they come, counted from the start of the meeting.
    pub(crate) arrives: Millis,
    /// What they will raise their hand for, the next one last.
    pub(crate) topics: Vec<Topic>,
}

/// A topic line and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    /// What it asks for.
    pub(crate) kind: HandKind,
    /// The line.
    pub(crate) line: &'static str,
}

/// Everything that a seed decides before the meeting begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cast {
    /// The meeting's title.
    pub(crate) title: &'static str,
    /// Its agenda.
    pub(crate) agenda: Vec<Item>,
    /// The people: first the speaker, then the cohost, then the others as they come.
    pub(crate) people: Vec<Person>,
}

/// Where the speaker stands in [`Cast::people`].
pub(crate) const SPEAKER: usize = 0;

/// Where the cohost stands in [`Cast::people`].
pub(crate) const COHOST: usize = 1;

/// How many people come after the meeting has begun, one by one.
const LATE: usize = 3;

/// From how many people on some come late or only listen: below, all are needed to ask.
const LARGE: usize = 9;

/// When the first late person comes, and how much later each of the others.
const LATE_AFTER: Millis = Millis(2_600);

impl Cast {
    /// The cast of `seed`, with `people` scripted people, none of them named `host`.
    pub(crate) fn new(seed: u64, people: usize, host: &str) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let people = people.clamp(MIN_PEOPLE, MAX_PEOPLE);
        let title = TITLES[rng.random_range(0..TITLES.len())];
        let mut names: Vec<&str> = NAMES.iter().copied().filter(|n| !alike(n, host)).collect();
        names.shuffle(&mut rng);
        let mut topics = TOPICS.to_vec();
        topics.shuffle(&mut rng);

        let mut cast: Vec<Person> = names
            .iter()
            .take(people)
            .enumerate()
            .map(|(i, name)| person(&mut rng, i, name, people))
            .collect();
        let askers: Vec<usize> = (0..cast.len()).filter(|&i| cast[i].role == Role::Attendee).collect();
        for (n, topic) in topics.into_iter().enumerate() {
            cast[askers[n % askers.len()]].topics.push(topic);
        }
        Self { title, agenda: agenda(title), people: cast }
    }
}

fn person(rng: &mut StdRng, i: usize, name: &str, people: usize) -> Person {
    let role = match i {
        SPEAKER => Role::Speaker,
        COHOST => Role::Cohost,
        // Somebody who only listens, once there are enough others to ask.
        _ if people >= LARGE && i == people - LATE - 1 => Role::Listener,
        _ => Role::Attendee,
    };
    let late = (i + LATE).saturating_sub(people.saturating_sub(1));
    let arrives = if people >= LARGE && late > 0 {
        LATE_AFTER.times(late as u64).plus(Millis(rng.random_range(0..900)))
    } else {
        Millis::ZERO
    };
    // One in four opens the microphone by hand: both ways of being called are on show.
    let auto_open = role != Role::Listener && rng.random_range(0..4) != 0;
    Person { name: name.to_owned(), role, auto_open, arrives, topics: Vec::new() }
}

fn agenda(title: &str) -> Vec<Item> {
    [(title, 35), ("Questions from the room", 20), ("Next Mondays", 5)]
        .into_iter()
        .map(|(title, mins)| Item { title: title.to_owned(), length: Millis::from_mins(mins) })
        .collect()
}

/// Whether two names would be taken for one by a server that refuses doubles.
fn alike(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.trim().to_lowercase()
}

const TITLES: &[&str] = &[
    "From analog lines to full VoIP",
    "One PBX, forty branch offices",
    "What the SBC saw last night",
    "Voice VLANs without tears",
    "Asterisk on a box under the stairs",
    "Moving a call centre in one weekend",
];

const NAMES: &[&str] = &[
    "Adele Fontanive",
    "Aldo Merisio",
    "Bianca Todeschi",
    "Bruno Cavagnis",
    "Carlo Vendramel",
    "Chiara Mantegal",
    "Daniela Corsini",
    "Dario Pellizzon",
    "Elio Rambaldo",
    "Elena Sartogo",
    "Fabio Lunardel",
    "Franca Bevilaq",
    "Gino Tamburel",
    "Giulia Marzotta",
    "Ilario Bertagno",
    "Irene Solcia",
    "Lorenzo Pavanin",
    "Lucia Ferrandel",
    "Marta Gualdieri",
    "Maurizio Bonaldo",
    "Nadia Pressacco",
    "Nicola Stradiot",
    "Paola Zanettel",
    "Pietro Calvagna",
    "Renzo Bassanel",
    "Rita Dolcemar",
    "Sandro Mirabel",
    "Silvia Nardelot",
    "Tommaso Trevin",
    "Teresa Onigo",
    "Ugo Malacarn",
    "Valeria Spigar",
    "Vito Garbinel",
    "Zeno Lorandel",
];

const fn ask(line: &'static str) -> Topic {
    Topic { kind: HandKind::Question, line }
}

const fn reply(line: &'static str) -> Topic {
    Topic { kind: HandKind::Reply, line }
}

const fn order(line: &'static str) -> Topic {
    Topic { kind: HandKind::PointOfOrder, line }
}

const TOPICS: &[Topic] = &[
    ask("SIP trunk failover: DNS SRV or two registrations?"),
    ask("Fax over T.38, really?"),
    ask("Which SBC in front of the PBX?"),
    ask("Licences per extension or per call?"),
    ask("One-way audio behind double NAT"),
    ask("Does anybody still run ISDN as a backup?"),
    ask("QoS on a link that is not ours"),
    ask("Do you let phones into the office VLAN?"),
    ask("TLS and SRTP with old desk phones"),
    ask("How do you test an emergency number?"),
    ask("Number porting: how many days did you lose?"),
    ask("Opus or G.722 inside the company?"),
    ask("A pcap on a full disk: what do you keep?"),
    ask("Asterisk 22: worth the move from 18?"),
    ask("Kamailio in front of two boxes"),
    ask("DECT handsets that roam badly"),
    ask("LLDP-MED gives the wrong VLAN after a reboot"),
    ask("Call recording and the law: where do files live?"),
    ask("RTP ports: how many did you open?"),
    ask("systemd restarts the PBX in mid-call"),
    ask("Which jitter is still bearable?"),
    ask("Provisioning phones over HTTPS only"),
    ask("WireGuard for the people at home?"),
    ask("Door phones that speak no SIP"),
    ask("nftables rules for SIP floods"),
    ask("Monitoring MOS without a paid tool"),
    ask("Early media and the wrong ringback tone"),
    ask("PoE budget for sixty phones on one switch"),
    ask("DTMF gets lost in the voicemail menu"),
    ask("Is IPv6 ready on your trunk?"),
    ask("Time on the phones: own NTP or the router's?"),
    ask("Lifts and alarm panels on an ATA"),
    ask("Codec negotiation with a very old gateway"),
    ask("Proxmox or bare metal for the PBX?"),
    ask("How do you bill calls between departments?"),
    ask("Echo with a hands-free set in a glass room"),
    reply("We did the same with two registrations"),
    reply("Our trunk provider says the opposite"),
    reply("I have numbers on jitter over LTE"),
    reply("The old PBX can do that too"),
    reply("We measured it: 80 kbit/s a call"),
    reply("Try it with session timers off"),
    order("There is an echo from somebody's speakers"),
    order("Could the diagram be shown once more?"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_cast_again() {
        for seed in 0..50 {
            assert_eq!(Cast::new(seed, 12, "Stefano"), Cast::new(seed, 12, "Stefano"));
        }
        assert_ne!(Cast::new(1, 12, "Stefano"), Cast::new(2, 12, "Stefano"));
    }

    #[test]
    fn every_size_has_a_speaker_a_cohost_and_people_who_ask() {
        for people in 0..40 {
            for seed in 0..20 {
                let cast = Cast::new(seed, people, "x");
                let expected = people.clamp(MIN_PEOPLE, MAX_PEOPLE);
                assert_eq!(cast.people.len(), expected);
                assert_eq!(cast.people[SPEAKER].role, Role::Speaker);
                assert_eq!(cast.people[COHOST].role, Role::Cohost);
                let here: Vec<_> = cast.people.iter().filter(|p| p.arrives == Millis::ZERO).collect();
                let askers = here.iter().filter(|p| p.role == Role::Attendee).count();
                assert!(askers >= 2, "seed {seed}, {people} people: {askers}");
                for p in cast.people.iter().filter(|p| p.role == Role::Attendee) {
                    assert!(!p.topics.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_host_s_name_is_left_to_the_host() {
        for name in NAMES {
            let cast = Cast::new(7, MAX_PEOPLE, &name.to_uppercase());
            assert!(cast.people.iter().all(|p| p.name != *name));
        }
    }

    #[test]
    fn names_and_topics_are_different_and_fit_the_limits() {
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), NAMES.len());
        assert_eq!(TOPICS.iter().map(|t| t.line).collect::<BTreeSet<_>>().len(), TOPICS.len());
        assert!(NAMES.iter().all(|n| n.len() <= 32));
        assert!(TOPICS.iter().all(|t| t.line.len() <= 60));
        assert!(NAMES.len() > MAX_PEOPLE, "one name may be the host's");
    }
}
