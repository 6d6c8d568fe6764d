/* SPDX-License-Identifier: MIT */
/* keep.c - how long messages are kept: the node's rules, those of single chats, and which holds. */
#include "keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct parley_field keep_fields[] = {
	{ "ruled", PARLEY_FIELD_INT }, /* 1: there is a rule for the chat */
	{ 0 },
};
static const struct parley_index keep_indexes[] = {
	{ .fields = { "ruled" }, .sparse = true },
	{ .fields = { NULL } },
};
/* "alice+bob", "#club"; and NODE_KEY for the node. */
const struct parley_collection keep_collection = {
	.name = "keep",
	.version = 1,
	.fields = keep_fields,
	.indexes = keep_indexes,
};
#define NODE_KEY "!" /* before all names */

static const struct keep_state fresh = {
	.own = { .days = -1 },
	.operator= { .days = -1 },
	.first = 1,
};

/* ---- what is stored ----------------------------------------------------------------------- */

static void
rule_read(struct keep_rule *rule, const struct parley_json *doc, const char *name)
{
	const struct parley_json *o = parley_json_get(doc, name);

	*rule = (struct keep_rule){ .days = -1 };
	if (o == NULL)
		return;
	rule->days = parley_json_int(parley_json_get(o, "days"), -1);
	rule->since = parley_json_int(parley_json_get(o, "since"), 0);
}

static void
rule_put(struct parley_writer *w, const char *name, const struct keep_rule *rule)
{
	if (rule->days < 0)
		return;
	parley_put_object(w, name);
	parley_put_int(w, "days", rule->days);
	parley_put_int(w, "since", rule->since);
	parley_put_end(w);
}

static bool
has_rule(const struct keep_state *k)
{
	return k->own.days >= 0 || k->operator.days >= 0;
}

int
keep_read(struct history *h, const char *key, struct keep_state *out, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc;

	*out = fresh;
	if (!h->keeper->any)
		return 0;
	doc = parley_store_get(&keep_collection, key, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc == NULL)
		return 0;
	rule_read(&out->own, doc->root, "own");
	rule_read(&out->operator, doc->root, "operator");
	out->first = parley_json_int(parley_json_get(doc->root, "first"), 1);
	out->swept = parley_json_int(parley_json_get(doc->root, "swept"), 0);
	snprintf(out->until, sizeof out->until, "%s",
	    parley_json_string_or(parley_json_get(doc->root, "until"), ""));
	parley_doc_free(&doc);
	return 0;
}

int
keep_store(struct history *h, const char *key, const struct keep_state *k, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	h->keeper->any = true; /* first, since others read while this is written */
	h->keeper->some_rule = h->keeper->some_rule || has_rule(k);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	if (has_rule(k))
		parley_put_int(&w, "ruled", 1);
	rule_put(&w, "own", &k->own);
	rule_put(&w, "operator", &k->operator);
	if (k->swept > 0) {
		parley_put_int(&w, "first", k->first);
		parley_put_int(&w, "swept", k->swept);
		parley_put_string(&w, "until", k->until);
	}
	parley_put_end(&w);
	rc = parley_store_put(&keep_collection, key, &json, err);
	parley_text_fini(&json);
	return rc;
}

/* ---- the node's rules --------------------------------------------------------------------- */

int
keep_save(struct history *h, struct parley_error *err)
{
	struct keeper *k = h->keeper;
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	k->unsaved = false;
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	rule_put(&w, "direct", &k->node[0]);
	rule_put(&w, "group", &k->node[1]);
	parley_put_string(&w, "position", k->position);
	parley_put_end(&w);
	rc = parley_store_put(&keep_collection, NODE_KEY, &json, err);
	parley_text_fini(&json);
	k->unsaved = k->unsaved || rc != 0;
	return rc;
}

static void
node_rule(struct keeper *k, struct keep_rule *rule, int64_t days)
{
	if (rule->days == days)
		return;
	*rule = (struct keep_rule){ days, parley_now() };
	k->unsaved = true;
}

void
keep_reload(struct history *h)
{
	struct keeper *k = h->keeper;

	if (k == NULL) /* before it is loaded */
		return;
	node_rule(k, &k->node[0], h->keep_direct_days);
	node_rule(k, &k->node[1], h->keep_group_days);
	if (k->unsaved)
		walk_wake(h, false);
}

