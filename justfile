# Everything that has to hold.
check:
    .ci/run

# All tests.
test:
    cargo test --locked

# Criterion benchmarks.
bench:
    cargo bench

# The main job.
run *words:
    cargo run --release -- {{words}}

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check
