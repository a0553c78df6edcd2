//! The links between the nodes of a simulation: loss, delay and partitions, all drawn from one seed.

use std::ops::Range;

/// The links, and the source of every choice of the simulation.
pub(super) struct Links {
    /// The generator of the seed.
    choices: fastrand::Rng,
    /// How many of a hundred messages are lost.
    loss_percent: u8,
    /// The nodes on one side of the partition, one bit each; `None` while the network is whole.
    partition: Option<u32>,
}

impl Links {
    /// The links of a seed.
    pub(super) fn new(seed: u64, loss_percent: u8) -> Self {
        Self { choices: fastrand::Rng::with_seed(seed), loss_percent, partition: None }
    }

    /// Splits the network, or heals it.
    pub(super) fn partition(&mut self, mask: Option<u32>) {
        self.partition = mask;
    }

    /// How long a message takes, in milliseconds; `None` when it never arrives.
    pub(super) fn delay(&mut self, from: usize, to: usize) -> Option<u64> {
        let side = |mask: u32, node: usize| (mask >> node) & 1;
        let severed = self.partition.is_some_and(|mask| side(mask, from) != side(mask, to));
        let lost = self.happens(self.loss_percent);
        let delay_ms = self.draw(2..60);
        (!severed && !lost).then_some(delay_ms)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn happens(&mut self, percent: u8) -> bool {
        self.choices.u8(0..100) < percent
    }

    /// Draws a number.
    pub(super) fn draw(&mut self, range: Range<u64>) -> u64 {
        self.choices.u64(range)
    }

    /// Draws a position.
    pub(super) fn pick(&mut self, range: Range<usize>) -> usize {
        self.choices.usize(range)
    }
}
