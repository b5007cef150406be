//! From what was measured to what is stored of it.

use std::time::{Duration, SystemTime};

use super::pools::name;
use super::{
    Arrangement, Calibration, DriverCost, Effort, Lending, Pace, PoolCost, Ratio, SelectRate, Spread,
    TimerError, TimerKind,
};
use crate::archive::{
    Build, CALIBRATION_VERSION, CalibrationRecord, DriverRecord, InFlightRecord, LendingRecord,
    PoolCostRecord, RecordingRecord, SelectRateRecord, SelectsRecord, SpreadRecord, TestedRecord,
    ThreadsRecord, TimerRecord,
};
use crate::pool::LivenessOverride;
use crate::units::Rate;

impl Calibration {
    /// What is stored of it, as of now.
    #[must_use]
    pub(crate) fn record(&self, effort: Effort) -> CalibrationRecord {
        CalibrationRecord {
            version: CALIBRATION_VERSION,
            poolbench: env!("CARGO_PKG_VERSION").to_owned(),
            created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            build: Build::THIS,
            effort: effort.pick("quick", "full").to_owned(),
            timers: self.timers.iter().map(timer).collect(),
            driver: (&self.driver).into(),
            recording: RecordingRecord {
                request_ns: times(self.recording.request),
                arrivals_per_s: rates(self.recording.arrivals),
            },
            in_flight: InFlightRecord {
                requests: self.in_flight.requests,
                each_bytes: self.in_flight.each.map(|bytes| bytes.0),
                sent_in_ns: self.in_flight.sent_in.as_nanos() as u64,
                abandoned_in_ns: self.in_flight.abandoned_in.as_nanos() as u64,
            },
            live_view_ns: Some(times(self.live_view)),
            pools: self.pools.iter().map(pool).collect(),
            selects: self.selects_record(),
        }
    }

    fn selects_record(&self) -> SelectsRecord {
        let selects = &self.selects;
        let [shared, apart] = selects.tried;
        SelectsRecord {
            connections: selects.connections,
            arrangement: match selects.arrangement {
                Arrangement::Shared => ThreadsRecord::Shared,
                Arrangement::Apart => ThreadsRecord::Apart,
            },
            shared_per_s: rates(shared),
            apart_per_s: rates(apart),
            routes: selects.routes.iter().map(route).collect(),
            without_pgbench: selects.without_pgbench.clone(),
        }
    }
}

impl From<&DriverCost> for DriverRecord {
    fn from(cost: &DriverCost) -> Self {
        Self {
            sustained_per_s: rates(cost.sustained),
            request_cpu_ns: times(cost.request),
            lag_p50_ns: times(cost.lag_p50),
            lag_p99_ns: times(cost.lag_p99),
        }
    }
}

fn spread(spread: Spread<f64>) -> SpreadRecord {
    let Spread { median, least, greatest, n } = spread;
    SpreadRecord { median, least, greatest, n }
}

fn times(times: Spread<Duration>) -> SpreadRecord {
    spread(times.map(|time| time.as_nanos() as f64))
}

fn rates(rates: Spread<Rate>) -> SpreadRecord {
    spread(rates.map(Rate::as_per_second))
}

fn timer(error: &TimerError) -> TimerRecord {
    TimerRecord {
        timer: match error.timer {
            TimerKind::Tokio => "tokio",
            TimerKind::AsyncIo => "async-io",
            TimerKind::Lane => "lane",
        }
        .to_owned(),
        deadlines_per_s: match error.pace {
            Pace::Sparse => 100,
            Pace::Dense => 10_000,
        },
        p50_ns: times(error.p50),
        p99_ns: times(error.p99),
        wake_cpu_ns: times(error.wake),
    }
}

fn pool(cost: &PoolCost) -> PoolCostRecord {
    PoolCostRecord {
        pool: name(cost.library).to_owned(),
        liveness_check: match cost.liveness_check {
            None => TestedRecord::LibraryDefault,
            Some(LivenessOverride::Always) => TestedRecord::Always,
            Some(LivenessOverride::Never) => TestedRecord::Never,
        },
        uncontended: lending(&cost.uncontended),
        contended: lending(&cost.contended),
    }
}

fn lending(lending: &Lending) -> LendingRecord {
    LendingRecord {
        wait_p50_ns: times(lending.p50),
        wait_p99_ns: times(lending.p99),
        each_ns: times(lending.each),
        throughput_per_s: rates(lending.throughput),
    }
}

fn route(told: &SelectRate) -> SelectRateRecord {
    SelectRateRecord {
        route: told.route.words().to_owned(),
        rate_per_s: rates(told.rate),
        of_bare: told.of_bare.map(|ratios| spread(ratios.map(Ratio::get))),
        of_pgbench: told.of_pgbench.map(|ratios| spread(ratios.map(Ratio::get))),
    }
}
