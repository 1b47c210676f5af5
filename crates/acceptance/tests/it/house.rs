//! The house rules that Cargo and clippy can't hold: floors, arrows, doors, names and sizes.
//!
//! Each rule is a function that answers its violations as sentences; each file also shows its rules
//! refusing a made-up bad example, so that a rule that has gone blind is noticed.

mod files;
mod floors;
mod migrations;
mod modules;
mod slices;
mod source;
mod statements;
mod words;
mod workspace;

use workspace::Workspace;

#[test]
fn crates_import_downward_only() {
    assert_kept(&floors::wrong_imports(&Workspace::read()));
}

#[test]
fn drivers_and_web_framework_stay_behind_their_doors() {
    let workspace = Workspace::read();
    assert_kept(&floors::wrong_outsiders(&workspace));
    assert_kept(&words::misplaced(&workspace));
}

#[test]
fn modules_have_no_circles() {
    assert_kept(&modules::circles(&Workspace::read()));
}

#[test]
fn slices_keep_their_arrows() {
    assert_kept(&slices::wrong_arrows(&Workspace::read()));
}

#[tokio::test]
async fn every_statement_is_understood() {
    let (misunderstood, tried) = statements::misunderstood(&Workspace::read()).await;
    assert_kept(&misunderstood);
    assert!(tried > 100, "only {tried} statements were found");
}

#[test]
fn migrations_come_in_pairs() {
    assert_kept(&migrations::unpaired(&workspace::root().join("migrations")));
}

#[test]
fn files_are_small_and_named_for_what_they_hold() {
    let workspace = Workspace::read();
    assert_kept(&files::bad_names(&workspace));
    assert_kept(&files::too_long(&workspace));
}

fn assert_kept(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
