//! The whole way of a request, through a small API made for it.

mod access;
mod document;
mod drift;
mod extractors;
mod keys;
mod larger_bodies;
mod repeats;
mod sample;
mod scope;
