//! What is printed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports to whoever started it"
)]

use crate::workload::Workload;

/// One workload's figures of one round on one server.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) workload: Workload,
    pub(crate) cpu_us: f64,
    pub(crate) rate: f64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) memory_mib: u64,
    pub(crate) bad: u64,
}

pub(crate) fn line(text: &str) {
    println!("{text}");
}

pub(crate) fn complain(text: &str) {
    eprintln!("✗ {text}");
}

/// The table, as Markdown: medians over the rounds, with the smallest and largest CPU time.
pub(crate) fn table(ours: &[Figures], limit: &[Figures]) {
    line(
        "| workload | | CPU µs/request | min–max | limit µs | ratio | aim µs | req/s | p50 ms | p99 ms | RSS MiB | not 2xx |",
    );
    line("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for workload in Workload::ALL {
        row(workload, &of(ours, workload), &of(limit, workload));
    }
}

fn row(workload: Workload, ours: &[&Figures], limit: &[&Figures]) {
    let cpu = |figures: &[&Figures]| median(figures.iter().map(|figures| figures.cpu_us).collect());
    let (cpu, bare) = (cpu(ours), cpu(limit));
    let smallest = ours
        .iter()
        .map(|figures| figures.cpu_us)
        .fold(f64::INFINITY, f64::min);
    let largest = ours.iter().map(|figures| figures.cpu_us).fold(0.0, f64::max);
    let aim = workload
        .aim()
        .map_or_else(|| format!("{:.0}", bare * 1.08), |aim| format!("{aim:.0}"));
    line(&format!(
        "| {} | {} | {cpu:.1} | {smallest:.1}–{largest:.1} | {bare:.1} | {:.2} | {aim} | {:.0} | {:.2} | {:.2} | {} | {} |",
        workload.name(),
        workload.words(),
        cpu / bare,
        median(ours.iter().map(|figures| figures.rate).collect()),
        median(ours.iter().map(|figures| milliseconds(figures.p50_us)).collect()),
        median(ours.iter().map(|figures| milliseconds(figures.p99_us)).collect()),
        ours.iter()
            .map(|figures| figures.memory_mib)
            .max()
            .unwrap_or_default(),
        ours.iter().map(|figures| figures.bad).sum::<u64>(),
    ));
}

fn of(figures: &[Figures], workload: Workload) -> Vec<&Figures> {
    figures
        .iter()
        .filter(|figures| figures.workload == workload)
        .collect()
}

fn milliseconds(microseconds: u64) -> f64 {
    std::time::Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
