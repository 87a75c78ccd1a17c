//! The mix over real websockets: three voices in one stream, without one's own, and only while somebody listens.

use std::time::Duration;

use palco::audio::{Decoder, Encoder, FRAME, Packet, Voice};
use palco::meeting::{Command, Mic, Reach, Role, Source};
use palco::wire::{AudioRecord, ClientMessage, Feed, MixMessage, Rung};
use tokio::time::{MissedTickBehavior, interval};

use super::{VOICED, record};
use crate::support::{Client, Hi, TestServer};

/// Frames that each says: 3 s.
const FRAMES: u16 = 150;

/// The voices are tones that swell and fade, in Hz: whose they are is known however late each of them is.
pub(super) const TONES: [f32; 3] = [440.0, 740.0, 1_170.0];

/// How often a tone swells in a second, as syllables do: what never changes is no speech to the codec.
const SYLLABLES: f32 = 4.0;

/// Somebody with a voice of their own.
pub(super) struct Talker {
    pub(super) client: Client,
    hz: f32,
    encoder: Encoder,
    samples: usize,
    /// What was sent.
    pub(super) sent: Vec<bytes::Bytes>,
    /// What is said before the tone, frame by frame, last first.
    pub(super) text: Vec<[f32; FRAME]>,
}

impl Talker {
    /// Joins and opens the microphone.
    pub(super) async fn new(server: &TestServer, host: &mut Client, hz: f32, feed: Feed) -> Self {
        let name = format!("Speaker {hz}");
        let mut client = Client::new(server, Hi::join("monday", &name).with(|h| h.feed = feed)).await;
        let participant = client.id;
        let seq = host.command(Command::SetRole { participant, role: Role::Speaker }).await.unwrap();
        client.until_seq(seq).await;
        client.command(Command::StepUp).await.unwrap();
        client.command(Command::Unmute).await.unwrap();
        client.until("the open microphone", |m| m.participant(participant).unwrap().mic() == Mic::Live).await;
        Self { client, hz, encoder: Encoder::new().unwrap(), samples: 0, sent: Vec::new(), text: Vec::new() }
    }

    pub(super) async fn say(&mut self, frame: u16) {
        let tone = std::array::from_fn(|i| {
            let turns = (self.samples + i) as f32 / 48_000.0 * std::f32::consts::TAU;
            0.3 * (turns * self.hz).sin() * (turns * SYLLABLES).sin().max(0.0)
        });
        self.samples += FRAME;
        let sound = self.text.pop().unwrap_or(tone);
        if let Some(opus) = self.encoder.encode(&sound).unwrap() {
            self.sent.push(opus.clone());
            self.client.speak(AudioRecord { source: Source(0), frame, level: VOICED, opus }).await;
        }
    }

    fn source(&self) -> Source {
        self.client.meeting.participant(self.client.id).unwrap().source
    }
}

pub(super) async fn all_say(talkers: &mut [Talker], frames: u16) {
    let mut tick = interval(Duration::from_millis(20));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for frame in 0..frames {
        tick.tick().await;
        for talker in talkers.iter_mut() {
            talker.say(frame).await;
        }
    }
    // What is under way arrives.
    tokio::time::sleep(Duration::from_millis(600)).await;
}

/// What a seat heard, decoded, silence where nothing was sent.
pub(super) fn decode(messages: &[MixMessage], rung: Rung) -> Vec<f32> {
    let mut decoder = Decoder::new().unwrap();
    let start = messages.first().expect("a mix").frame;
    let mut sound = Vec::new();
    for message in messages {
        let at = usize::from(message.frame.wrapping_sub(start)) * FRAME;
        assert!(at >= sound.len(), "frames go on with the time");
        sound.resize(at, 0.0);
        for opus in &message.packets {
            let packet = Packet::check(opus).unwrap();
            assert_eq!(packet.samples as usize, if rung == Rung::Kb32 { FRAME } else { 3 * FRAME });
            sound.extend_from_slice(decoder.decode(opus).unwrap());
        }
    }
    sound
}

