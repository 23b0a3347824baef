//! candle: tensors and layers.

use std::error::Error;

use saigen::candle_core::{D, DType, Device, Tensor, Var};
use saigen::candle_nn::{Linear, Module};

macro_rules! of {
    ($($name:ident: $number:ty, $one:expr);*) => {
        $(pub fn $name(device: &Device) -> Result<(), Box<dyn Error>> {
            let one: $number = $one;
            let tensor = Tensor::new(&[[one, one], [one, one]], device)?;
            made!(Tensor::new(&[one, one], device)?, Tensor::new(&[one, one, one], device)?, Tensor::new(one, device)?);
            made!(Tensor::new(vec![one], device)?, Tensor::new(&[one, one, one, one], device)?, Tensor::new(&[one], device)?);
            made!(Tensor::new(&[[one, one, one], [one, one, one]], device)?, Tensor::new(&[[one, one], [one, one], [one, one]], device)?);
            made!(Tensor::from_vec(vec![one], (1, 1), device)?, Tensor::from_vec(vec![one], 1, device)?, Tensor::from_slice(&[one], (1, 1), device)?);
            made!(Tensor::from_iter(vec![one], device)?, tensor.to_vec1::<$number>()?, tensor.to_scalar::<$number>()?);
            println!("{:?} {:?} {}", tensor.to_vec2::<$number>()?, tensor.to_vec1::<$number>()?, tensor.to_scalar::<$number>()?);
            made!(Tensor::arange(one, one, device)?, Tensor::full(one, (2, 2), device)?, tensor.to_vec3::<$number>()?);
            made!(Var::new(&[one, one, one], device)?);
            Ok(())
        })*
    };
}

of! { of_f32: f32, 1.0; of_f64: f64, 1.0; of_u32: u32, 1; of_i64: i64, 1 }

pub fn operations(device: &Device) -> Result<(), Box<dyn Error>> {
    let a = Tensor::randn(0f32, 1.0, (3, 4), device)?;
    made!(
        Tensor::randn(0f32, 1.0, (2, 2), device)?,
        Tensor::rand(0f32, 1.0, (2, 2), device)?,
        Tensor::randn(0f32, 1f32, 3, device)?,
    );
    made!(
        Tensor::zeros((2, 2), DType::F32, device)?,
        Tensor::ones((2, 2), DType::F32, device)?,
        Tensor::zeros(3, DType::F32, device)?,
    );
    made!(
        Tensor::ones(3, DType::F32, device)?,
        Tensor::zeros_like(&a)?,
        a.ones_like()?,
        Tensor::eye(3, DType::F32, device)?,
    );
    made!(
        a.matmul(&a.t()?)?,
        (&a + &a)?,
        (&a - &a)?,
        (&a * &a)?,
        (&a / &a)?,
        (&a + 1.0)?,
        (&a * 2.0)?,
        (a.clone() * 2.0)?,
    );
    made!(
        a.sum_all()?,
        a.mean_all()?,
        a.sum(0)?,
        a.sum(1)?,
        a.mean(0)?,
        a.mean(1)?,
        a.max(1)?,
        a.min(1)?,
        a.argmax(1)?,
    );
    made!(a.sum_keepdim(1)?, a.mean_keepdim(1)?, a.max_keepdim(1)?, a.sum(D::Minus1)?, a.argmax(D::Minus1)?);
    made!(
        a.exp()?,
        a.log()?,
        a.sqr()?,
        a.sqrt()?,
        a.relu()?,
        a.tanh()?,
        a.sin()?,
        a.cos()?,
        a.abs()?,
        a.neg()?,
        a.powf(2.0)?,
    );
    made!(a.broadcast_add(&a)?, a.broadcast_sub(&a)?, a.broadcast_mul(&a)?, a.broadcast_div(&a)?, a.affine(1.0, 2.0)?);
    made!(
        a.reshape((2, 6))?,
        a.reshape(12)?,
        a.reshape((12,))?,
        a.transpose(0, 1)?,
        a.t()?,
        a.unsqueeze(0)?,
        a.squeeze(0)?,
    );
    made!(
        a.narrow(0, 0, 1)?,
        a.get(0)?,
        a.flatten_all()?,
        a.to_dtype(DType::F64)?,
        a.contiguous()?,
        a.clone(),
        a.to_device(device)?,
    );
    made!(
        Tensor::cat(&[&a, &a], 0)?,
        Tensor::stack(&[&a, &a], 0)?,
        a.dims2()?,
        a.dims().to_vec(),
        a.shape().clone(),
        a.dtype(),
    );
    println!("{a} {a:?} {:?} {:?} {:?}", a.shape(), a.dims(), a.dtype());
    made!(
        saigen::candle_nn::ops::softmax(&a, 1)?,
        saigen::candle_nn::ops::softmax(&a, D::Minus1)?,
        saigen::candle_nn::ops::sigmoid(&a)?,
    );
    let layer = Linear::new(a.clone(), Some(a.clone()));
    made!(layer.forward(&a)?, layer.forward(&a)?.relu()?, a.apply(&layer)?);
    let weight = Var::from_tensor(&a)?;
    let loss = weight.sqr()?.sum_all()?;
    let gradients = loss.backward()?;
    made!(gradients.get(&weight).cloned(), gradients.get(&a).unwrap().to_vec1::<f32>()?, weight.set(&a)?);
    made!(saigen::candle_nn::loss::mse(&a, &a)?);
    Ok(())
}
