//! The layers and habits of the code, read from its source. Each check is tried on a sample that breaks it.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may know whom. `cli` composes all.
const LAYERS: &[(&str, &[&str])] = &[
    ("meeting", &[]),
    ("wire", &["meeting"]),
    ("sync", &["meeting", "wire"]),
    ("audio", &[]),
    ("minutes", &["meeting"]),
    ("replay", &["meeting", "minutes", "audio"]),
    ("tui", &["meeting", "wire", "sync", "replay"]),
    ("term", &[]),
    ("console", &["meeting", "wire", "sync", "replay", "playback", "tui", "term"]),
    ("device", &["audio"]),
    ("net", &[]),
    ("store", &["meeting"]),
    ("recording", &["audio"]),
    ("library", &["meeting", "minutes", "recording", "store"]),
    ("playback", &["meeting", "audio", "store", "recording", "replay", "library"]),
    ("server", &["meeting", "wire", "store", "library", "minutes", "audio", "recording", "net"]),
    ("client", &["meeting", "wire", "sync", "audio", "device", "net"]),
    (
        "ssh",
        &[
            "meeting",
            "wire",
            "sync",
            "audio",
            "tui",
            "term",
            "console",
            "recording",
            "server",
            "library",
            "playback",
            "replay",
        ],
    ),
    ("config", &[]),
    (
        "cli",
        &[
            "meeting",
            "wire",
            "sync",
            "audio",
            "minutes",
            "replay",
            "tui",
            "term",
            "console",
            "device",
            "net",
            "store",
            "recording",
            "library",
            "playback",
            "server",
            "ssh",
            "client",
            "config",
        ],
    ),
];

/// Folders without clock, chance, file, socket, environment or mutable static.
const PURE: &[&str] = &["meeting", "wire", "sync", "audio", "minutes", "replay", "tui"];

/// What a pure folder never names, as paths.
const IMPURE: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "rand",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "env::var",
    "env::var_os",
    "fs::read",
    "fs::write",
    "tokio",
    "thread_local",
];

/// Types that make a static mutable. `LazyLock` is a constant that is computed once.
const MUTABLE: &[&str] = &[
    "Cell",
    "RefCell",
    "UnsafeCell",
    "OnceCell",
    "OnceLock",
    "Mutex",
    "RwLock",
    "AtomicBool",
    "AtomicU8",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "AtomicI32",
    "AtomicI64",
    "AtomicPtr",
];

/// What other programs call the things that palco has one word for.
const SYNONYMS: &[&str] = &["moderator", "panelist", "panellist", "webinar", "spectator", "chatroom"];

/// What the top of the tree holds.
const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "src",
    "tests",
    "themes",
];

const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 60;

/// One source file, with comments, texts and tests told apart from code.
struct Source {
    /// Below the root, such as `src/meeting/mod.rs`.
    path: String,
    raw: String,
    /// The same length, comments and the inside of texts blanked.
    bare: String,
    /// Byte ranges of what is compiled for tests only.
    tests: Vec<Range<usize>>,
}

impl Source {
    fn new(path: &str, raw: &str) -> Self {
        let bare = strip(raw);
        let tests = test_ranges(&bare);
        Self { path: path.into(), raw: raw.into(), bare, tests }
    }

    /// The first folder or file below `src`, without `.rs`.
    fn layer(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
    }

    /// How many modules below the crate's root the file is.
    fn depth(&self) -> usize {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count()
    }

    /// The code that is shipped.
    fn shipped(&self) -> String {
        let mut bytes = self.bare.clone().into_bytes();
        for range in &self.tests {
            blank(&mut bytes[range.clone()]);
        }
        String::from_utf8(bytes).unwrap()
    }

    fn tokens(&self) -> Vec<Token> {
        tokens(&self.shipped())
    }

    fn line(&self, at: usize) -> usize {
        self.raw[..at].matches('\n').count() + 1
    }

    fn breach(&self, at: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{}: {what}", self.path, self.line(at))
    }
}

#[derive(Debug, PartialEq)]
struct Token {
    at: usize,
    text: String,
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
}

