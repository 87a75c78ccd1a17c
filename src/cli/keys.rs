//! `palco keys`.

use crate::tui;

use super::args::KeysArgs;
use super::context::Context;
use super::output::{Failure, print};

/// Prints the table of keys and words.
pub(super) fn run(context: &Context, args: &KeysArgs) -> Result<(), Failure> {
    print(&tui::key_table(context.language(args.lang)))
}
