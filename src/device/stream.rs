//! Open devices: samples through lock-free rings, and whether the device still lives.
//!
//! Nothing in a callback allocates, locks or does I/O; it copies, counts and wakes the thread at the ring's other end.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, Error, ErrorKind, FromSample, Sample, SizedSample, Stream, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};

use super::host::{Found, resolve};
use super::{DeviceChoice, DeviceError, Direction};

/// Samples a second of every stream.
const RATE: u32 = 48_000;

/// Samples in a ring: 500 ms. A full ring drops what comes, as nobody takes it anyway.
const RING: usize = 24_000;

/// How long a sound server may take to open a stream before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(2);

/// Errors in a row after which a stream is rebuilt: ALSA repeats them for ever.
const MAX_ERRORS: u32 = 5;

/// Samples that are kept ready beyond one callback: 15 ms for the thread that fills to wake up, on a machine that has more
/// to do. With 5 ms, sound was cut now and then.
const READY: usize = 720;

/// How fast the last sample fades when there are no more: silent within 1 ms, without a click.
const FADE: f32 = 0.9;

/// What a callback and the other end of its ring share.
#[derive(Debug, Default)]
struct Health {
    gone: AtomicBool,
    errors: AtomicU32,
    /// The largest callback so far, in samples.
    block: AtomicU32,
    /// Samples asked for or given by the device.
    samples: AtomicU64,
    /// Samples that were missing.
    missed: AtomicU64,
}

impl Health {
    fn beat(&self, frames: usize) {
        self.samples.fetch_add(frames as u64, Ordering::Relaxed);
        self.errors.store(0, Ordering::Relaxed);
        self.block.fetch_max(u32::try_from(frames).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    fn fail(&self, error: &Error) {
        let gone = match error.kind() {
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => false,
            ErrorKind::BackendError => self.errors.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_ERRORS,
            _ => true,
        };
        if gone {
            self.gone.store(true, Ordering::Release);
        }
    }
}

/// An open microphone; dropping it closes it.
pub struct Capture {
    line: Line,
    samples: Consumer<f32>,
}

impl Capture {
    /// Opens a microphone; `wake` is unparked when samples came.
    ///
    /// A callback has the smallest block that the sound system copes with, or `least` samples if that is more.
    ///
    /// # Errors
    /// Why it can't be.
    pub fn open(choice: &DeviceChoice, least: u32, wake: Thread) -> Result<Self, DeviceError> {
        let way = Direction::Capture;
        let mut found = resolve(choice, way)?;
        found.block = found.block.max(least);
        let build = |form: Form| {
            let (into, samples) = RingBuffer::new(RING);
            let health = Arc::new(Health::default());
            let stream = if form.float {
                capture::<f32>(&found, form, into, health.clone(), wake.clone())
            } else {
                capture::<i16>(&found, form, into, health.clone(), wake.clone())
            }?;
            stream.play()?;
            Ok((stream, health, samples))
        };
        let (stream, health, samples) = first_that_opens(&found, way, build)?;
        Ok(Self { line: Line::new(way, found, stream, health), samples })
    }

    /// What the device is called, and whether it lives.
    pub fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// Appends what was captured: 48 kHz mono, -1..=1.
    pub fn read(&mut self, into: &mut Vec<f32>) {
        let n = self.samples.slots();
        if let Ok(chunk) = self.samples.read_chunk(n) {
            let (a, b) = chunk.as_slices();
            into.extend_from_slice(a);
            into.extend_from_slice(b);
            chunk.commit_all();
        }
    }
}

/// An open speaker; dropping it closes it.
pub struct Playback {
    line: Line,
    samples: Producer<f32>,
}

impl Playback {
    /// Opens a speaker; `wake` is unparked when it took samples.
    ///
    /// A callback has the smallest block that the sound system copes with, or `least` samples if that is more.
    ///
    /// # Errors
    /// Why it can't be.
    pub fn open(choice: &DeviceChoice, least: u32, wake: Thread) -> Result<Self, DeviceError> {
        let way = Direction::Playback;
        let mut found = resolve(choice, way)?;
        found.block = found.block.max(least);
        let build = |form: Form| {
            let (samples, from) = RingBuffer::new(RING);
            let health = Arc::new(Health::default());
            health.block.store(found.block, Ordering::Relaxed);
            let stream = if form.float {
                playback::<f32>(&found, form, from, health.clone(), wake.clone())
            } else {
                playback::<i16>(&found, form, from, health.clone(), wake.clone())
            }?;
            stream.play()?;
            Ok((stream, health, samples))
        };
        let (stream, health, samples) = first_that_opens(&found, way, build)?;
        Ok(Self { line: Line::new(way, found, stream, health), samples })
    }

    /// What the device is called, and whether it lives.
    pub fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// How many samples it wants now: no more than one callback and 15 ms are ever queued, so latency can't grow.
    pub fn wanted(&self) -> usize {
        let queued = RING - self.samples.slots();
        let block = self.line.health.block.load(Ordering::Relaxed) as usize;
        (block + READY).min(RING).saturating_sub(queued)
    }

    /// Queues samples: 48 kHz mono, -1..=1, for all channels.
    pub fn write(&mut self, samples: &[f32]) {
        // What finds no room is dropped: nobody takes samples any more.
        let _ = self.samples.push_partial_slice(samples);
    }
}

/// What is known of an open device.
pub struct Line {
    way: Direction,
    name: String,
    asked: u32,
    health: Arc<Health>,
    /// Closes the device when dropped.
    _stream: Stream,
}

impl Line {
    fn new(way: Direction, found: Found, stream: Stream, health: Arc<Health>) -> Self {
        Self { way, name: found.name, asked: found.block, health, _stream: stream }
    }

    /// The device's name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Samples that the device gave or took, by its own clock: when this stands still, the device is dead without
    /// saying so; when it lags behind the time, the sound server loses samples because the blocks are too small.
    pub fn samples(&self) -> u64 {
        self.health.samples.load(Ordering::Relaxed)
    }

    /// Samples a callback, as asked for.
    pub fn block(&self) -> u32 {
        self.asked
    }

    /// Samples that came too late for the device, or were taken too late from it.
    pub fn missed(&self) -> u64 {
        self.health.missed.load(Ordering::Relaxed)
    }

    /// Whether the device still lives.
    ///
    /// # Errors
    /// It is gone; open it again.
    pub fn check(&self) -> Result<(), DeviceError> {
        if self.health.gone.load(Ordering::Acquire) { Err(self.gone()) } else { Ok(()) }
    }

    /// That this device is gone.
    pub fn gone(&self) -> DeviceError {
        DeviceError::Gone { way: self.way, name: self.name.clone() }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("way", &self.way).field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Capture").field(&self.line).finish()
    }
}

impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Playback").field(&self.line).finish()
    }
}

