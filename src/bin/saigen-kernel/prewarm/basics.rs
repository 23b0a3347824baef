//! The standard library: numbers, strings, collections, threads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock, mpsc};

type Failure = Box<dyn Error>;

pub fn formats() {
    macro_rules! debugged {
        ($($value:expr),* $(,)?) => {
            $(println!("{:?} {:#?}", $value, $value); made!(format!("{:?}", $value));)*
        };
    }
    debugged!(
        1i32,
        1i64,
        1u8,
        1u32,
        1u64,
        1usize,
        1.0f32,
        1.0f64,
        true,
        'c',
        "text",
        String::new(),
        (),
        (1, 2.0),
        (1.0, 2.0),
        (1usize, 1.0f64),
        ("a", 1),
        (String::new(), 1usize),
        Some(1),
        Some(1.0),
        Some(1usize),
        Some("a"),
        Some(String::new()),
        None::<f64>,
        vec![1],
        vec![1u8],
        vec![1u32],
        vec![1u64],
        vec![1i64],
        vec![1usize],
        vec![1.0f32],
        vec![1.0f64],
        vec![true],
        vec!["a"],
        vec![String::new()],
        vec![(1, 2)],
        vec![(1.0, 1.0)],
        vec![(1usize, 1.0f64)],
        vec![("a", 1)],
        vec![(String::new(), 1.0f64)],
        vec![(String::new(), 1usize)],
        vec![vec![1]],
        vec![vec![1.0f32]],
        vec![vec![1.0f64]],
        vec![vec![1usize]],
        vec![Some(1.0)],
        vec![Some(1)],
        vec![String::new()].as_slice(),
        [1.0f64].as_slice(),
        [1i32].as_slice(),
        [1usize].as_slice(),
        [1.0; 2],
        [1; 3],
        [1.0; 3],
        [1usize; 2],
        [0.0; 4],
        HashMap::<String, f64>::new(),
        HashMap::<String, usize>::new(),
        HashMap::<String, String>::new(),
        HashMap::<&str, i32>::new(),
        HashMap::<i32, i32>::new(),
        HashMap::<char, usize>::new(),
        BTreeMap::<String, f64>::new(),
        BTreeMap::<String, usize>::new(),
        BTreeMap::<String, i32>::new(),
        BTreeMap::<&str, i32>::new(),
        BTreeMap::<char, usize>::new(),
        BTreeMap::<i32, usize>::new(),
        HashSet::<String>::new(),
        HashSet::<i32>::new(),
        BTreeSet::<String>::new(),
        BTreeSet::<i32>::new(),
        VecDeque::<f64>::new(),
        0..3,
        0..=3,
        std::time::Duration::ZERO,
        Ok::<f64, std::num::ParseFloatError>(1.0),
        Ok::<i32, std::num::ParseIntError>(1),
        Ok::<i32, String>(1),
        Ok::<f64, String>(1.0),
        Ok::<(), String>(()),
        std::cmp::Ordering::Less,
    );
    println!("{} {} {} {} {} {} {}", 1i32, 1usize, 1.0f64, 1.0f32, "a", String::new(), true);
    println!("{} {} {} {} {}", 1u64, 1i64, 'c', 1u8, 1u32);
    println!("{:.3} {:>8.2} {:<5} {:e} {:>5} {:04} {:x} {:.2}", 1.0, 1.0, "a", 1.0, 1, 2, 255, 1.0f32);
    eprintln!("{} {} {}", 1, 1.0, "a");
    print!("{} {} {}", 1, 1.0, "a");
    made!(format!("{} {} {}", 1, 1.0, "a"), 1.to_string(), 1.0.to_string(), 1usize.to_string(), "a".to_string());
}

