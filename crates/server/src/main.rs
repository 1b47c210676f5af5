//! One binary, the whole product.
fn main() {}
