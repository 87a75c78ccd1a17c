//! Pages, feed and playlist of recordings: templates in `src/server/page`.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, HOST};
use axum::http::request::Parts;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use tracing::error;

use super::shelf::Shown;
use crate::meeting::Millis;
use crate::minutes::span;
use crate::server::listener::Encrypted;
use crate::wire::Refusal;

const TEMPLATES: [(&str, &str); 5] = [
    ("recordings.html", include_str!("../../page/recordings.html")),
    ("recording.html", include_str!("../../page/recording.html")),
    ("knock.html", include_str!("../../page/knock.html")),
    ("feed.xml", include_str!("../../page/feed.xml")),
    ("playlist.m3u8", include_str!("../../page/playlist.m3u8")),
];

/// The longest `Host` that is written into a feed.
const MAX_HOST: usize = 255;

/// The words of the pages, in English and Italian.
const WORDS: [(&str, &str, &str); 18] = [
    ("recordings", "Recordings", "Registrazioni"),
    ("none", "There is no recording here yet.", "Qui non c'è ancora nessuna registrazione."),
    ("room", "The room", "La stanza"),
    ("feed", "Podcast feed", "Feed del podcast"),
    ("playlist", "Playlist for players", "Scaletta per i lettori"),
    ("with", "with", "con"),
    ("chapters", "Chapters", "Capitoli"),
    ("files", "Files", "File"),
    ("sound", "the recording", "la registrazione"),
    ("minutes", "the minutes", "il verbale"),
    ("skip", "Skip to the chapters", "Salta ai capitoli"),
    ("player", "Player", "Lettore"),
    ("now", "Now:", "Ora:"),
    (
        "keys",
        "[ and ] go to the chapter before and after, the arrows 5 s back and on, Space plays and pauses.",
        "[ e ] vanno al capitolo precedente e al successivo, le frecce 5 s indietro e avanti, Spazio avvia e ferma.",
    ),
    ("secret", "Passcode or invite", "Codice d'accesso o invito"),
    ("enter", "Come in", "Entra"),
    ("door", "Door", "Porta"),
    (
        "closed",
        "These recordings are not for everybody. A host can tell you the passcode, or give you an invite.",
        "Queste registrazioni non sono per tutti. Chi conduce può dirti il codice, o darti un invito.",
    ),
];

/// Who reads: in which language, with what, and at which address.
#[derive(Debug)]
pub(super) struct Reader {
    is_italian: bool,
    pub(super) is_browser: bool,
    /// The server's address as it was asked for, without a slash at its end.
    base: String,
}

impl Reader {
    pub(super) fn of(parts: &Parts) -> Self {
        let text = |headers: &HeaderMap, name| {
            headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
        };
        let host = text(&parts.headers, HOST);
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        let host = if host.len() <= MAX_HOST && host.chars().all(plain) { host } else { String::new() };
        let proxied = parts.headers.get("x-forwarded-proto").is_some_and(|v| v.as_bytes() == b"https");
        let scheme = if proxied || parts.extensions.get::<Encrypted>().is_some() { "https" } else { "http" };
        Self {
            is_italian: text(&parts.headers, ACCEPT_LANGUAGE).trim_start().to_lowercase().starts_with("it"),
            is_browser: text(&parts.headers, ACCEPT).contains("text/html"),
            base: format!("{scheme}://{host}"),
        }
    }

    pub(super) fn language(&self) -> &'static str {
        if self.is_italian { "it" } else { "en" }
    }

    fn words(&self) -> minijinja::Value {
        let pick = |(name, en, it): &(&'static str, &'static str, &'static str)| {
            (*name, if self.is_italian { *it } else { *en })
        };
        minijinja::Value::from(WORDS.iter().map(pick).collect::<BTreeMap<_, _>>())
    }
}

/// The recordings of a room.
pub(super) fn list(room: &str, all: &[Shown], reader: &Reader) -> String {
    fill("recordings.html", room, all, reader)
}

/// The same for readers of feeds: RSS 2.0.
pub(super) fn feed(room: &str, all: &[Shown], reader: &Reader) -> String {
    fill("feed.xml", room, all, reader)
}

/// The same for players: extended M3U.
pub(super) fn playlist(room: &str, all: &[Shown], reader: &Reader) -> String {
    fill("playlist.m3u8", room, all, reader)
}

/// One recording, with its player.
pub(super) fn player(room: &str, shown: &Shown, reader: &Reader) -> String {
    fill("recording.html", room, std::slice::from_ref(shown), reader)
}

/// What asks for the room's secret, to go on to `wanted`.
pub(super) fn door(room: &str, wanted: &str, why: &Refusal, reader: &Reader) -> String {
    // What a browser has to show: the words of the page say so in the reader's language.
    let code = why.code();
    let facts = context! { room, wanted, code, t => reader.words(), lang => reader.language() };
    render("knock.html", facts)
}

fn fill(name: &str, room: &str, all: &[Shown], reader: &Reader) -> String {
    let all = minijinja::value::Serde(all);
    let (t, lang, base) = (reader.words(), reader.language(), &reader.base);
    render(name, context! { room, all, base, t, lang })
}

fn render(name: &str, facts: minijinja::Value) -> String {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|name| match name.ends_with(".m3u8") {
        true => AutoEscape::None,
        false => AutoEscape::Html,
    });
    engine.add_filter("span", |secs: f64| span(Millis((secs.max(0.0) * 1_000.0) as u64)));
    engine.add_filter("whole", |secs: f64| secs.max(0.0) as u64);
    let source = TEMPLATES.iter().find(|(file, _)| *file == name).map_or("", |(_, source)| source);
    engine.render_named_str(name, source, facts).unwrap_or_else(|why| {
        error!(%why, name, "a page cannot be written");
        String::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Timestamp;

    fn reader() -> Reader {
        Reader { is_italian: true, is_browser: true, base: "http://h:1".into() }
    }

    fn shown() -> Shown {
        let mark = super::super::shelf::Mark { start_time: 62.5, title: "<b>Ana</b>: Fax & more?".into() };
        Shown {
            number: 28,
            id: "01K".into(),
            title: "Lines \"&\" <VoIP>".into(),
            at: Timestamp(0),
            date: Timestamp(0).utc(),
            http_date: Timestamp(0).http_date(),
            length: 3_723.5,
            bytes: 7,
            people: vec!["<i>Ana".into()],
            chapters: vec![mark],
        }
    }

    #[test]
    fn what_people_write_is_no_markup_and_nothing_is_inline() {
        let all = [shown()];
        let pages = [
            list("monday", &all, &reader()),
            player("monday", &all[0], &reader()),
            door("monday", "recordings/28", &Refusal::MembersOnly, &reader()),
            feed("monday", &all, &reader()),
        ];
        for page in pages {
            assert!(!page.is_empty() && !page.contains("<b>") && !page.contains("<i>"), "{page}");
            for inline in ["<style", "style=", "onclick", "onload", "javascript:"] {
                assert!(!page.contains(inline), "{inline} in {page}");
            }
        }
        let page = player("monday", &all[0], &reader());
        assert!(page.contains("#t=62.5") && page.contains("1:02") && page.contains("Capitoli"), "{page}");
        let list = playlist("monday", &all, &reader());
        assert_eq!(
            list,
            "#EXTM3U\n#EXTINF:3723,monday #28: Lines \"&\" <VoIP>\nrecordings/28/meeting.opus\n"
        );
    }
}
