//! Scenarios drawn at random, with everything that a scenario file can ask of the open loop.

use poolbench::plan::Plan;
use poolbench::scenario::Scenario;
use poolbench::twin::HoldLaw;

/// A scenario, and how holds vary around its plan.
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) plan: Plan,
    pub(crate) law: HoldLaw,
}

/// How many requests a run of it has, about.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// Random numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Small numbers as often as large ones.
    fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[(self.next() % all.len() as u64) as usize]
    }

    fn comes(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }
}

/// The scenario of a seed.
pub(crate) fn draw(seed: u64, span: Span) -> Drawn {
    let mut dice = Dice(seed);
    let (steps, sql) = steps(&mut dice);
    let size = dice.scale(1.0, 40.0).round().max(1.0);
    let pools = if dice.comes(0.1) { dice.one_of(&[2.0, 5.0]) } else { 1.0 };
    // At exactly full load nothing is told but that the queue grows.
    let load = if dice.comes(0.8) { dice.between(0.15, 0.96) } else { dice.between(1.05, 1.6) };
    let whole: f64 = steps.iter().map(|(_, millis, _)| millis).sum();
    let scopes = match dice.one_of(&[0, 1, 1, 2, 2, 3]) {
        0 => r#""request-scoped""#,
        1 => r#""repository-scoped""#,
        2 => r#""request-scoped", "repository-scoped""#,
        _ => r#""nested-session", "repository-scoped""#,
    };
    // The load is aimed at one of the two scopes.
    let held = if scopes.contains("repository") && dice.comes(0.6) { sql } else { whole };
    let rate = load * size * pools / (held / 1e3);
    let measure = dice.scale(span.least, span.most) / rate;
    let mut load = format!("rate = \"{rate:.6}/s\"\n");
    if dice.comes(0.25) {
        load += "arrivals = \"constant\"\n";
    }
    if dice.comes(0.15) {
        load += &format!("burst = {}\n", dice.scale(2.0, 20.0 * size).round());
    }
    if dice.comes(0.2) {
        let cap = dice.scale(size.max(2.0), 20.0 * size + 5.0).round();
        load += &format!("in-flight-cap = {cap}\nwhen-full = \"{}\"\n", dice.one_of(&["queue", "shed"]));
    }
    let mut stages = String::new();
    if dice.comes(0.15) {
        for _ in 0..dice.one_of(&[1, 2, 3]) {
            stages += &format!(
                "[[load.stages]]\nrate = \"{:.6}/s\"\nlasts = \"{:.3}s\"\nshape = \"{}\"\n",
                rate * dice.between(0.3, 1.3),
                measure * dice.between(0.1, 0.5),
                dice.one_of(&["step", "ramp"])
            );
        }
    }
    let bystander = if dice.comes(0.2) {
        let millis = dice.scale(0.1, 50.0);
        let others = size * pools * dice.scale(0.001, 0.2) / (millis / 1e3);
        format!("[bystander]\nrate = \"{others:.6}/s\"\ntime = \"{millis:.3}ms\"\n")
    } else {
        String::new()
    };
    let fleet = if pools > 1.0 {
        let routing = dice.one_of(&["random", "round-robin", "least-loaded"]);
        format!("[fleet]\npools = {pools}\nrouting = \"{routing}\"\n")
    } else {
        String::new()
    };
    let timeout = whole * dice.scale(0.1, 300.0);
    let warm_up = measure * dice.one_of(&[0.0, 0.05, 0.3]);
    let objective = whole * dice.scale(0.01, 1.0);
    let steps: String = steps.iter().map(|(text, ..)| text.as_str()).collect();
    let text = format!(
        r#"
pools = ["sqlx"]
scopes = [{scopes}]
time-scale = "1"
seed = {seed}

[pool]
size = {size}
acquire-timeout = "{timeout:.3}ms"

[load]
{load}{stages}
[phases]
warm-up = "{warm_up:.3}s"
measure = "{measure:.3}s"
drain = "30s"

[capacity]
warm-up = "1s"
measure = "1s"

[[objectives]]
keep = "acquire-wait.p99 <= {objective:.3}ms"

{bystander}{fleet}{steps}"#,
        seed = seed % 1_000_000,
    );
    let law = match dice.one_of(&[0, 0, 1, 1, 2, 3]) {
        0 => HoldLaw::Fixed,
        1 => HoldLaw::Exponential,
        2 => HoldLaw::LogNormal { spread: dice.between(0.05, 0.95) },
        _ => HoldLaw::LogNormal { spread: dice.between(1.0, 3.0) },
    };
    let scenario = Scenario::parse("drawn", "drawn.toml", &text);
    let plan = Plan::of(&scenario.unwrap_or_else(|fault| panic!("{fault}\n{text}")));
    Drawn { text, plan, law }
}

/// The steps of a request with their milliseconds, and those of SQL in all.
fn steps(dice: &mut Dice) -> (Vec<(String, f64, &'static str)>, f64) {
    let count = dice.one_of(&[1, 1, 1, 2, 3, 4]);
    let mut steps = Vec::new();
    for at in 0..count {
        // The first one holds a connection under every scope.
        let kind = if at == 0 { "sql" } else { dice.one_of(&["sql", "queue", "work"]) };
        let millis = dice.scale(5.0, 500.0).round();
        let more = match kind {
            "sql" if at == 0 => "operation = \"create-job\"\n".to_owned(),
            "sql" => "operation = \"update-job-state\"\n".to_owned(),
            "queue" if dice.comes(0.3) => format!("fail-share = {:.3}\n", dice.between(0.01, 0.5)),
            _ => String::new(),
        };
        let text =
            format!("[[steps]]\nname = \"step_{at}\"\nkind = \"{kind}\"\ntime = \"{millis}ms\"\n{more}\n");
        steps.push((text, millis, kind));
    }
    let sql = steps.iter().filter(|(.., kind)| *kind == "sql").map(|(_, millis, _)| millis).sum();
    (steps, sql)
}
