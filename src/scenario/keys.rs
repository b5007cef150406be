//! Every key of a scenario file, by section, with what it means. `scenarios/README.md` explains
//! them at length; a test holds the two together, and the reader refuses to read a key that is
//! not here.

/// Section (empty for the top of the file), key, meaning.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("", "why", "what someone wants to know, in a sentence or two"),
    ("", "request", "what one request is, such as POST /submit"),
    ("", "pools", "pool libraries to run"),
    ("", "scopes", "session scopes to compare, before first"),
    ("", "time-scale", "measured time ÷ nominal time"),
    ("", "seed", "seed of every random draw"),
    ("", "setup", "statements that make the scenario's own tables, in poolbench's schema"),
    ("", "pool", "the pool's settings"),
    ("", "steps", "what one request does, in order"),
    ("", "load", "the arrivals offered to each scope"),
    ("", "phases", "how long to warm up, measure and drain"),
    ("", "capacity", "the closed loop that saturates each scope"),
    ("", "bystander", "cheap queries of others on the same pool"),
    ("", "claims", "what somebody says, to be tested"),
    ("pool", "size", "connections in each pool"),
    ("pool", "acquire-timeout", "longest wait for a connection"),
    ("pool", "liveness-check", "whether a connection is tested before it is lent"),
    ("steps", "name", "what the tables call the step"),
    ("steps", "kind", "sql, queue or work"),
    ("steps", "time", "how long the step takes, nominal"),
    ("steps", "operation", "a built-in operation of an sql step"),
    ("steps", "statements", "own statements of an sql step"),
    ("steps", "fail-share", "share of queue steps that fail, to exercise the failure path"),
    ("statement", "sql", "the text of a statement"),
    ("statement", "parameters", "its parameters, in order"),
    ("load", "arrivals", "poisson or constant"),
    ("load", "rate", "requests due per second, nominal"),
    ("load", "in-flight-cap", "most requests in flight at once"),
    ("load", "when-full", "queue or shed the requests over the cap"),
    ("phases", "warm-up", "load before the measurement, kept apart"),
    ("phases", "measure", "the measured span"),
    ("phases", "drain", "longest wait for requests in flight at the end"),
    ("capacity", "saturation", "callers, as a multiple of what saturates the pool"),
    ("capacity", "callers", "callers, as a number"),
    ("capacity", "warm-up", "load before the measurement"),
    ("capacity", "measure", "the measured span"),
    ("bystander", "rate", "queries due per second, nominal"),
    ("bystander", "time", "how long a query takes on the server, nominal"),
    ("claims", "id", "short name of the claim"),
    ("claims", "says", "the claim in words"),
    ("claims", "measure", "what number tests it"),
    ("claims", "expect", "the number that was claimed"),
    ("claims", "requests", "how many concurrent requests a wasted-hold claim speaks of"),
];

pub(super) fn known(section: &str, key: &str) -> bool {
    KEYS.iter().any(|(s, k, _)| *s == section && *k == key)
}
