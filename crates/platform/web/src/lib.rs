//! HTTP: the OpenAPI layer, problems, extractors, access, layers.
