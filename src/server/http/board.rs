//! What goes on in a room, for those who look on from outside: once as JSON, or as it happens.
//!
//! All who look at one room share a board: a task that observes the room like any seat without a join, and ends a while
//! after the last of them has gone.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::pass::{No, Pass};
use super::{BUSY, Outside, address};
use crate::meeting::{Meeting, ParticipantId, Source};
use crate::server::room::{Attached, Outgoing};
use crate::wire::{DoorKind, PublicStatus, Refusal, ServerMessage, is_room_name, read_server};

/// Between two states told: a page that changes more often is not read.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// After this long the state is told again although nothing happened: the projected end moves by itself.
const RENEW_AFTER: Duration = Duration::from_secs(10);

/// How long a board stays when nobody looks: who asks every few seconds does not make a new one each time.
const LINGER: Duration = Duration::from_secs(15);

/// Between two tries to look into a room that lets nobody look.
const TRY_EVERY: Duration = Duration::from_secs(3);

/// How long who asks waits for a board that has just begun.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often those who follow are told that the link lives.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Boards at once: one more room is not shown. Each is a task and a mirror of a meeting.
const MAX_BOARDS: usize = 200;

/// Those who follow one room at once.
const MAX_FOLLOWERS: usize = 1_000;

/// The boards of a server, by room and by what was shown at its door. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(in crate::server) struct Boards(Mutex<HashMap<Key, Arc<Board>>>);

/// A room, and as whom it is looked at.
type Key = (String, ParticipantId);

/// What is shown of one room.
#[derive(Debug)]
struct Board {
    status: watch::Sender<Shown>,
    /// The numbers of those who speak, as JSON.
    speaking: watch::Sender<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Shown {
    /// Not known yet.
    Unknown,
    /// Nobody has opened a meeting there.
    Nothing,
    /// The state as JSON.
    Status(Arc<str>),
}

/// Somebody's look at a board.
struct Look {
    status: watch::Receiver<Shown>,
    speaking: watch::Receiver<Arc<str>>,
}

impl Boards {
    /// Looks at a room's board, which is put up if there is none and there is something to see. Who is refused sees what
    /// everybody outside sees: a board of their own would be one for each secret that somebody makes up.
    async fn look(&self, room: &str, pass: &Pass, outside: &Outside) -> Result<Look, Shown> {
        let key = (room.to_owned(), pass.viewer());
        let is_up = self.list().contains_key(&key);
        if is_up {
            return self.put_up(key, pass, outside);
        }
        let _asker = outside.rooms.registry.asker().await.map_err(|_| Shown::Unknown)?;
        match outside.look_in(room, pass).await {
            Ok(_) => self.put_up(key, pass, outside),
            Err(Refusal::NoSuchRoom { .. }) => Err(Shown::Nothing),
            Err(Refusal::NoSeat | Refusal::GoingAway | Refusal::Restart | Refusal::Internal) => {
                Err(Shown::Unknown)
            }
            Err(_) => {
                let pass = Pass::default();
                self.put_up((key.0, pass.viewer()), &pass, outside)
            }
        }
    }

    fn put_up(&self, key: Key, pass: &Pass, outside: &Outside) -> Result<Look, Shown> {
        let mut boards = self.list();
        if !boards.contains_key(&key) {
            if boards.len() >= MAX_BOARDS {
                return Err(Shown::Unknown);
            }
            let board = Arc::new(Board {
                status: watch::Sender::new(Shown::Unknown),
                speaking: watch::Sender::new("[]".into()),
            });
            boards.insert(key.clone(), Arc::clone(&board));
            tokio::spawn(keep(key.clone(), pass.clone(), board, outside.clone()));
        }
        let board = boards.get(&key).filter(|b| b.status.receiver_count() < MAX_FOLLOWERS);
        let board = board.ok_or(Shown::Unknown)?;
        Ok(Look { status: board.status.subscribe(), speaking: board.speaking.subscribe() })
    }