/// A form of samples that a device may take.
#[derive(Clone, Copy)]
struct Form {
    float: bool,
    channels: u16,
}

/// From the one without conversion to the one that any card has. Sound servers take the first.
const FORMS: [Form; 4] = [
    Form { float: true, channels: 1 },
    Form { float: true, channels: 2 },
    Form { float: false, channels: 1 },
    Form { float: false, channels: 2 },
];

fn first_that_opens<T>(
    found: &Found,
    way: Direction,
    build: impl Fn(Form) -> Result<T, Error>,
) -> Result<T, DeviceError> {
    let mut why = String::new();
    for form in FORMS {
        match build(form) {
            Ok(opened) => return Ok(opened),
            Err(e) => {
                why = e.message().map_or_else(|| e.to_string(), str::to_owned);
                if e.kind() != ErrorKind::UnsupportedConfig {
                    break;
                }
            }
        }
    }
    Err(DeviceError::Refused { way, name: found.name.clone(), why })
}

fn config(found: &Found, form: Form) -> StreamConfig {
    StreamConfig {
        channels: form.channels,
        sample_rate: RATE,
        // By default PulseAudio asks for two seconds at once.
        buffer_size: BufferSize::Fixed(found.block),
    }
}

fn capture<T>(
    found: &Found,
    form: Form,
    mut into: Producer<f32>,
    health: Arc<Health>,
    wake: Thread,
) -> Result<Stream, Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let failing = health.clone();
    let channels = usize::from(form.channels);
    let device: &Device = &found.device;
    device.build_input_stream::<T, _, _>(
        config(found, form),
        move |data, _| {
            let frames = data.len() / channels;
            health.beat(frames);
            let n = frames.min(into.slots());
            health.missed.fetch_add((frames - n) as u64, Ordering::Relaxed);
            if let Ok(chunk) = into.write_chunk_uninit(n) {
                chunk.fill_from_iter(data.chunks_exact(channels).map(|f| mean(f)));
            }
            wake.unpark();
        },
        move |e| failing.fail(&e),
        Some(PATIENCE),
    )
}

fn playback<T>(
    found: &Found,
    form: Form,
    mut from: Consumer<f32>,
    health: Arc<Health>,
    wake: Thread,
) -> Result<Stream, Error>
where
    T: SizedSample + FromSample<f32>,
{
    let failing = health.clone();
    let channels = usize::from(form.channels);
    let mut last = 0.0;
    found.device.build_output_stream::<T, _, _>(
        config(found, form),
        move |data: &mut [T], _| {
            let frames = data.len() / channels;
            health.beat(frames);
            let n = frames.min(from.slots());
            health.missed.fetch_add((frames - n) as u64, Ordering::Relaxed);
            let mut out = data.chunks_exact_mut(channels);
            if let Ok(chunk) = from.read_chunk(n) {
                for (sample, frame) in chunk.into_iter().zip(out.by_ref()) {
                    last = sample;
                    frame.fill(T::from_sample(sample));
                }
            }
            for frame in out {
                last *= FADE;
                frame.fill(T::from_sample(last));
            }
            wake.unpark();
        },
        move |e| failing.fail(&e),
        Some(PATIENCE),
    )
}

/// All channels as one.
fn mean<T: Sample>(frame: &[T]) -> f32
where
    f32: FromSample<T>,
{
    let sum: f32 = frame.iter().map(|s| f32::from_sample(*s)).sum();
    sum / frame.len().max(1) as f32
}
