//! What the actions write: every file and every column, for `--help`, for the last lines on the screen and for the tables themselves.

use super::super::output::{Listed, REPORT, Results};

/// All actions of this command.
pub const ALL: [Results; 2] = [CV, NETWORK];

/// What `cv` writes, the report last.
pub const CV: Results = Results {
    action: "cv",
    files: &[SCORES, PREDICTIONS, CHOSEN, EXCLUSIONS, drawing("errors, and errors within tissues"), PARAMS, CV_REPORT],
};

/// What `network` writes, the report last.
pub const NETWORK: Results = Results {
    action: "network",
    files: &[
        EDGES,
        document("network.graphml", "the same for Cytoscape, Gephi, igraph and NetworkX"),
        GENES,
        LINES,
        TRACE,
        GROUP_EDGES,
        HUBS,
        EXCLUSIONS,
        drawing("strongest edges, largest θ, objective, hubs"),
        PARAMS,
        document(REPORT, "settings, sizes, selected genes, stop rule, KKT residuals, groups"),
    ],
};

const PARAMS: Listed = document("params.json", "every setting, those left at their defaults too");
const CV_REPORT: Listed = document(REPORT, "all errors, and what each fold chose and how its fit ended");

/// A file without columns.
const fn document(name: &'static str, about: &'static str) -> Listed {
    Listed { name, about, columns: &[] }
}

const fn drawing(about: &'static str) -> Listed {
    document("figure.svg", about)
}

pub const SCORES: Listed = Listed {
    name: "scores.csv",
    about: "error of every method on test lines",
    columns: &[
        ("method", "name, as in --methods"),
        ("label", "name, as in figures"),
        ("mse", "test error; the variance of the response is 1"),
        ("fold_standard_error", "standard error of the folds' errors"),
        ("pearson_r", "of response and prediction; none for mean and tissue (*)"),
        ("within_tissue_left", "share of the variance within tissues that is left; 1: all"),
        ("within_tissue_pearson_r", "the same, tissue means taken out; none for mean and tissue (*)"),
        ("within_tissue_lines", "lines in tissues that have two or more; only these count"),
    ],
};

pub const PREDICTIONS: Listed = Listed {
    name: "predictions.csv",
    about: "response of every line, as given and as predicted",
    columns: &[
        ("line", "id in the expression file"),
        ("tissue", "empty where none is known"),
        ("fold", "the fold that tests it"),
        ("response", "as given"),
        ("predicted_METHOD", "by a fit that has not seen the line, in the unit of the response"),
    ],
};

pub const CHOSEN: Listed = Listed {
    name: "chosen.csv",
    about: "what each method chose in each fold, and how its fit ended",
    columns: &[
        ("method", "name, as in --methods"),
        ("fold", "number"),
        ("lines", "test lines"),
        ("mse", "test error of this fold"),
        ("lambda", "ridge, tissue: on the sum of squares; elastic net, lasso: glmnet's"),
        ("l1_ratio", "elastic net, lasso: share of the lasso penalty"),
        ("a1", "lasso weight on the network"),
        ("a2", "ridge weight on the network"),
        ("f", "a3 as a share of the one at which θ is zero"),
        ("a3", "lasso weight on θ"),
        ("a4", "weight of the network penalty on θ"),
        ("coefficients", "genes (tissues) with a coefficient"),
        ("theta", "genes with θ ≠ 0"),
        ("rounds", "outer rounds of the fit"),
        ("converged", "yes: met its stop rule; no: ended at the limit of rounds"),
        ("network_change", "|B − B⁰|/|B⁰|: how far the response moved the network"),
    ],
};

pub const EXCLUSIONS: Listed = Listed {
    name: "exclusions.csv",
    about: "lines, genes and responses that were left out; also when a run fails",
    columns: &[
        ("what", "line, gene, response or fold"),
        ("id", "its name"),
        ("reason", "in a word"),
        ("detail", "in a sentence"),
        ("file", "where it stands"),
        ("position", "line or column there"),
    ],
};

