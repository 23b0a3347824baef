//! Predictors to compare with: mean, tissue, ridge, elastic net and lasso.
