//! Chapters as players read them.

use serde::Serialize;

use crate::meeting::Millis;

use super::{Chapter, ChapterKind};

/// Chapters that OpusTags can number.
const MAX_TAGGED: usize = 999;

impl Chapter {
    /// How it is listed where there is one line for it: who, and what about.
    pub fn line(&self) -> String {
        match &self.who {
            Some(who) if self.kind == ChapterKind::Turn => format!("{who}: {}", self.title),
            _ => self.title.clone(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    version: &'static str,
    title: &'a str,
    podcast_name: &'a str,
    chapters: Vec<JsonChapter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonChapter {
    start_time: f64,
    title: String,
}

/// Chapters as a podcast's players fetch them (Podcasting 2.0, JSON Chapters 1.2.0), of `title` in `room`.
pub fn chapters_json(chapters: &[Chapter], title: &str, room: &str) -> String {
    let chapter = |c: &Chapter| JsonChapter { start_time: seconds(c.position), title: c.line() };
    let chapters = chapters.iter().map(chapter).collect();
    let json = Json { version: "1.2.0", title, podcast_name: room, chapters };
    // Plain fields and texts can always be written.
    serde_json::to_string_pretty(&json).unwrap_or_default()
}

/// Chapters as a browser shows them (WebVTT), up to `length`.
pub fn chapters_vtt(chapters: &[Chapter], length: Millis) -> String {
    let ends = chapters.iter().skip(1).map(|c| c.position).chain([length]);
    let cues = chapters.iter().zip(ends).map(|(chapter, end)| {
        let text = chapter.line().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("\n{} --> {}\n{text}\n", clock(chapter.position), clock(end))
    });
    std::iter::once("WEBVTT\n".to_owned()).chain(cues).collect()
}

/// Chapters as comments of an Ogg stream (the `CHAPTERnnn` of Xiph's wiki), for as many as can be numbered.
pub fn chapter_tags(chapters: &[Chapter]) -> Vec<(String, String)> {
    let tags = chapters.iter().take(MAX_TAGGED).enumerate();
    let tag = |(n, chapter): (usize, &Chapter)| {
        let name = format!("CHAPTER{:03}", n + 1);
        [(name.clone(), clock(chapter.position)), (format!("{name}NAME"), chapter.line())]
    };
    tags.flat_map(tag).collect()
}

fn seconds(at: Millis) -> f64 {
    // Milliseconds of a recording are few for a float.
    at.0 as f64 / 1_000.0
}

/// `01:02:03.004`.
fn clock(at: Millis) -> String {
    let secs = at.as_secs();
    format!("{:02}:{:02}:{:02}.{:03}", secs / 3_600, secs / 60 % 60, secs % 60, at.0 % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Chapter> {
        let chapter = |position, title: &str, kind, who: Option<&str>| Chapter {
            position: Millis(position),
            title: title.to_owned(),
            kind,
            who: who.map(str::to_owned),
        };
        vec![
            chapter(0, "Monday", ChapterKind::Opening, None),
            chapter(62_500, "Ana", ChapterKind::Round, Some("Ana")),
            chapter(3_723_004, "1 --> 2 & <3>", ChapterKind::Turn, Some("Bruno")),
        ]
    }

    #[test]
    fn players_of_podcasts_have_seconds() {
        let json: serde_json::Value =
            serde_json::from_str(&chapters_json(&some(), "Lines", "monday")).unwrap();
        assert_eq!((&json["version"], &json["podcastName"]), (&"1.2.0".into(), &"monday".into()));
        assert_eq!(json["chapters"][1]["startTime"], 62.5);
        assert_eq!(json["chapters"][2]["title"], "Bruno: 1 --> 2 & <3>");
    }

    #[test]
    fn browsers_have_cues_without_markup() {
        let vtt = chapters_vtt(&some(), Millis(4_000_000));
        assert!(vtt.starts_with("WEBVTT\n\n00:00:00.000 --> 00:01:02.500\nMonday\n\n"), "{vtt}");
        let last = "01:02:03.004 --> 01:06:40.000\nBruno: 1 --&gt; 2 &amp; &lt;3&gt;\n";
        assert!(vtt.ends_with(last), "{vtt}");
    }

    #[test]
    fn tags_are_numbered() {
        let tags = chapter_tags(&some());
        assert_eq!(tags[2], ("CHAPTER002".to_owned(), "00:01:02.500".to_owned()));
        assert_eq!(tags[3], ("CHAPTER002NAME".to_owned(), "Ana".to_owned()));
        assert_eq!(chapter_tags(&vec![some().remove(0); 1_200]).len(), 2 * MAX_TAGGED);
    }
}
