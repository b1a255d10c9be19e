//! Choices from a list of numbers: each takes the next. Fewer and smaller numbers make a simpler case, so that a failure
//! shrinks.

pub(crate) struct Choices<'a> {
    numbers: std::slice::Iter<'a, u8>,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(numbers: &'a [u8]) -> Self {
        Self { numbers: numbers.iter() }
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % bound
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == chances - 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub(crate) fn perhaps<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if self.one_in(2) { Some(self.pick(from)) } else { None }
    }
}
