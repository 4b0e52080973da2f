// SPDX-License-Identifier: GPL-2.0

//! What is learned about processes.

use crate::track::kind::{
    Kind,
    Loops,
    Rule,
    Seen, //
};

#[test]
fn learns() {
    use Kind::*;
    for (before, seen, after) in [
        (Unknown, Seen::ServedOwn, Serves),
        (Serves, Seen::ServedOwn, Serves),
        (Forks { served: 0 }, Seen::ServedOwn, Forks { served: 1 }),
        (Forks { served: 7 }, Seen::ServedOwn, Serves),
        (Forks { served: 255 }, Seen::ServedOwn, Serves),
        (Unknown, Seen::Forked { unread: 0 }, Unknown),
        (Serves, Seen::Forked { unread: 0 }, Serves),
        (Unknown, Seen::Forked { unread: 1 }, Forks { served: 0 }),
        (Serves, Seen::Forked { unread: 3 }, Forks { served: 0 }),
        (
            Forks { served: 5 },
            Seen::Forked { unread: 1 },
            Forks { served: 0 },
        ),
        (
            Forks { served: 5 },
            Seen::Forked { unread: 0 },
            Forks { served: 5 },
        ),
    ] {
        assert_eq!(before.after(seen), after, "{before:?} {seen:?}");
    }
}

#[test]
fn the_parameter_decides() {
    use Kind::*;
    for (parameter, kind, binds) in [
        (0, Unknown, false),
        (0, Serves, true),
        (0, Forks { served: 7 }, false),
        (1, Unknown, true),
        (1, Forks { served: 0 }, true),
        (2, Serves, false),
    ] {
        let rule = Rule::from_parameter(parameter).unwrap();
        assert_eq!(rule.binds_at_accept(kind), binds, "{rule:?} {kind:?}");
    }
    assert_eq!(Rule::from_parameter(3), None);
    assert_eq!(Loops::from_parameter(b"charge"), Some(Loops::Charge));
    assert_eq!(Loops::from_parameter(b"move"), Some(Loops::Move));
    assert_eq!(Loops::from_parameter(b"moved"), None);
}

#[test]
fn numbers_name_kinds() {
    for kind in [
        Kind::Unknown,
        Kind::Serves,
        Kind::Forks { served: 0 },
        Kind::Forks { served: 255 },
    ] {
        assert_eq!(Kind::from_number(kind.to_number()), kind);
    }
}
