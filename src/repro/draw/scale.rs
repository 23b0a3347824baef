//! Axes: limits from the data, round ticks, and labels a reader can take in.

use crate::repro::{Axis, Scale};

/// A tick at a place along the axis (0 to 1); minor ticks have no label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub place: f64,
    pub label: Option<String>,
}

/// An axis with settled limits.
#[derive(Clone, Debug)]
pub(super) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
}

/// Share of the axis left free at either end when the limits come from the data.
const PADDING: f64 = 0.04;

impl Ruler {
    /// Settles the limits: the axis' own, or those of `values` with some room around them.
    ///
    /// `from_zero` keeps zero in view without room below it (bars). Values that the axis can't show don't count.
    pub(super) fn new(axis: &Axis, values: impl Iterator<Item = f64>, from_zero: bool) -> Self {
        let scale = axis.scale;
        if let Some((low, high)) = axis.limits
            && shown(scale, low)
            && shown(scale, high)
            && low < high
        {
            return Self { scale, low, high };
        }
        let (mut low, mut high) = values
            .filter(|v| shown(scale, *v))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if from_zero && scale == Scale::Linear {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if low > high {
            (low, high) = if scale == Scale::Linear { (0.0, 1.0) } else { (1.0, 10.0) };
        }
        let (mut a, mut b) = (forward(scale, low), forward(scale, high));
        if b - a <= 1e-12 * a.abs().max(b.abs()) {
            let room = if scale == Scale::Linear { 0.5 * a.abs().clamp(1e-300, f64::MAX / 4.0) } else { 0.5 };
            let room = if scale == Scale::Linear && a == 0.0 { 0.5 } else { room };
            (a, b) = (a - room, b + room);
        }
        let room = PADDING * (b - a);
        let below = if from_zero && low == 0.0 { 0.0 } else { room };
        let above = if from_zero && high == 0.0 { 0.0 } else { room };
        Self { scale, low: backward(scale, a - below), high: backward(scale, b + above) }
    }

    /// A categorical axis: category `i` at `i`, half a slot free at either end.
    pub(super) fn categorical(count: usize) -> Self {
        Self { scale: Scale::Linear, low: -0.5, high: count as f64 - 0.5 }
    }

    /// Maps a value to its place: 0 at the lower limit, 1 at the upper; `None` for what the axis can't show.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let (a, b) = (forward(self.scale, self.low), forward(self.scale, self.high));
        shown(self.scale, value).then(|| (forward(self.scale, value) - a) / (b - a))
    }

    /// The place where bars start: zero if it is in view, else the nearer end.
    pub(super) fn floor(&self) -> f64 {
        if self.scale == Scale::Linear { self.place(0.0).unwrap_or(0.0).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Returns ticks, about `target` of them labelled, and a power of ten that the labels leave out (0: none).
    pub(super) fn ticks(&self, target: usize) -> (Vec<Tick>, i32) {
        match self.scale {
            Scale::Linear => self.linear_ticks(target),
            Scale::Log10 => (self.log_ticks(target), 0),
        }
    }

    fn linear_ticks(&self, target: usize) -> (Vec<Tick>, i32) {
        let step = round_step((self.high - self.low) / target.max(2) as f64);
        let largest = self.low.abs().max(self.high.abs());
        let magnitude = largest.log10().floor() as i32;
        let exponent = if (-3..5).contains(&magnitude) { 0 } else { magnitude.clamp(-300, 300) };
        let unit = 10f64.powi(exponent);
        let decimals = (-(step / unit).log10().floor()).clamp(0.0, 12.0) as usize;
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let ticks = (first..=last)
            .filter_map(|i| {
                let value = i as f64 * step;
                let label = minus(format!("{:.decimals$}", if i == 0 { 0.0 } else { value / unit }));
                Some(Tick { place: self.place(value)?, label: Some(label) })
            })
            .collect();
        (ticks, exponent)
    }

    fn log_ticks(&self, target: usize) -> Vec<Tick> {
        let (low, high) = (self.low.log10(), self.high.log10());
        let decades = high - low;
        let stride = (decades / target.max(2) as f64).ceil().max(1.0) as i32;
        let labelled: &[i32] = match decades {
            d if d < 0.8 => &[1, 2, 3, 4, 5, 6, 7, 8, 9],
            d if d < 1.2 => &[1, 2, 3, 5],
            d if d < 2.2 => &[1, 2, 5],
            _ => &[1],
        };
        let mut ticks = Vec::new();
        for exponent in low.floor() as i32..=high.ceil() as i32 {
            for digit in 1..=9 {
                let value = f64::from(digit) * 10f64.powi(exponent);
                let named = labelled.contains(&digit) && exponent.rem_euclid(stride) == 0;
                if (digit > 1 && !named && decades > 7.0) || value.log10() < low - 1e-9 || value.log10() > high + 1e-9 {
                    continue;
                }
                let label = named.then(|| if labelled.len() > 1 { decimal(digit, exponent) } else { power(exponent) });
                ticks.extend(self.place(value).map(|place| Tick { place, label }));
            }
        }
        ticks
    }
}

/// Tells whether an axis of this scale can show the value.
pub(super) fn shown(scale: Scale, value: f64) -> bool {
    value.is_finite() && (scale == Scale::Linear || value > 0.0)
}

fn forward(scale: Scale, value: f64) -> f64 {
    if scale == Scale::Linear { value } else { value.log10() }
}

fn backward(scale: Scale, value: f64) -> f64 {
    if scale == Scale::Linear { value } else { 10f64.powf(value) }
}

/// The smallest of 1, 2, 5 times a power of ten that is no less than `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|r| lead <= r * (1.0 + 1e-9)).unwrap_or(10.0);
    round * power
}

/// `10ⁿ`, with the exponent as superscript.
pub(super) fn power(exponent: i32) -> String {
    format!("10{}", superscript(exponent))
}

fn decimal(digit: i32, exponent: i32) -> String {
    match exponent {
        -3..=-1 => format!("{:.*}", exponent.unsigned_abs() as usize, f64::from(digit) * 10f64.powi(exponent)),
        0..=3 => format!("{}", digit * 10i32.pow(exponent.unsigned_abs())),
        _ if digit == 1 => power(exponent),
        _ => format!("{digit}×{}", power(exponent)),
    }
}

fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize])).collect()
}

