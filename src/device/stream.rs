//! Open devices: samples through lock-free rings, and whether the device still lives.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, Error, ErrorKind, FromSample, Sample, SizedSample, Stream, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};

use super::host::{Found, resolve};
use super::pulse::{self, PulseStream};
use super::ring::{Health, Inlet, Outlet};
use super::{DeviceChoice, DeviceError, Direction};

/// Samples a second of every stream.
const RATE: u32 = 48_000;

/// Samples in a ring: 500 ms. A full ring drops what comes, as nobody takes it anyway.
const RING: usize = 24_000;

/// How long a sound server may take to open a stream before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(2);

/// Errors in a row after which a stream is rebuilt: ALSA repeats them for ever.
const MAX_ERRORS: u32 = 5;

/// Samples that are kept ready beyond one callback: 10 ms for the thread that fills to wake up, on a machine that has more
/// to do.
const READY: usize = 480;

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
            let inlet = Inlet::new(into, health.clone(), wake.clone());
            let stream = match form {
                Form::Pulse => {
                    let stream =
                        pulse::record(&found.id, found.block, inlet, health.clone()).map_err(refused)?;
                    Running::Pulse { _stream: stream }
                }
                Form::Float(n) => capture::<f32>(&found, n, inlet, health.clone())?,
                Form::Integer(n) => capture::<i16>(&found, n, inlet, health.clone())?,
            };
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
    /// Missed samples whose time was made up for.
    made_up: u64,
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
            let outlet = Outlet::new(from, health.clone(), wake.clone());
            let stream = match form {
                Form::Pulse => {
                    let stream =
                        pulse::play(&found.id, found.block, outlet, health.clone()).map_err(refused)?;
                    Running::Pulse { _stream: stream }
                }
                Form::Float(n) => playback::<f32>(&found, n, outlet, health.clone())?,
                Form::Integer(n) => playback::<i16>(&found, n, outlet, health.clone())?,
            };
            Ok((stream, health, samples))
        };
        let (stream, health, samples) = first_that_opens(&found, way, build)?;
        Ok(Self { line: Line::new(way, found, stream, health), samples, made_up: 0 })
    }

    /// What the device is called, and whether it lives.
    pub fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// How many samples came too late since this was asked last. Their time has passed: leave so many out, or all that
    /// follows is late.
    pub fn late(&mut self) -> usize {
        let missed = self.line.missed();
        let late = missed - self.made_up;
        self.made_up = missed;
        usize::try_from(late).unwrap_or(usize::MAX)
    }

    /// How many samples it wants now: no more than one callback and 10 ms are ever queued, so latency can't grow.
    pub fn wanted(&self) -> usize {
        let queued = RING - self.samples.slots();
        let block = self.line.health.block.load(Ordering::Relaxed) as usize;
        (block + READY).min(RING).saturating_sub(queued)
    }

    /// How many of the samples that were queued are not heard yet, about: those in the ring, and those that the sound
    /// system holds.
    pub fn unheard(&self) -> usize {
        RING - self.samples.slots() + self.line.held()
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
    _stream: Running,
}

/// Held, never asked.
enum Running {
    Cpal { _stream: Stream },
    Pulse { _stream: PulseStream },
}

impl Line {
    fn new(way: Direction, found: Found, stream: Running, health: Arc<Health>) -> Self {
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

    /// Samples that the sound system holds between its callback and the ear, as it was asked to.
    fn held(&self) -> usize {
        let block = self.asked as usize;
        match self._stream {
            Running::Cpal { .. } => 2 * block,
            Running::Pulse { .. } => block + pulse::AHEAD as usize,
        }
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

/// How a device may be opened, and with how many channels.
#[derive(Clone, Copy)]
enum Form {
    /// By PulseAudio itself, which converts whatever it has to.
    Pulse,
    Float(u16),
    Integer(u16),
}

/// From the one without conversion to the one that any card has.
const CARD_FORMS: [Form; 4] = [Form::Float(1), Form::Float(2), Form::Integer(1), Form::Integer(2)];

fn first_that_opens<T>(
    found: &Found,
    way: Direction,
    build: impl Fn(Form) -> Result<T, Error>,
) -> Result<T, DeviceError> {
    let forms: &[Form] = if found.is_pulse { &[Form::Pulse] } else { &CARD_FORMS };
    let mut why = String::new();
    for form in forms {
        match build(*form) {
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

fn refused(why: String) -> Error {
    Error::with_message(ErrorKind::BackendError, why)
}

fn config(found: &Found, channels: u16) -> StreamConfig {
    // By default a sound system may ask for two seconds at once.
    StreamConfig { channels, sample_rate: RATE, buffer_size: BufferSize::Fixed(found.block) }
}

fn capture<T>(found: &Found, channels: u16, mut inlet: Inlet, health: Arc<Health>) -> Result<Running, Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let device: &Device = &found.device;
    let stream = device.build_input_stream::<T, _, _>(
        config(found, channels),
        move |data, _| inlet.take(data.chunks_exact(usize::from(channels)).map(|f| mean(f))),
        move |e| fail(&health, &e),
        Some(PATIENCE),
    )?;
    stream.play()?;
    Ok(Running::Cpal { _stream: stream })
}

fn playback<T>(
    found: &Found,
    channels: u16,
    mut outlet: Outlet,
    health: Arc<Health>,
) -> Result<Running, Error>
where
    T: SizedSample + FromSample<f32>,
{
    let failing = health.clone();
    let stream = found.device.build_output_stream::<T, _, _>(
        config(found, channels),
        move |data: &mut [T], _| {
            let frames = data.len() / usize::from(channels);
            // A card may ask for more at once than it was set to.
            health.block.fetch_max(u32::try_from(frames).unwrap_or(u32::MAX), Ordering::Relaxed);
            let mut places = data.chunks_exact_mut(usize::from(channels));
            outlet.give(frames, |sample| {
                if let Some(frame) = places.next() {
                    frame.fill(T::from_sample(sample));
                }
            });
        },
        move |e| fail(&failing, &e),
        Some(PATIENCE),
    )?;
    stream.play()?;
    Ok(Running::Cpal { _stream: stream })
}

fn fail(health: &Health, error: &Error) {
    let gone = match error.kind() {
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => false,
        ErrorKind::BackendError => health.errors.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_ERRORS,
        _ => true,
    };
    if gone {
        health.gone.store(true, Ordering::Release);
    }
}

/// All channels as one.
fn mean<T: Sample>(frame: &[T]) -> f32
where
    f32: FromSample<T>,
{
    let sum: f32 = frame.iter().map(|s| f32::from_sample(*s)).sum();
    sum / frame.len().max(1) as f32
}
