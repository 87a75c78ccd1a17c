//! The protocol against bytes of a sound server.

use pulseaudio::protocol::Request;
use tokio::io::{DuplexStream, duplex};

use super::*;

const SPEAKER: u32 = 3;
const MIC: u32 = 5;

/// A connection with both streams open, and the sound server's end of it.
fn open() -> (Pulse<DuplexStream>, DuplexStream) {
    open_over(1 << 20)
}

/// The same, with so many bytes on the way at most.
fn open_over(way: usize) -> (Pulse<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(way);
    let pulse = Pulse {
        stream: near,
        inbox: BytesMut::new(),
        outbox: BytesMut::new(),
        sequence: 0,
        speaker: SPEAKER,
        mic: Mic::Open(MIC),
        mic_wanted: true,
        wants: 0,
        reserve: Reserve::new(Duration::ZERO),
        told: Reserve::new(Duration::ZERO).samples(),
        began: Instant::now(),
        names: Default::default(),
    };
    (pulse, far)
}

fn request() -> Vec<u8> {
    let (mut out, request) = (Vec::new(), Request { channel: SPEAKER, length: bytes(BLOCK) });
    encode_command_message(&mut out, u32::MAX, &Command::Request(request), VERSION).unwrap();
    out
}

#[tokio::test]
async fn what_was_asked_for_while_the_link_stood_still_is_wanted_at_once() {
    let (mut pulse, mut server) = open();
    let mut sound = Vec::new();
    write_memblock(&mut sound, MIC, &[1; 96], 0).unwrap();
    server.write_all(&[request().repeat(60), sound, request().repeat(65)].concat()).await.unwrap();
    assert!(matches!(pulse.next().await, Ok(Said::Captured(sound)) if sound.len() == 96));
    let wanted = pulse.next().await;
    assert!(matches!(wanted, Ok(Said::Wants(n)) if n == 125 * BLOCK as usize), "{wanted:?}");
    server.write_all(&request()).await.unwrap();
    assert!(matches!(pulse.next().await, Ok(Said::Wants(n)) if n == BLOCK as usize));
}

#[tokio::test]
async fn what_is_given_up_half_written_is_written_whole() {
    let (mut pulse, mut server) = open_over(7);
    assert!(pulse.want_mic(false).now_or_never().is_none(), "more than the way takes");
    let mut told = Vec::new();
    while pulse.next().now_or_never().is_none() && told.len() < 200 {
        let mut some = [0; 7];
        match server.read(&mut some).now_or_never() {
            Some(read) => told.extend_from_slice(&some[..read.unwrap()]),
            None => break,
        }
    }
    let mut expected = Vec::new();
    encode_command_message(&mut expected, 0, &Command::DeleteRecordStream(MIC), VERSION).unwrap();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn without_its_microphone_it_is_heard_on() {
    let (mut pulse, mut server) = open();
    let mut killed = Vec::new();
    encode_command_message(&mut killed, u32::MAX, &Command::RecordStreamKilled(MIC), VERSION).unwrap();
    server.write_all(&[killed, request()].concat()).await.unwrap();
    assert!(matches!(pulse.next().await, Ok(Said::Devices)));
    assert!(matches!(pulse.devices(), (Device::Ready(_), Device::Problem(_))));
    assert!(matches!(pulse.next().await, Ok(Said::Wants(_))));
    assert!(pulse.outbox.is_empty(), "it is not opened again by itself");
    pulse.want_mic(false).await.unwrap();
    pulse.want_mic(true).await.unwrap();
    assert!(matches!(pulse.mic, Mic::Asked(_)), "somebody opened it again");
}
