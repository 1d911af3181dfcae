//! The generator: commands, goldens of stages and of whole crates, rejections, drift, pins.

mod binary;
pub mod code;
pub mod commands;
mod deprecated;
mod drift;
mod evidence;
mod generated;
pub mod git;
pub mod golden;
mod hostile;
mod injection;
mod names;
mod progenitor;
mod properties;
mod publications;
mod reject;
mod shared;
mod standalone;
mod whole;
mod wire;
