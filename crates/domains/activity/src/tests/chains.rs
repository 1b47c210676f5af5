use super::*;
use crate::chain::{Fault, FaultKind};

/// Two chains of organizations and the platform's, six entries each.
async fn sealed() -> Scene {
    let scene = Scene::set().await;
    for who in 0..6 {
        scene.publish_by(from_browser(who), registered(who)).await;
        scene.publish(joined(1, who)).await;
        scene.publish(joined(2, who)).await;
    }
    assert_eq!(scene.log.seal().await.unwrap(), 18);
    scene
}

/// The one fault that is found once `sql` has done its harm.
async fn fault_after(sql: &'static str) -> Option<(Option<OrganizationId>, i64, bool, FaultKind)> {
    let scene = sealed().await;
    let harmed = scene.execute(sql).await;
    assert!(harmed > 0, "no harm was done");
    let faults = scene.log.verify().await.unwrap().faults;
    assert!(faults.len() <= 1, "{faults:?}");
    let fault = faults.into_iter().next()?;
    let Fault {
        organization,
        seq,
        entry,
        kind,
    } = fault;
    Some((organization, seq, entry.is_some(), kind))
}

#[tokio::test]
async fn chains_have_no_gaps_and_verify() {
    let scene = sealed().await;
    let report = scene.log.verify().await.unwrap();
    assert_eq!((report.chains, report.entries, report.unsealed), (3, 18, 0));
    assert_eq!(report.faults, []);

    // Sealing again changes nothing; later entries go on where the chain ended.
    assert_eq!(scene.log.seal().await.unwrap(), 0);
    scene.publish(joined(1, 7)).await;
    assert_eq!(scene.log.verify().await.unwrap().unsealed, 1);
    assert_eq!(scene.log.seal().await.unwrap(), 1);
    let report = scene.log.verify().await.unwrap();
    assert_eq!((report.entries, report.faults.len()), (19, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_may_seal_at_once() {
    let scene = Scene::set().await;
    for who in 0..300 {
        scene.publish(joined(who % 7, who)).await;
    }
    let nodes = (0..4).map(|_| {
        let log = scene.log.clone();
        tokio::spawn(async move { log.seal().await.unwrap() })
    });
    let mut total = 0;
    for node in nodes.collect::<Vec<_>>() {
        total += node.await.unwrap();
    }
    assert_eq!(total, 300);
    let report = scene.log.verify().await.unwrap();
    assert_eq!((report.chains, report.entries, report.faults), (7, 300, vec![]));
}

#[tokio::test]
async fn what_was_altered_is_named() {
    let found = fault_after(
        "UPDATE activity_logs SET request_id = 'req-2' WHERE organization_id IS NULL AND seq = 3",
    );
    assert_eq!(found.await, Some((None, 3, true, FaultKind::Altered)));
    let found =
        fault_after("UPDATE activity_logs SET user_agent = NULL WHERE organization_id IS NULL AND seq = 1");
    assert_eq!(found.await, Some((None, 1, true, FaultKind::Altered)));
}

#[tokio::test]
async fn what_was_removed_in_the_middle_is_named() {
    let found = fault_after("DELETE FROM activity_logs WHERE organization_id IS NULL AND seq = 4");
    assert_eq!(found.await, Some((None, 4, false, FaultKind::Missing)));
    let found = fault_after("DELETE FROM activity_logs WHERE organization_id IS NULL AND seq = 1");
    assert_eq!(found.await, Some((None, 1, false, FaultKind::Missing)));
}

#[tokio::test]
async fn what_was_removed_at_the_end_is_named() {
    let found = fault_after("DELETE FROM activity_logs WHERE organization_id IS NULL AND seq >= 5");
    assert_eq!(found.await, Some((None, 5, false, FaultKind::Truncated)));
    let found = fault_after("DELETE FROM activity_logs WHERE organization_id IS NULL");
    assert_eq!(found.await, Some((None, 1, false, FaultKind::Truncated)));
}

#[tokio::test]
async fn what_was_moved_is_named() {
    let scene = sealed().await;
    for sql in [
        "UPDATE activity_logs SET seq = 99 WHERE organization_id IS NULL AND seq = 2",
        "UPDATE activity_logs SET seq = 2 WHERE organization_id IS NULL AND seq = 3",
        "UPDATE activity_logs SET seq = 3 WHERE organization_id IS NULL AND seq = 99",
    ] {
        assert_eq!(scene.execute(sql).await, 1);
    }
    let faults = scene.log.verify().await.unwrap().faults;
    assert_eq!(
        (faults.len(), faults[0].seq, faults[0].kind),
        (1, 2, FaultKind::Misplaced)
    );
}

#[tokio::test]
async fn an_entry_of_another_chain_does_not_pass() {
    let scene = sealed().await;
    scene
        .execute("DELETE FROM activity_logs WHERE organization_id IS NULL AND seq = 1")
        .await;
    let (from, there) = (
        organization(1),
        "UPDATE activity_logs SET organization_id = NULL WHERE organization_id = $1 AND seq = 1",
    );
    scene
        .test
        .db
        .write(async move |tx: &mut Tx| tx.execute(there, args![from]).await)
        .await
        .unwrap();
    let faults = scene.log.verify().await.unwrap().faults;
    let kinds: Vec<_> = faults
        .iter()
        .map(|fault| (fault.organization, fault.seq, fault.kind))
        .collect();
    assert_eq!(
        kinds,
        [(None, 1, FaultKind::Altered), (Some(from), 1, FaultKind::Missing)]
    );
}

#[tokio::test]
async fn whoever_hides_the_end_of_a_chain_is_found() {
    let scene = sealed().await;
    scene.execute("DELETE FROM activity_chains").await;
    let report = scene.log.verify().await.unwrap();
    assert_eq!((report.chains, report.faults.len()), (0, 3));
    assert!(
        report
            .faults
            .iter()
            .all(|fault| fault.kind == FaultKind::Unrecorded)
    );
}

#[tokio::test]
async fn a_fault_reads_well() {
    let scene = sealed().await;
    scene
        .execute("UPDATE activity_logs SET action = 'x' WHERE organization_id IS NULL AND seq = 3")
        .await;
    let text = scene.log.verify().await.unwrap().faults[0].to_string();
    assert!(
        text.starts_with("chain of the platform: entry 3 was altered (act_"),
        "{text}"
    );
}
