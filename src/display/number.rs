//! Numbers in tables.

use super::html::Cell;

/// A floating-point number in at most six significant digits, and in powers of ten when it is very small or large.
pub fn short(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    if magnitude != 0.0 && !(1e-4..1e7).contains(&magnitude) {
        let text = format!("{value:.5e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) => {
                format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            None => text,
        };
    }
    if value.fract() == 0.0 {
        return format!("{value:.1}");
    }
    let places = usize::try_from(5 - magnitude.log10().floor() as i32).map_or(1, |places| places.max(1));
    let text = format!("{value:.places$}");
    let trimmed = text.trim_end_matches('0');
    if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
}

/// A number (or truth value) of an array.
pub trait Element {
    /// The number as a table shows it.
    fn cell(&self) -> Cell;
}

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl Element for $float {
            fn cell(&self) -> Cell {
                let text = short((*self).into());
                let rounded = self.is_finite() && text.parse() != Ok(*self);
                Cell::number(text, rounded.then(|| format!("{self:?}")))
            }
        }
    )*};
}
floats!(f32, f64);

macro_rules! exact {
    ($($number:ty),*) => {$(
        impl Element for $number {
            fn cell(&self) -> Cell {
                Cell::number(self.to_string(), None)
            }
        }
    )*};
}
exact!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, bool);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_short() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-42.0, "-42.0"),
            (1.0 / 3.0, "0.333333"),
            (2.0 / 3.0, "0.666667"),
            (12.5, "12.5"),
            (1234.56789, "1234.57"),
            (9_999_999.4, "9999999.4"),
            (1e7, "1e7"),
            (-1.234567e20, "-1.23457e20"),
            (0.00012345678, "0.000123457"),
            (1e-5, "1e-5"),
            (0.9999999, "1.0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_rounded_number_has_its_digits_as_title() {
        assert_eq!((1.0_f64 / 3.0).cell(), Cell::number("0.333333".into(), Some("0.3333333333333333".into())));
        assert_eq!((1.0_f32 / 3.0).cell(), Cell::number("0.333333".into(), Some("0.33333334".into())));
        assert_eq!(0.1_f32.cell(), Cell::number("0.1".into(), None));
        assert_eq!(f64::NAN.cell(), Cell::number("NaN".into(), None));
        assert_eq!(u64::MAX.cell(), Cell::number("18446744073709551615".into(), None));
    }
}
