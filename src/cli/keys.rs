//! `palco keys`.

use crate::tui;

use super::args::KeysArgs;
use super::context::Context;
use super::output::{Failure, print};

/// Prints the table of keys and words, with the keys of the settings.
pub(super) fn run(context: &Context, args: &KeysArgs) -> Result<(), Failure> {
    let keymap = context.keymap()?;
    print(&tui::key_table_of(context.language(args.lang), &keymap))
}
