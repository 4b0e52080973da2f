// SPDX-License-Identifier: GPL-2.0

//! The association tables under any sequence of changes, and without memory.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::mem::{
    fail_nth,
    NoMemory, //
};
use crate::track::map::Map;

#[test]
fn a_new_map_is_empty() {
    let map = Map::<u32>::new(0).unwrap();
    assert_eq!((map.len(), map.buckets(), map.get(7)), (0, 1, None));
}

#[test]
fn insert_gives_back_the_old_value() {
    let mut map = Map::new(2).unwrap();
    assert_eq!(map.insert(1, 'a'), Ok(None));
    assert_eq!(map.insert(1, 'b'), Ok(Some('a')));
    assert_eq!((map.len(), map.get(1)), (1, Some(&'b')));
}

/// On a stack that a recursion along the chain would not fit on.
#[test]
fn a_long_chain_is_dropped_without_recursion() {
    let chain = || {
        let mut map = Map::new(1).unwrap();
        for key in 0..5_000 {
            map.insert(key, [0u8; 64]).unwrap();
        }
    };
    let thread = std::thread::Builder::new().stack_size(64 << 10);
    thread.spawn(chain).unwrap().join().unwrap();
}

#[test]
fn remove_if_takes_one_entry_and_keeps_the_rest() {
    let mut map = Map::new(1).unwrap();
    for key in 0..5 {
        map.insert(key, key * 10).unwrap();
    }
    assert_eq!(map.remove_if(0, |_, value| *value == 20), Some(20));
    assert_eq!(map.remove_if(0, |_, value| *value == 20), None);
    assert_eq!(
        (map.len(), map.get(1), map.get(4)),
        (4, Some(&10), Some(&40))
    );
}

proptest! {
    #[test]
    fn a_map_does_what_a_hash_map_does(
        buckets in 0usize..9,
        steps in vec((0u8..6, 0usize..40, any::<u16>()), 0..300),
    ) {
        let mut map = Map::new(buckets).unwrap();
        let mut model = HashMap::new();
        for (what, key, value) in steps {
            match what {
                0 | 1 => prop_assert_eq!(map.insert(key, value), Ok(model.insert(key, value))),
                2 => prop_assert_eq!(map.remove(key), model.remove(&key)),
                3 => {
                    // Memory is needed for a new key only, and without it nothing changes.
                    fail_nth(Some(0));
                    let result = map.insert(key, value);
                    fail_nth(None);
                    match model.get_mut(&key) {
                        Some(old) => {
                            prop_assert_eq!(result, Ok(Some(std::mem::replace(old, value))));
                        }
                        None => prop_assert_eq!(result, Err(NoMemory)),
                    }
                }
                4 => {
                    let bucket = usize::from(value) % map.buckets();
                    let wanted = |key: usize, _: &u16| key % 3 == 0;
                    let mut found = Vec::new();
                    map.for_each(bucket, |key, value| found.push((key, *value)));
                    let taken = map.remove_if(bucket, wanted);
                    let first = found.iter().find(|(key, value)| wanted(*key, value));
                    prop_assert_eq!(taken, first.and_then(|(key, _)| model.remove(key)));
                }
                _ => {
                    for bucket in 0..map.buckets() {
                        map.for_each_mut(bucket, |_, value| *value = value.wrapping_add(1));
                    }
                    model.values_mut().for_each(|value| *value = value.wrapping_add(1));
                }
            }
            prop_assert_eq!(map.get(key), model.get(&key));
            prop_assert_eq!(map.len(), model.len());
        }
        let mut left = HashMap::new();
        for bucket in 0..map.buckets() {
            map.for_each(bucket, |key, value| {
                left.insert(key, *value);
            });
        }
        prop_assert_eq!(left, model);
    }
}
