//! A client that folds: it proves a key, mirrors the meeting, and notes what else it is told.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use palco::client::Identity;
use palco::meeting::{Command, Meeting, Millis, ParticipantId, Phase, Recorded, SeatId, SeatKind, Seq};
use palco::wire::{
    AudioMessage, AudioRecord, BinaryMessage, ClientMessage, CommandId, DoorAsk, DoorState, Hello,
    JoinRequest, Level, MixMessage, Nonce, OpenRequest, PairingCode, Resume, SUBPROTOCOL, Secret,
    ServerMessage, read_server, statement,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{TestServer, within};

/// How a seat ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The close code; 1006 when the link broke without one.
    pub close: u16,
    /// The code of the `refused` before it; empty without one.
    pub code: String,
    /// Its sentence.
    pub text: String,
}

/// How a test says hello.
#[derive(Clone, Debug, Default)]
pub struct Hi {
    hello: Hello,
    forged: bool,
    receive_buffer: Option<u32>,
    mirror: Option<Meeting>,
}

impl Hi {
    /// Only looks.
    pub fn observe(room: &str) -> Self {
        Self {
            hello: Hello { room: room.into(), client: "test".into(), ..Hello::default() },
            ..Self::default()
        }
    }

    /// Joins as an attendee.
    pub fn join(room: &str, name: &str) -> Self {
        let mut hi = Self::observe(room);
        let kind = SeatKind::Console;
        hi.hello.join = Some(JoinRequest { name: name.into(), kind, listener: false, auto_open: true });
        hi
    }

    /// Opens a meeting of an hour and joins it.
    pub fn open(room: &str, name: &str) -> Self {
        let mut hi = Self::join(room, name);
        let length = Millis::from_mins(60);
        hi.hello.open = Some(OpenRequest {
            title: format!("About {room}"),
            length,
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Default::default(),
        });
        hi
    }

    /// Takes up the seat of `client` again, with what it knows of the meeting.
    pub fn resume(mut self, client: &Client) -> Self {
        self.hello.resume = Some(Resume { token: client.token.clone(), seq: client.meeting.seq() });
        self.mirror = Some(client.meeting.clone());
        self
    }

    /// With a change of any kind.
    pub fn with(mut self, change: impl FnOnce(&mut Hello)) -> Self {
        change(&mut self.hello);
        self
    }

    /// With a signature of somebody else.
    pub fn forged(mut self) -> Self {
        self.forged = true;
        self
    }

    /// With little room for what is not read yet, in bytes.
    pub fn receive_buffer(mut self, bytes: u32) -> Self {
        self.receive_buffer = Some(bytes);
        self
    }
}

/// A seat, or an observer.
#[derive(Debug)]
pub struct Client {
    ws: WebSocketStream<TcpStream>,
    pub id: ParticipantId,
    pub seat: Option<SeatId>,
    pub meeting_id: String,
    pub token: String,
    /// The mirror.
    pub meeting: Meeting,
    is_mirror: bool,
    /// Somebody's sound, who is welcome as them.
    is_leg: bool,
    /// Events since the last look, in order.
    pub events: Vec<Recorded>,
    /// How many snapshots came.
    pub snapshots: usize,
    pub packets: VecDeque<AudioRecord>,
    pub mixed: VecDeque<MixMessage>,
    pub levels: Vec<Level>,
    /// All levels that were ever told.
    pub told: Vec<Level>,
    answers: VecDeque<(CommandId, Result<Seq, String>)>,
    doors: VecDeque<(CommandId, DoorState, Option<Secret>)>,
    codes: VecDeque<PairingCode>,
    refused: Option<(String, String)>,
    closed: Option<Closed>,
    commands: u64,
}

impl Client {
    /// A new person says hello and is welcome.
    pub async fn new(server: &TestServer, hi: Hi) -> Self {
        Self::connect(server, &Identity::generate().unwrap(), hi).await.expect("a welcome")
    }

    /// Opens `room`, joins as its host and starts the meeting.
    pub async fn host(server: &TestServer, room: &str) -> Self {
        let mut host = Self::new(server, Hi::open(room, "Host")).await;
        host.command(Command::Start).await.unwrap();
        host.until("the start", |m| m.phase() == Phase::Live).await;
        host
    }

