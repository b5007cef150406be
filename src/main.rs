//! The `poolbench` command.
fn main() {}
