//! Who describes what: extractors their input, answers their output, handlers both.

use axum::extract::State;

use crate::openapi::operation::Operation;
use crate::problem::ApiError;

/// What a handler takes in.
pub trait Input {
    /// Adds parameters, body or access rule to the operation.
    fn describe(operation: &mut Operation<'_>);
}

/// What a handler answers.
pub trait Output {
    /// Adds the success answer to the operation.
    fn describe(operation: &mut Operation<'_>);
}

/// A handler that is described by its signature. `M` is the signature, so that each number of parameters
/// can have an implementation of its own.
pub trait Describe<M> {
    /// Lets every parameter and the answer describe themselves, in order.
    fn describe(operation: &mut Operation<'_>);
}

/// The service behind the routes is no part of the API.
impl<S> Input for State<S> {
    fn describe(_: &mut Operation<'_>) {}
}

/// Problems are answers of every operation, see [`crate::openapi::document`].
impl<T: Output> Output for Result<T, ApiError> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

/// Something about the answer beside it, such as a cookie, then the answer.
impl<A: Output, T: Output> Output for (A, T) {
    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
        T::describe(operation);
    }
}

macro_rules! describe_handlers {
    ($($parameter:ident),*) => {
        impl<F, Fut, R, $($parameter,)*> Describe<($($parameter,)* Fut, R)> for F
        where
            F: FnOnce($($parameter),*) -> Fut,
            Fut: Future<Output = R>,
            R: Output,
            $($parameter: Input,)*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($parameter::describe(operation);)*
                R::describe(operation);
            }
        }
    };
}

describe_handlers!();
describe_handlers!(A);
describe_handlers!(A, B);
describe_handlers!(A, B, C);
describe_handlers!(A, B, C, D);
describe_handlers!(A, B, C, D, E);
describe_handlers!(A, B, C, D, E, G);
describe_handlers!(A, B, C, D, E, G, H);
describe_handlers!(A, B, C, D, E, G, H, I);
describe_handlers!(A, B, C, D, E, G, H, I, J);
describe_handlers!(A, B, C, D, E, G, H, I, J, K);
