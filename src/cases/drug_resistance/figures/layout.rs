//! Places of a network's nodes: on two arcs, so that names stand outside and never on each other.

/// Where nodes stand on the square from −1 to 1, and on which side their names go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub x: f64,
    pub y: f64,
    pub left: bool,
}

/// What an edge within an arc costs beside one that crosses: it would be too short to see its width.
const SAME_SIDE: f64 = 2.0;

/// Places `nodes` nodes on a left and a right arc, equally far apart in height, so that edges cross from arc to arc and are
/// level: from the given order, pairs change places as long as that helps. Deterministic; for some dozens of nodes.
pub(super) fn two_arcs(nodes: usize, edges: &[(usize, usize)]) -> Vec<Spot> {
    let spots = arcs(nodes);
    // place_of[node]: which spot it has.
    let mut place_of: Vec<usize> = (0..nodes).collect();
    let length = |a: usize, b: usize| {
        let (a, b) = (spots[a], spots[b]);
        (a.y - b.y).powi(2) + if a.left == b.left { SAME_SIDE } else { 0.0 }
    };
    let mut around: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (a, b) in edges.iter().filter(|(a, b)| a != b) {
        around[*a].push(*b);
        around[*b].push(*a);
    }
    let cost = |place_of: &[usize], node: usize, other: usize| -> f64 {
        let ends =
            [node, other].map(|node| around[node].iter().map(|to| length(place_of[node], place_of[*to])).sum::<f64>());
        ends[0] + ends[1]
    };
    let mut improved = true;
    while improved {
        improved = false;
        for node in 0..nodes {
            for other in node + 1..nodes {
                let before = cost(&place_of, node, other);
                place_of.swap(node, other);
                if cost(&place_of, node, other) < before - 1e-9 {
                    improved = true;
                } else {
                    place_of.swap(node, other);
                }
            }
        }
    }
    place_of.into_iter().map(|place| spots[place]).collect()
}

/// Spots, top down, left and right in turn.
fn arcs(nodes: usize) -> Vec<Spot> {
    const WIDTH: f64 = 0.52;
    const HEIGHT: f64 = 0.93;
    let rows = nodes.div_ceil(2).max(1);
    let spot = |index: usize| {
        let y = if rows == 1 { 0.0 } else { HEIGHT * (1.0 - 2.0 * (index / 2) as f64 / (rows - 1) as f64) };
        // Never quite zero, so that the arcs don't meet.
        let x = WIDTH * (1.0 - 0.8 * y * y).sqrt();
        let left = index.is_multiple_of(2);
        Spot { x: if left { -x } else { x }, y, left }
    };
    (0..nodes).map(spot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_one_side_are_a_line_apart() {
        let spots = two_arcs(28, &[(0, 5), (5, 9), (9, 27), (1, 2)]);
        for (index, one) in spots.iter().enumerate() {
            for other in &spots[index + 1..] {
                assert!(one.left != other.left || (one.y - other.y).abs() > 0.14, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn edges_cross_and_are_level() {
        let edges: Vec<(usize, usize)> = (0..10).map(|k| (k, 19 - k)).collect();
        let spots = two_arcs(20, &edges);
        for (a, b) in &edges {
            assert!(spots[*a].left != spots[*b].left && (spots[*a].y - spots[*b].y).abs() < 0.5, "{a} {b}");
        }
        assert_eq!(spots, two_arcs(20, &edges));
    }

    #[test]
    fn no_nodes_and_one_node_are_placed() {
        assert!(two_arcs(0, &[]).is_empty());
        assert_eq!(two_arcs(1, &[(0, 0)])[0].y, 0.0);
    }
}
