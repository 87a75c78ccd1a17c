//! The sound systems of this machine and their devices.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host, HostId};

use super::choice::select;
use super::{DeviceChoice, DeviceError, Direction, alsa, environment};

/// What a sound system says when asked for its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReport {
    /// `PulseAudio` or `ALSA`.
    pub name: &'static str,
    /// Its devices, or why it has none.
    pub devices: Result<Vec<DeviceInfo>, String>,
}

/// One microphone or speaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The name to choose it by.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Which way the sound goes.
    pub way: Direction,
    /// Whether it is used when none is chosen.
    pub default: bool,
}

/// The device of a choice, and how to open it.
pub(super) struct Found {
    pub(super) device: Device,
    /// Its name in the sound system.
    pub(super) id: String,
    /// Whether it is PulseAudio's.
    pub(super) is_pulse: bool,
    pub(super) name: String,
    /// Samples a callback, as asked for.
    pub(super) block: u32,
}

/// 10 ms: the smallest that PulseAudio keeps up with.
const PULSE_BLOCK: u32 = 480;

/// 20 ms: with less, ALSA's plugin for PulseAudio dies after its first underrun.
const ALSA_BLOCK: u32 = 960;

/// 40 ms: with less, sound over a network or a forwarded socket slips.
const REMOTE_BLOCK: u32 = 1_920;

/// The name of ALSA's only device in use: others may write into the terminal when they are opened.
const ALSA_DEVICE: &str = "default";

/// Every sound system and its devices.
pub fn devices() -> Vec<HostReport> {
    let pulse = match pulse() {
        Ok(host) => pulse_devices(&host),
        Err(e) => Err(sentence(&e)),
    };
    let alsa = if !alsa::load() {
        Err("libasound.so.2 is not installed".to_owned())
    } else {
        cpal::host_from_id(HostId::Alsa).map_err(|e| sentence(&e)).and_then(|host| alsa_devices(&host))
    };
    vec![HostReport { name: "PulseAudio", devices: pulse }, HostReport { name: "ALSA", devices: alsa }]
}

/// The name of the device that a choice means.
///
/// # Errors
/// Why there is none.
pub fn find(choice: &DeviceChoice, way: Direction) -> Result<String, DeviceError> {
    resolve(choice, way).map(|found| found.name)
}

/// The device that a choice means: PulseAudio's if a server answers, or else ALSA's.
///
/// Never by `cpal::default_host`, which panics where ALSA can't start.
pub(super) fn resolve(choice: &DeviceChoice, way: Direction) -> Result<Found, DeviceError> {
    if *choice == DeviceChoice::None {
        return Err(DeviceError::Off(way));
    }
    if let Ok(host) = pulse() {
        let block = if environment::is_remote() { REMOTE_BLOCK } else { PULSE_BLOCK };
        return from_pulse(&host, choice, way, block);
    }
    if !alsa::load() {
        return Err(DeviceError::NoHost);
    }
    let host = cpal::host_from_id(HostId::Alsa).map_err(|_| DeviceError::NoHost)?;
    from_alsa(&host, choice, way)
}

/// The PulseAudio host, if a server answers.
fn pulse() -> Result<Host, cpal::Error> {
    environment::prepare();
    cpal::host_from_id(HostId::PulseAudio)
}

fn from_pulse(host: &Host, choice: &DeviceChoice, way: Direction, block: u32) -> Result<Found, DeviceError> {
    let device = match choice {
        DeviceChoice::Named(wanted) => {
            let mut all = of_way(host, way);
            let names: Vec<_> = all.iter().map(|d| (id(d), name(d))).collect();
            let at = select(wanted, &names, way)?;
            Some(all.swap_remove(at))
        }
        _ => default_of(host, way),
    };
    let device = device.ok_or(DeviceError::NoDevice(way))?;
    let (id, name) = (id(&device), name(&device));
    Ok(Found { device, id, is_pulse: true, name, block })
}

fn from_alsa(host: &Host, choice: &DeviceChoice, way: Direction) -> Result<Found, DeviceError> {
    if let DeviceChoice::Named(wanted) = choice {
        return Err(DeviceError::OnlyAlsa { way, wanted: wanted.clone() });
    }
    let device = default_of(host, way).ok_or(DeviceError::NoDevice(way))?;
    let name = format!("ALSA {ALSA_DEVICE}");
    Ok(Found { id: id(&device), device, is_pulse: false, name, block: ALSA_BLOCK })
}

fn pulse_devices(host: &Host) -> Result<Vec<DeviceInfo>, String> {
    let mut all = Vec::new();
    for way in [Direction::Capture, Direction::Playback] {
        let default = default_of(host, way).map(|d| id(&d));
        all.extend(of_way(host, way).iter().map(|d| DeviceInfo {
            id: id(d),
            name: name(d),
            way,
            default: default.as_ref() == Some(&id(d)),
        }));
    }
    if all.is_empty() { Err("it has no devices".to_owned()) } else { Ok(all) }
}

/// ALSA's `default` in each way that opens.
fn alsa_devices(host: &Host) -> Result<Vec<DeviceInfo>, String> {
    let opens = |way: &Direction| {
        default_of(host, *way).is_some_and(|d| match way {
            Direction::Capture => d.supported_input_configs().is_ok(),
            Direction::Playback => d.supported_output_configs().is_ok(),
        })
    };
    let ways = [Direction::Capture, Direction::Playback];
    let all: Vec<_> = ways
        .into_iter()
        .filter(opens)
        .map(|way| DeviceInfo {
            id: ALSA_DEVICE.to_owned(),
            name: "ALSA default".to_owned(),
            way,
            default: true,
        })
        .collect();
    if all.is_empty() { Err(format!("its device “{ALSA_DEVICE}” does not open")) } else { Ok(all) }
}

fn of_way(host: &Host, way: Direction) -> Vec<Device> {
    let all = host.devices().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let fits = |d: &Device| {
        let direction = d.description().map(|d| d.direction());
        matches!(
            (direction, way),
            (Ok(cpal::DeviceDirection::Input), Direction::Capture)
                | (Ok(cpal::DeviceDirection::Output), Direction::Playback)
        )
    };
    all.into_iter().filter(fits).collect()
}

fn default_of(host: &Host, way: Direction) -> Option<Device> {
    match way {
        Direction::Capture => host.default_input_device(),
        Direction::Playback => host.default_output_device(),
    }
}

fn id(device: &Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

fn name(device: &Device) -> String {
    device.description().map_or_else(|_| id(device), |d| d.name().to_owned())
}

fn sentence(error: &cpal::Error) -> String {
    error.message().map_or_else(|| error.to_string(), str::to_owned)
}