/// How much of the power is at a frequency, by Goertzel's filter a frame.
pub(super) fn share(sound: &[f32], hz: f32) -> f32 {
    let turn = std::f32::consts::TAU * hz / 48_000.0;
    let at = |frame: &[f32]| {
        let (mut before, mut last) = (0.0, 0.0);
        for sample in frame {
            (before, last) = (last, sample + 2.0 * turn.cos() * last - before);
        }
        2.0 * (before * before + last * last - 2.0 * turn.cos() * before * last) / frame.len() as f32
    };
    let all: f32 = sound.iter().map(|s| s * s).sum();
    sound.chunks_exact(FRAME).map(at).sum::<f32>() / all
}

pub(super) async fn heard(client: &mut Client) -> Vec<MixMessage> {
    client.settle().await;
    client.mixed.drain(..).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_voices_are_in_the_mix_and_ones_own_is_not() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let high = Feed::Mix(Rung::Kb32);
    let mut talkers = Vec::new();
    for hz in TONES {
        // The first listens to the mix while speaking, the others hear nothing.
        let feed = if hz == TONES[0] { high } else { Feed::None };
        talkers.push(Talker::new(&server, &mut host, hz, feed).await);
    }
    let mut listener = Client::new(&server, Hi::join("monday", "Ana").with(|h| h.feed = high)).await;
    let mut low = Client::new(&server, Hi::observe("monday").with(|h| h.feed = Feed::Mix(Rung::Kb8))).await;
    all_say(&mut talkers, FRAMES).await;

    let (all, thrifty, minus) =
        (heard(&mut listener).await, heard(&mut low).await, heard(&mut talkers[0].client).await);
    let sources: Vec<_> = talkers.iter().map(Talker::source).collect();
    let speaks = |messages: &[MixMessage], source: Source| {
        messages.iter().any(|m| m.levels.iter().any(|l| l.source == source && l.level == VOICED))
    };
    assert!(sources.iter().all(|s| speaks(&all, *s)), "everybody is shown");
    assert!(!speaks(&minus, sources[0]) && speaks(&minus, sources[1]), "but not to themselves");
    assert!(thrifty.iter().any(|m| m.packets.len() == 4), "the lowest rung sends four at once");
    assert!(listener.packets.is_empty(), "the mix is all that is heard");

    let shares = |messages: &[MixMessage], rung| {
        let sound = decode(messages, rung);
        TONES.map(|hz| share(&sound, hz))
    };
    let (whole, cheap, others) =
        (shares(&all, Rung::Kb32), shares(&thrifty, Rung::Kb8), shares(&minus, Rung::Kb32));
    println!("shares of the three voices: rung 32 {whole:?}, rung 8 {cheap:?}, without the first {others:?}");
    assert!(whole.iter().all(|s| *s > 0.15), "{whole:?}");
    assert!(cheap.iter().all(|s| *s > 0.15), "{cheap:?}");
    assert!(others[0] < 0.02 && others[1..].iter().all(|s| *s > 0.2), "{others:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_mixed_while_nobody_listens() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = vec![Talker::new(&server, &mut host, TONES[0], Feed::Forward).await];
    all_say(&mut talkers, 20).await;
    assert_eq!(server.metric("palco_mixes").await, 0.0);
    assert_eq!(server.metric("palco_mix_packets_total").await, 0.0);

    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    ana.send(&ClientMessage::Feed { feed: Feed::Mix(Rung::Kb16) }).await;
    ana.settle().await;
    server.until_metric("palco_mixes", |n| n == 1.0).await;
    all_say(&mut talkers, 50).await;
    assert!(!heard(&mut ana).await.is_empty());
    // Another rung begins and the first ends, the mixdown goes on.
    ana.send(&ClientMessage::Feed { feed: Feed::Mix(Rung::Kb32) }).await;
    ana.settle().await;
    assert_eq!(server.metric("palco_mixes").await, 1.0);

    ana.send(&ClientMessage::Feed { feed: Feed::Forward }).await;
    server.until_metric("palco_mixes", |n| n == 0.0).await;
    let encoded = server.metric("palco_mix_packets_total").await;
    assert!(encoded > 10.0, "{encoded}");
    all_say(&mut talkers, 20).await;
    assert_eq!(server.metric("palco_mix_packets_total").await, encoded);
    // Whoever just goes away ends it as well.
    let other = Client::new(&server, Hi::observe("monday").with(|h| h.feed = Feed::Mix(Rung::Kb8))).await;
    server.until_metric("palco_mixes", |n| n == 1.0).await;
    drop(other);
    server.until_metric("palco_mixes", |n| n == 0.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_sends_nothing() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut talkers = vec![Talker::new(&server, &mut host, TONES[0], Feed::None).await];
    let mut ana =
        Client::new(&server, Hi::join("monday", "Ana").with(|h| h.feed = Feed::Mix(Rung::Kb8))).await;
    all_say(&mut talkers, 30).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(!heard(&mut ana).await.is_empty());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(heard(&mut ana).await, []);
}

/// What is said to fewer than everybody is in no mix; whoever may hear it does, beside the mix.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn talkback_is_in_no_mix() {
    let server = TestServer::start().await;
    let mix = Feed::Mix(Rung::Kb32);
    let mut host = Client::new(&server, Hi::open("monday", "Host")).await;
    let mut lobby = Client::new(&server, Hi::join("monday", "Ana").with(|h| h.feed = mix)).await;
    let mut behind = Client::new(&server, Hi::join("monday", "Bruno").with(|h| h.feed = mix)).await;
    let participant = behind.id;
    host.command(Command::SetRole { participant, role: Role::Speaker }).await.unwrap();
    host.command(Command::Prepare).await.unwrap();
    host.command(Command::Unmute).await.unwrap();
    behind.until("the backstage", |m| m.phase() == palco::meeting::Phase::Backstage).await;
    behind.settle().await;
    for frame in 0..20 {
        host.speak(record(frame)).await;
    }
    assert_eq!(behind.hear().await.frame, 0, "the backstage is heard there");
    host.command(Command::Start).await.unwrap();
    host.command(Command::TalkTo { reach: Reach::Backstage }).await.unwrap();
    host.command(Command::Unmute).await.unwrap();
    host.speak(record(100)).await;
    while behind.hear().await.frame != 100 {}
    tokio::time::sleep(Duration::from_millis(300)).await;
    lobby.settle().await;
    behind.settle().await;
    assert!(lobby.packets.is_empty() && lobby.mixed.is_empty() && behind.mixed.is_empty());

    host.command(Command::TalkTo { reach: Reach::Everybody }).await.unwrap();
    let mut voice = Voice::new(1);
    let mut encoder = Encoder::new().unwrap();
    for frame in 200..250 {
        if let Some(opus) = encoder.encode(&voice.next_frame()).unwrap() {
            host.speak(AudioRecord { opus, ..record(frame) }).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for client in [&mut lobby, &mut behind] {
        client.settle().await;
        assert!(!client.mixed.is_empty(), "what is for all is in the mix");
        assert!(client.packets.is_empty(), "and comes once");
    }
}

/// Whoever wants an echo hears themselves, and nobody else does, whatever their microphone is.
#[tokio::test]
async fn an_echo_goes_to_nobody_else() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let feed = |feed| move |hello: &mut palco::wire::Hello| hello.feed = feed;
    let mut ear = Client::new(&server, Hi::join("monday", "Ana").with(feed(Feed::Forward))).await;
    for command in [Command::StepUp, Command::Unmute] {
        host.command(command).await.unwrap();
    }
    let mut alone = Client::new(&server, Hi::observe("monday").with(feed(Feed::Echo))).await;
    host.send(&ClientMessage::Feed { feed: Feed::Echo }).await;
    for client in [&mut alone, &mut host] {
        client.speak(record(7)).await;
        assert_eq!(client.hear().await.frame, 7);
        // What would not be forwarded does not come back.
        client.speak(AudioRecord { opus: vec![0xfb, 6].into(), ..record(8) }).await;
        client.speak(record(9)).await;
        assert_eq!(client.hear().await.frame, 9);
    }
    host.send(&ClientMessage::Feed { feed: Feed::None }).await;
    host.speak(record(11)).await;
    assert_eq!(ear.hear().await.frame, 11, "the first that the room hears");
}
