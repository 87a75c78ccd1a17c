//! The protocol against bytes of a sound server.

use pulseaudio::protocol::Request;
use tokio::io::{DuplexStream, duplex};

use super::*;

const SPEAKER: u32 = 3;
const MIC: u32 = 5;

/// A connection with both streams open, and the sound server's end of it.
fn open() -> (Pulse<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    let pulse = Pulse {
        stream: near,
        inbox: BytesMut::new(),
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