/// What is done with vectors of one type.
fn vectors<T: Clone + Debug + PartialEq + PartialOrd + Default + 'static>(one: T) {
    let mut values: Vec<T> = Vec::new();
    values.push(one.clone());
    values.extend(vec![one.clone(); 3]);
    values.extend_from_slice(&[one.clone()]);
    values.insert(0, one.clone());
    values.reserve(1);
    made!(values.pop(), values.len(), values.is_empty(), values.first().cloned(), values.last().cloned());
    made!(values.get(0).cloned(), values[0].clone(), values[..1].to_vec(), values.contains(&one), values.clone());
    made!(values.iter().cloned().collect::<Vec<T>>(), values.iter().rev().cloned().collect::<Vec<T>>());
    made!(values.iter().skip(1).count(), values.iter().take(1).count(), values.iter().step_by(2).count());
    made!(values.iter().enumerate().count(), values.iter().zip(values.iter()).count(), values.iter().len());
    made!(values.chunks(2).count(), values.windows(2).count(), values.concat_one(), values.capacity());
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.dedup();
    values.reverse();
    values.swap(0, 0);
    values.truncate(1);
    values.retain(|value| *value == one);
    for value in &values {
        made!(value.clone());
    }
    for value in &mut values {
        *value = one.clone();
    }
    for (index, value) in values.iter().enumerate() {
        made!(index, value.clone());
    }
    for value in values.clone() {
        made!(value);
    }
    for (index, value) in values.clone().into_iter().enumerate() {
        made!(index, value);
    }
    made!(values == values.clone(), Some(one.clone()).unwrap_or_default(), Some(one.clone()).unwrap());
    made!(Some(one.clone()).expect("one"), Some(&one).cloned(), Option::<T>::None.is_some(), values.drain(..).count());
    made!(Box::new(one.clone()), Rc::new(one.clone()), Some(one).into_iter().collect::<Vec<T>>());
}

trait ConcatOne<T> {
    fn concat_one(&self) -> usize;
}

impl<T: Clone> ConcatOne<T> for Vec<T> {
    fn concat_one(&self) -> usize {
        [self.clone(), self.clone()].concat().len()
    }
}

pub fn all_vectors() {
    vectors(1i32);
    vectors(1i64);
    vectors(1u8);
    vectors(1u32);
    vectors(1u64);
    vectors(1usize);
    vectors(1.0f32);
    vectors(1.0f64);
    vectors(true);
    vectors("a");
    vectors(String::new());
    vectors((1.0f64, 1.0f64));
    vectors((1usize, 1.0f64));
    vectors((String::new(), 1.0f64));
    vectors(vec![1.0f64]);
    vectors(vec![1i32]);
    vectors(vec![String::new()]);
}

macro_rules! numbers {
    ($($name:ident: $number:ty, $other:ty);*) => {
        $(pub fn $name() {
            let values: Vec<$number> = Vec::new();
            made!(values.iter().sum::<$number>(), values.iter().copied().sum::<$number>(), values.iter().product::<$number>());
            made!(values.iter().copied().fold(0 as $number, |a, b| a + b), values.iter().map(|x| x * x).sum::<$number>());
            made!(values.iter().map(|x| *x as $other).collect::<Vec<$other>>());
            made!((0..10).map(|i| i as $number).collect::<Vec<$number>>());
            made!(values.iter().zip(&values).map(|(a, b)| a * b).sum::<$number>());
            made!("1".parse::<$number>().map_err(Failure::from).ok());
            made!("1,2".split(',').map(|x| x.trim().parse::<$number>()).collect::<Result<Vec<_>, _>>().ok());
            made!(values.iter().map(|x| x.to_string()).collect::<Vec<String>>().join(", "));
            made!(values.iter().map(|x| format!("{x}")).collect::<Vec<String>>());
            made!(values.iter().copied().filter(|x| *x > 0 as $number).collect::<Vec<$number>>());
            made!(values.iter().copied().min_by(|a, b| a.partial_cmp(b).unwrap()));
            made!(values.iter().copied().max_by(|a, b| a.partial_cmp(b).unwrap()));
        })*
    };
}

numbers! {
    of_i32: i32, f64; of_i64: i64, f64; of_u32: u32, f64; of_u64: u64, f64; of_usize: usize, f64; of_f64: f64, f32;
    of_f32: f32, f64
}

