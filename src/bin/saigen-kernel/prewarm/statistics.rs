//! statrs: laws and statistics.

use std::error::Error;

use saigen::statrs::distribution::{
    Bernoulli, Beta, Binomial, Chi, ChiSquared, Continuous, ContinuousCDF, Discrete, DiscreteCDF, Exp, Gamma,
    Geometric, LogNormal, Normal, Poisson, StudentsT, Uniform,
};
use saigen::statrs::statistics::{Data, Distribution, Max, Median, Min, OrderStatistics, Statistics};

/// What is asked of a continuous law.
fn continuous<L: Continuous<f64, f64> + ContinuousCDF<f64, f64> + Distribution<f64> + std::fmt::Debug>(law: L) {
    made!(law.pdf(0.0), law.ln_pdf(0.0), law.cdf(0.0), law.sf(0.0), law.inverse_cdf(0.5));
    made!(law.mean(), law.variance(), law.std_dev(), law.entropy(), law.skewness());
    println!("{law:?} {:?} {:?}", law.mean(), law.std_dev());
}

/// What is asked of a discrete law.
fn discrete<L: Discrete<u64, f64> + DiscreteCDF<u64, f64> + Distribution<f64> + std::fmt::Debug>(law: L) {
    made!(law.pmf(0), law.ln_pmf(0), law.cdf(0), law.sf(0), law.mean(), law.variance(), law.std_dev());
    println!("{law:?} {:?} {:?}", law.mean(), law.variance());
}

pub fn laws() -> Result<(), Box<dyn Error>> {
    continuous(Normal::new(0.0, 1.0)?);
    continuous(LogNormal::new(0.0, 1.0)?);
    continuous(Uniform::new(0.0, 1.0)?);
    continuous(Exp::new(1.0)?);
    continuous(Gamma::new(1.0, 1.0)?);
    continuous(Beta::new(1.0, 1.0)?);
    continuous(ChiSquared::new(1.0)?);
    continuous(StudentsT::new(0.0, 1.0, 2.0)?);
    discrete(Binomial::new(0.5, 10)?);
    discrete(Poisson::new(1.0)?);
    discrete(Geometric::new(0.5)?);
    discrete(Bernoulli::new(0.5)?);
    Ok(())
}

pub fn data(values: &Vec<f64>) {
    made!(values.iter().mean(), values.iter().std_dev(), values.iter().variance(), values.iter().geometric_mean());
    made!(values.mean(), values.std_dev(), values.variance(), Statistics::min(values), Statistics::max(values));
    made!(
        values.iter().population_variance(),
        values.iter().population_std_dev(),
        values.iter().covariance(values.iter()),
    );
    made!(values.clone().mean(), values.as_slice().mean(), values.as_slice().std_dev(), values.as_slice().variance());
    let mut data = Data::new(values.clone());
    made!(data.median(), data.quantile(0.5), data.percentile(50), data.lower_quartile(), data.upper_quartile());
    made!(data.mean(), data.variance(), data.std_dev(), data.iter().count());
}
