//! A door in words.

use crate::cli::output::{Failure, pretty};
use crate::client::now;
use crate::meeting::Audience;
use crate::wire::{DoorKind, DoorState, InviteState};

/// The door of `room`, for people or for programs.
pub(super) fn door(room: &str, door: &DoorState, json: bool) -> Result<String, Failure> {
    if json {
        return pretty(door);
    }
    let who = match door.kind {
        DoorKind::Open => "everybody comes in".to_owned(),
        DoorKind::Passcode => "who knows the passcode comes in".to_owned(),
        DoorKind::Keys => format!("the keys on the list come in ({})", door.keys.len()),
        DoorKind::Invite => "nobody comes in without an invite".to_owned(),
    };
    let mut lines = vec![format!("{room}: {}: {who}; its owner and hosts always do", door.kind)];
    let hear = match door.recordings {
        Audience::Public => "everybody may hear them",
        Audience::Members => "who was in a meeting here may hear them, or shows its passcode or an invite",
        Audience::Hosts => "only its owner and hosts hear them",
    };
    lines.push(format!("recordings: {}: {hear}", door.recordings));
    lines.extend(door.keys.iter().map(|key| format!("  {key}")));
    lines.extend(door.invites.iter().map(|invite| format!("  {}", line(invite))));
    Ok(lines.join("\n"))
}

/// The invites alone.
pub(super) fn invites(door: &DoorState, json: bool) -> Result<String, Failure> {
    if json {
        return pretty(&door.invites);
    }
    if door.invites.is_empty() {
        return Ok("there are no invites".to_owned());
    }
    Ok(door.invites.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn line(invite: &InviteState) -> String {
    let InviteState { invite: name, role, uses, used, expires_at } = invite;
    let until = if *expires_at <= now() { "expired" } else { "until" };
    format!("{name}  {role}  used {used} of {uses}  {until} {}", expires_at.utc())
}
