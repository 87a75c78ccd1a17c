//! A client that does what no ssh does: bytes one by one, sizes that no terminal has, and no reading.

use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::{self, AuthResult};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{Channel, ChannelMsg};
use vt100::Parser;

use super::House;
use crate::support::{DEADLINE, within};

struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// A terminal of our own over a channel.
struct Shell {
    // The connection lives as long as this.
    _session: client::Handle<Anybody>,
    channel: Channel<client::Msg>,
    parser: Parser,
}

impl Shell {
    async fn open(house: &House, who: &str, words: &str) -> Self {
        Self::open_with(client::Config::default(), house, who, words).await
    }

    async fn open_with(config: client::Config, house: &House, who: &str, words: &str) -> Self {
        let key = Arc::new(load_secret_key(house.key(who), None).unwrap());
        let mut session = client::connect(Arc::new(config), house.ssh, Anybody).await.unwrap();
        let key = PrivateKeyWithHashAlg::new(key, None);
        let logged_in = session.authenticate_publickey(who, key).await.unwrap();
        assert!(matches!(logged_in, AuthResult::Success));
        let channel = session.channel_open_session().await.unwrap();
        channel.set_env(false, "LANG", "C.UTF-8").await.unwrap();
        channel.set_env(false, "LD_PRELOAD", "/tmp/evil.so").await.unwrap();
        channel.request_pty(true, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
        channel.exec(true, words).await.unwrap();
        Self { _session: session, channel, parser: Parser::new(24, 80, 0) }
    }

    async fn type_each(&self, bytes: &[u8]) {
        for byte in bytes {
            self.channel.data(&[*byte][..]).await.unwrap();
        }
    }

    /// Reads until the text is on the screen, answering what a terminal answers.
    async fn until(&mut self, text: &str) {
        let seen = tokio::time::timeout(DEADLINE, async {
            while !self.parser.screen().contents().contains(text) {
                match self.channel.wait().await {
                    Some(ChannelMsg::Data { data }) => {
                        self.parser.process(&data);
                        if data.windows(4).any(|w| w == b"\x1b[5n") {
                            self.type_each(b"\x1b[0n").await;
                        }
                    }
                    Some(_) => {}
                    None => panic!("closed without {text}:\n{}", self.parser.screen().contents()),
                }
            }
        })
        .await;
        assert!(seen.is_ok(), "never {text}; the screen:\n{}", self.parser.screen().contents());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn split_bytes_and_impossible_sizes_do_no_harm() {
    let house = House::open();
    let _host = tokio::task::block_in_place(|| {
        let host = house.host("ana");
        house.ctl("ana", &["start"]);
        host
    });
    let mut bruno = Shell::open(&house, "bruno", "monday").await;
    bruno.until("bruno").await;
    bruno.type_each(b"r").await;
    bruno.until("Raise your hand").await;
    bruno.type_each("Perché?\x1b[D\x1b[D\x1b[DX\r".as_bytes()).await;
    bruno.until("PercXhé?").await;
    for (columns, rows) in [(10_000, 10_000), (0, 0), (1, 1), (u32::MAX, u32::MAX), (0, 24), (3, 2)] {
        bruno.channel.window_change(columns, rows, 0, 0).await.unwrap();
        bruno.type_each(b"jk").await;
    }
    bruno.channel.window_change(80, 24, 0, 0).await.unwrap();
    bruno.parser = Parser::new(24, 80, 0);
    // everything anew
    bruno.type_each(b"\x0c").await;
    bruno.until("PercXhé?").await;
}

/// Somebody who takes nothing in any more is cut, and everybody else goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_is_cut_and_holds_nobody_up() {
    let house = House::open();
    let host = house.host("ana");
    // Less than a frame, and nobody who reads it.
    let config = client::Config { window_size: 2_048, channel_buffer_size: 1, ..client::Config::default() };
    let mut bruno = Shell::open_with(config, &house, "bruno", "monday").await;
    let began = Instant::now();
    let (url, key) = (house.url("monday"), house.key("ana").display().to_string());
    let here = |house: &House| {
        let status = house.home.status(&house.url("monday"));
        let people = status["participants"].as_array().unwrap();
        people.iter().find(|p| p["name"] == "bruno").map(|p| p["here"].as_bool().unwrap())
    };
    tokio::task::block_in_place(|| {
        host.wait("bruno");
        while here(&house) != Some(false) {
            assert!(began.elapsed() < Duration::from_secs(25), "it was never cut");
            // A quick machine asks for more than a person may; what is refused is of no use here, and does no harm.
            drop(house.home.run(&["ctl", &url, "extend", "1m", "--name", "ana", "--identity", &key]));
        }
        assert!(began.elapsed() >= Duration::from_secs(9), "a pause is allowed");
        host.send("?");
        host.wait("Keys");
    });
    within("the end of the connection", async { while bruno.channel.wait().await.is_some() {} }).await;
}
