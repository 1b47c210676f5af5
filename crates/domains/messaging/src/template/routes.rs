//! `/messages/templates`.

mod bodies;

use axum::extract::State;
use kernel::permission::WritePlatformTemplates;
use web::routes::{Doc, Routes};
use web::{Api, ApiResult, Context, Created, Json, NoContent, Operator, PageBody, Paging, Path, Query};

use super::model::existing;
use super::service::Templates;
use bodies::{
    CreateTemplate, InLanguage, LanguageQuery, PreviewTemplate, TemplateBody, TemplateOverviewBody,
    TemplatePath, TemplatePreviewBody, VersionPath,
};

/// The routes of templates.
pub fn routes(templates: Templates) -> Api {
    const ALL: &str = "/messages/templates";
    const ONE: &str = "/messages/templates/{templateKey}";
    const VERSIONS: &str = "/messages/templates/{templateKey}/versions";
    const PUBLISH: &str = "/messages/templates/{templateKey}/versions/{version}/publish";
    const RESET: &str = "/messages/templates/{templateKey}/reset";
    const PREVIEW: &str = "/messages/templates/{templateKey}/preview";
    Routes::new("messages")
        .about("Mails that the product sends.")
        .get(
            ALL,
            list_templates,
            Doc::new(
                "List the templates of mails",
                "For staff. Every mail that the product sends, what its text is told, and in which languages there \
                 is one.",
            ),
        )
        .post(
            ALL,
            create_template,
            Doc::new(
                "Write a text of a mail",
                "For staff. A draft, which is used once it is published. Texts are written as Jinja templates; one \
                 of which no mail can be made, with all variables or with the required ones only, is refused.",
            ),
        )
        .get(
            ONE,
            get_template,
            Doc::new(
                "Get the text of a mail",
                "For staff. What mails to readers of `locale` are made of: the text that was published, or what the \
                 product brings along, in that language or else in the one that it falls back to.",
            ),
        )
        .get(
            VERSIONS,
            list_template_versions,
            Doc::new(
                "List the versions of a text",
                "For staff. What was written for a mail in one language, the newest first.",
            ),
        )
        .post(
            PUBLISH,
            publish_template_version,
            Doc::new(
                "Publish a version of a text",
                "For staff. Mails are made of it from now on. A version that was used before can be published \
                 again.",
            ),
        )
        .post(
            RESET,
            reset_template,
            Doc::new(
                "Go back to the text of the product",
                "For staff. Takes what was published out of use. Its versions stay.",
            ),
        )
        .post(
            PREVIEW,
            preview_template,
            Doc::new(
                "Preview a text of a mail",
                "For staff. What a mail of this text looks like, with samples in place of what `variables` does not \
                 say. Nothing is kept or sent.",
            ),
        )
        .with_state(templates)
}

async fn list_templates(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    paging: Paging,
) -> ApiResult<PageBody<TemplateOverviewBody>> {
    let page = templates.list(paging.request().clone()).await?;
    Ok(paging.page(page.map(TemplateOverviewBody::from)))
}

async fn create_template(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    context: Context,
    Json(body): Json<CreateTemplate>,
) -> ApiResult<Created<TemplateBody>> {
    let text = templates.create(&context, body.into_new()?).await?;
    let location = format!("/messages/templates/{}/versions?locale={}", text.key, text.locale);
    Ok(Created::at(location, TemplateBody::from(text)))
}

async fn get_template(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    Path(path): Path<TemplatePath>,
    Query(query): Query<LanguageQuery>,
) -> ApiResult<Json<TemplateBody>> {
    let template = existing(&path.template_key)?;
    let text = templates.get(template, &query.locale.unwrap_or_default()).await?;
    Ok(Json(text.into()))
}

async fn list_template_versions(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    Path(path): Path<TemplatePath>,
    Query(query): Query<LanguageQuery>,
    paging: Paging,
) -> ApiResult<PageBody<TemplateBody>> {
    let template = existing(&path.template_key)?;
    let locale = query.locale.unwrap_or_default();
    let page = templates.list_versions(template, locale, paging.request().clone());
    Ok(paging.page(page.await?.map(TemplateBody::from)))
}

async fn publish_template_version(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    Path(path): Path<VersionPath>,
    context: Context,
    Json(body): Json<InLanguage>,
) -> ApiResult<Json<TemplateBody>> {
    let template = existing(&path.template_key)?;
    let text = templates.publish(&context, template, body.locale, path.version);
    Ok(Json(text.await?.into()))
}

async fn reset_template(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    Path(path): Path<TemplatePath>,
    context: Context,
    Json(body): Json<InLanguage>,
) -> ApiResult<NoContent> {
    let template = existing(&path.template_key)?;
    templates.reset(&context, template, body.locale).await?;
    Ok(NoContent)
}

async fn preview_template(
    State(templates): State<Templates>,
    _: Operator<WritePlatformTemplates>,
    Path(path): Path<TemplatePath>,
    Json(body): Json<PreviewTemplate>,
) -> ApiResult<Json<TemplatePreviewBody>> {
    let template = existing(&path.template_key)?;
    let (locale, source, variables) = body.into_parts();
    let preview = templates.preview(template, &locale, source, &variables)?;
    Ok(Json(preview.into()))
}
