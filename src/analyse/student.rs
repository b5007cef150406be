//! How many standard errors make 95 %.

/// 97.5 % quantile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// 97.5 % quantile of Student's t with degrees of freedom that need not be whole.
pub(super) fn student_of(freedom: f64) -> f64 {
    if freedom.is_infinite() {
        return Z;
    }
    let (below, part) = (freedom.max(1.0).floor(), freedom.max(1.0).fract());
    let at = |freedom: f64| student(freedom as u64);
    at(below) + part * (at(below + 1.0) - at(below))
}

/// 97.5 % quantile of Student's t: from the table up to 10 degrees of freedom, from there by the
/// Cornish–Fisher expansion, which is then right to four digits.
pub(super) fn student(freedom: u64) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    match usize::try_from(freedom) {
        Ok(0) => f64::INFINITY,
        Ok(few) if few <= TABLE.len() => TABLE[few - 1],
        _ => {
            let n = freedom as f64;
            let (z3, z5, z7) = (Z.powi(3), Z.powi(5), Z.powi(7));
            Z + (z3 + Z) / (4.0 * n)
                + (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / (96.0 * n.powi(2))
                + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / (384.0 * n.powi(3))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_agrees_with_the_table() {
        for (freedom, t) in [(1, 12.706), (10, 2.228), (11, 2.201), (30, 2.042), (120, 1.980)] {
            assert!((student(freedom) - t).abs() < 1e-3, "{freedom}");
        }
    }
}
