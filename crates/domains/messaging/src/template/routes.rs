//! `/messages/templates`.

mod answers;
mod bodies;

use axum::extract::State;
use kernel::permission::{WritePlatformTemplates, WriteTemplates};
use web::routes::{Doc, Routes};
use web::{
    Accepted, Api, ApiResult, Context, Created, IfMatch, Json, NoContent, PageBody, Paging, Path, Query,
    Tagged,
};

use super::model::{ShownText, TemplateName};
use super::service::{Templates, Tester};
use answers::{
    TemplateBody, TemplateOverviewBody, TemplatePreviewBody, TemplateTranslationsBody, TestSendBody,
};
use bodies::{
    CreateTemplate, InLanguage, LanguageQuery, PreviewTemplate, ReplaceTemplate, TemplatePath,
    TestSendTemplate, VersionPath,
};

/// Who writes the texts of an organization, or of the platform.
type Scope = web::Scope<WriteTemplates, WritePlatformTemplates>;
type Scoped<T> = web::Scoped<WriteTemplates, WritePlatformTemplates, T>;

const ALL: &str = "/messages/templates";
const ONE: &str = "/messages/templates/{templateKey}";
const TRANSLATIONS: &str = "/messages/templates/{templateKey}/translations";
const VERSIONS: &str = "/messages/templates/{templateKey}/versions";
const VERSION: &str = "/messages/templates/{templateKey}/versions/{version}";
const PUBLISH: &str = "/messages/templates/{templateKey}/versions/{version}/publish";
const RESET: &str = "/messages/templates/{templateKey}/reset";
const PREVIEW: &str = "/messages/templates/{templateKey}/preview";
const TEST_SEND: &str = "/messages/templates/{templateKey}/test-send";

/// The routes of templates.
pub fn routes(templates: Templates) -> Api {
    writing(reading(
        Routes::new("messages").about("Mails that the product, organizations and programs send."),
    ))
    .with_state(templates)
}

fn reading(routes: Routes<Templates>) -> Routes<Templates> {
    routes
        .get(
            ALL,
            list_templates,
            Doc::new(
                "List templates",
                "Those of an organization, or those of the platform, which are the product's own mails and whatever \
                 the platform sends besides. What their texts are told, and in which languages there is one.",
            ),
        )
        .get(
            ONE,
            get_template,
            Doc::new(
                "Get the text of a template",
                "What mails to readers of `locale` are made of: the text that is published, in that language, in what \
                 it falls back to, or in the default language. For the product's own mails, what the product brings \
                 along where nothing is published. A template that was never published shows its newest draft.",
            ),
        )
        .get(
            TRANSLATIONS,
            list_template_translations,
            Doc::new(
                "See which translations are missing",
                "Each language in which its owner has any text: whether one of this template is published there, and \
                 whether it is told what the text in the default language is told.",
            ),
        )
        .get(
            VERSIONS,
            list_template_versions,
            Doc::new(
                "List the versions of a template",
                "What was written for a template in one language, the newest first.",
            ),
        )
        .get(
            VERSION,
            get_template_version,
            Doc::new(
                "Get a version of a template",
                "What was written then, be it a draft, in use or not used any more.",
            ),
        )
        .post(
            PREVIEW,
            preview_template,
            Doc::new(
                "Preview a template",
                "What a mail looks like, with samples in place of what `variables` does not say: of a version that is \
                 kept, or of a text that comes with the request. Nothing is kept or sent.",
            ),
        )
}

fn writing(routes: Routes<Templates>) -> Routes<Templates> {
    routes
        .post(
            ALL,
            create_template,
            Doc::new(
                "Write a template",
                "A draft in one language, which is used once it is published; further languages and versions are \
                 written in the same way. Texts are Jinja templates that are told the variables that they declare: one \
                 that asks for another, or of which no mail can be made, is refused.",
            ),
        )
        .put(
            ONE,
            replace_template,
            Doc::new(
                "Replace the text of a template",
                "Writes the next version, a draft. With `If-Match`, which takes the `ETag` of the text in the same \
                 language, only when nothing was written or published there meanwhile.",
            ),
        )
        .delete(
            ONE,
            delete_template,
            Doc::new(
                "Delete a template",
                "No mail is made of it any more, in any language. Its versions stay to be read. The product's own \
                 mails can't be deleted.",
            ),
        )
        .post(
            PUBLISH,
            publish_template_version,
            Doc::new(
                "Publish a version of a template",
                "Mails are made of it from now on. A version that was used before can be published again.",
            ),
        )
        .post(
            TEST_SEND,
            test_send_template,
            Doc::new(
                "Send a template to yourself",
                "A mail of a version that is kept, with samples in place of what `variables` does not say. It goes to \
                 the caller's own, confirmed address and to no other.",
            ),
        )
        .post(
            RESET,
            reset_template,
            Doc::new(
                "Go back to the text of the product",
                "Takes what was published for one of the product's own mails out of use. Its versions stay.",
            ),
        )
}

