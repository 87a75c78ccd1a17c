//! `palco devices`.

use std::fmt::Write as _;

use crate::device::{Direction, HostReport, devices};

use super::output::{Failure, print};

/// Lists the sound devices. A machine without sound has none, which is an answer and no failure.
pub(super) fn run() -> Result<(), Failure> {
    print(&render(&devices()))
}

fn render(hosts: &[HostReport]) -> String {
    let mut out = String::new();
    for way in [Direction::Capture, Direction::Playback] {
        // Writing to a string cannot fail.
        let _ = write_way(&mut out, hosts, way);
    }
    for host in hosts {
        if let Err(why) = &host.devices {
            let _ = writeln!(out, "{}: {why}", host.name);
        }
    }
    if !hosts.iter().any(|h| h.devices.as_ref().is_ok_and(|d| !d.is_empty())) {
        out.push_str("There is no sound on this machine; everything else works without it (--no-audio).\n");
    } else {
        out.push_str(
            "Choose with --mic ID and --speaker ID, or a part of the name that only one device has.\n",
        );
    }
    out
}

fn write_way(out: &mut String, hosts: &[HostReport], way: Direction) -> std::fmt::Result {
    let all = hosts.iter().filter_map(|h| h.devices.as_ref().ok().map(|d| (h.name, d)));
    let mut all =
        all.flat_map(|(host, d)| d.iter().map(move |d| (host, d))).filter(|(_, d)| d.way == way).peekable();
    if all.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{way}s:")?;
    for (host, device) in all {
        let mark = if device.default { '*' } else { ' ' };
        writeln!(out, "{mark} {}\n    {} ({host})", device.id, device.name)?;
    }
    writeln!(out)
}
