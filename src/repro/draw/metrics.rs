//! How wide text will be, without a font at hand.

/// Widths per em of Helvetica and its metric twins (Arial, Liberation Sans), rounded up to classes; a wider fallback
/// font is covered by [`SLACK`].
const SLACK: f64 = 1.04;

/// How much wider bold type runs.
pub(crate) const BOLD: f64 = 1.08;

/// Returns the estimated width of a line of text at a font size, in the unit of the size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size * SLACK
}

/// The width of a character per em.
pub(super) fn advance(character: char) -> f64 {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}' | '\u{200d}' => 0.0,
        'i' | 'j' | 'l' | '\'' | '|' => 0.23,
        ' ' | '.' | ',' | ':' | ';' | '!' | 'I' | 'f' | 't' | '/' | '\\' | '[' | ']' | '·' => 0.28,
        'r' | '(' | ')' | '-' | '`' | '"' | '{' | '}' | '°' | '*' => 0.36,
        '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' | '⁺' | '⁻' | '₀'..='₎' => {
            0.36
        }
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.5,
        '0'..='9' | 'a'..='z' if !matches!(character, 'm' | 'w') => 0.556,
        'm' | 'M' | '%' | '—' => 0.87,
        'w' | 'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'R' | 'U' => 0.75,
        'W' | '@' => 1.0,
        'A'..='Z' => 0.67,
        '+' | '=' | '<' | '>' | '−' | '×' | '±' | '~' | '≤' | '≥' | '≈' | '→' | '⇌' => 0.62,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ff60}' => 1.0,
        'Σ' | 'Δ' | 'Λ' | 'Π' => 0.66,
        other if other.is_uppercase() => 0.7,
        _ => 0.6,
    }
}

/// Breaks text into lines no wider than `limit`, at spaces; a longer word stands alone on its line.
pub(crate) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Shortens text to `limit` with an ellipsis.
pub(crate) fn fit(text: &str, size: f64, limit: f64) -> String {
    if width(text, size) <= limit {
        return text.to_string();
    }
    let mut short = String::new();
    for character in text.chars() {
        if width(&short, size) + (advance(character) + 1.0) * size > limit {
            break;
        }
        short.push(character);
    }
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combining_marks_take_no_room() {
        assert_eq!(width("Σ\u{307}", 10.0), width("Σ", 10.0));
    }

    #[test]
    fn lines_stay_within_the_limit_and_lose_no_word() {
        let text = "the quick brown fox jumps over the lazy dog";
        let lines = wrap(text, 10.0, 80.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 10.0) <= 80.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        let short = fit("a very long label indeed", 10.0, 60.0);
        assert!(short.ends_with('…') && width(&short, 10.0) <= 65.0, "{short}");
        assert_eq!(fit("short", 10.0, 60.0), "short");
    }
}
