use std::sync::Arc;

use db::{Args, DbError, Executor as _, Tx, args};
use kernel::{OrganizationId, PageRequest, UserId};
use serde_json::{Value, json};

use super::model::{MOST, Written};
use super::{Document, DocumentOwner, DocumentPlace, DocumentValue, Documents, Expected};
use crate::error::IdentityError;
use crate::testing::{Identity, context};

async fn start() -> (Identity, Documents, UserId) {
    let identity = Identity::open().await;
    let documents = Documents::new(identity.machinery.clone(), identity.users.clone());
    let ada = identity.person("ada@example.com").await.user.id;
    (identity, documents, ada)
}

fn place(owner: DocumentOwner, key: &str) -> DocumentPlace {
    DocumentPlace {
        owner,
        namespace: "notes".parse().unwrap(),
        key: key.parse().unwrap(),
    }
}

async fn write(
    documents: &Documents,
    place: DocumentPlace,
    value: Value,
    expected: Expected,
) -> Result<Written, IdentityError> {
    let value = DocumentValue::new(value)?;
    documents.write(&context(), place, value, expected).await
}

async fn execute(identity: &Identity, sql: &'static str, args: Args) {
    let work = async move |tx: &mut Tx| -> Result<u64, DbError> { tx.execute(sql, args.clone()).await };
    identity.machinery.db.write(work).await.unwrap();
}

async fn organization(identity: &Identity) -> DocumentOwner {
    let id = OrganizationId::from_uuid(uuid::Uuid::from_u128(77));
    let now = identity.machinery.now();
    let sql = "INSERT INTO organizations (id, name, slug, settings, version, created_at, updated_at)
               VALUES ($1, 'Acme', 'acme', $2, 1, $3, $3)";
    execute(identity, sql, args![id, json!({}), now]).await;
    DocumentOwner::Organization(id)
}

fn replaced(written: Written) -> Document {
    match written {
        Written::Replaced(document) => document,
        Written::Created(_) => panic!("it was there"),
    }
}

#[tokio::test]
async fn a_document_is_made_replaced_and_deleted_as_expected() {
    let (identity, documents, ada) = start().await;
    for owner in [DocumentOwner::User(ada), organization(&identity).await] {
        let here = place(owner, "a");
        let missing = write(&documents, here.clone(), json!(1), Expected::Present).await;
        assert!(matches!(missing, Err(IdentityError::Outdated)));
        let first = write(
            &documents,
            here.clone(),
            json!({ "a": [1, null] }),
            Expected::Absent,
        )
        .await;
        assert!(matches!(first.unwrap(), Written::Created(_)));
        let again = write(&documents, here.clone(), json!(2), Expected::Absent).await;
        assert!(matches!(again, Err(IdentityError::AlreadyExists)));
        let outdated = write(&documents, here.clone(), json!(2), Expected::Version(2)).await;
        assert!(matches!(outdated, Err(IdentityError::Outdated)));
        let second = write(&documents, here.clone(), json!(null), Expected::Version(1)).await;
        assert_eq!(replaced(second.unwrap()).version, 2);
        let same = write(&documents, here.clone(), json!(null), Expected::Anything).await;
        assert_eq!(replaced(same.unwrap()).version, 2);
        let found = documents.get(here.clone()).await.unwrap();
        assert_eq!((found.value, found.version), (Value::Null, 2));
        let outdated = documents
            .delete(&context(), here.clone(), Expected::Version(1))
            .await;
        assert!(matches!(outdated, Err(IdentityError::Outdated)));
        documents
            .delete(&context(), here.clone(), Expected::Version(2))
            .await
            .unwrap();
        let gone = documents.get(here).await;
        assert!(matches!(gone, Err(IdentityError::NotFound)));
    }
    for owner in ["user_data", "organization_data"] {
        assert_eq!(identity.heard(&format!("{owner}.written")), 2);
        assert_eq!(identity.heard(&format!("{owner}.deleted")), 1);
    }
}

