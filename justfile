# Everything that has to hold.
check:
    .ci/run

# All tests.
test:
    cargo test --locked

# Tests with servers of another version of PostgreSQL, 14 to 18: `just test-postgres 18 tap::`.
test-postgres version *tests:
    PG_BINDIR="$(.ci/postgres {{version}})" cargo test --locked --test servers -- {{tests}}

# Ten million hostile inputs, or as many as are named; half an hour and more. Another seed tries others.
fuzz inputs="10000000" seed="1":
    cargo test --locked --release --test laws --no-run
    ulimit -v 524288 && POOLBENCH_INPUTS={{inputs}} POOLBENCH_SEED={{seed}} cargo test --locked --release --test laws -- hostile::scenarios hostile::addresses hostile::values hostile::records hostile::conversations

# Criterion benchmarks.
bench:
    cargo bench

# What a tap adds, in turn with a straight connection and PgBouncer; some three minutes on a quiet machine. `latency`,
# `throughput` or `copy` measures that alone; `soak` takes 10 minutes more, for 10,000 transactions a second.
bench-tap *parts:
    cargo bench --locked --bench tap -- {{parts}}

# The Chinese letters of the charts, anew from the catalogue: takes Noto Sans CJK's collection and fonttools.
font collection:
    python3 src/report/chart/face/subset.py {{collection}}

# The main job.
run *words:
    cargo run --release -- {{words}}

# Licences and advisories of all dependencies (needs cargo-deny).
deny:
    cargo deny check