pub fn whole_numbers(values: &[i32], sizes: &[usize]) {
    made!(values.iter().max(), values.iter().min(), sizes.iter().max(), sizes.iter().min());
    made!(values.iter().copied().max(), values.iter().copied().min(), sizes.iter().copied().max());
    let mut sorted = values.to_vec();
    sorted.sort();
    sorted.sort_unstable();
    let mut sorted = sizes.to_vec();
    sorted.sort();
    for i in 0..10i32 {
        made!(i);
    }
    for i in 0..10usize {
        made!(i);
    }
    for i in 0..=10i32 {
        made!(i);
    }
    for i in 0..=10u64 {
        made!(i);
    }
    for i in (0..10usize).rev() {
        made!(i);
    }
    for i in (0..10usize).step_by(2) {
        made!(i);
    }
    made!((0..10).collect::<Vec<i32>>(), (0..10).collect::<Vec<usize>>(), (0..10u64).collect::<Vec<u64>>());
    made!((0..10).sum::<i32>(), (0..10u64).sum::<u64>(), (1..=10u64).product::<u64>(), (1..=10).sum::<i32>());
    made!((0..10usize).sum::<usize>(), (0..10i64).sum::<i64>(), 2i32.pow(2), 2u64.pow(2), 2.0f64.powi(2));
    let mut floats = vec![1.0f64];
    floats.sort_by(|a, b| a.total_cmp(b));
    floats.sort_by(f64::total_cmp);
    made!(floats.iter().cloned().fold(f64::MIN, f64::max), floats.iter().cloned().fold(f64::INFINITY, f64::min));
    for x in [1.0, 2.0] {
        made!(x);
    }
    for x in [1, 2] {
        made!(x);
    }
    for x in ["a", "b"] {
        made!(x);
    }
}

pub fn strings(text: &str) {
    let mut owned = String::from(text);
    owned.push('c');
    owned.push_str(text);
    owned += text;
    made!(owned.len(), owned.is_empty(), owned.clone(), owned.to_uppercase(), owned.to_lowercase(), owned.trim().len(),);
    made!(text.lines().count(), text.lines().map(str::to_owned).collect::<Vec<String>>(), text.chars().count());
    made!(text.split_whitespace().count(), text.split_whitespace().collect::<Vec<&str>>());
    made!(text.split(',').collect::<Vec<&str>>(), text.split(", ").collect::<Vec<&str>>(), text.split_once('='));
    made!(text.chars().collect::<Vec<char>>(), text.chars().rev().collect::<String>(), text.bytes().count());
    made!(text.replace("a", "b"), text.contains("a"), text.contains('a'), text.starts_with("a"), text.ends_with("a"));
    made!(text.find("a"), text.find('a'), text.repeat(2), text.trim_start_matches('a'), text.matches("a").count());
    made!(["a", "b"].join(","), vec![owned.clone()].join(","), vec!["a"].concat(), text.char_indices().count());
    made!(owned == text, owned.as_str() == text, owned.clone() + text, text.to_owned(), text.parse::<bool>().ok());
    made!(text.split_whitespace().map(String::from).collect::<Vec<String>>());
    made!(text.split(',').map(|part| part.to_string()).collect::<Vec<String>>());
}

