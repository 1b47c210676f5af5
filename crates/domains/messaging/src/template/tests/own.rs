//! Templates that organizations and the platform make themselves.

use std::time::Duration;

use kernel::{Clock as _, OrganizationId};
use mail::{Allowance, Category, LetterTo, Rendered};
use serde_json::Value;

use super::*;
use crate::{ResolvedTemplate, ShownText, TranslationState};

impl World {
    /// An organization that is there.
    async fn organization(&self, slug: &'static str) -> OrganizationId {
        let id = OrganizationId::new(&*self.ids, SystemClock.now());
        let work = async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at)
                 VALUES ($1, $2, $2, '{}', {now}, {now})",
                args![id, slug],
            )
            .await
        };
        let made: Result<u64, DbError> = self.database.db.write(work).await;
        assert_eq!(made.unwrap(), 1);
        id
    }

    async fn own(
        &self,
        organization: Option<OrganizationId>,
        locale: &str,
        change: impl FnOnce(&mut NewText),
    ) -> Result<ShownText, MessagingError> {
        self.templates
            .create(&RequestContext::system(), own(organization, locale, change))
            .await
    }

    async fn publish_own(&self, organization: Option<OrganizationId>, locale: &str, version: i64) {
        let context = RequestContext::system();
        let locale = locale.parse().unwrap();
        let published = self
            .templates
            .publish(&context, welcome(organization), locale, version);
        published.await.unwrap();
    }

    async fn resolve(
        &self,
        organization: Option<OrganizationId>,
        locales: &[&str],
    ) -> Result<ResolvedTemplate, MessagingError> {
        let locales: Vec<Locale> = locales.iter().map(|tag| tag.parse().unwrap()).collect();
        self.templates.resolve(organization, "welcome", &locales).await
    }
}

fn welcome(organization: Option<OrganizationId>) -> TemplateName {
    TemplateName {
        organization,
        key: "welcome".into(),
    }
}

fn own(organization: Option<OrganizationId>, locale: &str, change: impl FnOnce(&mut NewText)) -> NewText {
    let variables = json!([
        { "name": "first_name", "type": "string", "required": true, "sample": "Ada" },
        { "name": "things", "type": "list" },
    ]);
    let mut new = NewText {
        of: welcome(organization),
        locale: locale.parse().unwrap(),
        name: None,
        category: None,
        variables: Some(serde_json::from_value(variables).unwrap()),
        source: Source {
            subject: format!("{locale}: {{{{ first_name }}}}"),
            preheader: String::new(),
            text: "{% for thing in things %}{{ thing }},{% endfor %}{{ unsubscribe_url }}".into(),
            html: "<p>{{ first_name }}</p>".into(),
        },
    };
    change(&mut new);
    new
}

fn render(template: &ResolvedTemplate, locale: &str, variables: &Value) -> Result<Rendered, MessagingError> {
    let letter = LetterTo {
        recipient: &"ada@example.com".parse().unwrap(),
        unsubscribe_url: None,
        variables: variables.as_object().unwrap(),
    };
    let text = template.text_for(&locale.parse().unwrap());
    text.render(&letter, &mut Allowance::new(Duration::from_secs(5)))
}

#[tokio::test]
async fn a_template_of_an_organization_is_its_own() {
    let world = World::new().await;
    let (ink, quill) = (
        Some(world.organization("ink").await),
        Some(world.organization("quill").await),
    );
    for owner in [ink, quill, None] {
        let written = world.own(owner, "en", |_| {}).await.unwrap();
        assert_eq!((written.text.version, written.text.of), (1, welcome(owner)));
        assert_eq!(written.text.category, Category::transactional());
    }
    assert_eq!(world.own(ink, "en", |_| {}).await.unwrap().text.version, 2);
    world.publish_own(ink, "en", 2).await;
    assert!(world.resolve(ink, &[]).await.is_ok());
    for other in [quill, None] {
        let refused = world.resolve(other, &[]).await;
        assert!(matches!(refused, Err(MessagingError::Unpublished)));
        let versions = world
            .templates
            .list_versions(welcome(other), Locale::ENGLISH, PageRequest::default());
        let versions = versions.await.unwrap().items;
        assert_eq!(versions.len(), 1);
        assert_eq!(versions[0].status, Status::Draft);
    }
    let list = world.templates.list(ink, PageRequest::default()).await.unwrap();
    assert_eq!(list.items.len(), 1, "the product's own mails are the platform's");
    assert_eq!(list.items[0].variables.len(), 2);
    let list = world
        .templates
        .list(None, PageRequest::new(200, None))
        .await
        .unwrap();
    let keys: Vec<_> = list.items.iter().map(|one| one.of.key.as_str()).collect();
    assert_eq!(keys.len(), Template::ALL.len() + 1);
    assert!(keys.is_sorted() && keys.contains(&"welcome"));
    let context = RequestContext::system();
    world.templates.delete(&context, welcome(ink)).await.unwrap();
    assert_eq!(world.heard(), ["template.published", "template.deleted"]);
    let gone = world.templates.delete(&context, welcome(ink)).await;
    assert_eq!(fault(gone).1, "not_found");
    assert!(matches!(
        world.resolve(ink, &[]).await,
        Err(MessagingError::NotFound)
    ));
    let gone = world
        .templates
        .publish(&context, welcome(ink), Locale::ENGLISH, 1);
    assert_eq!(fault(gone.await).1, "not_found");
    let list = world.templates.list(ink, PageRequest::default()).await.unwrap();
    assert!(list.items.is_empty());
    assert!(
        world
            .templates
            .get(welcome(quill), &Locale::ENGLISH)
            .await
            .is_ok()
    );
    assert_eq!(
        world.own(ink, "en", |_| {}).await.unwrap().text.version,
        3,
        "it goes on counting"
    );
}

