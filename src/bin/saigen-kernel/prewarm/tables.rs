//! polars: frames, columns, series.

use std::error::Error;

use saigen::polars::prelude::*;

use crate::used;

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
    used((frame.width(), frame.head(Some(3)), frame.tail(Some(3)), frame.clone(), frame.schema().clone()));
    used((frame.select(["a", "b"])?, frame.select(["a"])?, frame.drop("a")?, frame.slice(0, 1)));
    used((frame.select(["a", "b", "c"])?, frame.drop_many(["a"])));
    used(frame.sort(["a"], SortMultipleOptions::default())?);
    used(frame.sort(["a"], SortMultipleOptions::default().with_order_descending(true))?);
    used(frame.sort(["a", "b"], SortMultipleOptions::new().with_order_descending_multi([true, false]))?);
    used(frame.filter(&frame.column("a")?.i32()?.gt(1))?);
    used(frame.vstack(&frame.clone())?);
    used(frame.hstack(&[Column::new("a".into(), vec![1.0])])?);
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
            $(used((df!("a" => [$value; 1])?, df!("a" => [$value; 3])?, df!("a" => [$value; 4])?, df!("a" => [$value; 5])?));
            used((df!("a" => [$value; 6])?, df!("a" => [$value; 7])?, df!("a" => [$value; 8])?, df!("a" => [$value; 10])?));)*
        };
    }
    lengths!(1, 1i64, 1.0, "a");
    Ok(())
}

macro_rules! of_numbers {
    ($($name:ident: $number:ty, $one:expr, $get:ident);*) => {
        $(pub fn $name(frame: &DataFrame) -> Result<(), Box<dyn Error>> {
            let array = frame.column("a")?.$get()?;
            used((array.mean(), array.min(), array.max(), array.sum(), array.std(1), array.var(1), array.median()));
            println!("{:?} {:?} {:?} {:?}", array.mean(), array.min(), array.max(), array.sum());
            used((array.get(0), array.len(), array.null_count(), array.iter().count(), array.clone()));
            used((array.into_no_null_iter().collect::<Vec<$number>>(), array.iter().flatten().collect::<Vec<$number>>()));
            used((array.iter().flatten().sum::<$number>(), array.to_vec(), array.cont_slice().is_ok()));
            used(array.iter().map(|value| value.unwrap_or_default()).collect::<Vec<$number>>());
            for value in array.into_no_null_iter() {
                used(value);
            }
            used((array.gt($one), array.lt($one), array.gt_eq($one), array.lt_eq($one), array.equal($one)));
            used((frame.filter(&array.gt($one))?, frame.filter(&array.lt($one))?, array.sort(false)));
            used((array.apply_values(|x| x + $one), array.clone().into_series(), array.clone().into_column()));
            let series = Series::new("a".into(), vec![$one, $one]);
            used((Series::new("a".into(), &[$one, $one]), Series::new("a".into(), [$one, $one, $one])));
            println!("{series} {series:?}");
            used((&series * $one, &series + $one, &series - $one, &series / $one, series.sum::<$number>()?));
            used(((&series + &series)?, (&series * &series)?, series.mean(), series.len(), series.name().clone()));
            used((series.min::<$number>()?, series.max::<$number>()?, series.std(1), series.sort(SortOptions::default())?));
            used((Column::new("a".into(), vec![$one]), Column::new("a".into(), [$one, $one, $one]), series.clone()));
            used((Column::new("a".into(), &[$one]), series.into_column(), frame.column("a")?.as_materialized_series().clone()));
            Ok(())
        })*
    };
}

of_numbers! {
    of_f64: f64, 1.0f64, f64; of_f32: f32, 1.0f32, f32; of_i32: i32, 1i32, i32; of_i64: i64, 1i64, i64; of_u32: u32, 1u32, u32
}

pub fn texts(frame: &DataFrame) -> Result<(), Box<dyn Error>> {
    let texts = frame.column("a")?.str()?;
    used((texts.get(0), texts.len(), texts.equal("a"), frame.filter(&texts.equal("a"))?));
    used(texts.iter().flatten().map(str::to_owned).collect::<Vec<String>>());
    used(texts.iter().flatten().collect::<Vec<&str>>());
    used(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<String>>());
    used((Column::new("a".into(), vec!["a"]), Column::new("a".into(), ["a", "b", "c"])));
    used((Column::new("a".into(), vec![String::new()]), Series::new("a".into(), vec!["a"])));
    let mask = frame.column("a")?.bool()?;
    used((frame.filter(mask)?, mask & mask, mask | mask, !mask, mask.sum()));
    println!("{:?}", frame.column("a")?);
    println!("{:?}", frame.column("a")?.get(0)?);
    used((frame.column("a")?.cast(&DataType::Float64)?, frame.column("a")?.unique()?, frame.column("a")?.n_unique()?));
    used((frame.column("a")?.len(), frame.column("a")?.head(Some(2)), frame.column("a")?.clone()));
    used((frame.column("a")?.sum_reduce()?, frame.column("a")?.mean_reduce()?, frame.column("a")?.max_reduce()?));
    Ok(())
}

pub fn files() -> Result<(), Box<dyn Error>> {
    let text = "a,b\n1,2\n";
    used(CsvReader::new(std::io::Cursor::new(text)).finish()?);
    used(CsvReader::new(std::io::Cursor::new(text.as_bytes())).finish()?);
    used(CsvReader::new(std::io::Cursor::new(text.to_owned())).finish()?);
    used(CsvReader::new(std::fs::File::open("a")?).finish()?);
    used(CsvReadOptions::default().with_has_header(true).try_into_reader_with_file_path(Some("a".into()))?.finish()?);
    let mut frame = df!("a" => [1])?;
    CsvWriter::new(&mut std::fs::File::create("a")?).finish(&mut frame)?;
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame)?;
    Ok(())
}
