//! PulseAudio's native protocol over any stream of bytes: sound to its speaker, and from its microphone while wanted.

use std::ffi::CString;
use std::io::{self, Cursor};
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    AuthParams, AuthReply, ChannelMap, ChannelPosition, Command, CommandReply, CreatePlaybackStreamReply,
    CreateRecordStreamReply, DEFAULT_SINK, DEFAULT_SOURCE, DESCRIPTOR_SIZE, PlaybackStreamParams, Prop,
    Props, ProtocolError, PulseError, RecordStreamParams, SampleFormat, SampleSpec, ServerInfo,
    SetClientNameReply, SetPlaybackStreamBufferAttrParams, TagStructReader, encode_command_message,
    read_descriptor, write_memblock,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tracing::info;

use crate::audio::SAMPLE_RATE;
use crate::tui::Device;

use super::reserve::Reserve;

/// The version spoken: the oldest in which a client may leave the volume to its server, which must never get louder by us.
const VERSION: u16 = 14;

/// Bytes of a cookie. A server hangs up on fewer, and looks at them only when it does not know the user at its socket.
const COOKIE: usize = 256;

/// The longest frame taken in: a second of sound is 96 kB, and nothing that is asked for is longer.
const MAX_FRAME: usize = 256 * 1024;

/// The channel number of a frame that is no sound.
const CONTROL: u32 = u32::MAX;

/// Bytes of a sample: 16 bits, half of what a float costs on the way.
pub(super) const SAMPLE: usize = 2;

/// Samples asked for and given at once: 40 ms. With less, sound over a forwarded socket slips.
pub(super) const BLOCK: u32 = 1_920;

/// Bytes taken in at once: some fifty requests, or a block of sound.
const READ: usize = 4_096;

/// How long the server may take nothing in.
pub(super) const STUCK: Duration = Duration::from_secs(5);

/// The sound server is of no use any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it does not speak PulseAudio's protocol: {0}")]
    Protocol(#[from] ProtocolError),
    #[error("it sends {0} bytes at once")]
    TooLong(usize),
    #[error("it refuses: {0:?}")]
    Refused(PulseError),
    #[error("the stream was ended there")]
    Ended,
}

/// What a sound server says.
#[derive(Debug)]
pub(super) enum Said {
    /// It wants so many samples.
    Wants(usize),
    /// Its microphone heard this: 16 bits, little-endian, 48 kHz, mono.
    Captured(Bytes),
    /// Its devices are others than before, or work again.
    Devices,
}

/// A connection with a playback stream, and a record stream while the microphone is wanted.
pub(super) struct Pulse<S> {
    stream: S,
    inbox: BytesMut,
    /// What is still to be written. A write that is given up half-way goes on here.
    outbox: BytesMut,
    sequence: u32,
    /// The playback stream's channel.
    speaker: u32,
    mic: Mic,
    mic_wanted: bool,
    wants: usize,
    reserve: Reserve,
    /// What the server holds beyond a block, as far as it was told.
    told: u32,
    began: Instant,
    /// The speaker's and the microphone's names.
    names: (String, String),
}

/// The record stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mic {
    Closed,
    /// Asked for by the command of this number.
    Asked(u32),
    Open(u32),
    /// Refused or ended there, and not tried again before it was closed here.
    Lost,
}

/// A frame that is no sound: its command and number, and the rest for a reply.
struct Control {
    command: Command,
    sequence: u32,
    rest: Bytes,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pulse<S> {
    /// Says hello and opens the playback stream.
    pub(super) async fn open(stream: S) -> Result<Self, Broken> {
        let mut pulse = Self {
            stream,
            inbox: BytesMut::new(),
            outbox: BytesMut::new(),
            sequence: 0,
            speaker: 0,
            mic: Mic::Closed,
            mic_wanted: false,
            wants: 0,
            reserve: Reserve::new(Duration::ZERO),
            told: 0,
            began: Instant::now(),
            names: Default::default(),
        };
        let auth = AuthParams { version: VERSION, cookie: vec![0; COOKIE], ..AuthParams::default() };
        let _: AuthReply = pulse.ask(Command::Auth(auth)).await?;
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"palco");
        let _: SetClientNameReply = pulse.ask(Command::SetClientName(props)).await?;
        let asked = Instant::now();
        let server: ServerInfo = pulse.ask(Command::GetServerInfo).await?;
        // What it asks for comes so long after it asked.
        pulse.reserve = Reserve::new(asked.elapsed());
        pulse.told = pulse.reserve.samples();
        pulse.names = (shown(server.default_sink_name), shown(server.default_source_name));
        let reply: CreatePlaybackStreamReply =
            pulse.ask(Command::CreatePlaybackStream(playback(pulse.told))).await?;
        pulse.speaker = reply.channel;
        pulse.wants = samples(reply.requested_bytes);
        Ok(pulse)
    }