#[tokio::test]
async fn the_products_own_mails_are_the_platforms() {
    let world = World::new().await;
    let ink = Some(world.organization("ink").await);
    assert_eq!(
        fault(TemplateName::to_write(ink, "invite")),
        ("/key".into(), "reserved")
    );
    let invite = |organization| TemplateName {
        organization,
        key: "invite".into(),
    };
    let context = RequestContext::system();
    let get = world.templates.get(invite(ink), &Locale::ENGLISH).await;
    assert_eq!(fault(get).1, "not_found");
    assert_eq!(
        fault(world.templates.delete(&context, invite(None)).await).1,
        "template_built_in"
    );
    assert_eq!(
        fault(world.templates.delete(&context, invite(ink)).await).1,
        "not_found"
    );
    let resolved = world.templates.resolve(None, "invite", &[]).await;
    assert!(matches!(resolved, Err(MessagingError::NotFound)));
    world.own(ink, "en", |_| {}).await.unwrap();
    let reset = |organization| {
        world
            .templates
            .reset(&context, welcome(organization), Locale::ENGLISH)
    };
    assert_eq!(fault(reset(ink).await).1, "template_not_built_in");
    assert_eq!(fault(reset(None).await).1, "not_found");
    let refused = world.own(ink, "en", |new| new.category = Some(Category::security()));
    assert_eq!(fault(refused.await), ("/category".into(), "reserved"));
}

#[tokio::test]
async fn readers_get_the_nearest_language() {
    let world = World::new().await;
    let ink = Some(world.organization("ink").await);
    for locale in ["fr", "de", "en", "de-AT"] {
        world.own(ink, locale, |_| {}).await.unwrap();
    }
    assert!(matches!(
        world.resolve(ink, &["en"]).await,
        Err(MessagingError::Unpublished)
    ));
    let get = async |locale: &str| {
        let shown = world.templates.get(welcome(ink), &locale.parse().unwrap()).await;
        let text = shown.unwrap().text;
        (text.locale.to_string(), text.status)
    };
    assert_eq!(get("es").await, ("fr".into(), Status::Draft));
    for locale in ["de", "fr", "en"] {
        world.publish_own(ink, locale, 1).await;
    }
    let locales = ["en-GB", "de-AT", "de-CH", "es", "fr"];
    let template = world.resolve(ink, &locales).await.unwrap();
    for (locale, expected) in [
        ("en-GB", "en"),
        ("de-AT", "de"),
        ("de-CH", "de"),
        ("fr", "fr"),
        ("es", "fr"),
    ] {
        let letter = render(&template, locale, &json!({ "first_name": "Ada" })).unwrap();
        assert_eq!(letter.subject, format!("{expected}: Ada"), "{locale}");
        assert_eq!(get(locale).await, (expected.to_owned(), Status::Published));
    }
    let few = world.resolve(ink, &["es"]).await.unwrap();
    assert_eq!(few.text_for(&"en".parse().unwrap()).locale.as_str(), "fr");
}

