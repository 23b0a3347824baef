//! Pictures of the image crate as PNG.

use std::io::Cursor;
use std::ops::Deref;

use image::{DynamicImage, EncodableLayout, ImageBuffer, ImageFormat, ImageResult, Pixel, PixelWithColorType};

use super::{Representation, Show};

impl Show for DynamicImage {
    /// The picture as PNG, and its size and kind as text.
    fn show(&self) -> Vec<Representation> {
        let mut bytes = Cursor::new(Vec::new());
        let kind = format!("{:?}", self.color());
        let written = match self {
            // PNG has no floats.
            Self::ImageRgb32F(_) => self.to_rgb16().write_to(&mut bytes, ImageFormat::Png),
            Self::ImageRgba32F(_) => self.to_rgba16().write_to(&mut bytes, ImageFormat::Png),
            other => other.write_to(&mut bytes, ImageFormat::Png),
        };
        shown((self.width(), self.height()), &kind, written, bytes)
    }
}

impl<P, C> Show for ImageBuffer<P, C>
where
    P: Pixel + PixelWithColorType,
    [P::Subpixel]: EncodableLayout,
    C: Deref<Target = [P::Subpixel]>,
{
    /// The picture as PNG, and its size and kind as text.
    fn show(&self) -> Vec<Representation> {
        let mut bytes = Cursor::new(Vec::new());
        let kind = format!("{:?}", P::COLOR_TYPE);
        shown(self.dimensions(), &kind, self.write_to(&mut bytes, ImageFormat::Png), bytes)
    }
}

fn shown(
    (width, height): (u32, u32),
    kind: &str,
    written: ImageResult<()>,
    bytes: Cursor<Vec<u8>>,
) -> Vec<Representation> {
    let text = format!("image, {width} × {height}, {kind}");
    match written {
        Ok(()) => vec![Representation::text(text), Representation::new("image/png", bytes.into_inner())],
        Err(error) => vec![Representation::text(format!("{text} (can't be shown: {error})"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Content;
    use image::{GrayImage, Rgb, Rgb32FImage, RgbImage};

    fn png(shown: &[Representation]) -> DynamicImage {
        match shown {
            [_, Representation { mime: "image/png", content: Content::Bytes(bytes) }] => {
                image::load_from_memory(bytes).expect("a picture")
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_picture_is_itself_as_png() {
        let picture = RgbImage::from_fn(3, 2, |x, y| Rgb([x as u8, y as u8, 7]));
        let shown = picture.show();
        assert_eq!(shown[0], Representation::text("image, 3 × 2, Rgb8"));
        assert_eq!(png(&shown).to_rgb8(), picture);
        let dynamic = DynamicImage::from(picture);
        assert_eq!(dynamic.show(), shown);
        assert_eq!(GrayImage::new(1, 1).show()[0], Representation::text("image, 1 × 1, L8"));
    }

    #[test]
    fn floats_are_converted_or_said_to_have_no_png() {
        let picture = Rgb32FImage::from_pixel(2, 2, Rgb([1.0, 0.0, 0.0]));
        let shown = picture.show();
        assert!(
            matches!(&shown[..], [Representation { content: Content::Text(text), .. }] if text.contains("can't be shown"))
        );
        assert_eq!(png(&DynamicImage::from(picture).show()).to_rgb8().get_pixel(0, 0).0, [255, 0, 0]);
    }

    #[test]
    fn an_empty_picture_shows_its_size() {
        assert_eq!(RgbImage::new(0, 5).show().first().map(|one| one.mime), Some("text/plain"));
    }
}
