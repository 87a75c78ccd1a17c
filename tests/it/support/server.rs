//! The real server on a free port of 127.0.0.1, with its store in a directory of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use palco::server::{ServeError, Settings, serve};
use palco::store::{OpenError, Store};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::within;

/// A server; dropping it stops it unheard, [`stop`](Self::stop) waits for its end.
#[derive(Debug)]
pub struct TestServer {
    pub address: SocketAddr,
    pub store: Store,
    settings: Settings,
    dir: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl TestServer {
    /// With default settings.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::at(dir, listener, settings).await
    }

    async fn at(dir: Arc<TempDir>, listener: TcpListener, settings: Settings) -> Self {
        let store = within("the data directory", free(dir.path())).await;
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, store.clone(), settings.clone(), shutdown));
        Self { address, store, settings, dir, stop: Some(stop), task }
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The address of a room.
    pub fn url(&self, room: &str) -> String {
        format!("ws://{}/{room}", self.address)
    }

    /// Stops the server and waits for its end.
    pub async fn stop(mut self) -> Arc<TempDir> {
        drop(self.stop.take());
        within("the server's end", self.task).await.unwrap().unwrap();
        self.dir
    }

    /// Stops the server and starts another on the same address and directory.
    pub async fn restart(self) -> Self {
        let (address, settings) = (self.address, self.settings.clone());
        let dir = self.stop().await;
        let listener = within("the address", async {
            loop {
                match TcpListener::bind(address).await {
                    Ok(listener) => return listener,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        })
        .await;
        Self::at(dir, listener, settings).await
    }

    /// The whole answer to a GET, head included.
    pub async fn get(&self, path: &str) -> String {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
            .await
    }

    /// What comes back on a request as it is written, until the server closes.
    pub async fn request(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is an end like another.
        drop(within("an HTTP answer", stream.read_to_end(&mut answer)).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A number from `/metrics`; the line has to be there.
    pub async fn metric(&self, line: &str) -> f64 {
        let text = self.get("/metrics").await;
        let found = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("no {line} in {text}")).parse().unwrap()
    }

    /// Waits until a number of `/metrics` is what it has to be.
    pub async fn until_metric(&self, line: &str, is: impl Fn(f64) -> bool) {
        within(line, async {
            while !is(self.metric(line).await) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

/// Opens a store as soon as a process before lets go of it.
async fn free(dir: &Path) -> Store {
    loop {
        match Store::open(dir) {
            Ok(store) => return store,
            Err(OpenError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(error) => panic!("{error}"),
        }
    }
}
