//! Colours by scope: TOML with a palette and inheritance, compiled in or given as text.

mod colour;
mod scope;

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};
use thiserror::Error;
use toml::{Table, Value};

use super::Depth;

pub use scope::Scope;

/// The themes that are compiled in; the first is the default.
const BUILTIN: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
];

/// How long a chain of `inherits` may be; more is a circle.
const MAX_ANCESTORS: usize = 8;

/// A style for each scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    looks: Arc<[Look]>,
}

/// How one scope looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    /// On the ground of the screen.
    style: Style,
    /// What it adds to the style of what lies below it.
    accent: Style,
}

/// A theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ThemeError {
    /// It is not TOML.
    #[error("the theme is not TOML: {0}")]
    Toml(String),
    /// It has a key or scope that no theme has.
    #[error("line {line} of the theme: “{name}” is unknown; {hint}")]
    Unknown {
        /// The line, from 1; 0 when it cannot be told.
        line: usize,
        /// What is written there.
        name: String,
        /// What could stand there.
        hint: String,
    },
    /// A value is no style or colour.
    #[error(
        "line {line} of the theme: {name} cannot be “{value}”; write a colour such as \"#7aa2f7\", a name of [palette], \
         or an ANSI name such as \"bright-blue\""
    )]
    BadValue {
        /// The line, from 1; 0 when it cannot be told.
        line: usize,
        /// The key.
        name: String,
        /// The value.
        value: String,
    },
    /// It inherits from a theme that is not compiled in, or from itself.
    #[error("the theme inherits from “{0}”, which is none of dark, light, contrast, mono, ansi16")]
    NoSuchParent(String),
}

impl Default for Theme {
    fn default() -> Self {
        Self::named(Self::NAMES[0]).unwrap_or_else(|| Self { looks: Arc::new([]) })
    }
}

impl Theme {
    /// The names of the themes that are compiled in; the first is the default.
    pub const NAMES: [&'static str; 5] = ["dark", "light", "contrast", "mono", "ansi16"];

    /// The theme compiled in under `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::from_toml(source(name)?).ok()
    }

    /// Reads a theme from TOML: `inherits`, `[palette]` and `[scopes]`.
    ///
    /// # Errors
    /// What is wrong with it, and on which line.
    pub fn from_toml(text: &str) -> Result<Self, ThemeError> {
        let mut chain = vec![text];
        loop {
            let table = parse(chain[chain.len() - 1])?;
            let Some(parent) = table.get("inherits").and_then(Value::as_str) else { break };
            let text = source(parent).filter(|_| chain.len() < MAX_ANCESTORS);
            chain.push(text.ok_or_else(|| ThemeError::NoSuchParent(parent.to_owned()))?);
        }
        let mut sheet = Sheet::default();
        for text in chain.into_iter().rev() {
            sheet.add(text)?;
        }
        Ok(sheet.theme())
    }

    /// This theme with the nearest colours that `depth` has; `mono` without colours, since others lean on backgrounds.
    ///
    /// Done once and not with every frame: finding the nearest of so many colours costs more than drawing with them.
    pub(in crate::tui) fn for_depth(self, depth: Depth) -> Self {
        let theme = if depth == Depth::None { Self::named("mono").unwrap_or(self) } else { self };
        let shown = |style| colour::downgrade(style, depth);
        let ground = shown(theme.style(Scope::Text)).bg;
        let look = |look: &Look| {
            let (style, accent) = (shown(look.style), shown(look.accent));
            // A background that few colours swallow would leave nothing to see.
            let lost = accent.bg.is_some() && accent.bg == ground;
            Look { style, accent: if lost { accent.add_modifier(Modifier::REVERSED) } else { accent } }
        };
        Self { looks: theme.looks.iter().map(look).collect() }
    }

    /// The style of a scope.
    pub fn style(&self, scope: Scope) -> Style {
        self.look(scope).style
    }

    /// What a scope adds to the style of what lies below it.
    pub fn accent(&self, scope: Scope) -> Style {
        self.look(scope).accent
    }

    fn look(&self, scope: Scope) -> Look {
        self.looks.get(scope as usize).copied().unwrap_or_default()
    }
}

fn source(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

fn parse(text: &str) -> Result<Table, ThemeError> {
    text.parse::<Table>().map_err(|e| ThemeError::Toml(e.to_string().trim_end().to_owned()))
}

/// The line on which `name` is a key, from 1; 0 when it is nowhere.
fn line_of(text: &str, name: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches('[').trim_start_matches(['"', '\'']);
        line.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.'))
    };
    text.lines().position(is_key).map_or(0, |n| n + 1)
}

/// What themes say, before it is a style for each scope.
#[derive(Default)]
struct Sheet {
    palette: BTreeMap<String, Color>,
    /// Kept as written: an heir's palette recolours what it inherits.
    scopes: BTreeMap<String, Value>,
}

