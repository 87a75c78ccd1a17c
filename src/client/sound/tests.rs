//! The engine without a sound card.

use super::*;
use crate::meeting::Source;
use bytes::Bytes;

fn off() -> SoundConfig {
    SoundConfig { mic: DeviceChoice::None, speaker: DeviceChoice::None }
}

fn message(level: u8) -> AudioMessage {
    AudioMessage::one(AudioRecord {
        source: Source(7),
        frame: 0,
        level,
        opus: Bytes::from_static(&[0xf8, 0]),
    })
}

#[tokio::test]
async fn without_devices_levels_are_shown_and_the_status_says_so() {
    let (outgoing, mut sent) = mpsc::channel(8);
    let engine = Engine::start(off(), outgoing);
    let mut status = engine.status();
    engine.open_mic(true);
    engine.hear(message(0x80 | 30));
    let seen = |s: &SoundStatus| {
        s.mic == DeviceState::Off
            && s.speaker == DeviceState::Off
            && s.mic_open
            && s.levels.first().is_some_and(|l| l.source == Source(7) && l.voice && l.level > 0.2)
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), status.wait_for(seen)).await;
    assert!(matches!(waited, Ok(Ok(_))), "{:?}", engine.status().borrow());
    assert!(sent.try_recv().is_err(), "there is no microphone, so nothing is sent");
}

#[tokio::test]
async fn a_dropped_engine_ends_its_threads() {
    let (outgoing, mut sent) = mpsc::channel(8);
    let engine = Engine::start(off(), outgoing);
    let mut status = engine.status();
    drop(engine);
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        while status.changed().await.is_ok() {}
        sent.recv().await
    });
    assert_eq!(ended.await.expect("both threads end"), None);
}

#[test]
fn volume_is_kept_in_range() {
    let engine = Engine::start(off(), mpsc::channel(1).0);
    for (asked, got) in [(0.5, 0.5), (-1.0, 0.0), (9.0, 2.0), (f32::NAN, 1.0)] {
        engine.set_volume(asked);
        assert_eq!(engine.shared.volume(), got);
    }
}