#[tokio::test]
async fn owners_do_not_see_one_anothers_documents() {
    let (identity, documents, ada) = start().await;
    let eve = identity.person("eve@example.com").await.user.id;
    let acme = organization(&identity).await;
    let owners = [DocumentOwner::User(ada), DocumentOwner::User(eve), acme];
    for (number, owner) in owners.into_iter().enumerate() {
        let written = write(&documents, place(owner, "a"), json!(number), Expected::Absent).await;
        written.unwrap();
    }
    for (number, owner) in owners.into_iter().enumerate() {
        let page = PageRequest::default();
        let page = documents.list(owner, None, page).await.unwrap();
        let values: Vec<_> = page.items.into_iter().map(|document| document.value).collect();
        assert_eq!(values, [json!(number)]);
    }
    let nobody = DocumentOwner::User(UserId::from_uuid(uuid::Uuid::from_u128(9)));
    let lost = write(&documents, place(nobody, "a"), json!(1), Expected::Anything).await;
    assert!(matches!(lost, Err(IdentityError::NotFound)));
}

#[tokio::test]
async fn lists_go_by_name_on_both_engines() {
    let (_identity, documents, ada) = start().await;
    let owner = DocumentOwner::User(ada);
    for (namespace, key) in [
        ("b", "a"),
        ("a-b", "z"),
        ("a", "b"),
        ("ab", "_"),
        ("a", "B".to_lowercase().as_str()),
        ("a", "a.b"),
        ("a", "ab"),
    ] {
        let here = DocumentPlace {
            owner,
            namespace: namespace.parse().unwrap(),
            key: key.parse().unwrap(),
        };
        write(&documents, here, json!(1), Expected::Anything)
            .await
            .unwrap();
    }
    let all = ["a/a.b", "a/ab", "a/b", "a-b/z", "ab/_", "b/a"];
    for limit in [1, 2, 200] {
        assert_eq!(names(&documents, owner, None, limit).await, all);
        assert_eq!(names(&documents, owner, Some("a"), limit).await, all[..3]);
    }
}

async fn names(
    documents: &Documents,
    owner: DocumentOwner,
    namespace: Option<&str>,
    limit: u32,
) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let namespace = namespace.map(|namespace| namespace.parse().unwrap());
        let page = PageRequest::new(limit, after);
        let page = documents.list(owner, namespace, page).await.unwrap();
        let found = page.items.iter();
        names.extend(
            found.map(|document| format!("{}/{}", document.namespace.as_str(), document.key.as_str())),
        );
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn nobody_gets_beyond_the_last_document() {
    let (identity, documents, ada) = start().await;
    let owner = DocumentOwner::User(ada);
    let now = identity.machinery.now();
    for number in 0..MOST - 3 {
        let id = uuid::Uuid::from_u128(u128::try_from(number).unwrap());
        let sql =
            "INSERT INTO user_data (id, user_id, namespace, key, value, version, created_at, updated_at)
                   VALUES ($1, $2, 'full', $3, $4, 1, $5, $5)";
        let key = format!("k{number}");
        execute(&identity, sql, args![id, ada, &key, json!(1), now]).await;
    }
    let start = Arc::new(tokio::sync::Barrier::new(8));
    let writing: Vec<_> = (0..8)
        .map(|number| {
            let (documents, start) = (documents.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                let here = place(owner, &format!("n{number}"));
                match write(&documents, here, json!(1), Expected::Absent).await {
                    Ok(_) => 1,
                    Err(IdentityError::TooManyDocuments) => 0,
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    let mut made = 0;
    for outcome in writing {
        made += outcome.await.unwrap();
    }
    assert_eq!(made, 3);
    let kept = place(owner, "n0");
    let page = documents
        .list(owner, None, PageRequest::new(200, None))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 50);
    documents
        .delete(
            &context(),
            DocumentPlace {
                namespace: "full".parse().unwrap(),
                ..place(owner, "k0")
            },
            Expected::Present,
        )
        .await
        .unwrap();
    write(&documents, kept, json!(2), Expected::Anything)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_many_who_make_the_same_document_one_does() {
    let (_identity, documents, ada) = start().await;
    let here = place(DocumentOwner::User(ada), "once");
    let writing: Vec<_> = (0..8)
        .map(|number| {
            let (documents, here) = (documents.clone(), here.clone());
            tokio::spawn(async move {
                match write(&documents, here, json!(number), Expected::Absent).await {
                    Ok(Written::Created(_)) => 1,
                    Err(IdentityError::AlreadyExists) => 0,
                    other => panic!("{other:?}"),
                }
            })
        })
        .collect();
    let mut made = 0;
    for outcome in writing {
        made += outcome.await.unwrap();
    }
    assert_eq!(made, 1);
}
