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
