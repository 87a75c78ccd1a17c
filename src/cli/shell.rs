//! `palco completions` and `palco man`.

use clap::CommandFactory as _;

use super::args::Cli;
use super::output::{Failure, print};

/// Prints completions.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "palco", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page: palco's own, and a section a subcommand.
pub(super) fn man() -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let broken = |e: std::io::Error| Failure::refused("man", e);
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(broken)?;
    for sub in command.get_subcommands() {
        let man = clap_mangen::Man::new(sub.clone());
        page.extend_from_slice(format!(".SH PALCO {}\n", sub.get_name().to_uppercase()).as_bytes());
        man.render_synopsis_section(&mut page).map_err(broken)?;
        man.render_description_section(&mut page).map_err(broken)?;
        man.render_options_section(&mut page).map_err(broken)?;
    }
    print(&String::from_utf8_lossy(&page))
}
