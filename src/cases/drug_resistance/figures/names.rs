//! Places of names in a plot, so that they stand neither on points nor on each other.

use crate::repro::Side;

/// Room for a capital letter or a digit of a name, and height of a name, in pixels.
const LETTER: f64 = 8.0;
const HEIGHT: f64 = 13.0;
/// Half the width of a point.
const POINT: f64 = 4.0;

/// Left, top, right and bottom of a name or a point.
#[derive(Clone, Copy)]
struct Frame([f64; 4]);

impl Frame {
    fn meets(self, other: Self) -> bool {
        let (Self(a), Self(b)) = (self, other);
        a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
    }

    fn within(self, (width, height): (f64, f64)) -> bool {
        let Self([left, top, right, bottom]) = self;
        left >= 0.0 && top >= 0.0 && right <= width && bottom <= height
    }
}

/// Names up to `count` points, those first in `order` before others. `points` are in pixels from the upper left corner of a
/// plot of the given size; `names` has one for each of them. Returns points with the sides on which their names stand.
pub(super) fn placed(
    points: &[(f64, f64)],
    names: &[&str],
    order: &[usize],
    size: (f64, f64),
    count: usize,
) -> Vec<(usize, Side)> {
    let of_point = |(x, y): (f64, f64)| Frame([x - POINT, y - POINT, x + POINT, y + POINT]);
    let mut chosen: Vec<(usize, Side)> = Vec::new();
    let mut taken: Vec<Frame> = Vec::new();
    for index in order.iter().copied() {
        let ((x, y), width) = (points[index], LETTER * names[index].chars().count() as f64);
        let beside = |left: f64| Frame([left, y - HEIGHT / 2.0, left + width, y + HEIGHT / 2.0]);
        let above = if x + 6.0 + width <= size.0 { x + 4.0 } else { x - 8.0 - width };
        let sides = [
            (Side::Right, beside(x + 7.0)),
            (Side::Left, beside(x - 7.0 - width)),
            (Side::Free, Frame([above, y - 17.0, above + width + 4.0, y - 3.0])),
        ];
        let free = |frame: Frame| {
            let others = (0..points.len()).filter(|other| *other != index).map(|other| of_point(points[other]));
            frame.within(size) && !taken.iter().copied().chain(others).any(|other| frame.meets(other))
        };
        if let Some((side, frame)) = sides.into_iter().find(|(_, frame)| free(*frame)) {
            chosen.push((index, side));
            taken.push(frame);
        }
        if chosen.len() == count {
            break;
        }
    }
    chosen
}

/// Heights in the given order, moved up or down until neighbours are at least `gap` apart; their order stays.
pub(super) fn apart(heights: &[f64], gap: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]).then(a.cmp(b)));
    // Groups of neighbours that touch, each around its mean: sum of heights, members.
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for index in &order {
        groups.push((heights[*index], 1));
        while let [.., a, b] = groups.as_slice() {
            let reach = gap * (a.1 + b.1) as f64 / 2.0;
            if b.0 / b.1 as f64 - a.0 / a.1 as f64 >= reach {
                break;
            }
            let both = (a.0 + b.0, a.1 + b.1);
            groups.truncate(groups.len() - 2);
            groups.push(both);
        }
    }
    let mut moved = vec![0.0; heights.len()];
    let mut next = order.iter();
    for (sum, members) in groups {
        let low = sum / members as f64 - gap * (members as f64 - 1.0) / 2.0;
        for (place, index) in next.by_ref().take(members).enumerate() {
            moved[*index] = low + gap * place as f64;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (f64, f64) = (200.0, 100.0);

    #[test]
    fn a_name_goes_where_there_is_room() {
        let points = [(100.0, 50.0), (130.0, 50.0), (190.0, 90.0)];
        let found = placed(&points, &["AAA", "BBB", "CCC"], &[0, 1, 2], SIZE, 3);
        assert_eq!(found, vec![(0, Side::Left), (1, Side::Right), (2, Side::Left)]);
    }

    #[test]
    fn a_name_without_room_is_left_out() {
        // The middle one of five in a crowd, and a name as wide as the plot.
        let points = [(100.0, 50.0), (90.0, 50.0), (110.0, 50.0), (96.0, 39.0), (112.0, 39.0)];
        let names = ["AAAA", "B", "C", "D", "E"];
        assert!(placed(&points, &names, &[0], SIZE, 5).is_empty());
        let wide = "A".repeat(30);
        assert!(placed(&[(100.0, 50.0)], &[wide.as_str()], &[0], SIZE, 5).is_empty());
    }

    #[test]
    fn no_more_names_than_asked_for() {
        let points = [(20.0, 50.0), (100.0, 50.0)];
        assert_eq!(placed(&points, &["A", "B"], &[1, 0], SIZE, 1), vec![(1, Side::Right)]);
    }

    #[test]
    fn heights_that_touch_are_moved_around_their_mean() {
        let moved = apart(&[0.0, 5.0, 5.2, 9.0, 4.9], 1.0);
        let mean = (5.0 + 5.2 + 4.9) / 3.0;
        for (found, expected) in moved.iter().zip([0.0, mean, mean + 1.0, 9.0, mean - 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{moved:?}");
        }
        assert!(apart(&[], 1.0).is_empty());
    }
}