async fn test_send_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    context: Context,
    Json(body): Json<TestSendTemplate>,
) -> ApiResult<Accepted<TestSendBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let tester = Tester {
        user: scope.user(),
        api_key: scope.key().map(|key| key.id),
    };
    let mail = templates.test_send(&context, body.into_new(of), tester).await?;
    Ok(Accepted(mail.into()))
}

fn tagged(shown: ShownText) -> Tagged<TemplateBody> {
    Tagged::new(shown.tag(), shown.text.into())
}

async fn list_templates(
    State(templates): State<Templates>,
    scope: Scope,
    paging: Paging,
) -> ApiResult<PageBody<TemplateOverviewBody>> {
    let page = templates
        .list(scope.organization, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(TemplateOverviewBody::from)))
}

async fn create_template(
    State(templates): State<Templates>,
    asked: Scoped<CreateTemplate>,
) -> ApiResult<Created<TemplateBody>> {
    let new = asked.body.into_new(asked.scope.organization)?;
    let shown = templates.create(&asked.context, new).await?;
    let text = &shown.text;
    let organization = text.of.organization.map(|id| format!("&organization_id={id}"));
    let location = format!(
        "/messages/templates/{}/versions/{}?locale={}{}",
        text.of.key,
        text.version,
        text.locale,
        organization.unwrap_or_default()
    );
    Ok(Created::at(location, TemplateBody::from(shown.text)))
}

async fn get_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    Query(query): Query<LanguageQuery>,
) -> ApiResult<Tagged<TemplateBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let locale = query.locale.unwrap_or_default();
    Ok(tagged(templates.get(of, &locale).await?))
}

async fn replace_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    IfMatch(version): IfMatch,
    context: Context,
    Json(body): Json<ReplaceTemplate>,
) -> ApiResult<Tagged<TemplateBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let shown = templates.replace(&context, body.into_new(of), version).await?;
    Ok(tagged(shown))
}

async fn delete_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    context: Context,
) -> ApiResult<NoContent> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    templates.delete(&context, of).await?;
    Ok(NoContent)
}

async fn list_template_translations(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
) -> ApiResult<Json<TemplateTranslationsBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    Ok(Json(templates.translations(of).await?.into()))
}

async fn list_template_versions(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    Query(query): Query<LanguageQuery>,
    paging: Paging,
) -> ApiResult<PageBody<TemplateBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let locale = query.locale.unwrap_or_default();
    let page = templates.list_versions(of, locale, paging.request().clone());
    Ok(paging.page(page.await?.map(TemplateBody::from)))
}

async fn get_template_version(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<VersionPath>,
    Query(query): Query<LanguageQuery>,
) -> ApiResult<Json<TemplateBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let locale = query.locale.unwrap_or_default();
    let text = templates.get_version(of, &locale, path.version).await?;
    Ok(Json(text.into()))
}

async fn publish_template_version(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<VersionPath>,
    context: Context,
    Json(body): Json<InLanguage>,
) -> ApiResult<Tagged<TemplateBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let shown = templates.publish(&context, of, body.locale, path.version);
    Ok(tagged(shown.await?))
}

async fn reset_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    context: Context,
    Json(body): Json<InLanguage>,
) -> ApiResult<NoContent> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    templates.reset(&context, of, body.locale).await?;
    Ok(NoContent)
}

async fn preview_template(
    State(templates): State<Templates>,
    scope: Scope,
    Path(path): Path<TemplatePath>,
    Json(body): Json<PreviewTemplate>,
) -> ApiResult<Json<TemplatePreviewBody>> {
    let of = TemplateName::in_path(scope.organization, &path.template_key)?;
    let preview = templates.preview(body.into_new(of)?).await?;
    Ok(Json(preview.into()))
}
