//! Models as counting processes: every reaction becomes channels that fire at whole-number changes.
//!
//! A rate law is taken at its word: the propensity is the law as written, at counts. `k P (P−1)/2` is recognised as
//! mass action of falling order two with rate `k/2`; `k P²` stays `k P²`, and a channel never fires without the counts
//! that it takes away. A net law of mass-action form becomes two channels.

use std::sync::Arc;

use super::expression::mathml::{MAX_DEPTH, MAX_SIZE};
use super::expression::{Expression, Operator, Program, TIME};
use super::model::{Element, Model, ModelError, Outputs, Quantity};
use super::polynomial::{Monomial, Polynomial};
use super::split::SplitError;
use super::stochastic::{Channel, CountingProcess, Propensity, RateLaw, Readout, StochasticError};

/// A model can't be read as a counting process.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChannelError {
    #[error(transparent)]
    Change(#[from] SplitError),
    #[error("{element}: its amount at the start is {value}, which is not a whole number of molecules")]
    NotWhole { element: Element, value: f64 },
    #[error("{element}: its rate law depends on time, which the exact engines don't follow")]
    TimeDependent { element: Element },
    #[error("{element}: its rate law can turn negative, and is not a difference of two mass-action terms")]
    CanTurnNegative { element: Element },
    #[error("{element}: its rate law is too large once rules are put in place")]
    TooLarge { element: Element },
    #[error(transparent)]
    Process(#[from] StochasticError),
}

/// A counting process with its start.
#[derive(Clone, Debug)]
pub struct Counting {
    pub process: CountingProcess,
    pub initial: Vec<i64>,
}

/// Relative distance from a whole number that is rounding of `concentration · size`.
const WHOLE: f64 = 1e-9;

impl Model {
    /// Reads the model as a counting process on the amounts of its dynamic species.
    ///
    /// # Errors
    /// Amounts or stoichiometries that are not whole numbers; laws that depend on time or that can turn negative and
    /// don't split into mass-action terms. Names the element and its line.
    pub fn counting(&self) -> Result<Counting, ChannelError> {
        let initial = self.state().iter().map(|&symbol| self.whole_amount(symbol)).collect::<Result<Vec<_>, _>>()?;
        let in_place = self.laws_in_place();
        let mut channels = Vec::new();
        for (reaction, polynomial) in self.polynomials().into_iter().enumerate() {
            let change = self.whole_change(reaction)?;
            match polynomial {
                Ok(law) => channels.extend(self.mass_action(reaction, &change, &law.in_falling_powers())?),
                Err(_) => channels.push(self.general(reaction, change, in_place[reaction].as_ref())?),
            }
        }
        Ok(Counting { process: CountingProcess::new(self.state_names(), channels)?, initial })
    }

    /// What a stochastic run records of this model: the given columns, as [`Model::outputs`] has them.
    ///
    /// # Errors
    /// As [`Model::outputs`].
    pub fn readout(&self, columns: &[(String, Quantity)]) -> Result<ModelReadout, ModelError> {
        let outputs = self.outputs(columns)?;
        let names = columns.iter().map(|(id, _)| id.clone()).collect();
        Ok(ModelReadout { names, model: Arc::new(self.clone()), outputs })
    }

    fn whole_amount(&self, symbol: usize) -> Result<i64, ChannelError> {
        let value = self.initial_value(symbol);
        let rounded = value.round();
        if rounded < 0.0 || rounded > 2_f64.powi(52) || (value - rounded).abs() > WHOLE * rounded.max(1.0) {
            return Err(ChannelError::NotWhole { element: self.symbols()[symbol].element.clone(), value });
        }
        Ok(rounded as i64)
    }

    /// Channels of a law that is a polynomial, in falling powers: one for its positive part, one for its negative.
    fn mass_action(
        &self,
        reaction: usize,
        change: &[(usize, i64)],
        law: &Polynomial,
    ) -> Result<Vec<Channel>, ChannelError> {
        let part = |sign: f64| -> Vec<(Monomial, f64)> {
            law.terms().filter(|(_, c)| sign * c > 0.0).map(|(m, c)| (m.clone(), sign * c)).collect()
        };
        let (forward, backward) = (part(1.0), part(-1.0));
        let id = &self.reaction_element(reaction).id;
        if !backward.is_empty() && !self.reactions()[reaction].reversible {
            // One direction only, such as k (N − 2 P)(N − 1 − 2 P)/2: splitting it would keep the mean and add noise.
            // The engines refuse a propensity that falls below zero, with channel, time and state.
            let terms: Vec<(Monomial, f64)> = law.terms().map(|(term, rate)| (term.clone(), rate)).collect();
            let changes = change.to_vec();
            return Ok(vec![Channel { name: id.clone(), propensity: general_law(&terms, &changes), changes }]);
        }
        let reverse: Vec<(usize, i64)> = change.iter().map(|&(variable, n)| (variable, -n)).collect();
        let pairs = |left: &Monomial, right: &Monomial| {
            let shift = |i: usize| i64::from(exponent(right, i)) - i64::from(exponent(left, i));
            change.iter().all(|&(i, n)| shift(i) == n)
                && left.iter().chain(right).all(|&(i, _)| shift(i) == 0 || change.iter().any(|&(j, _)| i == j))
        };
        let paired = |right: &Monomial| forward.iter().any(|(left, _)| pairs(left, right));
        if !backward.is_empty() && (forward.len() != backward.len() || !backward.iter().all(|(t, _)| paired(t))) {
            return Err(ChannelError::CanTurnNegative { element: self.reaction_element(reaction).clone() });
        }
        let directions = [(forward, change.to_vec(), "forward"), (backward, reverse, "backward")];
        let both = directions.iter().all(|(terms, ..)| !terms.is_empty());
        let live = directions.into_iter().filter(|(terms, ..)| !terms.is_empty());
        let channels = live.map(|(terms, changes, which)| {
            let name = if both { format!("{id} ({which})") } else { id.clone() };
            Channel { name, propensity: propensity(&terms, &changes), changes }
        });
        Ok(channels.collect())
    }

    /// The channel of any other law, which must be seen not to turn negative.
    fn general(
        &self,
        reaction: usize,
        changes: Vec<(usize, i64)>,
        law: Option<&Expression>,
    ) -> Result<Channel, ChannelError> {
        let element = || self.reaction_element(reaction).clone();
        let law = law.ok_or_else(|| ChannelError::TooLarge { element: element() })?;
        if law.reads().first() == Some(&TIME) {
            return Err(ChannelError::TimeDependent { element: element() });
        }
        if !law.is_non_negative() {
            return Err(ChannelError::CanTurnNegative { element: element() });
        }
        let law = law.rewrite(&|symbol| Expression::Symbol(symbol - 1));
        Ok(Channel { name: element().id, propensity: guarded(&law, &changes), changes })
    }

    /// Rate laws with rules and constants in place: symbol 0 is time, `1 + i` the count of variable `i`.
    fn laws_in_place(&self) -> Vec<Option<Expression>> {
        let mut meanings: Vec<Option<Expression>> =
            (0..self.symbols().len()).map(|symbol| Some(Expression::Number(self.initial_value(symbol)))).collect();
        meanings[TIME] = Some(Expression::Symbol(TIME));
        for (variable, &symbol) in self.state().iter().enumerate() {
            meanings[symbol] = Some(Expression::Symbol(1 + variable));
        }
        for &symbol in self.order().iter().filter(|&&symbol| self.varies(symbol)) {
            let Some(rule) = &self.symbols()[symbol].rule else { continue };
            let size = rule.size_with(&|read| meanings[read].as_ref().map_or(usize::MAX, Expression::size));
            let depth = rule.depth_with(&|read| meanings[read].as_ref().map_or(MAX_DEPTH, Expression::depth));
            meanings[symbol] = (size <= MAX_SIZE && depth <= MAX_DEPTH)
                .then(|| rule.rewrite(&|read| meanings[read].clone().unwrap_or(Expression::Number(f64::NAN))));
        }
        self.reactions().iter().map(|reaction| meanings[reaction.rate].clone()).collect()
    }
}

fn exponent(term: &Monomial, variable: usize) -> u32 {
    term.iter().find(|(other, _)| *other == variable).map_or(0, |(_, order)| *order)
}

/// Mass action when there is one term and it vanishes whenever a count would fall below zero.
fn propensity(terms: &[(Monomial, f64)], changes: &[(usize, i64)]) -> Propensity {
    if let [(term, rate)] = terms {
        let safe = |&(variable, change): &(usize, i64)| change >= 0 || i64::from(exponent(term, variable)) >= -change;
        if changes.iter().all(safe) {
            return Propensity::MassAction { rate: *rate, reactants: term.clone() };
        }
    }
    general_law(terms, changes)
}

/// The sum of terms in falling powers, as a guarded law.
fn general_law(terms: &[(Monomial, f64)], changes: &[(usize, i64)]) -> Propensity {
    let falling = |variable: usize, order: u32| {
        (0..order).map(move |k| {
            let (count, less) = (Expression::Symbol(variable), Expression::Number(f64::from(k)));
            if k == 0 { count } else { Expression::Apply(Operator::Minus, vec![count, less]) }
        })
    };
    let product = |(term, rate): &(Monomial, f64)| {
        let factors = term.iter().flat_map(|&(variable, order)| falling(variable, order));
        Expression::Apply(Operator::Times, std::iter::once(Expression::Number(*rate)).chain(factors).collect())
    };
    guarded(&Expression::Apply(Operator::Plus, terms.iter().map(product).collect()), changes)
}

/// A law over counts that is zero where firing would take more than there is.
fn guarded(law: &Expression, changes: &[(usize, i64)]) -> Propensity {
    let needs: Vec<(usize, f64)> = changes
        .iter()
        .filter(|(_, change)| *change < 0)
        .map(|&(variable, change)| (variable, -change as f64))
        .collect();
    let program = Program::compile(law);
    let mut reads: Vec<usize> = program.reads().iter().copied().chain(needs.iter().map(|(i, _)| *i)).collect();
    reads.sort_unstable();
    reads.dedup();
    Propensity::Law(Arc::new(CountLaw { program, needs, reads }))
}

/// A compiled rate law over counts.
#[derive(Clone, Debug)]
struct CountLaw {
    program: Program,
    /// (species, least count) without which the channel can't fire.
    needs: Vec<(usize, f64)>,
    reads: Vec<usize>,
}

impl RateLaw for CountLaw {
    fn rate(&self, counts: &[f64]) -> f64 {
        if self.needs.iter().any(|&(species, least)| counts[species] < least) {
            return 0.0;
        }
        self.program.eval(counts)
    }

    fn reads(&self) -> &[usize] {
        &self.reads
    }
}

/// Records any symbols of a model, those with rules and those held fixed included.
#[derive(Clone, Debug)]
pub struct ModelReadout {
    names: Vec<String>,
    model: Arc<Model>,
    outputs: Outputs,
}

impl Readout for ModelReadout {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn read(&self, time: f64, counts: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.model.row(&self.outputs, time, counts));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sbml::{Events, read};
    use super::super::test_data::{level_3, mirror, models, reversible};
    use super::*;

    fn model(text: &str) -> Model {
        read(text.as_bytes(), Events::Refuse).expect("valid model")
    }

    /// `2P → P2` with the given law in `P` and the parameter `k = 0.3`.
    fn dimerisation(law: &str) -> Model {
        model(&level_3(&format!(
            "<listOfCompartments><compartment id='c' size='1'/></listOfCompartments>\
             <listOfSpecies><species id='P' compartment='c' initialAmount='10' hasOnlySubstanceUnits='true'/>\
             <species id='P2' compartment='c' initialAmount='0' hasOnlySubstanceUnits='true'/></listOfSpecies>\
             <listOfParameters><parameter id='k' value='0.3'/></listOfParameters>\
             <listOfReactions><reaction id='J'><listOfReactants><speciesReference species='P' stoichiometry='2'/>\
             </listOfReactants><listOfProducts><speciesReference species='P2' stoichiometry='1'/></listOfProducts>\
             <kineticLaw><math xmlns='http://www.w3.org/1998/Math/MathML'>{law}</math></kineticLaw></reaction></listOfReactions>"
        )))
    }

    #[test]
    fn the_models_own_factor_is_honoured() {
        let half = "<apply><divide/><apply><times/><ci>k</ci><ci>P</ci><apply><minus/><ci>P</ci><cn>1</cn></apply></apply><cn>2</cn></apply>";
        let counting = dimerisation(half).counting().expect("whole numbers");
        let [channel] = counting.process.channels() else { panic!("one channel") };
        let Propensity::MassAction { rate, reactants } = &channel.propensity else { panic!("mass action") };
        assert_eq!(
            (*rate, reactants.as_slice(), counting.initial.as_slice()),
            (0.15, [(0, 2)].as_slice(), [10, 0].as_slice())
        );
        let square = "<apply><times/><ci>k</ci><ci>P</ci><ci>P</ci></apply>";
        let counting = dimerisation(square).counting().expect("whole numbers");
        let law = &counting.process.channels()[0].propensity;
        assert!((law.at(&[4.0, 0.0]) - 0.3 * 16.0).abs() < 1e-14);
        assert_eq!(law.at(&[1.0, 0.0]), 0.0, "one molecule can't dimerise");
    }

    #[test]
    fn net_laws_become_two_channels() {
        let counting = model(&reversible()).counting().expect("mass action");
        let rates: Vec<f64> = counting.process.channels().iter().map(|c| c.propensity.at(&[6.0, 1.0])).collect();
        assert_eq!(rates, [3.0, 0.25]);
        assert_eq!(counting.process.channels()[1].changes, [(0, 1), (1, -1)]);
    }

    #[test]
    fn laws_that_could_turn_negative_are_refused() {
        let net = "<apply><minus/><ci>P</ci><cn>2</cn></apply>";
        assert!(matches!(dimerisation(net).counting(), Err(ChannelError::CanTurnNegative { .. })));
        let saturating = "<apply><divide/><ci>P</ci><apply><plus/><cn>1</cn><ci>P</ci></apply></apply>";
        let law = dimerisation(saturating).counting().expect("non-negative").process.channels()[0].propensity.clone();
        assert_eq!(law.at(&[4.0, 0.0]), 0.8);
        let time = "<apply><times/><csymbol definitionURL='http://www.sbml.org/sbml/symbols/time'/><ci>P</ci></apply>";
        assert!(matches!(dimerisation(time).counting(), Err(ChannelError::TimeDependent { .. })));
        let half = reversible().replace("initialAmount='1'", "initialAmount='1.5'");
        assert!(matches!(model(&half).counting(), Err(ChannelError::NotWhole { value: 1.5, .. })));
    }

    #[test]
    fn every_stochastic_model_of_the_mirror_is_mass_action() {
        let Some(mirror) = mirror() else { return };
        for path in models(&mirror, "dsmts") {
            let model = read(&std::fs::read(&path).expect("readable"), Events::LeaveOut).expect("loads");
            let counting = model.counting().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(counting.process.channels().len(), model.reactions().len(), "{}", path.display());
            let plain = |channel: &Channel| matches!(channel.propensity, Propensity::MassAction { .. });
            // These write the monomers as 100 − 2 P2: a law of one direction with terms of both signs.
            let eliminated = ["00034-sbml-l3v1.xml", "00036-sbml-l3v1.xml"].iter().any(|name| path.ends_with(name));
            assert_eq!(counting.process.channels().iter().all(plain), !eliminated, "{}", path.display());
        }
    }
}
