//! Numbers, times and shares as text.

use std::time::Duration;

/// A number with three significant digits, and thousands separated: `0.111`, `20.3`, `3,600`.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size >= 999.5 || (size >= 1.0 && (value - value.round()).abs() < 1e-9) {
        return separated(value.round());
    }
    if size == 0.0 {
        return "0".into();
    }
    // Rounding can carry into the next power of ten (0.9996 → 1.00), so the digits follow the
    // rounded value.
    let places = |v: f64| (2 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let rounded: f64 = format!("{value:.*}", places(value)).parse().unwrap_or(value);
    let text = format!("{rounded:.*}", places(if rounded == 0.0 { value } else { rounded }));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn separated(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

/// A whole number with its thousands separated.
#[must_use]
pub fn count(value: u64) -> String {
    separated(value as f64)
}

/// A time with three significant digits in the unit that suits it: `26.4 µs`, `3.54 s`, `180 s`.
#[must_use]
pub fn time(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    if seconds == 0.0 {
        "0 s".into()
    } else if seconds >= 0.9995 {
        format!("{} s", number(seconds))
    } else if seconds >= 0.000_999_5 {
        format!("{} ms", number(seconds * 1e3))
    } else if seconds >= 0.000_000_999_5 {
        format!("{} µs", number(seconds * 1e6))
    } else {
        format!("{} ns", number(seconds * 1e9))
    }
}

/// A share as a percentage: `2.2 %`, `99.4 %`, `< 0.01 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value != 0.0 && value.abs() < 0.01 {
        return "< 0.01 %".into();
    }
    // Close to all or nothing the third digit decides, so it is kept there.
    if value > 99.0 && value < 100.0 {
        let text = format!("{value:.2}");
        let text = if text == "100.00" { "99.99".to_owned() } else { text };
        return format!("{} %", text.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{} %", number(value))
}

/// A ratio as a factor: `178 ×`.
#[must_use]
pub fn factor(ratio: f64) -> String {
    format!("{} ×", number(ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.111_11, "0.111"),
            (0.9996, "1"),
            (9.996, "10"),
            (20.34, "20.3"),
            (99.96, "100"),
            (999.6, "1,000"),
            (3600.0, "3,600"),
            (1_234_567.0, "1,234,567"),
            (-12.0, "-12"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn times_and_shares_print_in_the_unit_that_suits() {
        assert_eq!(time(Duration::from_secs(180)), "180 s");
        assert_eq!(time(Duration::from_micros(26)), "26 µs");
        assert_eq!(time(Duration::from_millis(3540)), "3.54 s");
        assert_eq!(time(Duration::from_nanos(999_999_999)), "1 s");
        assert_eq!(percent(0.994_44), "99.44 %");
        assert_eq!(percent(0.999_999), "99.99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.022), "2.2 %");
    }
}