    fn list(&self) -> MutexGuard<'_, HashMap<Key, Arc<Board>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a board down once nobody has looked at it for a while.
    async fn take_down(&self, key: &Key, board: &Board) {
        loop {
            board.status.closed().await;
            sleep(LINGER).await;
            let mut boards = self.list();
            if board.status.receiver_count() == 0 {
                boards.remove(key);
                return;
            }
        }
    }
}

/// Keeps a board until nobody has looked at it for a while, or the server stops.
async fn keep(key: Key, pass: Pass, board: Arc<Board>, outside: Outside) {
    let _alive = outside.rooms.shared.alive();
    tokio::select! {
        () = show_on(&key.0, &pass, &board, &outside) => {}
        () = outside.boards.take_down(&key, &board) => {}
        () = outside.rooms.shared.stopped() => {}
    }
}

/// Shows the room as often as it lets itself be observed.
async fn show_on(room: &str, pass: &Pass, board: &Board, outside: &Outside) {
    loop {
        show(room, pass, board, outside).await;
    }
}

/// Observes the room as long as it lets itself be observed.
async fn show(room: &str, pass: &Pass, board: &Board, outside: &Outside) {
    match outside.look_in(room, pass).await {
        Ok(attached) => return follow(room, board, attached, outside).await,
        Err(Refusal::NoSuchRoom { .. }) => drop(board.status.send_replace(Shown::Nothing)),
        // What hangs at the door is all there is to see.
        Err(why) => {
            let notice = outside.rooms.registry.notice(room, &outside.rooms.shared).await;
            let closed = notice.ok().flatten().map(|n| PublicStatus {
                door: door(&why),
                ..PublicStatus::closed(n, outside.rooms.shared.wall.now())
            });
            board.tell(closed.as_ref(), &[]);
        }
    }
    sleep(TRY_EVERY).await;
}

/// What the door wants of who was refused; `None` when it is not the door.
fn door(why: &Refusal) -> Option<DoorKind> {
    match why {
        Refusal::NeedPasscode | Refusal::WrongPasscode => Some(DoorKind::Passcode),
        Refusal::NeedInvite | Refusal::BadInvite { .. } => Some(DoorKind::Invite),
        Refusal::NotOnList { .. } => Some(DoorKind::Keys),
        _ => None,
    }
}

/// Shows the meeting as it goes on, until the room ends the seat.
async fn follow(room: &str, board: &Board, mut attached: Attached, outside: &Outside) {
    let mut meeting = Meeting::new();
    let mut levels = Vec::new();
    let mut due = Instant::now() + RENEW_AFTER;
    let mut told = Instant::now().checked_sub(TELL_EVERY).unwrap_or_else(Instant::now);
    loop {
        tokio::select! {
            item = attached.out.recv() => match item {
                Some(Outgoing::Text(text)) => fold(&mut meeting, &text),
                Some(Outgoing::Events(events)) => events.iter().for_each(|text| fold(&mut meeting, text)),
                Some(Outgoing::Close(_)) | None => return,
            },
            changed = attached.levels.changed() => {
                if changed.is_err() {
                    return;
                }
                let hearing = attached.hearing.borrow();
                let text = attached.levels.borrow_and_update().text_for(attached.who, &hearing).clone();
                if let Ok(ServerMessage::Signals { levels: new }) = read_server(&text) {
                    levels = new;
                }
            }
            () = sleep_until(due) => {
                due = Instant::now() + RENEW_AFTER;
                told = Instant::now();
                let status = PublicStatus::of(room, &meeting, outside.rooms.shared.wall.now());
                let open = status.as_ref().is_some_and(|s| !s.closed);
                let speak = levels.iter().filter(|l| open && l.is_voice()).map(|l| l.source);
                board.tell(status.as_ref(), &speak.collect::<Vec<_>>());
                continue;
            }
        }
        due = due.min(told + TELL_EVERY);
    }
}

impl Board {
    fn tell(&self, status: Option<&PublicStatus>, speaking: &[Source]) {
        if let Some(text) = status.and_then(|s| serde_json::to_string(s).ok()) {
            self.status.send_replace(Shown::Status(text.into()));
        }
        let speaking: Arc<str> = serde_json::to_string(speaking).unwrap_or_default().into();
        self.speaking.send_if_modified(|last| {
            let is_new = *last != speaking;
            *last = speaking;
            is_new
        });
    }
}

fn fold(meeting: &mut Meeting, text: &str) {
    match read_server(text) {
        Ok(ServerMessage::Snapshot { meeting: whole }) => *meeting = *whole,
        Ok(ServerMessage::Event(recorded)) => meeting.apply(&recorded),
        _ => {}
    }
}

impl Look {
    /// The state, as soon as it is known.
    async fn known(&mut self) -> Shown {
        let known = self.status.wait_for(|shown| !matches!(shown, Shown::Unknown));
        match timeout(PATIENCE, known).await {
            Ok(Ok(shown)) => shown.clone(),
            _ => Shown::Unknown,
        }
    }
}

/// What is answered where nothing is to be seen.
fn nothing(shown: &Shown) -> Response {
    match shown {
        Shown::Nothing => (StatusCode::NOT_FOUND, "nobody has opened a meeting there\n").into_response(),
        _ => BUSY.into_response(),
    }
}

/// A look at the room that a request names.
async fn look(outside: &Outside, room: &str, parts: &Parts) -> Result<Look, Response> {
    if !is_room_name(room) {
        return Err(nothing(&Shown::Nothing));
    }
    let from = address(&parts.extensions);
    let pass = Pass::of(outside, room, &parts.headers, from).await;
    let pass = pass.map_err(|why| No::refused(&why, &parts.headers).into_response())?;
    outside.boards.look(room, &pass, outside).await.map_err(|shown| nothing(&shown))
}

/// The state of a room, once.
pub(super) async fn status(
    State(outside): State<Outside>,
    Path(room): Path<String>,
    parts: Parts,
) -> Result<Response, Response> {
    let mut look = look(&outside, &room, &parts).await?;
    match look.known().await {
        Shown::Status(text) => {
            let headers = [
                (CONTENT_TYPE, "application/json"),
                (CACHE_CONTROL, "no-store"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            Ok((headers, text.to_string()).into_response())
        }
        other => Err(nothing(&other)),
    }
}

/// The state of a room as it changes, and who speaks: server-sent events `status` and `speaking`.
pub(super) async fn events(
    State(outside): State<Outside>,
    Path(room): Path<String>,
    parts: Parts,
) -> Result<Response, Response> {
    let mut look = look(&outside, &room, &parts).await?;
    let shown = look.known().await;
    if !matches!(shown, Shown::Status(_)) {
        return Err(nothing(&shown));
    }
    look.status.mark_changed();
    look.speaking.mark_changed();
    let body = unfold((look, outside), |(mut look, outside)| async move {
        let text = next(&mut look, &outside).await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), (look, outside)))
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The next event; `None` when the server stops.
async fn next(look: &mut Look, outside: &Outside) -> Option<String> {
    tokio::select! {
        changed = look.status.changed() => {
            changed.ok()?;
            match &*look.status.borrow_and_update() {
                Shown::Status(text) => Some(format!("event: status\ndata: {text}\n\n")),
                Shown::Unknown | Shown::Nothing => Some(":\n\n".to_owned()),
            }
        }
        changed = look.speaking.changed() => {
            changed.ok()?;
            Some(format!("event: speaking\ndata: {}\n\n", &*look.speaking.borrow_and_update()))
        }
        () = sleep(ALIVE_EVERY) => Some(":\n\n".to_owned()),
        () = outside.rooms.shared.stopped() => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::spawn_blocking;
    use tokio::time::{advance, pause};

    use super::*;
    use crate::server::Rooms;
    use crate::server::shared::Shared;

    #[tokio::test]
    async fn a_board_that_nobody_looks_at_is_taken_down_whether_the_room_answers_or_not() {
        let outside = Outside::of(Rooms { shared: Shared::alone(), registry: Arc::default() });
        pause();
        // While it runs, time does not go by itself: the store answers by a real clock.
        let (_over, wait) = std::sync::mpsc::channel::<()>();
        spawn_blocking(move || wait.recv());
        let pass = Pass::default();
        let look = outside.boards.put_up(("nowhere".into(), pass.viewer()), &pass, &outside);
        let mut look = look.ok().unwrap();
        assert!(matches!(look.known().await, Shown::Nothing));
        drop(look);
        for second in 0..LINGER.as_secs() + 3 {
            assert!(second >= LINGER.as_secs() || outside.boards.list().len() == 1, "after {second} s");
            advance(Duration::from_secs(1)).await;
            // Whatever the board asks is answered before.
            outside.rooms.registry.ask("nowhere", &outside.rooms.shared).await;
        }
        assert_eq!(outside.boards.list().len(), 0);
    }
}
