//! Who may do what. `answers` are what they get for a request that is harmless.

/// One operation.
pub(super) struct Row {
    pub(super) operation: &'static str,
    who: &'static str,
    platform: &'static str,
    pub(super) answers: &'static [u16],
}

impl Row {
    /// Whether `who` may.
    pub(super) fn may(&self, who: &str) -> bool {
        is_among(self.who, who)
    }

    /// Whether `who` may when the request names no organization.
    pub(super) fn may_for_the_platform(&self, who: &str) -> bool {
        is_among(self.platform, who)
    }
}

fn is_among(groups: &str, who: &str) -> bool {
    groups.split(' ').any(|group| match group {
        "everybody" => true,
        "signed_in" => !matches!(who, "anonymous" | "key"),
        "staff" => who.starts_with("staff_"),
        "members" => matches!(who, "viewer" | "member" | "billing" | "admin" | "owner"),
        name => name == who,
    })
}

const fn row(operation: &'static str, who: &'static str, answers: &'static [u16]) -> Row {
    Row {
        operation,
        who,
        platform: "",
        answers,
    }
}

/// An operation on things of an organization or of the platform: who may in the one, and who for the other.
const fn scoped(
    operation: &'static str,
    who: &'static str,
    platform: &'static str,
    answers: &'static [u16],
) -> Row {
    Row {
        operation,
        who,
        platform,
        answers,
    }
}

