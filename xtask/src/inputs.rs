//! What people write and pin: the operations, the overlay, the pins, and the publications they point to.

pub mod operations;
pub mod overlay;
pub mod pins;
pub mod publication;