impl Sheet {
    fn add(&mut self, text: &str) -> Result<(), ThemeError> {
        let unknown = |name: &str, hint: &str| ThemeError::Unknown {
            line: line_of(text, name),
            name: name.to_owned(),
            hint: hint.to_owned(),
        };
        let table = parse(text)?;
        if let Some(name) = table.keys().find(|k| !["inherits", "palette", "scopes"].contains(&k.as_str())) {
            return Err(unknown(name, "a theme has inherits, [palette] and [scopes]"));
        }
        for (name, value) in table.get("palette").and_then(Value::as_table).into_iter().flatten() {
            let colour = value.as_str().and_then(|v| self.colour(v)).ok_or_else(|| bad(text, name, value))?;
            self.palette.insert(name.clone(), colour);
        }
        for (name, value) in table.get("scopes").and_then(Value::as_table).into_iter().flatten() {
            if !Scope::ALL.iter().any(|s| s.word() == name || group(s.word()) == name) {
                return Err(unknown(name, &near(name)));
            }
            self.style(value).ok_or_else(|| bad(text, name, value))?;
            self.scopes.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    /// `"red"` or `{ fg = "red", bg = "#101010", bold = true }`.
    fn style(&self, value: &Value) -> Option<Style> {
        if let Some(name) = value.as_str() {
            return Some(Style::new().fg(self.colour(name)?));
        }
        let mut style = Style::new();
        for (key, value) in value.as_table()? {
            style = match key.as_str() {
                "fg" => style.fg(self.colour(value.as_str()?)?),
                "bg" => style.bg(self.colour(value.as_str()?)?),
                other => {
                    let modifier = modifier(other)?;
                    if value.as_bool()? {
                        style.add_modifier(modifier)
                    } else {
                        style.remove_modifier(modifier)
                    }
                }
            };
        }
        Some(style)
    }

    fn colour(&self, name: &str) -> Option<Color> {
        if let Some(colour) = self.palette.get(name) {
            return Some(*colour);
        }
        if let Some(hex) = name.strip_prefix('#') {
            let n = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
            let [_, r, g, b] = n.to_be_bytes();
            return Some(Color::Rgb(r, g, b));
        }
        ansi_name(name)
    }

    fn theme(&self) -> Theme {
        let style = |word: &str| self.scopes.get(word).and_then(|v| self.style(v));
        let base = style("text").unwrap_or_default();
        let look = |scope: &Scope| {
            let accent = style(scope.word()).or_else(|| style(group(scope.word()))).unwrap_or_default();
            Look { style: base.patch(accent), accent }
        };
        Theme { looks: Scope::ALL.iter().map(look).collect() }
    }
}

/// The scopes that could be meant: those of the same group, or the groups.
fn near(name: &str) -> String {
    let words = Scope::ALL.iter().map(|s| s.word());
    let mut near: Vec<_> = words.clone().filter(|w| group(w) == group(name)).collect();
    if near.is_empty() {
        near = words.map(group).collect();
        near.dedup();
    }
    format!("there are {}", near.join(", "))
}

fn group(scope: &str) -> &str {
    scope.split('.').next().unwrap_or(scope)
}

fn bad(text: &str, name: &str, value: &Value) -> ThemeError {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ThemeError::BadValue { line: line_of(text, name), name: name.to_owned(), value }
}

fn modifier(name: &str) -> Option<Modifier> {
    Some(match name {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        _ => return None,
    })
}

fn ansi_name(name: &str) -> Option<Color> {
    Some(match name {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_compiled_in_is_whole() {
        for (name, text) in BUILTIN {
            let theme = Theme::from_toml(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(theme.looks.len(), Scope::ALL.len(), "{name}");
        }
        assert_eq!(BUILTIN.map(|(name, _)| name), Theme::NAMES);
        assert_eq!(Theme::named("no such"), None);
    }

    #[test]
    fn an_unknown_scope_is_named_with_its_line() {
        let text =
            "inherits = \"dark\"\n\n[scopes]\n\"stage.speaking\" = \"red\"\n\"stage.singing\" = \"red\"\n";
        let error = Theme::from_toml(text).expect_err("unknown").to_string();
        assert!(
            error.starts_with("line 5 of the theme: “stage.singing” is unknown; there are stage.name,"),
            "{error}"
        );
        let error = Theme::from_toml("palete = 1").expect_err("unknown").to_string();
        assert!(error.contains("line 1") && error.contains("[palette]"), "{error}");
    }

    #[test]
    fn a_bad_colour_a_bad_parent_and_bad_toml_are_sentences() {
        let error = Theme::from_toml("[scopes]\ntitle = \"#12\"").expect_err("colour").to_string();
        assert!(error.starts_with("line 2 of the theme: title cannot be “#12”"), "{error}");
        let error = Theme::from_toml("inherits = \"me\"").expect_err("parent").to_string();
        assert!(error.contains("“me”"), "{error}");
        assert!(matches!(Theme::from_toml("[scopes"), Err(ThemeError::Toml(_))));
    }

    #[test]
    fn a_theme_inherits_and_a_scope_falls_back_on_its_group() {
        let theme =
            Theme::from_toml("[palette]\nsea = \"#102030\"\n[scopes]\nstage = { fg = \"sea\", bold = true }")
                .expect("theme");
        let style = theme.style(Scope::StageHeld);
        assert_eq!(style.fg, Some(Color::Rgb(16, 32, 48)));
        let child = Theme::from_toml("inherits = \"dark\"\n[scopes]\nborder = \"#010203\"").expect("theme");
        assert_eq!(child.style(Scope::Border).fg, Some(Color::Rgb(1, 2, 3)));
        let dark = Theme::default();
        assert_eq!(child.style(Scope::ClockTime), dark.style(Scope::ClockTime));
    }
}