/// What is done with maps of one key and value.
fn maps<K: Clone + Eq + Hash + Ord + Debug, V: Clone + Debug + PartialEq + Default>(key: K, value: V) {
    let mut hashed: HashMap<K, V> = HashMap::new();
    hashed.insert(key.clone(), value.clone());
    *hashed.entry(key.clone()).or_insert(value.clone()) = value.clone();
    hashed.entry(key.clone()).or_default();
    made!(
        hashed.get(&key).cloned(),
        hashed.contains_key(&key),
        hashed.len(),
        hashed.keys().cloned().collect::<Vec<K>>(),
    );
    made!(hashed.values().cloned().collect::<Vec<V>>(), hashed.clone(), hashed[&key].clone(), hashed.get_mut(&key));
    for (key, value) in &hashed {
        made!(key.clone(), value.clone());
    }
    made!(hashed.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<HashMap<K, V>>());
    made!(hashed.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<K, V>>());
    let mut sorted_keys: Vec<K> = hashed.keys().cloned().collect();
    sorted_keys.sort();
    made!(hashed.remove(&key));
    made!(HashMap::from([(key.clone(), value.clone()), (key.clone(), value.clone())]));
    let mut sorted: BTreeMap<K, V> = BTreeMap::new();
    sorted.insert(key.clone(), value.clone());
    *sorted.entry(key.clone()).or_insert(value.clone()) = value.clone();
    sorted.entry(key.clone()).or_default();
    made!(
        sorted.get(&key).cloned(),
        sorted.contains_key(&key),
        sorted.len(),
        sorted.keys().cloned().collect::<Vec<K>>(),
    );
    made!(sorted.values().cloned().collect::<Vec<V>>(), sorted.clone(), sorted[&key].clone(), sorted.first_key_value(),);
    for (key, value) in &sorted {
        made!(key.clone(), value.clone());
    }
    for (key, value) in sorted.clone() {
        made!(key, value);
    }
    made!(sorted.remove(&key));
    made!(hashed.into_iter().collect::<Vec<(K, V)>>());
    let set: HashSet<K> = [key.clone()].into_iter().collect();
    made!(set.contains(&key), set.len(), set.iter().cloned().collect::<Vec<K>>());
    let mut set: BTreeSet<K> = [key.clone()].into_iter().collect();
    made!(set.insert(key.clone()), set.contains(&key), set.len(), set.into_iter().collect::<Vec<K>>());
}

pub fn all_maps() {
    maps(String::new(), 1usize);
    maps(String::new(), 1i32);
    maps(String::new(), 1.0f64);
    maps(String::new(), String::new());
    maps(String::new(), vec![1.0f64]);
    maps("a", 1i32);
    maps("a", 1usize);
    maps("a", 1.0f64);
    maps('c', 1usize);
    maps(1i32, 1i32);
    maps(1u64, 1u64);
    maps(1usize, 1usize);
}

pub fn failures() -> Result<(), Failure> {
    let number: f64 = "1".parse()?;
    let whole: i32 = "1".parse()?;
    let size: usize = "1".parse()?;
    let text = std::fs::read_to_string("a")?;
    std::fs::write("a", &text)?;
    let missing = Some(1).ok_or("none")?;
    let described: Result<i32, String> = Err(String::new());
    described?;
    made!(Failure::from("a").to_string());
    made!("1".parse::<f64>().unwrap() + "1".parse::<f64>().expect("a number"));
    made!("1".parse::<i32>().unwrap_or(1) + "1".parse::<i32>().unwrap());
    made!(std::panic::catch_unwind(|| 1).is_ok());
    Ok(())
}

pub fn threads() {
    let shared = Arc::new(Mutex::new(0));
    let vector = Arc::new(Mutex::new(vec![1.0f64]));
    let clone = Arc::clone(&shared);
    *shared.lock().unwrap() += 1;
    vector.lock().unwrap().push(1.0);
    made!(Arc::new(RwLock::new(1)).read().is_ok(), Arc::strong_count(&clone));
    std::thread::spawn(move || *clone.lock().unwrap() += 1).join().unwrap();
    made!(std::thread::spawn(|| 1u64).join().unwrap());
    made!(std::thread::spawn(|| 1.0f64).join().unwrap());
    made!(std::thread::spawn(|| 1i32).join().unwrap());
    let handles: Vec<std::thread::JoinHandle<u64>> = Vec::new();
    made!(handles.into_iter().map(|handle| handle.join().unwrap()).collect::<Vec<u64>>());
    let handles: Vec<std::thread::JoinHandle<()>> = Vec::new();
    for handle in handles {
        handle.join().unwrap();
    }
    let (sender, receiver) = mpsc::channel::<i32>();
    sender.send(1).unwrap();
    made!(receiver.recv().unwrap() + receiver.iter().sum::<i32>());
    std::thread::sleep(std::time::Duration::from_millis(1));
    made!(std::time::Instant::now().elapsed().as_secs_f64(), std::time::Duration::from_secs_f64(1.0));
}