    /// Says hello with a key; answers with how it ended when it is not welcome.
    pub async fn connect(server: &TestServer, key: &Identity, hi: Hi) -> Result<Self, Closed> {
        let mut request = server.url(&hi.hello.room).into_client_request().unwrap();
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        if let Some(bytes) = hi.receive_buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let stream = socket.connect(server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (ws, _) = client_async(request, stream).await.expect("an upgrade");
        let client = Self {
            ws,
            id: key.id(),
            seat: None,
            meeting_id: String::new(),
            token: String::new(),
            is_mirror: hi.mirror.is_some(),
            is_leg: hi.hello.pair.is_some(),
            meeting: hi.mirror.clone().unwrap_or_default(),
            events: Vec::new(),
            snapshots: 0,
            packets: VecDeque::new(),
            mixed: VecDeque::new(),
            levels: Vec::new(),
            told: Vec::new(),
            answers: VecDeque::new(),
            doors: VecDeque::new(),
            codes: VecDeque::new(),
            refused: None,
            closed: None,
            commands: 0,
        };
        client.greet(key, hi).await
    }

    async fn greet(mut self, key: &Identity, hi: Hi) -> Result<Self, Closed> {
        let first = within("the challenge", self.ws.next()).await.expect("a challenge").unwrap();
        let Ok(ServerMessage::Challenge { nonce, .. }) = read_server(first.to_text().unwrap()) else {
            panic!("no challenge: {first:?}")
        };
        let nonce = if hi.forged { Nonce("another".into()) } else { nonce };
        let mut hello = hi.hello;
        hello.key = key.public_line().to_owned();
        hello.signature = STANDARD.encode(key.sign(&statement(&nonce, &hello.room)));
        self.send(&ClientMessage::Hello(Box::new(hello))).await;
        within("a welcome", async {
            while (self.token.is_empty() || !self.is_mirror) && self.closed.is_none() {
                self.one().await;
            }
        })
        .await;
        match self.closed.take() {
            Some(closed) => Err(closed),
            None => Ok(self),
        }
    }

    /// Says something; a link that is gone by now is seen when the answer is read.
    pub async fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        drop(self.ws.send(Message::text(text)).await);
    }

    /// Sends bytes as a text message.
    pub async fn send_raw(&mut self, text: String) {
        drop(self.ws.send(Message::text(text)).await);
    }

    /// Sends a packet as a live microphone does.
    pub async fn speak(&mut self, record: AudioRecord) {
        drop(self.ws.send(Message::Binary(AudioMessage::one(record).encode())).await);
    }

    /// Sends a command without waiting; answers with its id.
    pub async fn ask(&mut self, command: Command) -> CommandId {
        self.commands += 1;
        let id = CommandId(format!("{:.8}-{}", self.token, self.commands));
        self.send(&ClientMessage::Command { id: id.clone(), command }).await;
        id
    }

    /// Sends a command and waits for its answer: the last event by then, or the code of the rejection.
    pub async fn command(&mut self, command: Command) -> Result<Seq, String> {
        let id = self.ask(command).await;
        self.answer(&id).await
    }

    /// Waits for the answer to a command.
    pub async fn answer(&mut self, id: &CommandId) -> Result<Seq, String> {
        within("an answer", async {
            loop {
                if let Some(at) = self.answers.iter().position(|(of, _)| of == id) {
                    return self.answers.remove(at).unwrap().1;
                }
                assert_eq!(self.closed, None, "closed before the answer to {id:?}");
                self.one().await;
            }
        })
        .await
    }

    /// Asks something of the room's door: what it is then and the token of a new invite, or the code of the rejection.
    pub async fn door(&mut self, ask: DoorAsk) -> Result<(DoorState, Option<Secret>), String> {
        self.commands += 1;
        let id = CommandId(format!("door-{}", self.commands));
        self.send(&ClientMessage::Door { id: id.clone(), ask }).await;
        within("the door's answer", async {
            loop {
                if let Some(at) = self.doors.iter().position(|(of, ..)| *of == id) {
                    let (_, door, token) = self.doors.remove(at).unwrap();
                    return Ok((door, token));
                }
                if let Some(at) = self.answers.iter().position(|(of, _)| *of == id) {
                    return Err(self.answers.remove(at).unwrap().1.unwrap_err());
                }
                assert_eq!(self.closed, None, "closed before the door's answer");
                self.one().await;
            }
        })
        .await
    }

