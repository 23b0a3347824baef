#![allow(warnings)]
pub mod externs;
pub use saigen;
pub mod t1 {
    use saigen::polars::prelude::*;
    pub fn run() {
        let df = df!("a" => [1,2], "b" => [1.0, 2.0]).unwrap();
        println!("{df}");
        let m = df.column("b").unwrap().f64().unwrap().mean();
        println!("{m:?}");
    }
}
pub mod t2 {
    use saigen::plotters::prelude::*;
    pub fn run() {
        let mut s = String::new();
        {
            let root = SVGBackend::with_string(&mut s, (400, 300)).into_drawing_area();
            root.fill(&WHITE).unwrap();
            let mut c = ChartBuilder::on(&root)
                .margin(5)
                .x_label_area_size(30)
                .y_label_area_size(30)
                .build_cartesian_2d(0.0..1.0, 0.0..1.0)
                .unwrap();
            c.configure_mesh().draw().unwrap();
            c.draw_series(LineSeries::new((0..100).map(|i| (i as f64 / 100.0, (i as f64 / 100.0).powi(2))), &RED))
                .unwrap();
            root.present().unwrap();
        }
        println!("{}", s.len());
    }
}
pub mod t3 {
    use saigen::candle_core::{Device, Tensor};
    pub fn run() {
        let a = Tensor::randn(0f32, 1.0, (3, 4), &Device::Cpu).unwrap();
        let b = a.matmul(&a.t().unwrap()).unwrap();
        println!("{:?}", b.to_vec2::<f32>().unwrap());
    }
}
pub mod t4 {
    use saigen::ndarray::prelude::*;
    pub fn run() {
        let a = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
        let b = a.dot(&a);
        println!("{} {:?}", b.sum(), b);
    }
}