static int
find_any(struct history *h, struct parley_error *err)
{
	const struct parley_query all = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = NODE_KEY } },
		.limit = 1,
	};
	const struct parley_query ruled = {
		.where = { { .field = "ruled", .op = PARLEY_OP_EQ, .integer = 1 } },
		.limit = 1,
	};
	int64_t docs = parley_store_count(&keep_collection, &all, 1, err);
	int64_t rules = docs >= 0 ? parley_store_count(&keep_collection, &ruled, 1, err) : -1;

	h->keeper->any = docs > 0;
	h->keeper->some_rule = rules > 0;
	return rules < 0 ? -1 : 0;
}

/* A first start has no rule: what is configured then is as new as any other. */
int
keep_load(struct history *h, struct parley_error *err)
{
	struct keeper *k = h->keeper = parley_alloc(sizeof *k);
	struct parley_error missing = { 0 };
	struct parley_doc *doc;

	if (find_any(h, err) != 0)
		return -1;
	doc = parley_store_get(&keep_collection, NODE_KEY, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc != NULL) {
		rule_read(&k->node[0], doc->root, "direct");
		rule_read(&k->node[1], doc->root, "group");
		snprintf(k->position, sizeof k->position, "%s",
		    parley_json_string_or(parley_json_get(doc->root, "position"), ""));
	}
	parley_doc_free(&doc);
	keep_reload(h);
	return 0;
}

void
keep_unload(struct history *h)
{
	free(h->keeper);
	h->keeper = NULL;
}

/* ---- which rule holds --------------------------------------------------------------------- */

static const struct keep_rule *
rule_of_node(const struct history *h, const char *key)
{
	return &h->keeper->node[key[0] == '#'];
}

static int64_t
cutoff_by(const struct keep_rule *rule)
{
	int64_t now = parley_now();

	if (rule->days <= 0 || now < rule->since + KEEP_GRACE_MS)
		return 0;
	return now - rule->days * DAY_MS;
}

int64_t
keep_cutoff(const struct history *h, const char *key, const struct keep_state *k)
{
	int64_t own, node;

	if (k->operator.days >= 0)
		return cutoff_by(&k->operator);
	own = cutoff_by(&k->own);
	node = cutoff_by(rule_of_node(h, key));
	return own > node ? own : node;
}

bool
keep_has_rules(const struct history *h)
{
	const struct keeper *k = h->keeper;

	return k->some_rule || k->node[0].days > 0 || k->node[1].days > 0;
}

const struct keep_rule *
keep_rule_of(
    const struct history *h, const char *key, const struct keep_state *k, const char **by_r)
{
	const struct keep_rule *node = rule_of_node(h, key), *own = &k->own;

	*by_r = "operator";
	if (k->operator.days >= 0)
		return &k->operator;
	*by_r = "chat";
	if (own->days > 0 && (node->days <= 0 || own->days < node->days))
		return own;
	*by_r = "node";
	return node;
}

bool
keep_is_gone(const struct chat *c, const char *mid)
{
	return c->keep.until[0] != '\0' && strcmp(mid, c->keep.until) <= 0;
}

void
keep_put_rule(struct parley_writer *w, const struct keep_rule *rule, const char *by)
{
	parley_put_int(w, "days", rule->days > 0 ? rule->days : 0);
	parley_put_string(w, "by", by);
	if (rule->days > 0 && parley_now() < rule->since + KEEP_GRACE_MS)
		parley_put_time(w, "starts", rule->since + KEEP_GRACE_MS);
}

/* always: also when they are kept for ever. */
static void
put_keep(const struct history *h, struct parley_writer *w, const struct chat *c, bool always)
{
	const char *by;
	const struct keep_rule *rule = keep_rule_of(h, c->key, &c->keep, &by);

	if (rule->days > 0 || always) {
		parley_put_object(w, "keep");
		keep_put_rule(w, rule, by);
		if (c->keep.own.days > 0)
			parley_put_int(w, "own", c->keep.own.days);
		parley_put_end(w);
	}
}

static void
put_begins(struct parley_writer *w, const struct chat *c)
{
	if (c->keep.first > 1)
		parley_put_int(w, "begins", c->keep.first);
}

void
keep_put_all(const struct history *h, struct parley_writer *w, const struct chat *c)
{
	put_keep(h, w, c, true);
	put_begins(w, c);
}

void
keep_put(const struct history *h, struct parley_writer *w, const struct chat *c)
{
	put_keep(h, w, c, false);
	put_begins(w, c);
}

/* ---- for the module groups ---------------------------------------------------------------- */

int
history_put_keep(void *self, struct parley_writer *w, const char *key, struct parley_error *err)
{
	struct chat *c = chat_get_key(self, key, err);

	if (c == NULL)
		return -1;
	put_keep(self, w, c, true);
	chat_put(self, &c);
	return 0;
}
