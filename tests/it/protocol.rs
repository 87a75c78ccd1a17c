//! The protocol page: its examples, and a client written from it in another language.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command as Process;

use palco::meeting::{Event, Turn};
use palco::server::{Settings, serve};
use palco::store::Store;
use palco::wire::{
    self, AudioMessage, ClientMessage, CloseCode, MixMessage, Nonce, ServerMessage, read_client, read_server,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::skip;

const PAGE: &str = include_str!("../../src/wire/PROTOCOL.md");

/// The fenced blocks marked `kind`, and every JSON value in them.
fn examples(kind: &str) -> Vec<Value> {
    let open = format!("\n```json {kind}\n");
    let blocks = PAGE.split(open.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks
        .flat_map(|b| serde_json::Deserializer::from_str(b).into_iter::<Value>())
        .map(|v| v.unwrap_or_else(|e| panic!("a block `json {kind}` of the page: {e}")))
        .collect()
}

/// The `type` of each example.
fn types(examples: &[Value]) -> BTreeSet<String> {
    examples.iter().map(|v| v["type"].as_str().unwrap().to_string()).collect()
}

/// The kebab-case names of an enum's variants, without those that `serde` skips or that stand for the unknown.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let body = source.split(&format!("pub enum {name} {{\n")).nth(1).unwrap();
    let body = body.split("\n}\n").next().unwrap();
    let mut skip = false;
    let mut out = BTreeSet::new();
    for line in body.lines() {
        if line.trim() == "#[serde(skip)]" || line.trim() == "#[serde(other)]" {
            skip = true;
            continue;
        }
        if line.strip_prefix("    ").is_some_and(|l| l.starts_with(char::is_uppercase)) {
            let word: String = line.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
            if !std::mem::take(&mut skip) {
                out.insert(kebab(&word));
            }
        }
    }
    assert!(!out.is_empty(), "no variants of {name} found");
    out
}

fn kebab(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Fails unless everything in `part` is in `whole` with the same value: a field that the types don't know is not.
#[track_caller]
fn assert_within(part: &Value, whole: &Value, path: &str) {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            for (key, value) in part {
                let found = whole.get(key).unwrap_or_else(|| panic!("{path}.{key} is unknown to the types"));
                assert_within(value, found, &format!("{path}.{key}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| assert_within(a, b, &format!("{path}[{i}]")));
        }
        _ => assert_eq!(part, whole, "{path}"),
    }
}

/// Reads an example, writes it, and compares both ways: no unknown field, no field left undocumented.
#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned>(example: &Value) {
    let read: T = serde_json::from_str(&example.to_string()).unwrap_or_else(|e| panic!("{example}: {e}"));
    let written = serde_json::to_value(&read).unwrap();
    assert_within(example, &written, "example");
    assert_within(&written, example, "written");
}

#[test]
fn every_client_message_has_an_example_that_reads() {
    let examples = examples("client");
    for example in &examples {
        read_client(&example.to_string()).unwrap_or_else(|e| panic!("{example}: {e}"));
    }
    // Fields that may be left out are left out in some examples: written back they may be more, never fewer.
    for example in &examples {
        let read: ClientMessage = serde_json::from_value(example.clone()).unwrap();
        assert_within(example, &serde_json::to_value(&read).unwrap(), "example");
    }
    assert_eq!(types(&examples), variants(include_str!("../../src/wire/message.rs"), "ClientMessage"));
}

#[test]
fn every_server_message_has_an_example_that_round_trips() {
    let examples = examples("server");
    for example in &examples {
        assert_ne!(read_server(&example.to_string()), Ok(ServerMessage::Unknown), "{example}");
        round_trip::<ServerMessage>(example);
    }
    assert_eq!(types(&examples), variants(include_str!("../../src/wire/message.rs"), "ServerMessage"));
}

#[test]
fn every_event_has_an_example_that_round_trips() {
    let examples = examples("event");
    for example in &examples {
        assert_ne!(serde_json::from_value::<Event>(example.clone()).unwrap(), Event::Unknown, "{example}");
        let read: Event = serde_json::from_value(example.clone()).unwrap();
        assert_within(example, &serde_json::to_value(&read).unwrap(), "example");
    }
    assert_eq!(types(&examples), variants(include_str!("../../src/meeting/event.rs"), "Event"));
}

#[test]
fn every_command_has_an_example_that_round_trips() {
    let examples = examples("command");
    examples.iter().for_each(round_trip::<palco::meeting::Command>);
    let said = types(&examples);
    assert_eq!(said, variants(include_str!("../../src/meeting/command.rs"), "Command"));

    let error = serde_json::from_str::<palco::meeting::Command>(r#"{"type":"?"}"#).unwrap_err().to_string();
    let known: BTreeSet<_> = error.split('`').skip(3).step_by(2).map(String::from).collect();
    assert_eq!(said, known, "what the parser takes: {error}");
}

#[test]
fn the_turn_round_trips() {
    let examples = examples("turn");
    assert_eq!(examples.len(), 1);
    examples.iter().for_each(round_trip::<Turn>);
}

#[test]
fn the_round_round_trips() {
    let examples = examples("round");
    assert_eq!(examples.len(), 1);
    examples.iter().for_each(round_trip::<palco::meeting::Round>);
}

#[test]
fn the_messages_of_a_newer_palco_are_unknown_to_this_one() {
    let examples = examples("unknown");
    assert_eq!(read_server(&examples[0].to_string()), Ok(ServerMessage::Unknown));
    let Ok(ServerMessage::Event(recorded)) = read_server(&examples[1].to_string()) else {
        panic!("no event")
    };
    assert_eq!(recorded.event, Event::Unknown);
}

#[test]
fn the_hellos_prove_their_keys() {
    let all = examples("server");
    let Value::String(nonce) = &all[0]["nonce"] else { panic!("the first example is the challenge") };
    let hellos = examples("client").into_iter().filter(|v| v["type"] == "hello");
    let people: Vec<_> = hellos
        .map(|v| {
            let Ok(ClientMessage::Hello(hello)) = read_client(&v.to_string()) else { panic!("{v}") };
            let who = wire::verify(&hello, &Nonce(nonce.clone())).unwrap();
            assert!(wire::verify(&hello, &Nonce("AAAA".into())).is_err(), "another nonce");
            who.to_string()
        })
        .collect();
    assert_eq!(people.len(), 2);
    assert_eq!(people[0], all.iter().find(|v| v["type"] == "welcome").unwrap()["you"]);
    assert!(PAGE.contains(&format!("person `{}`", people[0])), "the page names who signed");
}

#[test]
fn the_statement_is_the_one_on_the_page() {
    let text = PAGE.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let nonce = text.lines().nth(1).unwrap().trim_end_matches('⏎');
    let drawn = text.replace('\n', "").replace('⏎', "\n");
    assert_eq!(drawn.as_bytes(), wire::statement(&Nonce(nonce.into()), "monday"));
}

#[test]
fn every_rejection_and_refusal_is_named() {
    for code in codes(include_str!("../../src/meeting/rejection.rs")) {
        assert!(row_names(&code), "the rejection `{code}` is not in a table of the page");
    }
    for code in codes(include_str!("../../src/wire/refusal.rs")) {
        assert!(row_names(&code), "the refusal `{code}` is not in a table of the page");
    }
    assert!([wire::BAD_COMMAND, wire::NOT_STORED, wire::SOUND_ONLY].into_iter().all(row_names));
}

#[test]
fn every_code_on_the_page_exists() {
    let mut known = codes(include_str!("../../src/meeting/rejection.rs"));
    known.extend(codes(include_str!("../../src/wire/refusal.rs")));
    known.extend([wire::BAD_COMMAND, wire::NOT_STORED, wire::SOUND_ONLY].map(str::to_owned));
    for (section, first) in
        [("**Why a command is rejected:**", "`bad-command`"), ("## 11. The end", "`bad-message`")]
    {
        let rows = PAGE.split(section).nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = rows.lines().skip_while(|l| !l.starts_with(&format!("| {first}")));
        let cells = rows.take_while(|l| l.starts_with('|')).map(|l| l.split('|').nth(1).unwrap());
        let said: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert!(said.len() > 10, "{section}");
        for code in said {
            assert!(known.iter().any(|k| k == code), "the page's `{code}` is no code");
        }
    }
}

/// The codes that a `fn code` answers.
fn codes(source: &str) -> Vec<String> {
    let arms = source.lines().filter_map(|l| l.trim().strip_prefix("Self::")?.split_once("=> \""));
    let all: Vec<_> = arms.map(|(_, code)| code.trim_end_matches("\",").to_string()).collect();
    assert!(all.len() > 5, "no codes found");
    all
}

/// Whether the first cell of some table row names the code.
fn row_names(code: &str) -> bool {
    let cells = PAGE.lines().filter(|l| l.starts_with("| `")).filter_map(|l| l.split('|').nth(1));
    cells.into_iter().any(|cell| cell.contains(&format!("`{code}`")))
}

#[test]
fn every_close_code_is_told() {
    for code in CloseCode::ALL {
        let row = PAGE.lines().find(|l| l.starts_with(&format!("| {} |", code.number())));
        let row = row.unwrap_or_else(|| panic!("{code:?} has no row"));
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let says_back = last == "later" || last.starts_with("at once");
        assert_eq!(says_back, code.invites_back(), "{row}");
    }
}

/// The bytes of the block marked so.
fn hex(mark: &str) -> Vec<u8> {
    let hex = PAGE.split(&format!("```{mark}\n")).nth(1).unwrap().split("```").next().unwrap();
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

#[test]
fn the_mix_example_decodes() {
    let bytes = hex("hex mix");
    let message = MixMessage::decode(bytes.clone().into()).unwrap();
    let levels: Vec<_> = message.levels.iter().map(|l| (l.source.0, l.level)).collect();
    assert_eq!((message.frame, levels), (1, vec![(2, 26 | 128)]));
    assert_eq!(message.packets, [&[0xf8, 0xff, 0xfe][..]]);
    assert_eq!(message.encode().as_ref(), bytes);
    for feed in wire::Feed::ALL {
        assert!(PAGE.contains(&format!("`{}`", feed.word())), "{} is not on the page", feed.word());
    }
}

#[test]
fn the_audio_example_decodes() {
    let bytes = hex("hex");
    let message = AudioMessage::decode(bytes.clone().into()).unwrap();
    let [record] = message.records.as_slice() else { panic!("one record") };
    assert_eq!((record.source.0, record.frame, record.level), (2, 1, 26 | 128));
    assert_eq!(record.opus.as_ref(), [0xf8, 0xff, 0xfe]);
    assert_eq!(message.encode().as_ref(), bytes);
    palco::audio::Packet::check_live(&record.opus).unwrap();
}

#[test]
fn the_limits_are_the_ones_in_the_code() {
    for line in [
        format!("| a message from a client | {} bytes |", grouped(wire::MAX_CLIENT_MESSAGE)),
        format!(
            "| a message from a server | {} MiB (a snapshot of a full room) |",
            wire::MAX_SERVER_MESSAGE >> 20
        ),
        format!("| a command's id, a resume token | {} characters |", wire::MAX_COMMAND_ID),
        format!("| a room's name | {} characters |", wire::MAX_ROOM_NAME),
        format!("| people in a meeting at once | {} |", grouped(palco::meeting::MAX_HERE)),
        format!("| agenda items | {} |", palco::meeting::MAX_AGENDA),
        format!("| an Opus packet | {} bytes, 20 ms |", grouped(wire::MAX_OPUS_BYTES)),
    ] {
        assert!(PAGE.contains(&line), "the page lacks: {line}");
    }
    assert!(PAGE.contains(&format!("the port is {}", wire::DEFAULT_PORT)));
    assert!(PAGE.contains(&format!("subprotocol `{}`", wire::SUBPROTOCOL)));
}

/// The number with a comma at the thousands.
fn grouped(n: usize) -> String {
    format!("{},{:03}", n / 1000, n % 1000)
}

/// Real Opus packets of a rising tone, 20 ms each, one a line in hex.
fn packets(count: usize) -> String {
    let mut encoder = opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
    let mut lines = String::new();
    for frame in 0..count {
        let phase = |n: usize| (n * (frame + 4)) as f32 * 0.01;
        let samples: Vec<f32> = (0..960).map(|n| 0.3 * phase(n + frame * 960).sin()).collect();
        for byte in encoder.encode_vec_float(&samples, 1275).unwrap() {
            write!(lines, "{byte:02x}").unwrap();
        }
        lines.push('\n');
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_another_language_holds_a_meeting() {
    if Process::new("python3").arg("--version").output().is_err() {
        return skip("python3 is not installed");
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/monday", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or(()) };
    let server = tokio::spawn(serve(listener, Store::in_memory().unwrap(), Settings::default(), shutdown));

    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("packets.hex");
    std::fs::write(&sound, packets(25)).unwrap();
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/client.py");
    let run = move || Process::new("python3").arg("-B").arg(client).arg(url).arg(sound).output().unwrap();
    let out = tokio::task::spawn_blocking(run).await.unwrap();

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(said.lines().filter(|l| l.starts_with("ok: ")).count(), 9, "{said}");
}
