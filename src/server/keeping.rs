//! The library of a running server: what is asked of it by those who may write its data directory, what is made searchable
//! when a meeting has ended, and what is deleted when it was kept long enough.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{debug, warn};

use crate::library::{Answer, Ask, Eraser, Keeper, Refused, SOCKET};
use crate::store::Erasure;

use super::room::Request;
use super::rooms::Rooms;

/// Between two looks at what was kept long enough, and at what is left of what was deleted: a day.
const EXPIRE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes of a question: as many exported files as a meeting has, with long names.
const MAX_ASK: u64 = 64 * 1024;

/// How long a question may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// After an accept failed: no busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Keeps the library until the server stops.
pub(super) fn start(rooms: &Rooms) {
    let Some(keeper) = Keeper::new(&rooms.shared.store) else { return };
    let (rooms, alive) = (rooms.clone(), rooms.shared.alive());
    tokio::spawn(async move {
        let _alive = alive;
        tokio::select! {
            () = rooms.shared.stopped() => {}
            () = answer_all(&rooms, &keeper) => {}
            () = keep_up(&rooms, &keeper) => {}
        }
        if let Some(data) = rooms.shared.store.folder() {
            // The next server takes it away too.
            let _ = std::fs::remove_file(data.join(SOCKET));
        }
    });
}

/// Indexes what has ended, deletes what is due, and tries again what could not be deleted.
async fn keep_up(rooms: &Rooms, keeper: &Keeper) {
    let mut day = interval(EXPIRE_EVERY);
    // However long the work of one day takes, the next one comes in time.
    day.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = day.tick() => {
                told("something of what was deleted is left", keeper.tidy().await);
                let days = rooms.shared.settings.keep_days;
                told("nothing is deleted", keeper.expire(days, rooms.shared.wall.now(), rooms).await);
            }
            () = rooms.shared.bell.index.notified() => {}
        }
        told("what ended cannot be searched yet", keeper.index().await);
    }
}

fn told(what: &str, answer: Answer) {
    if let Err(why) = answer {
        warn!(%why, "{what}");
    }
}

/// Answers whoever asks by the socket, one after the other.
async fn answer_all(rooms: &Rooms, keeper: &Keeper) {
    let bound = rooms.shared.store.folder().map(bind);
    let listener = match bound {
        Some(Ok(listener)) => listener,
        Some(Err(why)) => {
            warn!(%why, "`palco library` can change nothing while this server runs");
            return std::future::pending().await;
        }
        None => return std::future::pending().await,
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(why) = answer(stream, rooms, keeper).await {
                    debug!(%why, "a question about the library has no answer");
                }
            }
            Err(why) => {
                warn!(%why, "nobody can ask about the library at the moment");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Listens in the data directory, for its owner alone.
fn bind(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(SOCKET);
    // The directory is ours: what lies there is of a server that was killed.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn answer(stream: UnixStream, rooms: &Rooms, keeper: &Keeper) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(MAX_ASK));
    timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => keeper.answer(ask, rooms.shared.wall.now(), rooms).await,
        Err(why) => Err(Refused::new("bad-ask", why)),
    };
    let mut text = serde_json::to_vec(&answer)?;
    text.push(b'\n');
    timeout(PATIENCE, write.write_all(&text)).await?
}

/// The room takes its meeting out of the log.
impl Eraser for Rooms {
    async fn erase(&self, room: &str, erasure: Erasure) -> Answer {
        let (answer, answered) = oneshot::channel();
        let request = Request::Erase { erasure: Box::new(erasure), answer };
        let busy = || Refused::new("room-busy", "the room goes up or down at the moment; try again");
        self.registry.room(room, &self.shared).send(request).await.map_err(|_| busy())?;
        answered.await.map_err(|_| busy())?
    }
}
