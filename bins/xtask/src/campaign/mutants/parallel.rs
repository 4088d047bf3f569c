//! How many things are done at the same time is decided here: as many as there are processors.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Result, anyhow};

/// Does something with each item; the answers are in the order of the items. After an error no
/// more are begun.
pub(super) fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    act: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let left: Mutex<VecDeque<(usize, T)>> = Mutex::new(items.into_iter().enumerate().collect());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || -> Result<Vec<(usize, R)>> {
        let mut done = Vec::new();
        while let Some((index, item)) = next() {
            match act(item) {
                Ok(answer) => done.push((index, answer)),
                Err(error) => {
                    left.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    return Err(error);
                }
            }
        }
        Ok(done)
    };
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut done = thread::scope(|scope| -> Result<Vec<(usize, R)>> {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut done = Vec::new();
        for thread in threads {
            done.extend(thread.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        Ok(done)
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_an_error_ends_it() {
        let doubled = in_parallel((0..100).collect(), |number: u32| Ok(number * 2)).unwrap();
        assert_eq!(doubled, (0..100).map(|number| number * 2).collect::<Vec<_>>());
        let failed = in_parallel((0..100).collect(), |number: u32| match number {
            7 => Err(anyhow!("seven")),
            other => Ok(other),
        });
        assert_eq!(failed.unwrap_err().to_string(), "seven");
    }
}
