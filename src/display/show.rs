//! Rich representations of values.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::base64;
use crate::cell::message::Bundle;

/// What a representation holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Of text types, such as `text/html` and `image/svg+xml`.
    Text(String),
    /// Of JSON types, such as `application/json`.
    Json(Value),
    /// Of binary types, such as `image/png`; sent in base64.
    Bytes(Vec<u8>),
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// One representation of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Representation {
    /// MIME type, such as `text/html`.
    pub mime: &'static str,
    pub content: Content,
}

impl Representation {
    /// A representation of any type.
    pub fn new(mime: &'static str, content: impl Into<Content>) -> Self {
        Self { mime, content: content.into() }
    }

    /// Plain text, which every value should have.
    pub fn text(text: impl Into<String>) -> Self {
        Self { mime: "text/plain", content: Content::Text(text.into()) }
    }

    /// A piece of HTML.
    pub fn html(html: impl Into<String>) -> Self {
        Self { mime: "text/html", content: Content::Text(html.into()) }
    }
}

/// A value that is shown richly as the last expression of a notebook cell, and by [`show`](super::show).
///
/// ```
/// use saigen::display::{Representation, Show};
///
/// struct Celsius(f64);
///
/// impl Show for Celsius {
///     fn show(&self) -> Vec<Representation> {
///         vec![
///             Representation::text(format!("{} °C", self.0)),
///             Representation::html(format!("<b>{}</b> °C", self.0)),
///         ]
///     }
/// }
/// saigen::display::show(&Celsius(21.5));
/// ```
pub trait Show {
    /// Returns the representations; a front end picks the richest that it can show. None at all shows nothing.
    fn show(&self) -> Vec<Representation>;
}

impl Show for () {
    fn show(&self) -> Vec<Representation> {
        Vec::new()
    }
}

// Not for `&T`: the notebook's method lookup would then find two ways to show a reference.
macro_rules! shown_through {
    ($($pointer:ty),*) => {$(
        impl<T: Show + ?Sized> Show for $pointer {
            fn show(&self) -> Vec<Representation> {
                (**self).show()
            }
        }
    )*};
}
shown_through!(&mut T, Box<T>, Rc<T>, Arc<T>);

/// The representations as a front end takes them.
pub(super) fn bundle(representations: &[Representation]) -> Bundle {
    let content = |content: &Content| match content {
        Content::Text(text) => Value::String(text.clone()),
        Content::Json(value) => value.clone(),
        Content::Bytes(bytes) => Value::String(base64::encode(bytes)),
    };
    representations.iter().map(|one| (one.mime.to_owned(), content(&one.content))).collect()
}

/// The representations as text, for whoever has no front end.
pub(super) fn plain(representations: &[Representation]) -> Option<String> {
    let text = representations.iter().find_map(|one| match &one.content {
        Content::Text(text) if one.mime == "text/plain" => Some(text.clone()),
        _ => None,
    });
    text.or_else(|| representations.first().map(|one| format!("<{}>", one.mime)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_content_has_its_form_in_a_bundle() {
        let bundle = bundle(&[
            Representation::text("plain"),
            Representation::new("application/json", json!({"a": [1]})),
            Representation::new("image/png", vec![0_u8, 255]),
        ]);
        let expected = json!({"text/plain": "plain", "application/json": {"a": [1]}, "image/png": "AP8="});
        assert_eq!(json!(bundle), expected);
    }

    #[test]
    fn without_a_front_end_there_is_text_or_the_type() {
        let html = Representation::html("<b>");
        assert_eq!(plain(&[html.clone(), Representation::text("text")]).as_deref(), Some("text"));
        assert_eq!(plain(&[html]).as_deref(), Some("<text/html>"));
        assert_eq!(plain(&[]), None);
    }
}
