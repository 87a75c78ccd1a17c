//! A network that can go dark: connections of before and during the darkness stay silent for ever.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    pub at: SocketAddr,
    dark: watch::Sender<bool>,
}

impl Proxy {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (dark, told) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server, told.clone()));
            }
        });
        Self { at, dark }
    }

    pub fn go_dark(&self) {
        self.dark.send_replace(true);
    }

    pub fn light_up(&self) {
        self.dark.send_replace(false);
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, mut dark: watch::Receiver<bool>) {
    let pass = async {
        let mut server = TcpStream::connect(server).await.unwrap();
        // An end that goes away is no failure of the network.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    };
    tokio::select! {
        biased;
        _ = dark.wait_for(|dark| *dark) => {}
        () = pass => return,
    }
    // Kept open, never read, never answered.
    std::future::pending::<()>().await;
}