    /// What it says next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Said, Broken> {
        loop {
            self.flush().await?;
            let Some((channel, frame)) = self.frame()? else {
                match self.read().now_or_never() {
                    Some(read) => read?,
                    None if self.wants > 0 => return self.want(),
                    None => self.read().await?,
                }
                continue;
            };
            if channel != CONTROL {
                if self.mic == Mic::Open(channel) && self.mic_wanted {
                    return Ok(Said::Captured(frame));
                }
                continue;
            }
            // What is not known is not for us.
            let news = match control(frame) {
                Ok(control) => self.hear(control)?,
                Err(_) => None,
            };
            self.settle_mic()?;
            if let Some(news) = news {
                return Ok(news);
            }
        }
    }

    /// All that it wants by now, once it knows how much to hold.
    fn want(&mut self) -> Result<Said, Broken> {
        self.reserve.is_asked(self.wants, self.began.elapsed());
        let ahead = self.reserve.samples();
        if self.told != ahead {
            let params = SetPlaybackStreamBufferAttrParams {
                index: self.speaker,
                buffer_attr: attributes(ahead),
                adjust_latency: true,
                early_requests: false,
            };
            self.say(Command::SetPlaybackStreamBufferAttr(params))?;
            self.told = ahead;
        }
        Ok(Said::Wants(std::mem::take(&mut self.wants)))
    }

    /// Plays so many samples as were wanted: `late` ones whose time has passed, and then these.
    pub(super) async fn play(&mut self, late: usize, samples: &[f32]) -> Result<(), Broken> {
        let bytes = pcm(samples);
        let mut out = Vec::with_capacity(DESCRIPTOR_SIZE + bytes.len());
        // A hole before the block: the server plays nothing there, and the place of what follows is right.
        let hole = (late * SAMPLE) as u64;
        write_memblock(&mut out, self.speaker, &bytes, hole)?;
        self.outbox.extend_from_slice(&out);
        self.flush().await
    }

    /// Opens the microphone or closes it.
    pub(super) async fn want_mic(&mut self, wanted: bool) -> Result<(), Broken> {
        self.mic_wanted = wanted;
        self.settle_mic()?;
        self.flush().await
    }

    /// Asks for what is wanted of the microphone, unless it is asked for.
    fn settle_mic(&mut self) -> Result<(), Broken> {
        match self.mic {
            Mic::Closed if self.mic_wanted => {
                let sequence = self.say(Command::CreateRecordStream(record()))?;
                self.mic = Mic::Asked(sequence);
            }
            Mic::Open(channel) if !self.mic_wanted => {
                self.mic = Mic::Closed;
                self.say(Command::DeleteRecordStream(channel))?;
            }
            Mic::Lost if !self.mic_wanted => self.mic = Mic::Closed,
            _ => {}
        }
        Ok(())
    }

    /// The speaker and the microphone.
    pub(super) fn devices(&self) -> (Device, Device) {
        let (speaker, mic) = self.names.clone();
        let mic = match self.mic {
            Mic::Lost => Device::Problem(format!("{mic}: it was closed there")),
            _ => Device::Ready(mic),
        };
        (Device::Ready(speaker), mic)
    }

    fn hear(&mut self, Control { command, sequence, rest }: Control) -> Result<Option<Said>, Broken> {
        match command {
            Command::Request(request) if request.channel == self.speaker => {
                self.wants = self.wants.saturating_add(samples(request.length));
            }
            Command::Underflow(dry) if dry.channel == self.speaker => self.reserve.ran_dry(),
            Command::PlaybackStreamKilled(channel) if channel == self.speaker => return Err(Broken::Ended),
            Command::RecordStreamKilled(channel) if self.mic == Mic::Open(channel) => {
                return Ok(Some(self.lose_mic("its stream was ended there")));
            }
            Command::Reply if self.mic == Mic::Asked(sequence) => {
                let reply: CreateRecordStreamReply = reply(&rest)?;
                self.mic = Mic::Open(reply.channel);
            }
            Command::Error(why) if self.mic == Mic::Asked(sequence) => {
                return Ok(Some(self.lose_mic(&format!("{why:?}"))));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Hears on without a microphone, until it is opened anew.
    fn lose_mic(&mut self, why: &str) -> Said {
        info!(why, "the microphone of a client's machine is not there");
        self.mic = Mic::Lost;
        Said::Devices
    }

    /// Asks and waits for the answer; there is nothing else to hear yet.
    async fn ask<R: CommandReply>(&mut self, command: Command) -> Result<R, Broken> {
        let asked = self.say(command)?;
        self.flush().await?;
        loop {
            match self.frame()? {
                Some((CONTROL, frame)) => {
                    let Control { command, sequence, rest } = control(frame)?;
                    match command {
                        Command::Reply if sequence == asked => return reply(&rest),
                        Command::Error(why) if sequence == asked => return Err(Broken::Refused(why)),
                        _ => {}
                    }
                }
                Some(_) => {}
                None => self.read().await?,
            }
        }
    }

    fn say(&mut self, command: Command) -> Result<u32, Broken> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let mut out = Vec::new();
        encode_command_message(&mut out, sequence, &command, VERSION)?;
        self.outbox.extend_from_slice(&out);
        Ok(sequence)
    }

    /// Writes what is to be written. Cancel-safe.
    async fn flush(&mut self) -> Result<(), Broken> {
        while !self.outbox.is_empty() {
            let written = timeout(STUCK, self.stream.write_buf(&mut self.outbox)).await;
            if written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Broken> {
        self.inbox.reserve(READ);
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            _ => Ok(()),
        }
    }

    /// The next whole frame that has come in, and its channel.
    fn frame(&mut self) -> Result<Option<(u32, Bytes)>, Broken> {
        if self.inbox.len() < DESCRIPTOR_SIZE {
            return Ok(None);
        }
        let descriptor = read_descriptor(&mut Cursor::new(&self.inbox[..DESCRIPTOR_SIZE]))?;
        let length = descriptor.length as usize;
        if length > MAX_FRAME {
            return Err(Broken::TooLong(length));
        }
        if self.inbox.len() < DESCRIPTOR_SIZE + length {
            return Ok(None);
        }
        self.inbox.advance(DESCRIPTOR_SIZE);
        Ok(Some((descriptor.channel, self.inbox.split_to(length).freeze())))
    }
}

/// Samples as 16 bits, little-endian: 0.0 to 1.0 becomes 0 to 32,767, and nothing is cut.
pub(super) fn pcm(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()).collect()
}

fn control(frame: Bytes) -> Result<Control, Broken> {
    let mut cursor = Cursor::new(&frame[..]);
    let (sequence, command) = Command::read_tag_prefixed(&mut cursor, VERSION)?;
    let at = usize::try_from(cursor.position()).unwrap_or(frame.len()).min(frame.len());
    Ok(Control { command, sequence, rest: frame.slice(at..) })
}

fn reply<R: CommandReply>(rest: &[u8]) -> Result<R, Broken> {
    let mut cursor = Cursor::new(rest);
    Ok(TagStructReader::new(&mut cursor, VERSION).read()?)
}

fn attributes(ahead: u32) -> BufferAttr {
    BufferAttr {
        target_length: bytes(BLOCK + ahead),
        minimum_request_length: bytes(BLOCK),
        pre_buffering: 0,
        ..BufferAttr::default()
    }
}

fn playback(ahead: u32) -> PlaybackStreamParams {
    PlaybackStreamParams {
        sample_spec: spec(),
        channel_map: mono(),
        sink_name: Some(DEFAULT_SINK.into()),
        buffer_attr: attributes(ahead),
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..PlaybackStreamParams::default()
    }
}

fn record() -> RecordStreamParams {
    RecordStreamParams {
        sample_spec: spec(),
        channel_map: mono(),
        source_name: Some(DEFAULT_SOURCE.into()),
        buffer_attr: BufferAttr { fragment_size: bytes(BLOCK), ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..RecordStreamParams::default()
    }
}

fn spec() -> SampleSpec {
    SampleSpec { format: SampleFormat::S16Le, channels: 1, sample_rate: SAMPLE_RATE }
}

fn mono() -> ChannelMap {
    ChannelMap::new([ChannelPosition::Mono])
}

fn samples(bytes: u32) -> usize {
    bytes as usize / SAMPLE
}

fn bytes(samples: u32) -> u32 {
    samples * SAMPLE as u32
}

/// A name of another machine, as far as a screen can bear it.
fn shown(name: Option<CString>) -> String {
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
