// SPDX-License-Identifier: GPL-2.0

//! The ring of events beside a list that keeps everything, and the lines that are printed.

use crate::events::{
    Cause,
    Change,
    End,
    Health,
    Line,
    Next,
    Record,
    Ring,
    Who, //
};
use crate::limits;
use crate::mem::fail_nth;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::VecDeque;

/// A record that owns its texts.
#[derive(Clone, Debug)]
struct Made {
    kind: usize,
    texts: [String; 2],
    bytes: Vec<u8>,
    numbers: [u32; 4],
    large: u64,
}

impl Made {
    fn record(&self) -> Record<'_> {
        let [one, two, three, four] = self.numbers;
        let (host, from) = (&*self.texts[0], &*self.texts[1]);
        let who = Who {
            task: one as i32,
            group: two as i32,
            comm: &self.bytes,
        };
        let pick = three as usize;
        match self.kind % 7 {
            0 => Record::Bind {
                who,
                host,
                from,
                channel: self.large,
                by: Cause::ALL[pick % 3],
            },
            1 => Record::Release {
                who,
                host,
                by: End::ALL[pick % 3],
            },
            2 => Record::Refusal { why: &self.bytes },
            3 => Record::Trouble {
                what: host,
                count: self.large,
            },
            4 => Record::Row {
                host,
                change: Change::ALL[pick % 3],
                generation: self.large,
            },
            5 => Record::Table {
                rows: one,
                added: two,
                removed: three,
                changed: four,
                generation: self.large,
            },
            _ => Record::Health {
                from: Health::ALL[pick % 3],
                to: Health::ALL[four as usize % 3],
            },
        }
    }

    /// Bytes that it takes in a ring: forty, and its texts.
    fn length(&self) -> usize {
        let texts = match self.record() {
            Record::Bind {
                who, host, from, ..
            } => who.comm.len() + host.len() + from.len(),
            Record::Release { who, host, .. } => who.comm.len() + host.len(),
            Record::Refusal { why } => why.len(),
            Record::Trouble { what, .. } => what.len(),
            Record::Row { host, .. } => host.len(),
            _ => 0,
        };
        40 + texts
    }
}

fn made() -> impl Strategy<Value = Made> {
    let name = || {
        select(vec![
            "",
            "a",
            "bank",
            "*.shop.example",
            "longer-than-the-others",
        ])
    };
    let numbers = prop::array::uniform4(any::<u32>());
    let bytes = vec(any::<u8>(), 0..=limits::COMM_BYTES);
    (0..7usize, name(), name(), bytes, numbers, any::<u64>()).prop_map(
        |(kind, one, two, bytes, numbers, large)| Made {
            kind,
            texts: [one.to_owned(), two.to_owned()],
            bytes,
            numbers,
            large,
        },
    )
}

/// What is done to a ring with some readers.
#[derive(Clone, Debug)]
enum Step {
    Push(Made),
    Read(usize),
    Begin(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => made().prop_map(Step::Push),
        4 => (0..3usize).prop_map(Step::Read),
        1 => (0..3usize).prop_map(Step::Begin),
    ]
}

/// A ring that keeps what it drops in mind.
struct Model {
    size: usize,
    kept: VecDeque<(u64, u64, Made)>,
    end: u64,
}

impl Model {
    fn push(&mut self, made: Made, time: u64) {
        self.kept.push_back((self.end, time, made));
        self.end = self.end.wrapping_add(1);
        let used = |kept: &VecDeque<(u64, u64, Made)>| -> usize {
            kept.iter().map(|(.., made)| made.length()).sum()
        };
        while used(&self.kept) > self.size {
            self.kept.pop_front();
        }
    }

    /// What a reader at `at` reads, and where it is then.
    fn next(&self, at: u64) -> Option<(String, u64)> {
        if at == self.end {
            return None;
        }
        let first = self.kept.front().map_or(self.end, |(first, ..)| *first);
        match self.kept.iter().find(|(sequence, ..)| *sequence == at) {
            Some((_, time, made)) => {
                let line = line(at, *time, made.record());
                Some((line, at.wrapping_add(1)))
            }
            None => {
                let count = first.wrapping_sub(at);
                Some((line(at, 0, Record::Lost { count }), first))
            }
        }
    }
}

fn line(sequence: u64, time: u64, record: Record<'_>) -> String {
    let line = Line {
        sequence,
        time,
        record,
    };
    line.to_string()
}

/// A ring and its model, from the number `first` on.
fn compare(size: usize, first: u64, steps: Vec<Step>) {
    let mut ring = Ring::new(size, first).unwrap();
    let mut model = Model {
        size,
        kept: VecDeque::new(),
        end: first,
    };
    let mut readers = [(ring.end(), first); 3];
    let mut out = [0; Ring::RECORD_BYTES];
    for (time, step) in steps.into_iter().enumerate() {
        match step {
            Step::Push(made) => {
                ring.push(&made.record(), time as u64);
                model.push(made, time as u64);
            }
            Step::Begin(reader) => readers[reader] = (ring.end(), model.end),
            Step::Read(reader) => {
                let (position, at) = &mut readers[reader];
                let wanted = model.next(*at);
                assert_eq!(ring.has_more(*position), wanted.is_some());
                let found = ring.next(position, &mut out).map(|next| match next {
                    Next::Lost { first, count } => line(first, 0, Record::Lost { count }),
                    Next::Record { sequence } => {
                        let (time, record) = Ring::decode(&out).expect("a record");
                        line(sequence, time, record)
                    }
                });
                assert_eq!(found, wanted.as_ref().map(|(line, _)| line.clone()));
                *at = wanted.map_or(*at, |(_, at)| at);
                assert_eq!(position.sequence(), *at);
            }
        }
    }
}

