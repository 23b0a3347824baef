//! Cutting lines: to the plot's box, and into dashes.

use super::canvas::Place;

/// A box on the page: left, top, right, bottom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Bounds {
    pub(super) fn holds(&self, (x, y): Place) -> bool {
        let slack = 0.05;
        (self.left - slack..=self.right + slack).contains(&x) && (self.top - slack..=self.bottom + slack).contains(&y)
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Cuts a line with gaps (`None`) to the box; returns its visible pieces.
pub(super) fn clip(points: &[Option<Place>], bounds: &Bounds) -> Vec<Vec<Place>> {
    let mut pieces: Vec<Vec<Place>> = Vec::new();
    for pair in points.windows(2) {
        let (Some(from), Some(to)) = (pair[0], pair[1]) else { continue };
        let Some((from, to)) = clip_segment(from, to, bounds) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// Liang–Barsky: the part of a segment inside the box.
fn clip_segment(from: Place, to: Place, bounds: &Bounds) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let edges = [
        (-dx, from.0 - bounds.left),
        (dx, bounds.right - from.0),
        (-dy, from.1 - bounds.top),
        (dy, bounds.bottom - from.1),
    ];
    for (slope, room) in edges {
        if slope == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            enter = enter.max(room / slope);
        } else {
            leave = leave.min(room / slope);
        }
    }
    let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
    let start = if enter == 0.0 { from } else { at(enter) };
    let end = if leave == 1.0 { to } else { at(leave) };
    (enter <= leave).then_some((start, end))
}

/// Cuts a line into dashes; `pattern` holds lengths, drawn and skipped in turn, and an empty one keeps the line whole.
pub(super) fn dash(line: &[Place], pattern: &[f64]) -> Vec<Vec<Place>> {
    let (Some(first), false) = (line.first(), pattern.is_empty()) else { return vec![line.to_vec()] };
    let mut dashes = Vec::new();
    let mut current = vec![*first];
    let (mut phase, mut left) = (0, pattern[0]);
    for pair in line.windows(2) {
        let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let length = dx.hypot(dy);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let place = (pair[0].0 + dx * done / length, pair[0].1 + dy * done / length);
            current.push(place);
            if phase % 2 == 0 {
                dashes.push(std::mem::take(&mut current));
            }
            current.clear();
            current.push(place);
            phase = (phase + 1) % pattern.len();
            left = pattern[phase];
        }
        left -= length - done;
        current.push(pair[1]);
    }
    if phase % 2 == 0 {
        dashes.push(current);
    }
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Bounds = Bounds { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn a_line_through_the_box_is_cut_at_its_edges() {
        let line = [Some((-5.0, 5.0)), Some((15.0, 5.0))];
        assert_eq!(clip(&line, &BOX), vec![vec![(0.0, 5.0), (10.0, 5.0)]]);
    }

    #[test]
    fn gaps_and_excursions_split_a_line() {
        let line = [Some((1.0, 1.0)), Some((2.0, 2.0)), None, Some((3.0, 3.0)), Some((3.0, 30.0)), Some((4.0, 4.0))];
        let pieces = clip(&line, &BOX);
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces[1], vec![(3.0, 3.0), (3.0, 10.0)]);
    }

    #[test]
    fn a_line_outside_vanishes() {
        assert!(clip(&[Some((-5.0, -1.0)), Some((15.0, -1.0))], &BOX).is_empty());
    }

    #[test]
    fn dashes_cover_the_drawn_share_of_the_length() {
        let length =
            |piece: &Vec<Place>| piece.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum::<f64>();
        let line = [(0.0, 0.0), (60.0, 0.0), (60.0, 80.0)];
        let dashes = dash(&line, &[6.0, 4.0]);
        assert_eq!(dashes.len(), 14);
        assert!((dashes.iter().map(length).sum::<f64>() - 84.0).abs() < 1e-9);
        assert_eq!(dash(&line, &[]), vec![line.to_vec()]);
    }
}
