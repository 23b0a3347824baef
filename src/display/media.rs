//! Contents that are already in a form which front ends show.

use std::borrow::Cow;

use serde_json::Value;

use super::base64::encode;
use super::{Representation, Show, escape, out};

/// A drawing in SVG.
///
/// ```
/// use saigen::display::{Svg, show};
///
/// show(&Svg(r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>"#.into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(pub String);

/// A picture as the bytes of a PNG file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Png(pub Vec<u8>);

/// A piece of HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html(pub String);

/// Text in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markdown(pub String);

/// A formula in LaTeX, with or without its dollar signs.
///
/// ```
/// saigen::display::show(&saigen::display::Latex(r"\frac{\langle x \rangle^2}{\operatorname{var} x}".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latex(pub String);

/// A JSON value; front ends show it as a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

/// Text as it is, without the quotation marks that a `String` is shown with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub String);

impl Show for Svg {
    /// The drawing, and how long its source is.
    fn show(&self) -> Vec<Representation> {
        drawing(format!("SVG drawing, {} bytes", self.0.len()), &self.0)
    }
}

/// A drawing and its text: as SVG, and in HTML as a picture that shrinks with the page.
///
/// JupyterLab shows a lone SVG as wide as it says it is, and cuts it at the end of the page.
pub(crate) fn drawing(text: String, svg: &str) -> Vec<Representation> {
    // A picture's source must name its language; where SVG is shown by itself front ends add that.
    let named = if svg.contains("xmlns=") {
        Cow::Borrowed(svg)
    } else {
        Cow::Owned(svg.replacen("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"", 1))
    };
    let (alternative, source) = (escape(&text), encode(named.as_bytes()));
    let style = "max-width:100%;height:auto";
    let html = format!("<img style=\"{style}\" alt=\"{alternative}\" src=\"data:image/svg+xml;base64,{source}\">");
    vec![Representation::text(text), Representation::html(html), Representation::new("image/svg+xml", svg)]
}

impl Show for Png {
    /// The picture, and its size.
    fn show(&self) -> Vec<Representation> {
        let text = match png_size(&self.0) {
            Some((width, height)) => format!("PNG picture, {width} × {height}"),
            None => format!("PNG picture, {} bytes", self.0.len()),
        };
        vec![Representation::text(text), Representation::new("image/png", self.0.clone())]
    }
}

/// Width and height, which stand at the beginning of the file.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") { Some((number(16)?, number(20)?)) } else { None }
}

impl Show for Html {
    /// The page, and its source as text.
    fn show(&self) -> Vec<Representation> {
        vec![Representation::text(self.0.as_str()), Representation::html(self.0.as_str())]
    }
}

impl Show for Markdown {
    /// The formatted text, and its source.
    fn show(&self) -> Vec<Representation> {
        vec![Representation::text(self.0.as_str()), Representation::new("text/markdown", self.0.as_str())]
    }
}

impl Show for Latex {
    /// The typeset formula, and its source.
    fn show(&self) -> Vec<Representation> {
        let source = self.0.trim();
        let delimited = ["$", "\\[", "\\(", "\\begin"].iter().any(|beginning| source.starts_with(beginning));
        let latex = if delimited { source.to_owned() } else { format!("$$ {source} $$") };
        vec![Representation::text(self.0.as_str()), Representation::new("text/latex", latex)]
    }
}

impl Show for Json {
    /// The tree, and the value as indented text.
    fn show(&self) -> Vec<Representation> {
        vec![Representation::text(format!("{:#}", self.0)), Representation::new("application/json", self.0.clone())]
    }
}

impl Show for Text {
    /// The text.
    fn show(&self) -> Vec<Representation> {
        vec![Representation::text(self.0.as_str())]
    }
}

macro_rules! for_evcxr {
    ($($kind:ty),*) => {$(
        impl $kind {
            /// Shows the value as a cell's result, under the stock evcxr kernel too, whose convention this is.
            pub fn evcxr_display(&self) {
                out::evcxr_result(&self.show());
            }
        }
    )*};
}
for_evcxr!(Svg, Png, Html, Markdown, Latex, Json, Text);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::message::Report;
    use crate::display::out::captured;
    use serde_json::json;

    /// MIME type and content besides the text, and the text.
    fn shown(value: &impl Show) -> (String, Value, Value) {
        let bundle = crate::display::show::bundle(&value.show());
        let text = bundle["text/plain"].clone();
        let other = bundle.into_iter().find(|(mime, _)| mime != "text/plain");
        let (mime, content) = other.unwrap_or_default();
        (mime, content, text)
    }

    #[test]
    fn each_kind_has_its_type() {
        let svg = Svg("<svg/>".into());
        assert_eq!(shown(&svg), ("image/svg+xml".into(), json!("<svg/>"), json!("SVG drawing, 6 bytes")));
        assert_eq!(shown(&Html("<b>".into())), ("text/html".into(), json!("<b>"), json!("<b>")));
        assert_eq!(shown(&Markdown("*a*".into())), ("text/markdown".into(), json!("*a*"), json!("*a*")));
        assert_eq!(shown(&Json(json!([1]))), ("application/json".into(), json!([1]), json!("[\n  1\n]")));
        assert_eq!(shown(&Text("a".into())), (String::new(), Value::Null, json!("a")));
    }

    #[test]
    fn a_drawing_is_also_a_picture_that_shrinks_with_the_page() {
        let html = |svg: &str| {
            let bundle = crate::display::show::bundle(&drawing("a <b> & \"c\"".into(), svg));
            bundle["text/html"].as_str().unwrap().to_owned()
        };
        let named = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        let found = html(named);
        assert!(found.contains("max-width:100%") && found.contains("height:auto"), "{found}");
        assert!(found.contains("alt=\"a &lt;b&gt; &amp; &quot;c&quot;\""), "{found}");
        assert!(found.ends_with(&format!("base64,{}\">", encode(named.as_bytes()))), "{found}");
        // Without its name the picture would stay empty.
        assert_eq!(html("<svg/>"), found);
    }

    #[test]
    fn a_formula_gets_the_signs_that_it_lacks() {
        for (source, sent) in [("x^2", "$$ x^2 $$"), ("$x$", "$x$"), ("\\begin{a}\\end{a}", "\\begin{a}\\end{a}")] {
            assert_eq!(shown(&Latex(source.into())), ("text/latex".into(), json!(sent), json!(source)));
        }
    }

    #[test]
    fn a_picture_tells_its_size() {
        let Some(Representation { content, .. }) = image::RgbImage::new(3, 2).show().pop() else { panic!("a picture") };
        let super::super::Content::Bytes(bytes) = content else { panic!("bytes") };
        assert_eq!(shown(&Png(bytes)).2, json!("PNG picture, 3 × 2"));
        assert_eq!(shown(&Png(vec![1, 2, 3])), ("image/png".into(), json!("AQID"), json!("PNG picture, 3 bytes")));
        assert_eq!(shown(&Png(b"\x89PNG\r\n\x1a\n".to_vec())).2, json!("PNG picture, 8 bytes"));
    }

    #[test]
    fn evcxrs_method_reports_where_a_kernel_listens() {
        let reports = captured(|| Svg("<svg/>".into()).evcxr_display());
        assert!(matches!(&reports[..], [Report::Result { data, .. }] if data["image/svg+xml"] == "<svg/>"));
    }
}
