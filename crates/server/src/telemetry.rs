//! What is told about the running server: log lines and metrics.

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, TelemetryConfig};

/// From a read by key to a password hash under load, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// How often what was observed is put into its buckets, so that memory does not grow between two readings.
const UPKEEP: Duration = Duration::from_secs(5);

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Log lines go to standard error from here on, so that what commands print stays apart.
pub fn start_log(config: &TelemetryConfig) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process (tests do that) keeps the first log.
    let _ = match config.log_format {
        LogFormat::Human => log.with_target(false).try_init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
}

/// Metrics are kept from here on; they belong to the process.
pub(crate) fn start_metrics() -> Result<(), BuildError> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?;
    let recorder = builder.build_recorder();
    if METRICS.set(recorder.handle()).is_ok() {
        // Another recorder in this process is somebody else's choice.
        let _ = metrics::set_global_recorder(recorder);
        metrics::gauge!("mainstay_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    }
    Ok(())
}

/// Keeps the metrics small, for as long as it is polled.
pub(crate) async fn keep_metrics() {
    loop {
        tokio::time::sleep(UPKEEP).await;
        if let Some(metrics) = METRICS.get() {
            metrics.run_upkeep();
        }
    }
}

/// All metrics as Prometheus reads them.
pub(crate) fn render_metrics() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