/// Blanks comments and the inside of texts and characters.
fn strip(raw: &str) -> String {
    let source = raw.as_bytes();
    let mut bytes = source.to_vec();
    let mut i = 0;
    while i < source.len() {
        let rest = &source[i..];
        let length = if rest.starts_with(b"//") {
            rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            block_comment(rest)
        } else if let Some(hashes) = raw_string(source, i) {
            let end = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            find(&rest[open..], end.as_bytes()).map_or(rest.len(), |n| open + n + end.len())
        } else if rest[0] == b'"' {
            quoted(rest, b'"')
        } else if rest[0] == b'\'' && (rest.get(1) == Some(&b'\\') || char_end(rest).is_some()) {
            char_end(rest).unwrap_or_else(|| quoted(rest, b'\''))
        } else {
            i += 1;
            continue;
        };
        blank(&mut bytes[i..i + length]);
        i += length;
    }
    String::from_utf8(bytes).unwrap()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut i) = (0, 0);
    while i < rest.len() {
        if rest[i..].starts_with(b"/*") {
            depth += 1;
            i += 2;
        } else if rest[i..].starts_with(b"*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    rest.len()
}

/// The number of `#` of a raw string that starts at `i`.
fn raw_string(source: &[u8], i: usize) -> Option<usize> {
    let before = i.checked_sub(1).map(|b| source[b]);
    let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if source[i] != b'r' || before.is_some_and(|b| inside(b) && b != b'b') {
        return None;
    }
    let hashes = source[i + 1..].iter().take_while(|b| **b == b'#').count();
    (source.get(i + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut i = 1;
    while i < rest.len() {
        match rest[i] {
            b'\\' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    rest.len()
}

/// The length of a plain character literal; `None` for a lifetime.
fn char_end(rest: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(&rest[1..rest.len().min(8)])
        .or_else(|e| std::str::from_utf8(&rest[1..=e.valid_up_to()]));
    let c = text.ok()?.chars().next()?;
    (c != '\\' && rest.get(1 + c.len_utf8()) == Some(&b'\'')).then(|| c.len_utf8() + 2)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// The item after each `#[cfg(test)]`.
fn test_ranges(bare: &str) -> Vec<Range<usize>> {
    let starts = bare.match_indices("#[cfg(test)]").map(|(at, _)| at);
    starts.map(|at| at..body_end(bare, at + "#[cfg(test)]".len())).collect()
}

/// Where the item that starts at `at` ends: at its `;` or behind its braces.
fn body_end(bare: &str, at: usize) -> usize {
    body(bare, at).map_or_else(|end| end, |range| range.end)
}

/// The braces of the item that starts at `at`, or where its `;` is.
fn body(bare: &str, at: usize) -> Result<Range<usize>, usize> {
    let (mut depth, mut open) = (0usize, None);
    for (i, c) in bare[at..].char_indices().map(|(i, c)| (at + i, c)) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 && open.is_none() => return Err(i + 1),
            '{' => {
                if depth == 0 && open.is_none() {
                    open = Some(i);
                }
                depth += 1;
            }
            '}' => {
                depth = depth.saturating_sub(1);
                if let Some(open) = open.filter(|_| depth == 0) {
                    return Ok(open..i + 1);
                }
            }
            _ => {}
        }
    }
    Err(bare.len())
}

/// Words, `::` and single marks.
fn tokens(bare: &str) -> Vec<Token> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(c) = bare[i..].chars().next() {
        let length = if word(c) {
            bare[i..].find(|c| !word(c)).unwrap_or(bare.len() - i)
        } else if bare[i..].starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        if !c.is_whitespace() {
            out.push(Token { at: i, text: bare[i..i + length].into() });
        }
        i += length;
    }
    out
}

/// Every path in the tokens, use trees unfolded: `crate::{a::B, c}` is `crate::a::B` and `crate::c`.
fn paths(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        i = path(tokens, i, String::new(), &mut out).max(i + 1);
    }
    out
}

fn path(tokens: &[Token], start: usize, prefix: String, out: &mut Vec<(usize, String)>) -> usize {
    let is_word = |t: &Token| t.text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut name = prefix;
    let mut i = start;
    while let Some(token) = tokens.get(i) {
        if is_word(token) {
            name = if name.is_empty() { token.text.clone() } else { format!("{name}::{}", token.text) };
            i += 1;
        } else if token.text == "{" && i > 0 && !name.is_empty() && tokens[i - 1].text == "::" {
            i += 1;
            while tokens.get(i).is_some_and(|t| t.text != "}") {
                i = path(tokens, i, name.clone(), out).max(i + 1);
            }
            return i + 1;
        } else {
            break;
        }
        match tokens.get(i) {
            Some(t) if t.text == "::" => i += 1,
            _ => break,
        }
    }
    if let Some(token) = tokens.get(start).filter(|_| i > start) {
        out.push((token.at, name));
    }
    i
}

fn has_path(path: &str, wanted: &str) -> bool {
    let (path, wanted): (Vec<_>, Vec<_>) = (path.split("::").collect(), wanted.split("::").collect());
    match wanted.as_slice() {
        // A crate is named where a path begins.
        [one] if one.starts_with(char::is_lowercase) => path.first() == Some(one) && path.len() > 1,
        _ => path.windows(wanted.len()).any(|w| w == wanted),
    }
}

// The checks.

fn layering(source: &Source) -> Vec<String> {
    let own = source.layer();
    let Some((_, known)) = LAYERS.iter().find(|(name, _)| *name == own) else {
        return match own {
            "lib" | "main" | "build" => Vec::new(),
            _ => vec![format!("{}: `{own}` is none of the layers that this test knows", source.path)],
        };
    };
    let mut out = Vec::new();
    for (at, path) in paths(&source.tokens()) {
        let segments: Vec<_> = path.split("::").collect();
        let supers = segments.iter().take_while(|s| **s == "super").count();
        let target = match segments.first() {
            Some(&"crate") => segments.get(1),
            Some(&"palco") => segments.get(1),
            _ if supers >= source.depth() => segments.get(supers),
            _ => None,
        };
        let Some(target) = target.filter(|t| LAYERS.iter().any(|(name, _)| name == *t)) else { continue };
        if *target != own && !known.contains(target) {
            out.push(source.breach(at, format!("`{own}` may not know `{target}`")));
        }
    }
    out
}

fn purity(source: &Source) -> Vec<String> {
    if !PURE.contains(&source.layer()) {
        return Vec::new();
    }
    let tokens = source.tokens();
    let mut out: Vec<_> = paths(&tokens)
        .into_iter()
        .filter_map(|(at, path)| {
            let bad = IMPURE.iter().find(|bad| has_path(&path, bad))?;
            Some(source.breach(at, format!("a pure folder names `{bad}`")))
        })
        .collect();
    for (i, token) in tokens.iter().enumerate().filter(|(i, t)| {
        t.text == "static" && *i > 0 && tokens[i - 1].text != "'" && tokens[i - 1].text != "&"
    }) {
        let declared = tokens[i + 1..].iter().take_while(|t| t.text != "=" && t.text != ";");
        if declared.into_iter().any(|t| t.text == "mut" || MUTABLE.contains(&t.text.as_str())) {
            out.push(source.breach(token.at, "a pure folder has a mutable static"));
        }
    }
    out
}

fn file_length(source: &Source) -> Vec<String> {
    let lines = source.raw.lines().count();
    let test_lines: usize = source.tests.iter().map(|r| source.raw[r.clone()].lines().count()).sum();
    let own = lines - test_lines.min(lines);
    (own > MAX_FILE_LINES)
        .then(|| format!("{}: {own} lines without tests; {MAX_FILE_LINES} are the limit", source.path))
        .into_iter()
        .collect()
}

fn function_length(source: &Source) -> Vec<String> {
    let shipped = source.shipped();
    let tokens = tokens(&shipped);
    let mut out = Vec::new();
    for pair in tokens.windows(2).filter(|pair| pair[0].text == "fn" && pair[1].text != "(") {
        let Ok(range) = body(&shipped, pair[0].at) else { continue };
        let lines = shipped[range].lines().filter(|l| !l.trim().is_empty()).count().saturating_sub(2);
        if lines > MAX_FUNCTION_LINES {
            let what = format!("`{}` has {lines} lines; {MAX_FUNCTION_LINES} are the limit", pair[1].text);
            out.push(source.breach(pair[0].at, what));
        }
    }
    out
}

/// Asks the system what waits in a socket, two calls that no safe crate here has.
const KERNEL: &str = "src/net/kernel.rs";

fn habits(source: &Source) -> Vec<String> {
    let tokens = source.tokens();
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let text = token.text.as_str();
        let next = tokens.get(i + 1).map_or("", |t| t.text.as_str());
        if text == "unsafe" && source.layer() != "device" && source.path != KERNEL {
            out.push(source.breach(token.at, "`unsafe` outside `device`"));
        }
        let prints = ["println", "eprintln", "print", "eprint"].contains(&text) && next == "!";
        if prints && !["cli", "main", "build"].contains(&source.layer()) {
            out.push(source.breach(token.at, "prints outside `cli`"));
        }
        let lower = text.to_lowercase();
        if let Some(word) = SYNONYMS.iter().find(|w| lower.contains(*w)) {
            out.push(
                source.breach(token.at, format!("`{word}` is another word for what palco names already")),
            );
        }
    }
    out
}

/// An `#[allow]` says why, in `reason`, beside it or above it.
fn reasons(source: &Source) -> Vec<String> {
    let raw: Vec<_> = source.raw.lines().collect();
    let mut out = Vec::new();
    for (i, line) in source.bare.lines().enumerate() {
        let is_allow = ["#[allow(", "#![allow(", "#[expect(", "#![expect("].iter().any(|a| line.contains(a));
        let above = i.checked_sub(1).and_then(|i| raw.get(i)).is_some_and(|l| l.trim().starts_with("// "));
        let last = raw[i..].iter().position(|l| l.contains(")]")).map_or(i, |n| i + n);
        let inside = raw[i..=last].iter().any(|l| l.contains("reason =") || l.contains("] // "));
        if is_allow && !above && !inside {
            out.push(format!("{}:{}: an `allow` without a reason", source.path, i + 1));
        }
    }
    out
}

/// Tests wait on conditions.
fn no_sleep(source: &Source) -> Vec<String> {
    paths(&tokens(&source.bare))
        .into_iter()
        .filter(|(at, path)| {
            let test = source.path.starts_with("tests/") || source.tests.iter().any(|r| r.contains(at));
            test && has_path(path, "thread::sleep")
        })
        .map(|(at, _)| source.breach(at, "a test sleeps; wait on a condition with a deadline"))
        .collect()
}

fn top_level(entries: &[String]) -> Vec<String> {
    entries.iter().filter(|e| !TOP.contains(&e.as_str())).map(|e| format!("{e}: not at the top")).collect()
}

// The tree.

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    rust_files(&root().join(folder), &mut files);
    files.sort();
    let name = |p: &Path| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    let all: Vec<_> = files.iter().map(|p| Source::new(&name(p), &fs::read_to_string(p).unwrap())).collect();
    // Files that only `#[cfg(test)] mod name;` brings in are tests as a whole.
    let test_files: Vec<_> = all.iter().flat_map(test_modules).collect();
    all.into_iter()
        .map(|mut s| {
            if test_files.iter().any(|t| s.path == format!("{t}.rs") || s.path.starts_with(&format!("{t}/")))
            {
                s.tests = std::iter::once(0..s.bare.len()).collect();
            }
            s
        })
        .collect()
}

