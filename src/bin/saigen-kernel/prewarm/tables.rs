//! polars: frames, columns, series.

use std::error::Error;

use saigen::polars::prelude::*;

pub fn frames() -> Result<(), Box<dyn Error>> {
    let mut frame = df!(
        "a" => [1, 2], "b" => [1.0, 2.0], "c" => ["x", "y"], "d" => [1i64, 2], "e" => [true, false],
        "f" => vec![1.0, 2.0], "g" => vec![1, 2], "h" => vec!["x", "y"], "i" => vec![String::new()], "j" => vec![1i64],
        "k" => &[1.0, 2.0], "l" => [1u32, 2], "m" => vec![Some(1.0), None], "n" => [Some(1), None],
    )?;
    for_lengths()?;
    println!("{frame}");
    println!("{frame:?} {} {:?}", frame.height(), frame.shape());
    println!("{:?} {:?}", frame.get_column_names(), frame.dtypes());
    made!(frame.width(), frame.head(Some(3)), frame.tail(Some(3)), frame.clone(), frame.schema().clone());
    made!(frame.select(["a", "b"])?, frame.select(["a"])?, frame.drop("a")?, frame.slice(0, 1));
    made!(frame.select(["a", "b", "c"])?, frame.drop_many(["a"]));
    made!(frame.sort(["a"], SortMultipleOptions::default())?);
    made!(frame.sort(["a"], SortMultipleOptions::default().with_order_descending(true))?);
    made!(frame.sort(["a", "b"], SortMultipleOptions::new().with_order_descending_multi([true, false]))?);
    made!(frame.filter(&frame.column("a")?.i32()?.gt(1))?);
    made!(frame.vstack(&frame.clone())?);
    made!(frame.hstack(&[Column::new("a".into(), vec![1.0])])?);
    frame.with_column(Column::new("p".into(), vec![1.0, 2.0]))?;
    frame.with_column(Series::new("q".into(), vec![1, 2]).into_column())?;
    frame.rename("a", "b".into())?;
    for column in frame.columns() {
        println!("{} {} {:?}", column.name(), column.len(), column.dtype());
    }
    Ok(())
}

fn for_lengths() -> Result<(), Box<dyn Error>> {
    macro_rules! lengths {
        ($($value:expr),*) => {
            $(made!(df!("a" => [$value; 1])?, df!("a" => [$value; 3])?, df!("a" => [$value; 4])?, df!("a" => [$value; 5])?);
            made!(df!("a" => [$value; 6])?, df!("a" => [$value; 7])?, df!("a" => [$value; 8])?, df!("a" => [$value; 10])?);)*
        };
    }
    lengths!(1, 1i64, 1.0, "a");
    Ok(())
}

macro_rules! of_numbers {
    ($($name:ident: $number:ty, $one:expr, $get:ident);*) => {
        $(pub fn $name(frame: &DataFrame) -> Result<(), Box<dyn Error>> {
            let array = frame.column("a")?.$get()?;
            made!(array.mean(), array.min(), array.max(), array.sum(), array.std(1), array.var(1), array.median());
            println!("{:?} {:?} {:?} {:?}", array.mean(), array.min(), array.max(), array.sum());
            made!(array.get(0), array.len(), array.null_count(), array.iter().count(), array.clone());
            made!(array.into_no_null_iter().collect::<Vec<$number>>(), array.iter().flatten().collect::<Vec<$number>>());
            made!(array.iter().flatten().sum::<$number>(), array.to_vec(), array.cont_slice().is_ok());
            made!(array.iter().map(|value| value.unwrap_or_default()).collect::<Vec<$number>>());
            for value in array.into_no_null_iter() {
                made!(value);
            }
            made!(array.gt($one), array.lt($one), array.gt_eq($one), array.lt_eq($one), array.equal($one));
            made!(frame.filter(&array.gt($one))?, frame.filter(&array.lt($one))?, array.sort(false));
            made!(array.apply_values(|x| x + $one), array.clone().into_series(), array.clone().into_column());
            let series = Series::new("a".into(), vec![$one, $one]);
            made!(Series::new("a".into(), &[$one, $one]), Series::new("a".into(), [$one, $one, $one]));
            println!("{series} {series:?}");
            made!(&series * $one, &series + $one, &series - $one, &series / $one, series.sum::<$number>()?);
            made!((&series + &series)?, (&series * &series)?, series.mean(), series.len(), series.name().clone());
            made!(series.min::<$number>()?, series.max::<$number>()?, series.std(1), series.sort(SortOptions::default())?);
            made!(Column::new("a".into(), vec![$one]), Column::new("a".into(), [$one, $one, $one]), series.clone());
            made!(Column::new("a".into(), &[$one]), series.into_column(), frame.column("a")?.as_materialized_series().clone());
            Ok(())
        })*
    };
}

of_numbers! {
    of_f64: f64, 1.0f64, f64; of_f32: f32, 1.0f32, f32; of_i32: i32, 1i32, i32; of_i64: i64, 1i64, i64; of_u32: u32, 1u32, u32
}

pub fn texts(frame: &DataFrame) -> Result<(), Box<dyn Error>> {
    let texts = frame.column("a")?.str()?;
    made!(texts.get(0), texts.len(), texts.equal("a"), frame.filter(&texts.equal("a"))?);
    made!(texts.iter().flatten().map(str::to_owned).collect::<Vec<String>>());
    made!(texts.iter().flatten().collect::<Vec<&str>>());
    made!(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<String>>());
    made!(Column::new("a".into(), vec!["a"]), Column::new("a".into(), ["a", "b", "c"]));
    made!(Column::new("a".into(), vec![String::new()]), Series::new("a".into(), vec!["a"]));
    let mask = frame.column("a")?.bool()?;
    made!(frame.filter(mask)?, mask & mask, mask | mask, !mask, mask.sum());
    println!("{:?}", frame.column("a")?);
    println!("{:?}", frame.column("a")?.get(0)?);
    made!(frame.column("a")?.cast(&DataType::Float64)?, frame.column("a")?.unique()?, frame.column("a")?.n_unique()?);
    made!(frame.column("a")?.len(), frame.column("a")?.head(Some(2)), frame.column("a")?.clone());
    made!(frame.column("a")?.sum_reduce()?, frame.column("a")?.mean_reduce()?, frame.column("a")?.max_reduce()?);
    Ok(())
}

pub fn files() -> Result<(), Box<dyn Error>> {
    let text = "a,b\n1,2\n";
    made!(CsvReader::new(std::io::Cursor::new(text)).finish()?);
    made!(CsvReader::new(std::io::Cursor::new(text.as_bytes())).finish()?);
    made!(CsvReader::new(std::io::Cursor::new(text.to_owned())).finish()?);
    made!(CsvReader::new(std::fs::File::open("a")?).finish()?);
    made!(CsvReadOptions::default().with_has_header(true).try_into_reader_with_file_path(Some("a".into()))?.finish()?);
    let mut frame = df!("a" => [1])?;
    CsvWriter::new(&mut std::fs::File::create("a")?).finish(&mut frame)?;
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame)?;
    Ok(())
}
