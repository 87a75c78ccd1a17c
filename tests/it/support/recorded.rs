//! A meeting that was recorded and is over.

use std::path::PathBuf;
use std::time::Duration;

use palco::library::Library;
use palco::meeting::{Command, HandKind};

use super::{Client, TestServer, within};

/// What the host asked in it.
pub const TOPIC: &str = "<b>Fax</b> over T.38 & really?";

/// The host of `monday`, whose meeting is over: at least 2 s from the opening to a question, and 3 s of that. The second is
/// the folder with what was made of it.
pub async fn recorded(server: &TestServer) -> (Client, PathBuf) {
    let mut host = Client::host(server, "monday").await;
    host.command(Command::StartRecording { without_host: false, tracks: false }).await.unwrap();
    written(server, 2_000).await;
    let seq = host.command(Command::Raise { topic: TOPIC.into(), kind: HandKind::Question }).await.unwrap();
    host.until_seq(seq).await;
    let current = host.meeting.turn().map(|turn| turn.id);
    host.command(Command::Next { current }).await.unwrap();
    written(server, 5_000).await;
    host.command(Command::End).await.unwrap();
    within("what follows the end", async {
        while !server.store.due().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let folder = server.dir().join("recordings").join(&host.meeting_id);
    (host, folder)
}

/// Waits until so many milliseconds are recorded.
async fn written(server: &TestServer, ms: u64) {
    within("the recording", async {
        loop {
            let library = Library::open(server.dir()).unwrap();
            let kept = library.find("monday", None).unwrap().unwrap();
            if kept.timeline().length().0 >= ms {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}