/// The paths, without `.rs`, of modules that a file declares for tests only.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder.to_string(),
        _ => source.path.trim_end_matches(".rs").to_string(),
    };
    let declared = |r: &Range<usize>| {
        let words: Vec<_> = tokens(&source.bare[r.clone()]).into_iter().map(|t| t.text).collect();
        let at = words.iter().position(|w| w == "mod")?;
        (words.get(at + 2)? == ";").then(|| format!("{folder}/{}", words[at + 1]))
    };
    source.tests.iter().filter_map(declared).collect()
}

fn check(folder: &str, rule: fn(&Source) -> Vec<String>) {
    let all = sources(folder);
    assert!(all.len() > 10, "only {} files found below {folder}", all.len());
    let breaches: Vec<_> = all.iter().flat_map(rule).collect();
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn layers_know_only_who_they_may() {
    check("src", layering);
}

#[test]
fn pure_folders_are_pure() {
    check("src", purity);
}

#[test]
fn files_are_short() {
    check("src", file_length);
}

#[test]
fn functions_are_short() {
    check("src", function_length);
}

#[test]
fn habits_are_kept() {
    check("src", habits);
}

#[test]
fn allows_say_why() {
    check("src", reasons);
    check("tests", reasons);
}

#[test]
fn tests_do_not_sleep() {
    check("src", no_sleep);
    check("tests", no_sleep);
}

#[test]
fn the_top_holds_what_it_should() {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Some(listed) = git.ok().filter(|o| o.status.success() && !o.stdout.is_empty()) else {
        return; // an unpacked archive may hold what its user put there
    };
    let text = String::from_utf8(listed.stdout).unwrap();
    let mut entries: Vec<_> =
        text.split_terminator('\0').map(|f| f.split('/').next().unwrap().into()).collect();
    entries.dedup();
    assert_eq!(top_level(&entries), Vec::<String>::new());
}

/// The checks themselves: each must see what it is for, and nothing else.
mod seen {
    use super::*;

    #[track_caller]
    fn count(rule: fn(&Source) -> Vec<String>, path: &str, raw: &str, expected: usize) {
        let breaches = rule(&Source::new(path, raw));
        assert_eq!(breaches.len(), expected, "{raw}\n{breaches:?}");
    }

    #[test]
    fn breached_layers() {
        let wire = "src/wire/audio/mod.rs";
        for bad in [
            "use crate::server::Room;",
            "use crate::{meeting::Seq, client::{Link}};",
            "fn f() { crate::store::open(); }",
            "use super::super::server;",
            "pub use palco::tui::Model;",
            "let c = 'a'; let s = \"\\\"\"; fn f<'a>() { crate::cli::run() }",
        ] {
            count(layering, wire, bad, 1);
        }
        for good in [
            "use crate::meeting::Seq;",
            "use crate::{meeting::Seq, wire};",
            "// use crate::server;",
            "/* crate::server /* crate::tui */ crate::cli */",
            "/// See [`crate::server`].\nfn f() {}",
            "let s = \"crate::server\"; let r = r#\"crate::server \" \"#;",
            "use super::server;",
            "#[cfg(test)]\nmod tests { use crate::server; fn f() { if x { } } }",
            "use crate::serverless;",
        ] {
            count(layering, wire, good, 0);
        }
        count(layering, "src/client/link.rs", "use crate::server::Room;", 1);
        count(layering, "src/server/seat.rs", "use crate::client::Link;", 1);
        count(layering, "src/term/mod.rs", "use crate::meeting::Meeting;", 1);
        count(layering, "src/gossip/mod.rs", "", 1);
        count(layering, "src/wire/audio.rs", "#[cfg(test)] use crate::server; use crate::tui;", 1);
    }

    #[test]
    fn impure_code() {
        for bad in [
            "let t = Instant::now();",
            "let t = std::time::Instant::now();",
            "use std::time::SystemTime;",
            "use std::{time::{Duration, SystemTime}, fmt};",
            "let n = rand::random();",
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "use std::net::TcpStream;",
            "let v = std::env::var(\"X\");",
            "use tokio::sync::mpsc;",
            "static mut COUNT: u8 = 0;",
            "pub static X: Mutex<u8> = Mutex::new(0);",
            "static X: std::sync::OnceLock<u8> = OnceLock::new();",
        ] {
            count(purity, "src/tui/model.rs", &format!("fn before() {{}}\n{bad}"), 1);
            count(purity, "src/cli/demo.rs", bad, 0);
        }
        for good in [
            "const V: &str = env!(\"CARGO_PKG_VERSION\");",
            "static NAMES: &[&str] = &[\"a\"];",
            "fn f(x: &'static Mutex<u8>) {}",
            "use std::time::{Duration, Instant};",
            "let rand = 3; let tokio = rand;",
            "#[cfg(test)] mod tests { use std::fs; }",
        ] {
            count(purity, "src/tui/model.rs", &format!("fn before() {{}}\n{good}"), 0);
        }
    }

    #[test]
    fn long_files_and_functions() {
        let lines = |n: usize| "    let a = 1;\n".repeat(n);
        count(file_length, "src/a.rs", &lines(501), 1);
        count(file_length, "src/a.rs", &lines(500), 0);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(499), lines(200));
        count(file_length, "src/a.rs", &tested, 0);
        count(function_length, "src/a.rs", &format!("fn f() -> [u8; 2] {{\n{}}}\n", lines(61)), 1);
        let commented = format!("fn f() -> u8 {{\n{}{}}}\n", lines(60), "    // why\n\n".repeat(9));
        count(function_length, "src/a.rs", &commented, 0);
        let inner = format!("impl A {{ fn f();\n fn g() {{}}\n fn h() {{\n{}}}\n}}", lines(61));
        count(function_length, "src/a.rs", &inner, 1);
    }

    #[test]
    fn bad_habits() {
        count(habits, "src/term/tty.rs", "unsafe { libc::tcgetattr() }", 1);
        count(habits, "src/device/alsa.rs", "unsafe { dlopen() }", 0);
        count(habits, KERNEL, "unsafe { ioctl() }", 0);
        count(habits, "src/net/backlog.rs", "unsafe { ioctl() }", 1);
        count(habits, "src/server/mod.rs", "println!(\"x\"); eprint!(\"y\");", 2);
        count(habits, "src/cli/ctl.rs", "println!(\"x\");", 0);
        count(habits, "src/tui/view.rs", "struct ModeratorView;", 1);
        count(habits, "src/tui/view.rs", "// the moderator\nlet print = 1;", 0);
    }

    #[test]
    fn allows_without_reason() {
        count(reasons, "src/a.rs", "#[allow(dead_code)]\nfn f() {}", 1);
        count(reasons, "src/a.rs", "fn g() {}\n\n#[expect(unused)]\nfn f() {}", 1);
        count(reasons, "src/a.rs", "// The trait asks for it.\n#[allow(dead_code)]\nfn f() {}", 0);
        count(reasons, "src/a.rs", "#[allow(dead_code)] // the trait asks for it\nfn f() {}", 0);
        count(reasons, "src/a.rs", "#[allow(dead_code, reason = \"the trait asks\")]\nfn f() {}", 0);
    }

    #[test]
    fn sleeping_tests() {
        count(no_sleep, "tests/it/a.rs", "std::thread::sleep(x);", 1);
        count(no_sleep, "tests/it/a.rs", "use std::thread;\nfn f() { thread::sleep(x) }", 1);
        count(no_sleep, "src/a.rs", "#[cfg(test)]\nmod tests { use std::thread::sleep; }", 1);
        count(no_sleep, "src/a.rs", "fn f() { std::thread::sleep(x) }", 0);
        count(no_sleep, "tests/it/a.rs", "// thread::sleep\ntokio::time::sleep(x).await;", 0);
    }

    #[test]
    fn strays_at_the_top() {
        assert_eq!(top_level(&["src".into(), "notes.txt".into()]), ["notes.txt: not at the top"]);
    }

    #[test]
    fn test_only_files() {
        let at_mod = Source::new("src/tui/mod.rs", "mod a;\n#[cfg(test)]\nmod probe;\n");
        assert_eq!(test_modules(&at_mod), ["src/tui/probe"]);
        let at_file = Source::new("src/tui/view.rs", "#[cfg(test)]\npub(crate) mod probe;\n");
        assert_eq!(test_modules(&at_file), ["src/tui/view/probe"]);
    }
}
