//! The least that passing packets on costs on this machine: bytes made once, written to each socket, and nothing else.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::audio::FRAME_MS;
use crate::net::hurry;
use crate::wire::{AudioMessage, AudioRecord};

use super::BenchError;
use super::forward::{LAST, Spoken};
use super::stats::Delays;

/// The fan-out that nothing has to be decided for.
#[derive(Debug)]
pub(super) struct Floor {
    /// What the listeners heard, and how late.
    pub(super) heard: Delays,
    /// CPU time of the fan-out.
    pub(super) cpu: Duration,
}

/// Passes packets of each of `mouths` on to `listeners` for `secs`, each in a write of its own, in a thread of its own. The
/// listeners read what a client reads.
///
/// # Errors
/// The system's.
pub(super) async fn measure(
    mouths: Vec<Vec<AudioRecord>>,
    listeners: u32,
    secs: u32,
) -> Result<Floor, BenchError> {
    let failed = |cause| BenchError::System { what: "what a plain fan-out costs", cause };
    let (address, bound) = oneshot::channel();
    let spoken = Spoken::new();
    let said = spoken.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(fan_out(&mouths, listeners, secs, &said, address))
    });
    let address: SocketAddr = bound.await.map_err(|e| BenchError::Own(Box::new(e)))?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..listeners {
        let tcp = TcpStream::connect(address).await.map_err(failed)?;
        tasks.spawn(hear(tcp, spoken.clone(), stopped.clone()));
    }
    let joined = tokio::task::spawn_blocking(|| thread.join()).await;
    let cpu = match joined {
        Ok(Ok(cpu)) => cpu.map_err(failed)?,
        _ => return Err(BenchError::Server("the plain fan-out ended early".to_owned())),
    };
    stop.send_replace(true);
    let mut heard = Delays::default();
    while let Some(delays) = tasks.join_next().await {
        heard.merge(delays.unwrap_or_default());
    }
    Ok(Floor { heard, cpu })
}

/// Writes until everything is said; tells the CPU time of the writing.
async fn fan_out(
    mouths: &[Vec<AudioRecord>],
    listeners: u32,
    secs: u32,
    spoken: &Spoken,
    address: oneshot::Sender<SocketAddr>,
) -> io::Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // Who asked is gone: then nobody connects either.
    let _ = address.send(listener.local_addr()?);
    let mut sockets = Vec::new();
    for _ in 0..listeners {
        let (tcp, _) = listener.accept().await?;
        hurry(&tcp)?;
        sockets.push(tcp);
    }
    let before = thread_cpu();
    let mut tick = interval(Duration::from_millis(FRAME_MS) / mouths.len().max(1) as u32);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0..secs as usize * 50 {
        for (speaker, mouth) in mouths.iter().enumerate() {
            tick.tick().await;
            let frame = spoken.say(speaker, n);
            let bytes = message(AudioRecord { frame, ..mouth[n % mouth.len()].clone() });
            for socket in &sockets {
                // What a socket does not take is lost, and not counted as heard.
                let _ = socket.try_write(&bytes);
            }
        }
    }
    tokio::time::sleep(LAST).await;
    Ok(thread_cpu().saturating_sub(before))
}

/// A whole websocket frame.
fn message(record: AudioRecord) -> Bytes {
    let frame = Frame::message(AudioMessage::one(record).encode(), OpCode::Data(Data::Binary), true);
    let mut bytes = BytesMut::with_capacity(frame.len()).writer();
    // Memory takes everything.
    let _ = frame.format(&mut bytes);
    bytes.into_inner().freeze()
}

async fn hear(tcp: TcpStream, spoken: Spoken, mut stopped: watch::Receiver<bool>) -> Delays {
    let mut delays = Delays::default();
    let mut ws = WebSocketStream::from_raw_socket(tcp, Role::Client, None).await;
    loop {
        let message = tokio::select! {
            message = ws.next() => message,
            _ = stopped.changed() => return delays,
        };
        match message {
            Some(Ok(Message::Binary(bytes))) => {
                for record in AudioMessage::decode(bytes).unwrap_or_default().records {
                    delays.add(spoken.since(record.frame));
                }
            }
            Some(Ok(_)) => {}
            _ => {
                let _ = stopped.changed().await;
                return delays;
            }
        }
    }
}

/// CPU time of this thread.
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