proptest! {
    #[test]
    fn ring_does_what_a_list_does(
        size in 40usize..700,
        first in select(vec![1, u64::MAX - 3]),
        steps in vec(step(), 0..200),
    ) {
        compare(size, first, steps);
    }

    /// Any bytes are a record or none, and a record of them can be printed.
    #[test]
    fn any_bytes_are_decoded_or_not(bytes in vec(any::<u8>(), 0..120)) {
        if let Some((time, record)) = Ring::decode(&bytes) {
            prop_assert!(line(1, time, record).ends_with('\n'));
        }
    }

    /// However odd a reason is, it stays in its line, and the line in its room.
    #[test]
    fn line_is_one_line(why in vec(any::<u8>(), 0..700)) {
        let mut ring = Ring::new(1000, 1).unwrap();
        let mut at = ring.end();
        let mut out = [0; Ring::RECORD_BYTES];
        ring.push(&Record::Refusal { why: &why }, u64::MAX);
        prop_assert_eq!(ring.next(&mut at, &mut out), Some(Next::Record { sequence: 1 }));
        let (time, record) = Ring::decode(&out).unwrap();
        let text = line(u64::MAX, time, record);
        prop_assert_eq!(text.find('\n'), Some(text.len() - 1));
        prop_assert!(text.len() <= limits::EVENT_LINE_BYTES);
    }
}

#[test]
fn longest_names_fit() {
    let name = "n".repeat(limits::NAME_BYTES);
    let record = Record::Bind {
        who: Who {
            task: i32::MIN,
            group: i32::MIN,
            comm: &[0xff; limits::COMM_BYTES],
        },
        host: &name,
        from: &name,
        channel: u64::MAX,
        by: Cause::Transfer,
    };
    let mut ring = Ring::new(limits::EVENT_BYTES, 1).unwrap();
    let mut at = ring.end();
    let mut out = [0; Ring::RECORD_BYTES];
    ring.push(&record, u64::MAX);
    ring.next(&mut at, &mut out).unwrap();
    let (time, decoded) = Ring::decode(&out).unwrap();
    assert_eq!((time, decoded), (u64::MAX, record));
    assert!(line(u64::MAX, time, decoded).len() <= limits::EVENT_LINE_BYTES);
}

#[test]
fn ring_needs_memory_only_to_be_made() {
    fail_nth(Some(0));
    let made = Ring::new(100, 1);
    fail_nth(None);
    assert!(made.is_err());
    let mut ring = Ring::new(100, 1).unwrap();
    fail_nth(Some(0));
    (0..10).for_each(|_| ring.push(&Record::Refusal { why: b"no" }, 0));
    fail_nth(None);
    assert_eq!(ring.sequence(), 11);
}

#[test]
fn words_have_the_order_of_their_numbers() {
    for (code, health) in Health::ALL.iter().enumerate() {
        assert_eq!(Health::from_code(code as u8), Some(*health));
        assert_eq!(usize::from(health.code()), code);
    }
    assert_eq!(Health::from_code(3), None);
}

#[test]
fn lines_are_as_documented() {
    let who = Who {
        task: 4711,
        group: 4710,
        comm: b"my server\n\xff",
    };
    let (host, generation) = ("bank", 7);
    let records = [
        Record::Bind {
            who,
            host,
            from: "",
            channel: 12,
            by: Cause::Transfer,
        },
        Record::Release {
            who,
            host,
            by: End::Close,
        },
        Record::Refusal {
            why: b"1:27: EINVAL: 'cpu.mni=50%': unknown key",
        },
        Record::Trouble {
            what: "failed_moves",
            count: 3,
        },
        Record::Row {
            host,
            change: Change::Added,
            generation,
        },
        Record::Table {
            rows: 1000,
            added: 999,
            removed: 2,
            changed: 1,
            generation,
        },
        Record::Health {
            from: Health::Live,
            to: Health::Deaf,
        },
        Record::Lost { count: 12 },
    ];
    let text: Vec<_> = (1..).zip(records).map(|(n, one)| line(n, 5, one)).collect();
    insta::assert_snapshot!(text.concat(), @r"
    seq=1 time=5 event=bind task=4711 group=4710 host=bank from=- channel=12 by=transfer comm=my server?�
    seq=2 time=5 event=release task=4711 group=4710 host=bank by=close comm=my server?�
    seq=3 time=5 event=refusal why=1:27: EINVAL: 'cpu.mni=50%': unknown key
    seq=4 time=5 event=trouble what=failed_moves count=3
    seq=5 time=5 event=row host=bank change=added generation=7
    seq=6 time=5 event=table rows=1000 added=999 removed=2 changed=1 generation=7
    seq=7 time=5 event=health from=live to=deaf
    seq=8 time=5 event=lost count=12
    ");
}
