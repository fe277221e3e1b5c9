/* Which service settings count: for the service, and for the users of each site. */
#include "pchatd/view_private.h"

static void
release(struct pchat_settings *s)
{
	free(s->management_url);
	free(s->file_url);
	s->management_url = s->file_url = NULL;
}

static bool
take(struct pchat_settings *s, const struct pchat_object *o)
{
	char *url =
		pchat_str_dup(pchat_str(pchat_field_text(o, PCHAT_SETTINGS_ROOM_MANAGEMENT_URL)));
	char *file_url =
		pchat_str_dup(pchat_str(pchat_field_text(o, PCHAT_SETTINGS_FILE_TRANSFER_URL)));

	if (!url || !file_url) {
		free(url);
		free(file_url);
		return false;
	}
	release(s);
	*s = (struct pchat_settings){
		.default_history = (uint32_t)o->v[PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY].number,
		.participant_limit = (uint32_t)o->v[PCHAT_SETTINGS_PARTICIPANT_UPDATE_LIMIT].number,
		.search_limit = (uint32_t)o->v[PCHAT_SETTINGS_SEARCH_LIMIT].number,
		.message_limit = (uint32_t)o->v[PCHAT_SETTINGS_MESSAGE_SIZE_LIMIT].number,
		.story_limit = (uint32_t)o->v[PCHAT_SETTINGS_STORY_SIZE_LIMIT].number,
		.session_timer = (uint32_t)o->v[PCHAT_SETTINGS_SESSION_TIMER].number,
		.new_content = o->v[PCHAT_SETTINGS_NEW_CONTENT_NOTICES].flag,
		.documented_masks = o->v[PCHAT_SETTINGS_PERMISSION_MASKS].number ==
		                    PCHAT_MASKS_DOCUMENTED,
		.acknowledge = o->v[PCHAT_SETTINGS_POST_ACKNOWLEDGEMENTS].flag,
		.echo = o->v[PCHAT_SETTINGS_POST_ECHOES].flag,
		.sessions_per_user = (uint32_t)o->v[PCHAT_SETTINGS_MAX_SESSIONS_PER_USER].number,
		.message_rate = (uint32_t)o->v[PCHAT_SETTINGS_SESSION_MESSAGE_RATE].number,
		.connections = (uint32_t)o->v[PCHAT_SETTINGS_MAX_CONNECTIONS].number,
		.connections_per_address =
			(uint32_t)o->v[PCHAT_SETTINGS_MAX_CONNECTIONS_PER_ADDRESS].number,
		.unauthenticated = (uint32_t)o->v[PCHAT_SETTINGS_MAX_UNAUTHENTICATED].number,
		.connection_rate = (uint32_t)o->v[PCHAT_SETTINGS_CONNECTION_RATE].number,
		.authentication = (unsigned)o->v[PCHAT_SETTINGS_AUTHENTICATION].number,
		.realm_is_domain = o->v[PCHAT_SETTINGS_REALM_IS_DOMAIN].number != 0,
		.management_url = url,
		.file_url = file_url,
	};
	return true;
}

void
pchat_view_settings_release(struct pchat_view *view)
{
	for (size_t i = 0; i < view->scoped.n; i++)
		release(&view->scoped.v[i].settings);
	pchat_vec_release(&view->scoped);
	release(&view->effective);
}

/* Sites come in the order of their ids, which is that of .scoped. */
static enum pchat_code
settle_site(struct pchat_view *view, pchat_id site, const char *service,
            const struct pchat_object *usual, struct pchat_err *err)
{
	struct pchat_scoped_settings s = { .site = site };
	const struct pchat_object *o = pchat_org_settings(view->org, PCHAT_KIND_SETTINGS, service,
	                                                  pchat_org_name(view->org, site), err);

	if (!o || o == usual)
		return PCHAT_OK;
	if (take(&s.settings, o) && pchat_vec_push(&view->scoped, s))
		return PCHAT_OK;
	release(&s.settings);
	return pchat_no_memory(err);
}

enum pchat_code
pchat_view_settle(struct pchat_view *view, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT service = pchat_org_service(view->org, err);
	const struct pchat_object *o = pchat_org_settings(view->org, PCHAT_KIND_SETTINGS, service,
	                                                  NULL, err);
	PCHAT_AUTO(object) preset = pchat_object_new(PCHAT_KIND_SETTINGS);
	size_t pos = 0;
	pchat_id site;

	if (!preset || !take(&view->effective, o ? o : preset))
		return pchat_no_memory(err);
	for (size_t i = 0; i < view->scoped.n; i++)
		release(&view->scoped.v[i].settings);
	view->scoped.n = 0;
	while (pchat_org_next(view->org, PCHAT_KIND_SITE, &pos, &site))
		if (settle_site(view, site, service, o, err))
			return err ? err->code : PCHAT_NO_MEMORY;
	return PCHAT_OK;
}

const struct pchat_settings *
pchat_view_settings(const struct pchat_view *view)
{
	return &view->effective;
}

const struct pchat_settings *
pchat_view_settings_of(const struct pchat_view *view, const struct pchat_user *user)
{
	struct pchat_user_view facts;
	size_t low = 0, high = view->scoped.n;

	if (!high || user->gone || !pchat_org_user_view(view->org, user->id, &facts))
		return &view->effective;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->scoped.v[middle].site == facts.site)
			return &view->scoped.v[middle].settings;
		if (view->scoped.v[middle].site < facts.site)
			low = middle + 1;
		else
			high = middle;
	}
	return &view->effective;
}
