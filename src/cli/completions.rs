//! `poolbench completions`: what a shell needs to complete what is typed.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{CliError, Exit};
use super::output;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench completions bash > ~/.local/share/bash-completion/completions/poolbench
  poolbench completions fish > ~/.config/fish/completions/poolbench.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "poolbench", &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}
