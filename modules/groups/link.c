/* SPDX-License-Identifier: MIT */
/* link.c - links by which people join, also those who have yet to sign up. A link is found by a
 * keyed hash, and secret: who reads the store cannot join. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000
#define DAY_MS    (24 * 60 * MINUTE_MS)

static const struct parley_field link_fields[] = {
	{ "group", PARLEY_FIELD_TEXT },
	{ "created", PARLEY_FIELD_INT },
	{ "uses", PARLEY_FIELD_INT },    /* how often it may still be used; or not there */
	{ "expires", PARLEY_FIELD_INT }, /* or not there */
	{ 0 },
};
static const struct parley_index link_indexes[] = {
	{ .fields = { "group", "created" } },
	{ .fields = { NULL } },
};
static const char *const link_secret[] = { "link", NULL };
/* Keys are hashes. */
const struct parley_collection links_collection = {
	.name = "group_links",
	.version = 1,
	.fields = link_fields,
	.indexes = link_indexes,
	.expires = "expires",
	.secret = link_secret,
};

static void
link_hash(const char *link, char out[PARLEY_KEY_MAX])
{
	struct parley_text hash = { 0 };

	parley_sealed_hash("groups/link", link, strlen(link), &hash);
	snprintf(out, PARLEY_KEY_MAX, "%s", hash.s);
	parley_text_fini(&hash);
}

static int
no_link(struct parley_error *err)
{
	return parley_fail(
	    err, PARLEY_NOT_FOUND, "/params/link", "this link does not work, or no longer");
}

/* It is remembered only so that it is not made again. */
static bool
link_has_ended(const struct parley_doc *doc)
{
	return parley_json_get(doc->root, "ended") != NULL;
}

/* New: the document of a link that works. */
static struct parley_doc *
link_read(const char *hash, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&links_collection, hash, &missing);

	if (doc == NULL && missing.code == PARLEY_NOT_FOUND)
		no_link(err);
	else if (doc == NULL)
		*err = missing;
	else if (link_has_ended(doc)) {
		parley_doc_free(&doc);
		no_link(err);
	}
	return doc;
}

int
link_find(struct groups *gs, const struct parley_request *r, const char *link,
    char hash[PARLEY_KEY_MAX], char group[PARLEY_NAME_MAX + 1], struct parley_error *err)
{
	char key[PARLEY_NETWORK_SIZE + 1] = "?";
	struct parley_doc *doc;

	parley_request_network(r, key + 1);
	if (!rate_take(gs, key, 1, gs->peeks_minute, MINUTE_MS, "you have tried many links", err))
		return -1;
	link_hash(link, hash);
	doc = link_read(hash, err);
	if (doc == NULL)
		return -1;
	snprintf(group, PARLEY_NAME_MAX + 1, "%s",
	    parley_json_string_or(parley_json_get(doc->root, "group"), ""));
	parley_doc_free(&doc);
	return 0;
}

/* One use more or less, in the group's lane: nobody else changes it meanwhile. */
int
link_use(const char *hash, const char *group, int by, struct parley_error *err)
{
	struct parley_doc *doc = link_read(hash, err);
	struct parley_text json = { 0 };
	int64_t uses;
	int rc = 0;

	if (doc == NULL)
		return -1;
	uses = parley_json_int(parley_json_get(doc->root, "uses"), -1);
	if (uses == 0 && by < 0)
		rc = no_link(err);
	if (rc == 0 && uses >= 0) {
		parley_text_printf(&json, "{\"uses\":%lld}", (long long)uses + by);
		rc = parley_store_patch(&links_collection, hash, &json, NULL, err);
	}
	parley_text_fini(&json);
	parley_doc_free(&doc);
	return rc;
}

/* ---- all links of a group ----------------------------------------------------------------- */

static int
links_read(const char *group, struct parley_docs *out, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "group", .op = PARLEY_OP_EQ, .text = group } },
		.order_by = "created",
		.limit = PARLEY_FIND_LIMIT,
	};

	return parley_store_find(&links_collection, &query, out, err);
}

static bool
link_is_by(const struct parley_doc *doc, const char *account)
{
	return strcmp(parley_json_string_or(parley_json_get(doc->root, "by"), ""), account) == 0;
}

/* One that is used up stays until somebody looks, for its last use may be given back. */
static bool
link_is_used_up(const struct parley_doc *doc)
{
	return parley_json_int(parley_json_get(doc->root, "uses"), -1) == 0;
}

/* It works no more. One that was to be made once is remembered for a day: else who asks for it late
 * would make it anew. */
