//! How often somebody may try a passcode.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

/// Tries at once: a family at one address, and a slip each.
const BURST: u32 = 20;

/// One more try each so long: 14,400 a day.
const EVERY: Duration = Duration::from_secs(6);

/// Addresses and rooms that are counted at once. When there are more, those who tried long ago are forgotten; when all
/// tried of late, nobody new may.
const COUNTED: usize = 10_000;

/// The tries of late, by address and room.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// Until when the tries of each count, if there are no more.
    until: HashMap<(IpAddr, String), Instant>,
}

impl Tries {
    /// Counts a try; says whether it may be made.
    pub(super) fn admit(&mut self, from: IpAddr, room: &str, now: Instant) -> bool {
        let key = (network(from), room.to_owned());
        if self.until.len() >= COUNTED && !self.until.contains_key(&key) {
            self.until.retain(|_, until| *until > now);
            if self.until.len() >= COUNTED {
                return false;
            }
        }
        let until = self.until.entry(key).or_insert(now);
        let next = (*until).max(now) + EVERY;
        let fits = next.saturating_duration_since(now) <= EVERY * BURST;
        if fits {
            *until = next;
        }
        fits
    }

    /// Forgets the tries of somebody who knows the passcode.
    pub(super) fn forgive(&mut self, from: IpAddr, room: &str) {
        self.until.remove(&(network(from), room.to_owned()));
    }
}

/// An address as it is counted: in IPv6 one customer has a network of at least 64 bits.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_each_while_by_address_and_room() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let ana: IpAddr = "192.0.2.7".parse().unwrap();
        let admitted = |t: &mut Tries, from, room, at| (0..50).filter(|_| t.admit(from, room, at)).count();
        assert_eq!(admitted(&mut tries, ana, "monday", now), 20);
        assert_eq!(admitted(&mut tries, "::ffff:192.0.2.7".parse().unwrap(), "monday", now), 0);
        assert_eq!(admitted(&mut tries, ana, "tuesday", now), 20);
        assert_eq!(admitted(&mut tries, "192.0.2.8".parse().unwrap(), "monday", now), 20);
        assert_eq!(admitted(&mut tries, ana, "monday", now + EVERY * 2), 2);
        tries.forgive(ana, "monday");
        assert_eq!(admitted(&mut tries, ana, "monday", now + EVERY * 2), 20);
    }

    #[test]
    fn a_network_of_one_customer_is_one() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let at = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, n]);
        assert_eq!((0..50).filter(|n| tries.admit(at(*n), "monday", now)).count(), 20);
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let room = |n: usize| format!("r{n}");
        let from = IpAddr::from([192, 0, 2, 7]);
        assert!((0..COUNTED).all(|n| tries.admit(from, &room(n), now)));
        assert!(!tries.admit(from, "one-more", now));
        assert!(tries.admit(from, "one-more", now + EVERY));
        assert_eq!(tries.until.len(), 1);
    }
}