#[tokio::test]
async fn values_are_checked_before_a_letter_is_written() {
    let world = World::new().await;
    world.own(None, "en", |_| {}).await.unwrap();
    world.publish_own(None, "en", 1).await;
    let template = world.resolve(None, &[]).await.unwrap();
    let told = json!({ "first_name": "<i>Ada</i>", "things": [1, "two"] });
    let letter = render(&template, "en", &told).unwrap();
    assert_eq!(
        (letter.text.as_str(), letter.html.as_str()),
        ("1,two,", "<p>&lt;i&gt;Ada&lt;&#x2f;i&gt;</p>")
    );
    for (told, pointer, code) in [
        (json!({}), "/variables/first_name", "required"),
        (
            json!({ "first_name": 1 }),
            "/variables/first_name",
            "invalid_value",
        ),
        (
            json!({ "first_name": "Ada", "things": "x" }),
            "/variables/things",
            "invalid_value",
        ),
        (
            json!({ "first_name": "Ada", "last_name": "x" }),
            "/variables/last_name",
            "unknown_field",
        ),
    ] {
        assert_eq!(fault(render(&template, "en", &told)), (pointer.to_owned(), code));
    }
}

#[tokio::test]
async fn a_text_declares_what_it_asks_for() {
    let world = World::new().await;
    let refused = world
        .own(None, "en", |new| new.variables = Some(Vec::new()))
        .await;
    let error = refused.unwrap_err();
    assert_eq!(error.fields()[0].code, "undeclared_variable");
    assert!(error.fields()[0].detail.starts_with("`first_name` "), "{error:?}");
    let twice = world.own(None, "en", |new| {
        let first = new.variables.as_ref().unwrap()[0].clone();
        new.variables.as_mut().unwrap().push(first);
    });
    assert_eq!(fault(twice.await), ("/variables/2/name".into(), "duplicate"));
    // A translation is told what the text before it is told.
    world
        .own(None, "en", |new| {
            new.category = Some("product_news".parse().unwrap());
        })
        .await
        .unwrap();
    let german = world.own(None, "de", |new| new.variables = None).await.unwrap();
    assert_eq!(german.text.variables.len(), 2);
    assert_eq!(german.text.category.as_str(), "product_news");
}

#[tokio::test]
async fn who_saw_an_older_text_replaces_nothing() {
    let world = World::new().await;
    let ink = Some(world.organization("ink").await);
    let context = RequestContext::system();
    let replace = |locale: &'static str, if_match| {
        let new = own(ink, locale, |_| {});
        world.templates.replace(&context, new, if_match)
    };
    assert_eq!(fault(replace("en", None).await).1, "not_found");
    world.own(ink, "en", |_| {}).await.unwrap();
    let get = || world.templates.get(welcome(ink), &Locale::ENGLISH);
    let seen = get().await.unwrap().tag();
    assert_eq!(fault(replace("en", Some(seen + 2)).await).1, "version_mismatch");
    let second = replace("en", Some(seen)).await.unwrap();
    assert_eq!(second.text.version, 2);
    assert_eq!(fault(replace("en", Some(seen)).await).1, "version_mismatch");
    assert_eq!(get().await.unwrap().tag(), second.tag());
    let published = world
        .templates
        .publish(&context, welcome(ink), Locale::ENGLISH, 1)
        .await
        .unwrap();
    assert_eq!(get().await.unwrap().tag(), published.tag());
    assert_eq!(
        fault(replace("en", Some(second.tag())).await).1,
        "version_mismatch",
        "publishing is a change"
    );
    assert_eq!(
        replace("en", Some(published.tag())).await.unwrap().text.version,
        3
    );
    assert_eq!(
        replace("de", Some(0)).await.unwrap().text.version,
        1,
        "a first translation"
    );
}

#[tokio::test]
async fn what_is_missing_in_a_language_is_reported() {
    let world = World::new().await;
    let ink = Some(world.organization("ink").await);
    for locale in ["en", "de", "it"] {
        world.own(ink, locale, |_| {}).await.unwrap();
    }
    world
        .own(ink, "fr", |new| new.of.key = "other".into())
        .await
        .unwrap();
    for locale in ["en", "de"] {
        world.publish_own(ink, locale, 1).await;
    }
    let states = async || {
        let report = world.templates.translations(welcome(ink)).await.unwrap();
        assert_eq!(report.default_locale, "en");
        let states = report.locales.into_iter();
        let states = states.map(|one| (one.language.locale, one.state, one.differing_variables));
        states.collect::<Vec<_>>()
    };
    let expected = |locale: &str, state, differing: &[&str]| {
        let differing = differing
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>();
        (locale.to_owned(), state, differing)
    };
    assert_eq!(
        states().await,
        [
            expected("de", TranslationState::UpToDate, &[]),
            expected("en", TranslationState::UpToDate, &[]),
            expected("fr", TranslationState::Missing, &[]),
            expected("it", TranslationState::Missing, &[]),
        ]
    );
    let more = |new: &mut NewText| {
        let declared = json!({ "name": "link", "type": "url" });
        let declared = serde_json::from_value(declared).unwrap();
        new.variables.as_mut().unwrap().push(declared);
    };
    world.own(ink, "en", more).await.unwrap();
    world.publish_own(ink, "en", 2).await;
    assert_eq!(
        states().await[0],
        expected("de", TranslationState::Behind, &["link"])
    );
    let built_in = world.templates.translations(of(MAIL)).await.unwrap();
    assert!(
        built_in
            .locales
            .iter()
            .all(|one| one.state == TranslationState::UpToDate)
    );
    assert_eq!(
        fault(world.templates.translations(welcome(None)).await).1,
        "not_found"
    );
}