static void
write_end(struct writes *w, const struct parley_doc *doc)
{
	struct parley_writer out;

	if (parley_json_get(doc->root, "once") == NULL) {
		writes_add(w, &links_collection, WRITE_REMOVE, doc->key);
		return;
	}
	parley_writer_init(&out, writes_add(w, &links_collection, WRITE_PATCH, doc->key));
	parley_put_object(&out, NULL);
	parley_put_bool(&out, "ended", true);
	parley_put_int(&out, "expires", parley_now() + DAY_MS);
	parley_put_null(&out, "group");
	parley_put_null(&out, "link");
	parley_put_end(&out);
}

int
links_end(const char *group, const char *account, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	struct writes w = { 0 };

	if (links_read(group, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++)
		if (account == NULL || link_is_by(docs.docs[i], account))
			writes_add(&w, &links_collection, WRITE_REMOVE, docs.docs[i]->key);
	parley_docs_fini(&docs);
	return writes_run(&w, err);
}

/* ---- groups.link -------------------------------------------------------------------------- */

/* Counts those that work, and forgets those that are used up. 0 or -1. */
static int
links_make_room(struct act *a)
{
	struct parley_docs docs = { 0 };
	struct writes w = { 0 };
	int64_t count = 0;

	if (links_read(a->group->name, &docs, &a->err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++) {
		if (link_is_used_up(docs.docs[i]))
			write_end(&w, docs.docs[i]);
		else
			count++;
	}
	parley_docs_fini(&docs);
	if (writes_run(&w, &a->err) != 0)
		return -1;
	if (count < a->groups->links)
		return 0;
	return parley_fail(&a->err, PARLEY_LIMIT, NULL,
	    "this group has %d links already: end one first", (int)count);
}

static void
put_link(struct parley_writer *w, const char *key, const char *link, const struct parley_json *doc)
{
	const struct parley_json *uses = parley_json_get(doc, "uses");
	const struct parley_json *expires = parley_json_get(doc, "expires");
	char address[PARLEY_ADDRESS_SIZE];

	account_address(address, parley_json_string_or(parley_json_get(doc, "by"), ""));
	parley_put_object(w, key);
	parley_put_string(w, "link", link);
	parley_put_string(w, "by", address);
	parley_put_time(w, "created", parley_json_int(parley_json_get(doc, "created"), 0));
	if (expires != NULL)
		parley_put_time(w, "expires", parley_json_int(expires, 0));
	if (uses != NULL)
		parley_put_int(w, "uses", parley_json_int(uses, 0));
	parley_put_end(w);
}

static void
link_context(const char *group, char out[32])
{
	snprintf(out, 32, "groups/link/%s", group);
}

static int
link_store(const struct act *a, const char *link, bool once, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(a->request);
	const struct parley_json *uses = parley_json_get(params, "uses");
	const struct parley_json *expires = parley_json_get(params, "expires");
	struct parley_text json = { 0 };
	char hash[PARLEY_KEY_MAX];
	struct parley_writer w;
	int64_t now = parley_now();
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "group", a->group->name);
	parley_put_string(&w, "by", a->me);
	parley_put_int(&w, "created", now);
	if (uses != NULL)
		parley_put_int(&w, "uses", parley_json_int(uses, 0));
	if (expires != NULL)
		parley_put_int(&w, "expires", now + parley_json_int(expires, 0) * 1000);
	if (once)
		parley_put_bool(&w, "once", true);
	parley_put_string(&w, "link", link);
	parley_put_end(&w);
	link_hash(link, hash);
	rc = parley_store_insert(&links_collection, hash, &json, err);
	parley_text_fini(&json);
	return rc;
}

static int
link_answer(struct act *a, const char *link)
{
	char hash[PARLEY_KEY_MAX];
	struct parley_doc *doc;

	link_hash(link, hash);
	doc = link_read(hash, &a->err);
	if (doc == NULL)
		return -1;
	put_link(parley_answer(a->request), "link", link, doc->root);
	parley_doc_free(&doc);
	return 0;
}

/* 1 when the link was made already, 0, or -1: also when it has ended since. */
static int
link_is_made(struct act *a, const char *link)
{
	struct parley_error missing = { 0 };
	char hash[PARLEY_KEY_MAX];
	struct parley_doc *doc;
	bool ended;

	link_hash(link, hash);
	doc = parley_store_get(&links_collection, hash, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		a->err = missing;
		return -1;
	}
	if (doc == NULL)
		return 0;
	ended = link_has_ended(doc);
	parley_doc_free(&doc);
	return ended ? parley_fail(&a->err, PARLEY_NOT_FOUND, "/params/once",
			   "the link that was made for this has ended")
		     : 1;
}

/* In the lane: two who ask for the same at the same time come one behind the other. */
static int
link_make(struct act *a)
{
	char link[LINK_SIZE];
	struct once once;
	bool is_once = once_read(a->request, a->group->name, &once);
	int made = 0;

	if (is_once)
		once_name(&once, 0, link, sizeof link - 1);
	else
		parley_random_text(link, sizeof link - 1);
	if (is_once)
		made = link_is_made(a, link);
	if (made < 0 ||
	    (made == 0 && (links_make_room(a) != 0 || link_store(a, link, is_once, &a->err) != 0)))
		return -1;
	return link_answer(a, link);
}

void
groups_link(void *self, struct parley_request *r)
{
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = act_needs_role(
		    &a, a.group->settings.may[MAY_INVITE], "make links to this group");
	if (rc == 0)
		rc = link_make(&a);
	act_end(&a, rc);
}

/* ---- groups.links, groups.revoke ---------------------------------------------------------- */

/* What a link says. Those of before the store kept secrets are sealed in the module's own way. */
static int
link_text(const char *group, const struct parley_json *root, struct parley_text *out)
{
	const char *link = parley_json_string(parley_json_get(root, "link"));
	char context[32];

	link_context(group, context);
	if (link == NULL)
		return parley_unseal(
		    context, parley_json_string_or(parley_json_get(root, "sealed"), ""), out, NULL);
	parley_text_puts(out, link);
	return 0;
}

/* Admins see all, others those that they have made. */
static void
put_links(struct act *a, const struct parley_docs *docs)
{
	struct parley_writer *w = parley_answer(a->request);

	parley_put_array(w, "links");
	for (uint32_t i = 0; i < docs->count; i++) {
		const struct parley_doc *doc = docs->docs[i];
		struct parley_text link = { 0 };

		if (link_is_used_up(doc) || (a->role < ROLE_ADMIN && !link_is_by(doc, a->me)))
			continue;
		if (link_text(a->group->name, doc->root, &link) == 0)
			put_link(w, NULL, link.s, doc->root);
		parley_text_fini(&link);
	}
	parley_put_end(w);
}

void
groups_links(void *self, struct parley_request *r)
{
	struct parley_docs docs = { 0 };
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = act_needs_role(
		    &a, a.group->settings.may[MAY_INVITE], "see the links to this group");
	if (rc == 0)
		rc = links_read(a.group->name, &docs, &a.err);
	if (rc == 0)
		put_links(&a, &docs);
	parley_docs_fini(&docs);
	act_end(&a, rc);
}

static int
revoke(struct act *a, const char *link)
{
	char hash[PARLEY_KEY_MAX];
	struct parley_doc *doc;
	struct writes w = { 0 };
	int rc = 0;

	link_hash(link, hash);
	doc = link_read(hash, &a->err);
	if (doc == NULL)
		return -1;
	if (strcmp(parley_json_string_or(parley_json_get(doc->root, "group"), ""),
		a->group->name) != 0)
		rc = no_link(&a->err);
	else if (a->role < ROLE_ADMIN && !link_is_by(doc, a->me))
		rc = parley_fail(&a->err, PARLEY_NOT_ALLOWED, "/params/link",
		    "you may only end links that you have made");
	else
		write_end(&w, doc);
	parley_doc_free(&doc);
	return rc == 0 ? writes_run(&w, &a->err) : -1;
}

void
groups_revoke(void *self, struct parley_request *r)
{
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = act_needs_member(&a);
	if (rc == 0)
		rc = revoke(
		    &a, parley_json_string(parley_json_get(parley_request_params(r), "link")));
	act_end(&a, rc);
}

/* ---- groups.peek -------------------------------------------------------------------------- */

static int
peek_answer(struct groups *gs, struct parley_request *r, const char *hash, struct group *g,
    struct parley_error *err)
{
	struct parley_doc *doc = link_read(hash, err);
	struct parley_account by = { 0 };
	struct parley_writer *w;

	if (doc == NULL)
		return -1;
	if (link_is_used_up(doc)) {
		parley_doc_free(&doc);
		return no_link(err);
	}
	parley_account_get(parley_json_string_or(parley_json_get(doc->root, "by"), ""), &by, NULL);
	parley_doc_free(&doc);
	w = parley_answer(r);
	parley_put_string(w, "title", g->title);
	parley_put_string(w, "about", g->about);
	parley_put_int(w, "members", g->count);
	parley_put_string(w, "by", by.display[0] != '\0' ? by.display : by.shown);
	return 0;
}

/* For guests too: who has the link may know where it leads, and nothing else. */
void
groups_peek(void *self, struct parley_request *r)
{
	const char *link = parley_json_string(parley_json_get(parley_request_params(r), "link"));
	char hash[PARLEY_KEY_MAX], name[PARLEY_NAME_MAX + 1];
	struct parley_error err = { 0 };
	struct group *g = NULL;
	int rc = link_find(self, r, link, hash, name, &err);

	if (rc == 0) {
		g = group_get(self, name, &err);
		rc = g != NULL ? peek_answer(self, r, hash, g, &err) : -1;
	}
	if (rc != 0)
		parley_refuse_error(r, &err);
	group_put(self, &g);
}