pub const EDGES: Listed = Listed {
    name: "edges.csv",
    about: "the network: every edge of B",
    columns: &[
        ("regulator", "gene l"),
        ("target", "gene j"),
        ("weight", "B_lj, for standardised expression; an association, not a direction"),
    ],
};

pub const GENES: Listed = Listed {
    name: "genes.csv",
    about: "every gene: its part in the prediction and in the network",
    columns: &[
        ("gene", "symbol"),
        ("theta", "weight of its network-predicted expression in the scaled response"),
        ("coefficient", "of its own expression in the response, both in the units of the files"),
        ("degree", "sum of (|B_lj| + |B_jl|)/2 over all genes l"),
        ("targets", "edges that leave it"),
        ("regulators", "edges that enter it"),
        ("mean", "of its expression"),
        ("sd", "of its expression"),
    ],
};

pub const LINES: Listed = Listed {
    name: "lines.csv",
    about: "every line: response, fitted response and group",
    columns: &[
        ("line", "id in the expression file"),
        ("tissue", "empty where none is known"),
        ("response", "as given"),
        ("fitted", "by the fit to all lines, this one too: no prediction, see `cv`"),
        ("group", "sensitive, resistant or empty"),
    ],
};

pub const TRACE: Listed = Listed {
    name: "trace.csv",
    about: "the objective after every step of the fit",
    columns: &[
        ("step", "number"),
        ("round", "outer round"),
        ("kind", "start, theta, network, refresh or refresh refused"),
        ("objective_per_line", "F/n"),
    ],
};

pub const GROUP_EDGES: Listed = Listed {
    name: "group_edges.csv",
    about: "with groups: the effect of every edge in both",
    columns: &[
        ("regulator", "gene l"),
        ("target", "gene j"),
        ("weight", "B_lj"),
        ("sensitive", "mean |B_lj x_il| over the sensitive lines"),
        ("resistant", "the same over the resistant lines"),
        ("present_in_sensitive", "above the threshold that the remark names"),
        ("present_in_resistant", "the same"),
        ("p", "two-sided, by shuffled labels; one test for all edges of a regulator"),
        ("q", "Benjamini-Hochberg over regulators"),
        ("p_within_tissues", "p by labels shuffled within tissues; empty where none are known"),
        ("q_within_tissues", "its q"),
    ],
};

pub const HUBS: Listed = Listed {
    name: "hubs.csv",
    about: "with groups: the weighted degree of every gene in both",
    columns: &[
        ("gene", "symbol"),
        ("sensitive", "weighted out- and in-degree of the present edges, sensitive lines"),
        ("resistant", "the same, resistant lines"),
        ("p", "two-sided, by shuffled labels; empty without a present edge"),
        ("q", "Benjamini-Hochberg over genes with a present edge"),
        ("p_within_tissues", "p by labels shuffled within tissues; empty where none are known"),
        ("q_within_tissues", "its q"),
    ],
};

/// The end of `cv --help`.
pub fn cv_help() -> String {
    format!(
        "{}\n(*) They see no expression. What correlates there is only that every fold leaves its own lines out of the means.\n\n{LEFT}",
        CV.help()
    )
}

/// The end of `network --help`.
pub fn network_help() -> String {
    format!("{}\n{LEFT}", NETWORK.help())
}

/// What becomes of the folder.
const LEFT: &str = "Results of an earlier run of the same action in --out are replaced; a run that fails removes them. Results of \
                    another action are never mixed in: the run is refused.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_fits_the_screen_and_names_are_unique() {
        for results in ALL {
            // The widest help is set at 100 columns.
            for line in results.help().lines() {
                assert!(line.chars().count() <= 100, "{line}");
            }
            let names = results.names();
            assert!(names.iter().enumerate().all(|(k, name)| !names[..k].contains(name)), "{names:?}");
            assert_eq!(names.last(), Some(&REPORT));
        }
    }

    #[test]
    fn the_readme_lists_every_file_and_column() {
        let readme = include_str!("../../../README.md");
        for file in ALL.iter().flat_map(|results| results.files) {
            assert!(readme.contains(&format!("`{}`", file.name)), "{}", file.name);
            assert!(readme.contains(&file.header().join(", ")), "{}: {:?}", file.name, file.header());
        }
    }
}