pub(super) const ROWS: &[Row] = &[
    // Signing in
    row("signup", "everybody", &[422]),
    row("getSignUpRules", "everybody", &[200]),
    row("createSignUpChallenge", "everybody", &[404]),
    row("verifyEmail", "everybody", &[422]),
    row("resendVerification", "everybody", &[422]),
    row("login", "everybody", &[422]),
    row("refreshSession", "everybody", &[422]),
    row("logout", "everybody", &[422]),
    row("verifyTotp", "everybody", &[422]),
    row("verifyRecoveryCode", "everybody", &[422]),
    row("stepUp", "signed_in", &[422]),
    row("getMfa", "signed_in", &[200]),
    row("startTotp", "signed_in", &[200]),
    row("confirmTotp", "signed_in", &[422]),
    row("deleteTotp", "signed_in", &[204, 404]),
    row("createRecoveryCodes", "signed_in", &[409]),
    row("resetUserMfa", "staff_admin staff_owner", &[204, 403]),
    row("requestMagicLink", "everybody", &[422]),
    row("signInByMagicLink", "everybody", &[422]),
    row("listProviders", "everybody", &[200]),
    row("socialLogin", "everybody", &[404, 422]),
    row("finishSocialLogin", "everybody", &[404, 422]),
    row("listSocialAccounts", "signed_in", &[200]),
    row("linkSocialAccount", "signed_in", &[404, 422]),
    row("finishSocialLink", "signed_in", &[404, 422]),
    row("deleteSocialAccount", "signed_in", &[404]),
    row("startPasskeySignIn", "everybody", &[200]),
    row("signInByPasskey", "everybody", &[422]),
    row("startPasskeySecondFactor", "everybody", &[422]),
    row("verifyPasskeySecondFactor", "everybody", &[422]),
    row("startPasskeyStepUp", "signed_in", &[404]),
    row("stepUpByPasskey", "signed_in", &[422]),
    row("listPasskeys", "signed_in", &[200]),
    row("startPasskeyRegistration", "signed_in", &[200]),
    row("createPasskey", "signed_in", &[422]),
    row("renamePasskey", "signed_in", &[422]),
    row("deletePasskey", "signed_in", &[404]),
    row("requestPasswordReset", "everybody", &[422]),
    row("resetPassword", "everybody", &[422]),
    row("changePassword", "signed_in", &[422]),
    row("changeEmail", "signed_in", &[422]),
    row("confirmEmailChange", "everybody", &[422]),
    row("undoEmailChange", "everybody", &[422]),
    row("getJwks", "everybody", &[200]),
    row("getAuthorizationServer", "everybody", &[200]),
    row("listSessions", "signed_in", &[200]),
    row("deleteSession", "signed_in", &[404]),
    row("deleteOtherSessions", "signed_in", &[204]),
    row("listUserSessions", "viewer staff", &[200]),
    row("deleteUserSession", "viewer staff_admin staff_owner", &[404]),
    // Who may sign up
    row("listAdmissions", "staff_admin staff_owner", &[200]),
    row("createAdmission", "staff_admin staff_owner", &[422]),
    row("deleteAdmission", "staff_admin staff_owner", &[404]),
    // Accounts
    row("listUsers", "staff", &[200]),
    row("createUser", "staff_admin staff_owner", &[422]),
    row("getUser", "viewer staff", &[200]),
    row("updateUser", "viewer staff_admin staff_owner", &[422]),
    row("deleteUser", "viewer staff_admin staff_owner", &[412]),
    row("suspendUser", "staff_admin staff_owner", &[412]),
    row("restoreUser", "staff_admin staff_owner", &[412]),
    row("updateUserPlatformRole", "staff_owner", &[422]),
    row("impersonateUser", "staff_admin staff_owner", &[422]),
    row("endImpersonation", "staff_admin staff_owner", &[404]),
    row("listUserImports", "staff_admin staff_owner", &[200]),
    row("createUserImport", "staff_admin staff_owner", &[422]),
    row("getUserImport", "staff_admin staff_owner", &[404]),
    row("addUserImportRows", "staff_admin staff_owner", &[422]),
    row("startUserImport", "staff_admin staff_owner", &[404]),
    row("cancelUserImport", "staff_admin staff_owner", &[404]),
    row("listUserImportErrors", "staff_admin staff_owner", &[404]),
    row("downloadUserImportErrors", "staff_admin staff_owner", &[404]),
    row("deleteUserImport", "staff_admin staff_owner", &[404]),
    row("getUserSettings", "viewer staff", &[200]),
    row("updateUserSettings", "viewer staff_admin staff_owner", &[422]),
    row("listUserData", "viewer staff", &[200]),
    row("getUserData", "viewer staff", &[404]),
    row("writeUserData", "viewer staff_admin staff_owner", &[422]),
    row("deleteUserData", "viewer staff_admin staff_owner", &[404]),
    row("listOrganizationData", "owner admin member key", &[200]),
    row("getOrganizationData", "owner admin member key", &[404]),
    row("writeOrganizationData", "owner admin member key", &[422]),
    row("deleteOrganizationData", "owner admin member key", &[404]),
    // Organizations
    row("listOrganizations", "signed_in", &[200]),
    row("createOrganization", "signed_in", &[422]),
    row("getOrganization", "members key", &[200]),
    row("updateOrganization", "owner admin", &[422]),
    row("deleteOrganization", "owner", &[412]),
    row("getOrganizationSettings", "members", &[200]),
    row("updateOrganizationSettings", "owner admin", &[422]),
    row("updateOrganizationMfaPolicy", "owner admin", &[422]),
    row("updateOrganizationSeatLimit", "staff_admin staff_owner", &[422]),
    row("transferOrganization", "owner", &[422]),
    row("listOrganizationActivity", "owner admin key", &[200]),
    row("listActivityLogs", "staff", &[200]),
    // Keys of programs, and what other services ask
    row("listOrganizationApiKeys", "owner admin", &[200]),
    row("createOrganizationApiKey", "owner admin", &[422]),
    row("getOrganizationApiKey", "owner admin", &[404]),
    row("updateOrganizationApiKey", "owner admin", &[422]),
    row("deleteOrganizationApiKey", "owner admin", &[404]),
    row("rotateOrganizationApiKey", "owner admin", &[422]),
    row("listApiKeys", "signed_in", &[200]),
    row("createApiKey", "signed_in", &[422]),
    row("getApiKey", "signed_in", &[404]),
    row("updateApiKey", "signed_in", &[422]),
    row("deleteApiKey", "signed_in", &[404]),
    row("rotateApiKey", "signed_in", &[422]),
    row("introspectToken", "key", &[415]),
    row("revokeToken", "everybody", &[415]),
    // Members, roles, invites
    row("listMembers", "members key", &[200]),
    row("getMember", "members key", &[200]),
    row("updateMember", "owner admin", &[422]),
    row("listRoles", "members", &[200]),
    row("getRole", "members", &[200]),
    row("createRole", "owner admin", &[422]),
    row("updateRole", "owner admin", &[422]),
    row("listInvites", "owner admin", &[200]),
    row("createInvite", "owner admin", &[422]),
    row("getInvite", "owner admin", &[404]),
    row("createInvites", "owner admin", &[422]),
    row("createInviteLink", "owner admin", &[422]),
    row("resendInvite", "owner admin", &[404]),
    row("revokeInvite", "owner admin", &[404]),
    row("listReceivedInvites", "signed_in", &[200]),
    row("acceptInvite", "signed_in", &[422]),
    row("declineInvite", "signed_in", &[422]),
    row("previewInvite", "everybody", &[422]),
    // Messages
    scoped(
        "listTemplates",
        "owner admin key",
        "staff_admin staff_owner",
        &[200],
    ),
    scoped(
        "createTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "getTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[200, 404],
    ),
    scoped(
        "replaceTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "deleteTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[404, 409],
    ),
    scoped(
        "listTemplateTranslations",
        "owner admin key",
        "staff_admin staff_owner",
        &[200, 404],
    ),
    scoped(
        "listTemplateVersions",
        "owner admin key",
        "staff_admin staff_owner",
        &[200],
    ),
    scoped(
        "getTemplateVersion",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "publishTemplateVersion",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "resetTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "previewTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "testSendTemplate",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    // Who gets no mail
    scoped("listSuppressions", "owner admin member key", "staff", &[200]),
    scoped(
        "createSuppression",
        "owner admin member key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "deleteSuppression",
        "owner admin member key",
        "staff_admin staff_owner",
        &[404],
    ),
    row("unsubscribeFromMessages", "everybody", &[422]),
    row("resubscribeToMessages", "everybody", &[422]),
    row("receiveMailReports", "everybody", &[404]),
    // Mail over the API
    scoped(
        "sendEmail",
        "owner admin member key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped("listMessages", "owner admin member key", "staff", &[200]),
    scoped("getMessage", "owner admin member key", "staff", &[404]),
    scoped(
        "cancelMessage",
        "owner admin member key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "retryMessage",
        "owner admin member key",
        "staff_admin staff_owner",
        &[404],
    ),
    // Senders of mail
    scoped("listSenders", "owner admin member key", "staff", &[200, 422]),
    scoped("createSender", "owner admin", "staff_admin staff_owner", &[422]),
    scoped("getSender", "owner admin member key", "staff", &[404, 422]),
    scoped(
        "deleteSender",
        "owner admin",
        "staff_admin staff_owner",
        &[404, 422],
    ),
    scoped("verifySender", "owner admin", "staff_admin staff_owner", &[422]),
    scoped(
        "resendSenderCode",
        "owner admin",
        "staff_admin staff_owner",
        &[404, 422],
    ),
    // Notifications
    row("sendNotifications", "owner admin member key", &[422]),
    row("listNotifications", "signed_in", &[200]),
    row("countUnreadNotifications", "signed_in", &[200]),
    row("streamNotifications", "signed_in", &[422]),
    row("readAllNotifications", "signed_in", &[422]),
    row("readNotification", "signed_in", &[404]),
    row("unreadNotification", "signed_in", &[404]),
    row("archiveNotification", "signed_in", &[404]),
    row("listNotificationPreferences", "signed_in", &[200]),
    row("updateNotificationPreferences", "signed_in", &[422]),
    // Work in the background
    // Webhooks
    scoped(
        "listWebhookEndpoints",
        "owner admin key",
        "staff_admin staff_owner",
        &[200],
    ),
    scoped(
        "createWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "getWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "updateWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "enableWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "disableWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "rotateWebhookSecret",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "testWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "listWebhookDeliveries",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "getWebhookDelivery",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "replayWebhookDelivery",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    scoped(
        "replayWebhookDeliveries",
        "owner admin key",
        "staff_admin staff_owner",
        &[422],
    ),
    scoped(
        "deleteWebhookEndpoint",
        "owner admin key",
        "staff_admin staff_owner",
        &[404],
    ),
    row("listWebhookEventTypes", "everybody", &[200]),
    row("listDeadJobs", "staff", &[200]),
    row("retryDeadJob", "staff_admin staff_owner", &[404]),
    // What can only be tried by doing it, the harmless first.
    row("deleteRole", "owner admin", &[412]),
    row("removeMember", "owner admin", &[204, 404]),
    row("leaveOrganization", "members", &[204, 404, 409]),
    row("deleteUserSessions", "viewer staff_admin staff_owner", &[204]),
];
