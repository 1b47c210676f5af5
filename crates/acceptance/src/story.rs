//! How people usually come to be where a test needs them.

use db::Executor as _;
use serde_json::json;

use crate::app::TestApp;
use crate::person::Person;

impl TestApp {
    /// Somebody who signed up and confirmed the address.
    pub async fn confirmed(&self, name: &str) -> Person {
        let person = self.named(name);
        let body = json!({ "email": person.email, "password": person.password, "name": name });
        person.post("/auth/signup", body).await.expect(202);
        let code = self.mail_to(&person.email).await.code();
        let body = json!({ "email": person.email, "code": code });
        person.post("/auth/verify-email", body).await.expect(204);
        person
    }

    /// Somebody who has an account and is signed in.
    pub async fn person(&self, name: &str) -> Person {
        let mut person = self.confirmed(name).await;
        person.sign_in().await;
        person
    }

    /// Somebody with an organization: its owner and its id.
    pub async fn owner(&self, name: &str) -> (Person, String) {
        let owner = self.person(name).await;
        let body = json!({ "name": format!("{name} and friends") });
        let made = owner.post("/organizations", body).await.expect(201);
        (owner, made.at("/id"))
    }

    /// A member of the platform's staff with the role of that name.
    pub async fn staff(&self, name: &str, role: &'static str) -> Person {
        let mut person = self.confirmed(name).await;
        let email = person.email.clone();
        let promoted: Result<u64, db::DbError> = self
            .app()
            .db()
            .write(async move |tx: &mut db::Tx| {
                let sql = "UPDATE users SET platform_role = $1 WHERE email_norm = $2";
                tx.execute(sql, db::args![role, &email]).await
            })
            .await;
        assert_eq!(promoted.unwrap(), 1);
        person.sign_in().await;
        person
    }

    /// Somebody who was invited into `organization` by `inviter` with the role of that key, and joined.
    pub async fn member(&self, name: &str, inviter: &Person, organization: &str, role: &str) -> Person {
        let person = self.person(name).await;
        self.join(&person, inviter, organization, role).await;
        person
    }

    /// `person` is invited into `organization` with the role of that key, and joins.
    pub async fn join(&self, person: &Person, inviter: &Person, organization: &str, role: &str) {
        let body = json!({ "email": person.email, "role": role });
        let path = format!("/organizations/{organization}/invites");
        inviter.post(&path, body).await.expect(201);
        let token = self.mail_to(&person.email).await.link_token();
        let joined = person.post("/invites/accept", json!({ "token": token })).await;
        joined.expect(200);
    }
}