/// Sets a true minus sign.
fn minus(text: String) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ruler: &Ruler, target: usize) -> Vec<String> {
        ruler.ticks(target).0.into_iter().filter_map(|tick| tick.label).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        let ruler = Ruler::new(&Axis::linear("x").limits(-1.0, 1.0), std::iter::empty(), false);
        assert_eq!(labels(&ruler, 5), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    }

    #[test]
    fn tiny_and_huge_values_share_a_factor() {
        let ruler = Ruler::new(&Axis::linear("x").limits(0.0, 4e-9), std::iter::empty(), false);
        assert_eq!((labels(&ruler, 4), ruler.ticks(4).1), (["0", "1", "2", "3", "4"].map(String::from).to_vec(), -9));
    }

    #[test]
    fn decades_are_superscripts() {
        let ruler = Ruler::new(&Axis::log("x").limits(1e-3, 1e2), std::iter::empty(), false);
        assert_eq!(labels(&ruler, 6), ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²"]);
        let wide = Ruler::new(&Axis::log("x").limits(1e-12, 1e12), std::iter::empty(), false);
        assert!(labels(&wide, 6).len() <= 8);
    }

    #[test]
    fn limits_hold_the_data_and_skip_what_cannot_be_shown() {
        let values = [1.0, f64::NAN, 1000.0, -5.0, 0.0, f64::INFINITY];
        let ruler = Ruler::new(&Axis::log("x"), values.into_iter(), false);
        for value in [1.0, 1000.0] {
            let place = ruler.place(value).unwrap();
            assert!((0.0..=1.0).contains(&place));
        }
        assert_eq!(ruler.place(-5.0), None);
        assert_eq!(ruler.place(f64::NAN), None);
    }

    #[test]
    fn degenerate_data_still_gives_an_axis() {
        for values in [vec![], vec![0.0], vec![7.0, 7.0], vec![-3e300], vec![1e-310], vec![f64::NAN]] {
            for axis in [Axis::linear("x"), Axis::log("x")] {
                let ruler = Ruler::new(&axis, values.iter().copied(), false);
                let (ticks, _) = ruler.ticks(5);
                assert!(ticks.iter().all(|t| t.place.is_finite()), "{values:?} {ruler:?}");
                assert!(ticks.len() < 60, "{values:?}: {} ticks", ticks.len());
            }
        }
    }

    #[test]
    fn bars_start_at_zero() {
        let ruler = Ruler::new(&Axis::linear("n"), [3.0, 5.0].into_iter(), true);
        assert_eq!(ruler.place(0.0), Some(0.0));
        assert_eq!(ruler.floor(), 0.0);
    }
}
