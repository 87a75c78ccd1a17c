//! Whoever listens over HTTP and does not take what they are sent.

use std::time::Duration;

use palco::wire::Feed;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::interval;

use super::mix::Talker;
use super::timed;
use crate::support::{Client, TestServer, within};

/// So little room at the reader that a second of sound fills it.
const ROOM: u32 = 4_096;

/// Opens the stream of the room under a name.
async fn open(server: &TestServer, name: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(ROOM).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let request =
        format!("GET /monday/listen.opus?rung=32&name={name} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_is_gone_and_who_reads_stays() {
    let server = TestServer::with(timed(|t| t.unread = Duration::from_secs(2))).await;
    let mut host = Client::host(&server, "monday").await;
    let mut talker = Talker::new(&server, &mut host, 440.0, Feed::None).await;
    let others = server.metric("palco_connections").await;
    let (still, mut reads) = (open(&server, "Still").await, open(&server, "Reads").await);
    let reader = tokio::spawn(async move {
        let (mut bytes, mut all) = ([0; 1_024], 0);
        while let Ok(n @ 1..) = reads.read(&mut bytes).await {
            all += n;
        }
        all
    });
    let here = |name: &'static str| {
        move |m: &palco::meeting::Meeting| m.known().any(|p| p.name == name && p.is_here())
    };
    host.until("the one", here("Still")).await;
    host.until("the other", here("Reads")).await;
    let voice = async {
        let mut tick = interval(Duration::from_millis(20));
        for frame in 0.. {
            tick.tick().await;
            talker.say(frame).await;
        }
    };
    let gone = async {
        host.until("that nobody is kept who reads nothing", |m| !here("Still")(m)).await;
    };
    within("the end of who does not read", async {
        tokio::select! {
            () = voice => {}
            () = gone => {}
        }
    })
    .await;
    assert!(here("Reads")(&host.meeting), "whoever reads is kept");
    assert!(!reader.is_finished());
    reader.abort();
    server.until_metric("palco_connections", |count| count == others).await;
    drop(still);
}
