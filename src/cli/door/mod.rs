//! `palco room` and `palco invite`: a room's door, kept from the shell.

mod args;
mod link;
mod show;

pub(crate) use args::{InviteArgs, RoomArgs};

use crate::client::RoomUrl;
use crate::meeting::{Audience, Role};
use crate::wire::{DoorAsk, MIN_PASSCODE, Secret};

use super::context::Context;
use super::output::{Failure, print};
use super::place::owners;
use super::secret;

use args::{DoorCommand, InviteCommand, RoomCommand, Where};
use link::ask;

/// Shows a room's door, or changes it.
pub(super) async fn room(context: &Context, args: &RoomArgs) -> Result<(), Failure> {
    let url = context.trusted(&find(context, &args.room)?).await?;
    let wanted = match &args.command {
        None => DoorAsk::Show,
        Some(RoomCommand::Recordings { audience }) => {
            DoorAsk::Recordings { audience: Audience::from_word(audience).unwrap_or_default() }
        }
        Some(RoomCommand::Door { door }) => match door {
            DoorCommand::Open => DoorAsk::Open,
            DoorCommand::Passcode => DoorAsk::Passcode { passcode: new_passcode().await? },
            DoorCommand::Keys { keys } => DoorAsk::Keys { keys: owners(keys)?.unwrap_or_default() },
            DoorCommand::Invite => DoorAsk::Invite,
        },
    };
    let (door, _) = ask(context, &args.who, &url, wanted).await?;
    print(&show::door(url.room(), &door, args.json)?)
}

/// Makes an invite and prints how to join with it; lists invites, takes one back.
pub(super) async fn invite(context: &Context, args: &InviteArgs) -> Result<(), Failure> {
    match &args.command {
        Some(InviteCommand::List { room, json, who }) => {
            let url = context.trusted(&find(context, room)?).await?;
            let (door, _) = ask(context, who, &url, DoorAsk::Show).await?;
            print(&show::invites(&door, *json)?)
        }
        Some(InviteCommand::Revoke { room, invite, who }) => {
            let url = context.trusted(&find(context, room)?).await?;
            ask(context, who, &url, DoorAsk::Revoke { invite: invite.clone() }).await?;
            print(&format!("the invite {invite} is taken back"))
        }
        None => {
            let room = args.room.as_ref().ok_or_else(|| Failure::usage("write: palco invite ROOM"))?;
            make(context, room, args).await
        }
    }
}

async fn make(context: &Context, room: &Where, args: &InviteArgs) -> Result<(), Failure> {
    let url = context.trusted(&find(context, room)?).await?;
    let role = Role::from_word(&args.role).unwrap_or(Role::Attendee);
    let wanted = DoorAsk::NewInvite { role, uses: args.uses, length: args.length };
    let (_, token) = ask(context, &args.who, &url, wanted).await?;
    let token = token.ok_or_else(|| Failure::refused("internal", "the server made no token"))?;
    // In the environment, not in an argument: those every user of the machine can read.
    print(&format!("{}={} palco join {}", secret::INVITE_ENV, token.expose(), url.to_share()))
}

/// The address of a room, or of a room one was in lately, or of one on this machine.
fn find(context: &Context, room: &Where) -> Result<RoomUrl, Failure> {
    let name = match room {
        Where::Url(url) => return Ok((**url).clone()),
        Where::Name(name) => name,
    };
    let mut kept = context.memory.rooms.iter().filter_map(|r| r.url.parse::<RoomUrl>().ok());
    match kept.find(|url| url.room() == name) {
        Some(url) => Ok(url),
        None => RoomUrl::new("127.0.0.1", crate::wire::DEFAULT_PORT, name).map_err(Failure::usage),
    }
}

/// A new passcode: of the environment, or typed twice.
async fn new_passcode() -> Result<Secret, Failure> {
    if let Some(passcode) = secret::passcode() {
        return Ok(passcode);
    }
    if !secret::can_ask() {
        return Err(Failure::usage("nobody can be asked for the passcode here; set PALCO_PASSCODE"));
    }
    let no = || Failure::refused("no-passcode", "no passcode was typed: the door is as it was");
    let passcode = secret::ask("New passcode: ").await.ok_or_else(no)?;
    if passcode.expose().chars().count() < MIN_PASSCODE {
        return Err(Failure::refused(
            "short-passcode",
            format!("a passcode has at least {MIN_PASSCODE} characters"),
        ));
    }
    if secret::ask("Once more: ").await.ok_or_else(no)? != passcode {
        return Err(Failure::refused("no-passcode", "the two differ: the door is as it was"));
    }
    Ok(passcode)
}
