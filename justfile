# Everything that has to hold.
check:
    .ci/run

# All tests.
test:
    cargo test --locked

# Ten million hostile inputs, or as many as are named; half an hour and more. Another seed tries others.
fuzz inputs="10000000" seed="1":
    cargo test --locked --release --test hostile --no-run
    ulimit -v 524288 && POOLBENCH_INPUTS={{inputs}} POOLBENCH_SEED={{seed}} cargo test --locked --release --test hostile -- refused shown

# Criterion benchmarks.
bench:
    cargo bench

# The main job.
run *words:
    cargo run --release -- {{words}}

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check
