//! Signs of one column each, from Unicode or ASCII.

use ratatui::symbols::border;

use crate::tui::Symbols;

/// The signs of a symbol set.
#[derive(Debug)]
pub(super) struct Glyphs {
    pub(super) ellipsis: &'static str,
    pub(super) dot: &'static str,
    pub(super) select: &'static str,
    pub(super) speaking: &'static str,
    pub(super) live: &'static str,
    pub(super) muted: &'static str,
    pub(super) held: &'static str,
    pub(super) invited: &'static str,
    pub(super) heard: &'static str,
    pub(super) unheard: &'static str,
    pub(super) hand: &'static str,
    pub(super) mark: &'static str,
    pub(super) away: &'static str,
    pub(super) listening: &'static str,
    pub(super) meter_on: &'static str,
    pub(super) meter_off: &'static str,
    pub(super) border: border::Set<'static>,
    pub(super) strong_border: border::Set<'static>,
    /// Whether big digits can be drawn.
    pub(super) blocks: bool,
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const UNICODE: Glyphs = Glyphs {
    ellipsis: "…",
    dot: "·",
    select: "›",
    speaking: "▶",
    live: "●",
    muted: "○",
    held: "■",
    invited: "?",
    heard: "✓",
    unheard: "·",
    hand: "↑",
    mark: "◆",
    away: "~",
    listening: "♪",
    meter_on: "━",
    meter_off: "─",
    border: border::ROUNDED,
    strong_border: border::ROUNDED,
    blocks: true,
};

const ASCII: Glyphs = Glyphs {
    ellipsis: "~",
    dot: "-",
    select: ">",
    speaking: ">",
    live: "*",
    muted: "o",
    held: "#",
    invited: "?",
    heard: "+",
    unheard: ".",
    hand: "^",
    mark: "*",
    away: "~",
    listening: "&",
    meter_on: "=",
    meter_off: "-",
    border: ASCII_BORDER,
    strong_border: ASCII_BORDER,
    blocks: false,
};

pub(super) fn glyphs(symbols: Symbols) -> &'static Glyphs {
    match symbols {
        Symbols::Unicode => &UNICODE,
        Symbols::Ascii => &ASCII,
    }
}
