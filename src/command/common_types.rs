// A cell, not a module: `saigen kernel warm` runs it once, so that the kernel knows how these types are written and
// needn't ask the compiler when a user's cell keeps one.
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use saigen::candle_core::{Device, Tensor};
use saigen::ndarray::{Array0, Array1, Array2, Array3, ArrayD};
use saigen::polars::prelude::{Column, DataFrame, DataType, Float64Chunked, Int64Chunked, Series, StringChunked};
use saigen::statrs::distribution::{Binomial, Exp, Normal, Poisson, Uniform};

let words = (String::from("a"), vec![1u8]);
let maps: (BTreeMap<u8, u8>, HashMap<u8, u8>) = Default::default();
let sets: (BTreeSet<u8>, HashSet<u8>, BinaryHeap<u8>, VecDeque<u8>) = Default::default();
let boxes = (Box::new(1), Rc::new(Cell::new(1)), Arc::new(Mutex::new(1)), RefCell::new(1), RwLock::new(1));
let maybe: (Option<u8>, Result<u8, std::io::Error>) = (Some(1), Ok(1));
let times = (Instant::now(), Duration::ZERO, PathBuf::new());
let range = (0..1, 0..=1);
let arrays = (Array0::<f64>::zeros(()), Array1::<f64>::zeros(1), Array2::<f64>::zeros((1, 1)));
let more_arrays = (Array3::<f64>::zeros((1, 1, 1)), ArrayD::<f64>::zeros(vec![1]));
let table = (DataFrame::empty(), Series::default(), Column::from(Series::default()));
let columns = (Float64Chunked::default(), Int64Chunked::default(), StringChunked::default(), DataType::Float64);
let tensor = (Tensor::zeros(1, saigen::candle_core::DType::F32, &Device::Cpu)?, Device::Cpu);
let laws = (Normal::new(0.0, 1.0)?, Uniform::new(0.0, 1.0)?, Exp::new(1.0)?, Poisson::new(1.0)?, Binomial::new(0.5, 1)?);
