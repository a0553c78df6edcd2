//! Developer errands: `cargo xtask check` runs every rule of the workspace.
fn main() {}