    /// Asks for a pairing code.
    pub async fn pair(&mut self) -> PairingCode {
        self.send(&ClientMessage::Pair).await;
        within("a pairing code", async {
            loop {
                if let Some(code) = self.codes.pop_front() {
                    return code;
                }
                assert_eq!(self.closed, None, "closed before the code");
                self.one().await;
            }
        })
        .await
    }

    /// How many codes it was shown and did not take.
    pub fn shown(&self) -> usize {
        self.codes.len()
    }

    /// Folds until the mirror is as it has to be.
    pub async fn until(&mut self, what: &str, is: impl Fn(&Meeting) -> bool) {
        within(what, async {
            while !is(&self.meeting) {
                assert_eq!(self.closed, None, "closed while waiting for {what}");
                self.one().await;
            }
        })
        .await;
    }

    /// Folds until the mirror has this event.
    pub async fn until_seq(&mut self, seq: Seq) {
        self.until("an event", |m| m.seq() >= seq).await;
    }

    /// The next packet.
    pub async fn hear(&mut self) -> AudioRecord {
        within("a packet", async {
            loop {
                if let Some(record) = self.packets.pop_front() {
                    return record;
                }
                assert_eq!(self.closed, None, "closed while listening");
                self.one().await;
            }
        })
        .await
    }

    /// Folds until the seat is closed, and tells how.
    pub async fn closed(&mut self) -> Closed {
        within("the close", async {
            loop {
                if let Some(closed) = &self.closed {
                    return closed.clone();
                }
                self.one().await;
            }
        })
        .await
    }

    /// Folds all that the server said before it answered a ping.
    pub async fn settle(&mut self) {
        let sent = palco::meeting::Timestamp(self.commands);
        self.send(&ClientMessage::Ping { sent }).await;
        within("a pong", async {
            while !self.one().await {
                assert_eq!(self.closed, None, "closed before a pong");
            }
        })
        .await;
    }

    /// Folds one message; says whether it was a pong.
    async fn one(&mut self) -> bool {
        match self.ws.next().await {
            Some(Ok(Message::Text(text))) => return self.fold(read_server(&text).unwrap()),
            Some(Ok(Message::Binary(bytes))) => match BinaryMessage::decode(bytes).unwrap() {
                BinaryMessage::Audio(message) => self.packets.extend(message.records),
                BinaryMessage::Mix(message) => self.mixed.push_back(message),
            },
            Some(Ok(Message::Close(frame))) => {
                let close = frame.map_or(1005, |f| f.code.into());
                self.end(close);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.end(1006),
        }
        false
    }

    fn end(&mut self, close: u16) {
        let (code, text) = self.refused.take().unwrap_or_default();
        self.closed.get_or_insert(Closed { close, code, text });
    }

    fn fold(&mut self, message: ServerMessage) -> bool {
        match message {
            ServerMessage::Welcome { you, seat, meeting, resume, .. } => {
                assert!(you == self.id || self.is_leg);
                self.id = you;
                (self.seat, self.meeting_id, self.token) = (seat, meeting, resume);
            }
            ServerMessage::Pairing { code, .. } => self.codes.push_back(code.parse().unwrap()),
            ServerMessage::Snapshot { meeting } => {
                (self.meeting, self.is_mirror) = (*meeting, true);
                self.snapshots += 1;
            }
            ServerMessage::Event(recorded) => {
                if self.is_mirror {
                    assert_eq!(recorded.seq.0, self.meeting.seq().0 + 1, "a gap in the events");
                    self.meeting.apply(&recorded);
                }
                self.events.push(*recorded);
            }
            ServerMessage::Door { id, door, token } => self.doors.push_back((id, door, token)),
            ServerMessage::Accepted { id, seq } => self.answers.push_back((id, Ok(seq))),
            ServerMessage::Rejected { id, code, text } => {
                assert!(!text.is_empty());
                self.answers.push_back((id, Err(code)));
            }
            ServerMessage::Signals { levels } => {
                self.told.extend(&levels);
                self.levels = levels;
            }
            ServerMessage::Pong { .. } => return true,
            ServerMessage::Refused { code, text } => self.refused = Some((code, text)),
            ServerMessage::Challenge { .. } | ServerMessage::Unknown => panic!("unexpected {message:?}"),
        }
        false
    }
}
