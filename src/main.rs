//! The `poolbench` command: all of it is in [`poolbench::cli`].

fn main() -> std::process::ExitCode {
    poolbench::cli::main()
}
