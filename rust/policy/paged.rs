// SPDX-License-Identifier: GPL-2.0

//! Arrays of which a changed copy costs only the pages that change.

use crate::mem::{
    List,
    NoMemory,
    Shared, //
};

/// A page holds this many items, as a power of two: a copied page is a few KiB, and the list of
/// pages of a full table a few hundred entries.
const SHIFT: u32 = 8;
const ITEMS: usize = 1 << SHIFT;

/// Some consecutive items.
enum Page<T> {
    /// Of one array only, which may change them.
    Own(List<T>),
    /// Of several arrays.
    Shared(Shared<List<T>>),
}

impl<T> Page<T> {
    fn items(&self) -> &[T] {
        match self {
            Self::Own(items) => items,
            Self::Shared(items) => items,
        }
    }
}

/// An array in pages of [`ITEMS`] items, all of them full but the last one.
pub(crate) struct Paged<T> {
    pages: List<Page<T>>,
    len: usize,
}

impl<T: Clone> Paged<T> {
    /// An empty array.
    pub(crate) const fn new() -> Self {
        Self {
            pages: List::new(),
            len: 0,
        }
    }

    /// An array of `len` times `value`.
    pub(crate) fn filled(len: usize, value: T) -> Result<Self, NoMemory> {
        let mut paged = Self::new();
        paged.grow(len, value)?;
        Ok(paged)
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The item at `index`.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        let page = self.pages.get(index >> SHIFT)?;
        page.items().get(index & (ITEMS - 1))
    }

    /// The item at `index`, to be changed; nobody else sees the change.
    pub(crate) fn get_mut(&mut self, index: usize) -> Result<Option<&mut T>, NoMemory> {
        let Some(page) = self.pages.get_mut(index >> SHIFT) else {
            return Ok(None);
        };
        Ok(owned(page)?.get_mut(index & (ITEMS - 1)))
    }

    /// Puts `value` at `index`, if there is such an item.
    pub(crate) fn set(&mut self, index: usize, value: T) -> Result<(), NoMemory> {
        if let Some(place) = self.get_mut(index)? {
            *place = value;
        }
        Ok(())
    }

    /// Appends an item.
    pub(crate) fn push(&mut self, value: T) -> Result<(), NoMemory> {
        self.grow(self.len.saturating_add(1), value)
    }

    /// Appends copies of `value` until there are `len` items.
    pub(crate) fn grow(&mut self, len: usize, value: T) -> Result<(), NoMemory> {
        while self.len < len {
            let used = self.len & (ITEMS - 1);
            if used == 0 {
                self.pages.push(Page::Own(List::with_capacity(ITEMS)?))?;
            }
            let Some(page) = self.pages.last_mut() else {
                return Ok(());
            };
            let items = owned(page)?;
            let missing = len.saturating_sub(self.len);
            let new = missing.min(ITEMS.saturating_sub(used));
            items.resize(used.saturating_add(new), value.clone())?;
            self.len = self.len.saturating_add(new);
        }
        Ok(())
    }

    /// All items in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.items())
    }

    /// If a page begins at `index` that both arrays share, the index behind it.
    #[inline]
    pub(crate) fn shared_until(&self, other: &Self, index: usize) -> Option<usize> {
        if index & (ITEMS - 1) != 0 {
            return None;
        }
        let page = index >> SHIFT;
        match (self.pages.get(page), other.pages.get(page)) {
            (Some(Page::Shared(one)), Some(Page::Shared(two))) if Shared::ptr_eq(one, two) => {
                Some((page << SHIFT).saturating_add(ITEMS))
            }
            _ => None,
        }
    }

    /// Makes all pages shareable.
    pub(crate) fn freeze(&mut self) -> Result<(), NoMemory> {
        for page in self.pages.iter_mut() {
            if let Page::Own(items) = page {
                let items = core::mem::replace(items, List::new());
                *page = Page::Shared(Shared::new(items)?);
            }
        }
        Ok(())
    }

    /// A copy that shares the frozen pages.
    pub(crate) fn try_clone(&self) -> Result<Self, NoMemory> {
        let mut pages = List::with_capacity(self.pages.len())?;
        for page in self.pages.iter() {
            pages.push(match page {
                Page::Own(items) => Page::Own(items.try_clone()?),
                Page::Shared(items) => Page::Shared(items.clone()),
            })?;
        }
        Ok(Self {
            pages,
            len: self.len,
        })
    }
}

/// The items of a page that belongs to one array, which it does from now on.
fn owned<T: Clone>(page: &mut Page<T>) -> Result<&mut List<T>, NoMemory> {
    if let Page::Shared(items) = page {
        let mut copy = List::with_capacity(ITEMS)?;
        copy.extend_from_slice(items)?;
        *page = Page::Own(copy);
    }
    match page {
        Page::Own(items) => Ok(items),
        Page::Shared(_) => Err(NoMemory),
    }
}
