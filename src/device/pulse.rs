//! PulseAudio streams that keep the time.
//!
//! cpal's streams wait after an underrun until they are filled again, and keep no more than one captured block: each time
//! the machine stands still, all that follows is shifted. These go on without data (no pre-buffering): the server throws
//! away what comes too late, and what was said keeps its place to the sample. Captured sound is never dropped.

use std::ffi::CString;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, ChannelPosition, PlaybackStreamParams, RecordStreamParams, SampleFormat, SampleSpec,
};
use pulseaudio::{AsPlaybackSource as _, Client, ClientError, PlaybackStream, RecordStream};

use super::ring::{Health, Inlet, Outlet};

/// Samples a second of every stream.
const RATE: u32 = 48_000;

/// Bytes of a sample: 32-bit floats.
const SAMPLE_BYTES: u32 = 4;

/// Samples that the server holds beyond one block: 20 ms, what a busy machine may be late with.
pub(super) const AHEAD: u32 = 960;

/// How long a sound server may take to open a stream before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(2);

/// An open stream; dropping it closes it.
pub(super) struct PulseStream {
    _client: Client,
    _stream: Way,
}

/// Held, never asked.
enum Way {
    Record { _stream: RecordStream },
    Playback { _stream: PlaybackStream },
}

/// Opens the source `name`, `block` samples a callback.
pub(super) fn record(
    name: &str,
    block: u32,
    mut inlet: Inlet,
    health: Arc<Health>,
) -> Result<PulseStream, String> {
    let params = RecordStreamParams {
        sample_spec: spec(),
        channel_map: mono(),
        source_name: Some(c_string(name)?),
        buffer_attr: BufferAttr { fragment_size: block * SAMPLE_BYTES, ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..RecordStreamParams::default()
    };
    let end = End(health);
    let sink = move |bytes: &[u8]| {
        let _ = &end;
        inlet.take(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)));
    };
    let client = connect()?;
    let stream = patiently(client.create_record_stream(params, sink))?;
    Ok(PulseStream { _client: client, _stream: Way::Record { _stream: stream } })
}

/// Opens the sink `name`, `block` samples a callback; more at once when the machine stood still.
pub(super) fn play(
    name: &str,
    block: u32,
    mut outlet: Outlet,
    health: Arc<Health>,
) -> Result<PulseStream, String> {
    let params = PlaybackStreamParams {
        sample_spec: spec(),
        channel_map: mono(),
        sink_name: Some(c_string(name)?),
        buffer_attr: BufferAttr {
            target_length: (block + AHEAD) * SAMPLE_BYTES,
            minimum_request_length: block * SAMPLE_BYTES,
            pre_buffering: 0,
            ..BufferAttr::default()
        },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..PlaybackStreamParams::default()
    };
    let end = End(health);
    let source = move |bytes: &mut [u8]| {
        let _ = &end;
        let samples = bytes.as_chunks_mut().0;
        let frames = samples.len();
        let mut places = samples.iter_mut();
        outlet.give(frames, |sample| {
            if let Some(place) = places.next() {
                *place = sample.to_le_bytes();
            }
        });
        frames * SAMPLE_BYTES as usize
    };
    let client = connect()?;
    let stream = patiently(client.create_playback_stream(params, source.as_playback_source()))?;
    Ok(PulseStream { _client: client, _stream: Way::Playback { _stream: stream } })
}

/// Dropped with the callback, when the connection ends: then the device is gone.
struct End(Arc<Health>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Release);
    }
}

fn connect() -> Result<Client, String> {
    Client::from_env(c"palco").map_err(|e| e.to_string())
}

/// Waits for the server's answer, not for ever.
fn patiently<T>(answer: impl Future<Output = Result<T, ClientError>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let outcome = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
    outcome.map_err(|_| "the sound server does not answer".to_owned())?.map_err(|e| e.to_string())
}

fn spec() -> SampleSpec {
    SampleSpec { format: SampleFormat::Float32Le, channels: 1, sample_rate: RATE }
}

fn mono() -> ChannelMap {
    ChannelMap::new([ChannelPosition::Mono])
}

fn c_string(name: &str) -> Result<CString, String> {
    CString::new(name).map_err(|e| e.to_string())
}
