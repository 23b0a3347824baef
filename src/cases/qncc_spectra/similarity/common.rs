//! One resolving power for everything that is compared.
//!
//! Two spectra of different resolution differ by their instruments. The sharper is convolved with the Gaussian that takes it to
//! the common resolving power; a blunter one can't be sharpened and stays as it is, and whoever shows the numbers says so.

use serde::{Deserialize, Serialize};

/// The resolving power (λ/FWHM) with which a spectrum was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Far above any that spectra are compared at: a model, optical constants, a laboratory's spectrum of a solid.
    Sharp,
    /// That of an instrument.
    Of(f64),
    /// Not known: taken as it is.
    Unknown,
}

/// FWHM of a Gaussian over its standard deviation, 2√(2 ln 2).
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;
/// Standard deviations of the kernel for which a spectrum must go on beyond a point: beyond that lie 6·10⁻⁵ of its weight.
const MARGIN: f64 = 4.0;

impl Resolution {
    /// Resolving power of the kernel that takes the spectrum to `common`, `(R⁻² − R₀⁻²)^(−1/2)`; none if there is nothing to do
    /// or nothing that can be done.
    pub fn kernel(self, common: f64) -> Option<f64> {
        match self {
            Resolution::Sharp => Some(common),
            Resolution::Of(own) if own > common * (1.0 + 1e-6) => Some((common.powi(-2) - own.powi(-2)).powf(-0.5)),
            Resolution::Of(_) | Resolution::Unknown => None,
        }
    }

    /// The resolving power at which the spectrum is then compared; `None` where it isn't known.
    pub fn compared_at(self, common: f64) -> Option<f64> {
        match self {
            Resolution::Sharp => Some(common),
            Resolution::Of(own) => Some(own.min(common)),
            Resolution::Unknown => None,
        }
    }
}

/// How far a spectrum must go on beyond a point, as a share of its wavelength, for a kernel to be whole there.
pub fn margin(kernel: Option<f64>) -> f64 {
    kernel.map_or(0.0, |power| MARGIN / (FWHM_PER_SIGMA * power))
}

/// The points of an ascending `grid` (µm) where a spectrum from `first` to `last` fills bin and kernel; `bin` is the width of a
/// bin over its wavelength.
pub fn filled(grid: &[f64], (first, last): (f64, f64), kernel: Option<f64>, bin: f64) -> std::ops::Range<usize> {
    // A little more than half a bin, for edges that lie midway between centres.
    let half = 0.51 * bin;
    let beyond = margin(kernel);
    let from = grid.partition_point(|x| x * (1.0 - half) * (1.0 - beyond) < first);
    let to = grid.partition_point(|x| x * (1.0 + half) * (1.0 + beyond) <= last);
    from..to.max(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::similarity::Protocol;
    use crate::cases::qncc_spectra::spectrum::{FluxDensityNu, Spectrum, Unit, Wavelength};

    #[test]
    fn a_kernel_takes_the_sharper_to_the_common_one_and_leaves_the_blunter() {
        assert_eq!(Resolution::Sharp.kernel(100.0), Some(100.0));
        let kernel = Resolution::Of(125.0).kernel(100.0).unwrap();
        // 3, 4, 5: the widths 1/125 and 1/(500/3) make 1/100.
        assert!((kernel - 500.0 / 3.0).abs() < 1e-9, "{kernel}");
        for blunt in [Resolution::Of(90.0), Resolution::Of(100.0), Resolution::Unknown] {
            assert_eq!(blunt.kernel(100.0), None, "{blunt:?}");
        }
        let at = |resolution: Resolution| resolution.compared_at(100.0);
        assert_eq!(at(Resolution::Sharp), Some(100.0));
        assert_eq!((at(Resolution::Of(90.0)), at(Resolution::Of(3000.0))), (Some(90.0), Some(100.0)));
        assert_eq!(at(Resolution::Unknown), None);
    }

    /// A line of resolving power 125 and one without width are the same at 100.
    #[test]
    fn two_resolutions_meet() {
        let x: Vec<f64> = (0..4000).map(|k| 7.0 + 5e-4 * f64::from(k)).collect();
        let seen = |sigma: f64, resolution: Resolution| {
            let y = x.iter().map(|x| (-0.5 * ((x - 8.0) / sigma).powi(2)).exp() / sigma).collect();
            let line = Spectrum::<Wavelength, FluxDensityNu>::new(x.clone(), y, None, Unit::Relative).unwrap();
            line.convolved(resolution.kernel(100.0).unwrap()).unwrap().y().to_vec()
        };
        let narrow = 0.003;
        let own = 8.0 / 125.0 / FWHM_PER_SIGMA;
        let (sharp, blunt) = (seen(narrow, Resolution::Sharp), seen(own.hypot(narrow), Resolution::Of(125.0)));
        let largest = sharp.iter().copied().fold(0.0, f64::max);
        let off = sharp.iter().zip(&blunt).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 0.01 * largest, "{off} of {largest}");
        let unchanged = seen(narrow, Resolution::Of(125.0));
        let off = sharp.iter().zip(&unchanged).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off > 0.1 * largest, "{off}: a kernel that ignores the own resolution");
    }

    /// A slope that is convolved stays a slope where the kernel is whole, and bends where it is cut.
    #[test]
    fn points_whose_kernel_would_be_cut_are_left_out() {
        let grid = Protocol::default().grid().unwrap();
        let x: Vec<f64> = (0..=2000).map(|k| 5.15 + 0.005 * f64::from(k)).collect();
        let flux = Spectrum::<Wavelength, FluxDensityNu>::new(x.clone(), x, None, Unit::Relative).unwrap();
        let whole = filled(&grid, flux.range(), Some(60.0), 1.0 / 180.0);
        assert!(whole.start > 0 && whole.end == grid.len(), "{whole:?}");
        let seen = flux.convolved(60.0).unwrap();
        let binned = |part: &[f64]| seen.binned_at(part).unwrap();
        let inside = binned(&grid[whole.clone()]);
        // The kernel widens with the wavelength, which tilts a slope evenly: next to none.
        let off = |spectrum: &Spectrum<Wavelength, FluxDensityNu>| {
            spectrum.x().iter().zip(spectrum.y()).map(|(x, y)| (y / x - 1.0).abs()).fold(0.0, f64::max)
        };
        assert!(off(&inside) < 2e-4, "{}", off(&inside));
        let near = filled(&grid, flux.range(), None, 1.0 / 180.0);
        assert_eq!(near, 0..grid.len());
        assert!(off(&seen) > 4e-3, "{}", off(&seen));
        assert!(filled(&grid, (20.0, 30.0), None, 1.0 / 180.0).is_empty());
    }
}
