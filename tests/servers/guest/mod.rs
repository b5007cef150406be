//! poolbench is a guest on somebody's servers: what it touches, what it keeps of an address, what it says of
//! statements, and of what a server does to a connection. In one program, since most of these tests wait.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod credentials;
mod faults_named;
mod left_alone;
mod own_statements;
