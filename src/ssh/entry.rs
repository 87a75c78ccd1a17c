//! Coming into a room from a channel.

use crate::meeting::{Meeting, Participant, ParticipantId, Role, SeatKind};
use crate::server::{InnerSeat, SeatEvent};
use crate::wire::{Hello, JoinRequest, PairingCode, Refusal, ServerMessage};

use super::seat::{Guest, House};
use super::words::Place;

/// What a seat is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To look on and act.
    Console,
    /// To hear.
    Ears,
    /// To speak.
    Mouth,
    /// To act, and to be gone.
    Script,
}

/// How somebody comes into a room: as who they are there already, or under the name they logged in with.
///
/// # Errors
/// The room's door is shut to them.
pub(super) async fn hello(
    house: &House,
    guest: &Guest,
    place: Place,
    purpose: Purpose,
) -> Result<Hello, Refusal> {
    let Place { room, name, listener } = place;
    let look = look(guest, room);
    let known = known(house, guest, &look).await?;
    let is_listener = known.as_ref().is_none_or(|p| p.role == Role::Listener);
    let listener = match purpose {
        Purpose::Console => listener,
        // Who is in the meeting stays what they are, and everybody else is there to hear.
        Purpose::Ears => is_listener,
        Purpose::Mouth | Purpose::Script => false,
    };
    let own = known.as_ref().map(|p| p.name.clone());
    // Somebody without a key who only listens is one of many; the room gives them a number.
    let nobody = guest.has_key || purpose != Purpose::Ears;
    let user = if nobody { guest.user.clone() } else { String::new() };
    let join = JoinRequest {
        name: name.or(own).unwrap_or(user),
        kind: match purpose {
            Purpose::Console => SeatKind::Console,
            Purpose::Ears | Purpose::Mouth => SeatKind::Audio,
            Purpose::Script => SeatKind::Control,
        },
        listener,
        // A pipe is a microphone that is there to be opened; a console here has none.
        auto_open: purpose == Purpose::Mouth || known.is_some_and(|p| p.auto_open),
    };
    Ok(Hello { join: Some(join), signals: purpose == Purpose::Console, ..look })
}

/// How somebody looks into a room, with what opens its door.
pub(super) fn look(guest: &Guest, room: String) -> Hello {
    Hello {
        client: "ssh".to_owned(),
        passcode: guest.keys.passcode(&room),
        invite: guest.keys.invite.clone(),
        room,
        ..Hello::default()
    }
}

/// Tries a room's door, and stays outside.
///
/// # Errors
/// It is shut to them.
pub(super) async fn knock(house: &House, guest: &Guest, room: &str) -> Result<(), Refusal> {
    enter(house, guest, &look(guest, room.to_owned())).await.map(drop)
}

/// A refusal as it is told where nobody can be asked for what is missing.
pub(super) fn told_how(why: &Refusal, guest: &Guest, room: &str) -> String {
    if !why.wants_passcode() {
        return why.to_string();
    }
    let user = &guest.user;
    format!(
        "{why}; log in as {user}+{room}@… to be asked for it, or set PALCO_PASSCODE and write: ssh -o SendEnv=PALCO_PASSCODE …"
    )
}

/// Says hello and takes the seat.
pub(super) async fn come_in(
    house: &House,
    guest: &Guest,
    place: Place,
    purpose: Purpose,
) -> Result<InnerSeat, Refusal> {
    enter(house, guest, &hello(house, guest, place, purpose).await?).await
}

/// Is the ears of whoever shows the code. Tells whose and where, as a sentence.
///
/// # Errors
/// The code is not good, or its person is not in the meeting.
pub(super) async fn pair(
    house: &House,
    guest: &Guest,
    code: &PairingCode,
) -> Result<(InnerSeat, String), Refusal> {
    let hello = Hello {
        room: code.room().to_owned(),
        client: "ssh".to_owned(),
        pair: Some(code.secret().to_owned()),
        ..Hello::default()
    };
    // A key of its own, for this once: who comes again shows another code.
    let mut seat = house.rooms.attach(ParticipantId(rand::random()), &hello, guest.from).await?;
    let meeting = meeting(&mut seat).await?;
    let name = meeting.participant(seat.who()).map_or("", |p| p.name.as_str());
    let text = format!("the ears of {name} in “{}”; the console steers, Ctrl-C ends it", meeting.title());
    Ok((seat, text))
}

/// Takes the seat that a hello asks for.
pub(super) async fn enter(house: &House, guest: &Guest, hello: &Hello) -> Result<InnerSeat, Refusal> {
    house.rooms.attach(guest.who, hello, guest.from).await
}

/// Who somebody is in a room, if they were there. A room that is not there yet knows nobody.
async fn known(house: &House, guest: &Guest, look: &Hello) -> Result<Option<Participant>, Refusal> {
    let mut seat = match enter(house, guest, look).await {
        Ok(seat) => seat,
        Err(Refusal::NoSuchRoom { .. }) => return Ok(None),
        Err(why) => return Err(why),
    };
    Ok(meeting(&mut seat).await?.participant(guest.who).cloned())
}

/// The meeting as a seat that was just taken is told it.
async fn meeting(seat: &mut InnerSeat) -> Result<Meeting, Refusal> {
    loop {
        if let SeatEvent::Message(ServerMessage::Snapshot { meeting }) = seat.next().await? {
            return Ok(*meeting);
        }
    }
}