#[tokio::test]
async fn a_preview_is_of_a_version_or_of_what_is_not_kept() {
    let world = World::new().await;
    let ink = Some(world.organization("ink").await);
    let preview = async |change: &dyn Fn(&mut NewPreview)| {
        let mut new = NewPreview {
            of: welcome(ink),
            locale: None,
            version: None,
            source: None,
            declarations: None,
            variables: serde_json::Map::new(),
        };
        change(&mut new);
        world.templates.preview(new).await
    };
    assert_eq!(fault(preview(&|_| {}).await).1, "not_found");
    let unkept = |new: &mut NewPreview| new.source = Some(own(ink, "en", |_| {}).source);
    assert_eq!(fault(preview(&unkept).await).1, "undeclared_variable");
    let declared = |new: &mut NewPreview| {
        unkept(new);
        new.declarations = own(ink, "en", |_| {}).variables;
    };
    assert_eq!(preview(&declared).await.unwrap().subject, "en: Ada");
    world.own(ink, "en", |_| {}).await.unwrap();
    world
        .own(ink, "en", |new| new.source.subject = "Second".into())
        .await
        .unwrap();
    assert_eq!(preview(&unkept).await.unwrap().subject, "en: Ada");
    assert_eq!(preview(&|_| {}).await.unwrap().subject, "Second");
    assert_eq!(
        preview(&|new| new.version = Some(1)).await.unwrap().subject,
        "en: Ada"
    );
    let told = |value: Value| {
        move |new: &mut NewPreview| {
            new.version = Some(1);
            new.variables = value.as_object().unwrap().clone();
        }
    };
    let shown = preview(&told(json!({ "first_name": "Grace" }))).await.unwrap();
    assert_eq!(shown.subject, "en: Grace");
    for (value, code) in [
        (json!({ "first_name": null }), "required"),
        (json!({ "first_name": 1 }), "invalid_value"),
        (json!({ "nobody": 1 }), "unknown_field"),
    ] {
        assert_eq!(fault(preview(&told(value)).await).1, code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_of_each_owner_and_language_have_no_gaps() {
    let world = Arc::new(World::new().await);
    let owners = [Some(world.organization("ink").await), None];
    let mut writing = Vec::new();
    for turn in 0..24 {
        let world = Arc::clone(&world);
        let owner = owners[turn % 2];
        let locale = ["en", "de"][turn / 2 % 2];
        writing.push(tokio::spawn(async move {
            let written = world.own(owner, locale, |_| {}).await;
            (owner, locale, written.unwrap().text.version)
        }));
    }
    let mut versions = BTreeSet::new();
    for task in writing {
        let (owner, locale, version) = task.await.unwrap();
        assert!(versions.insert((owner.map(|id| id.to_string()), locale, version)));
    }
    for owner in owners {
        for locale in ["en", "de"] {
            let owner = owner.map(|id| id.to_string());
            let of_one = versions
                .iter()
                .filter(|(whose, language, _)| *whose == owner && *language == locale);
            let numbers: Vec<i64> = of_one.map(|(_, _, version)| *version).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_deletes_and_who_publishes_take_turns() {
    let world = Arc::new(World::new().await);
    for round in 0..8 {
        let written = world.own(None, "en", |_| {}).await.unwrap().text.version;
        let deleting = {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let context = RequestContext::system();
                world.templates.delete(&context, welcome(None)).await
            })
        };
        let publishing = {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let context = RequestContext::system();
                let published = world
                    .templates
                    .publish(&context, welcome(None), Locale::ENGLISH, written);
                published.await.map(drop)
            })
        };
        deleting.await.unwrap().unwrap();
        let published = publishing.await.unwrap();
        assert!(
            matches!(published, Ok(()) | Err(MessagingError::NotFound)),
            "{round}: {published:?}"
        );
        let left = world.resolve(None, &[]).await;
        assert!(
            matches!(left, Err(MessagingError::NotFound)),
            "{round}: whoever was first, it is deleted"
        );
    }
}
