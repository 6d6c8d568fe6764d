/* SPDX-License-Identifier: MIT */
/* node.c - the real core (router, sessions, streams, logins, messages, store queue and writer) with
 * an archive of its own; what a kill leaves behind is what the back end has committed. */
#include "support/test.h"

#include "sim/sim.h"

#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "auth/ticket.h"
#include "core/hook.h"
#include "core/message.h"
#include "seal/seal.h"
#include "store/store.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum plant planted;

static struct {
	void *store; /* the back end's state, which outlives the core */
	bool up, dead, skip;
	struct parley_payload *held; /* PLANT_SWAPS: comes after the next */
	conn_id held_conn;
} N;

/* ---- the back end ------------------------------------------------------------------------- */

static int
backend_open(const char *location, void **state_r, struct parley_error *err)
{
	if (N.store == NULL && store_memory.open(location, &N.store, err) != 0)
		return -1;
	*state_r = N.store;
	return 0;
}

static void
backend_close(void *state)
{
}

/* PLANT_LOSES_COMMITS */
static void
lose(void *state, const struct parley_write *append)
{
	char key[PARLEY_LOG_KEY_MAX];
	struct parley_write w = { .op = PARLEY_WRITE_REMOVE, .collection = append->collection };

	parley_log_key(key, append->key, strlen(append->key), append->seq);
	w.key = key;
	store_memory.write(state, &w, NULL);
}

static int
backend_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	unsigned count = 0;
	int rc;

	if (N.dead)
		return parley_fail(err, PARLEY_BUSY, NULL, "the node was killed");
	for (struct parley_write *w = batch; w != NULL; w = w->next, count++)
		if (planted == PLANT_FORGETS_IDS && w->op == PARLEY_WRITE_APPEND)
			w->origin = "";
	rc = store_memory.write(state, batch, err);
	sim_trace("commit of %u", count);
	for (struct parley_write *w = batch; w != NULL; w = w->next)
		if (planted == PLANT_LOSES_COMMITS && w->op == PARLEY_WRITE_APPEND &&
		    sim_once_in(50))
			lose(state, w);
	return rc;
}

/* ---- the archive -------------------------------------------------------------------------- */

static const struct parley_field fields[] = { { "mid", PARLEY_FIELD_TEXT }, { 0 } };
static const struct parley_index indexes[] = {
	{ .fields = { "mid" }, .unique = true },
	{ .fields = { NULL } },
};
static const struct parley_collection entries = {
	.name = "entries", .version = 1, .fields = fields, .indexes = indexes, .log = true
};

/* Some messages have to wait before they may be sent. */
static enum parley_verdict
check(void *self, struct parley_message *m)
{
	if (sim_once_in(4))
		parley_await_sleep((int)sim_below(8));
	return PARLEY_PASS;
}

static enum parley_verdict
archive(void *self, struct parley_message *m)
{
	struct parley_writer w;

	snprintf(m->append.stream, sizeof m->append.stream, "%s", m->chat);
	snprintf(m->append.origin, sizeof m->append.origin, "%s/%s", m->from.name, m->id);
	parley_writer_init(&w, &m->append.json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", m->mid);
	parley_put_string(&w, "from", m->from.name);
	parley_put_string(&w, "id", m->id);
	parley_put_int(&w, "time", m->time);
	parley_put_string(&w, "text", m->text);
	parley_put_end(&w);
	m->archiving = true;
	parley_store_append(&entries, &m->append);
	return PARLEY_PASS;
}

static enum parley_verdict
archived(void *self, struct parley_message *m)
{
	const struct parley_doc *earlier = m->append.earlier;

	m->seq = m->append.seq;
	if (earlier == NULL)
		return PARLEY_PASS;
	m->repeated = true;
	snprintf(m->mid, sizeof m->mid, "%s",
	    parley_json_string_or(parley_json_get(earlier->root, "mid"), ""));
	m->time = parley_json_int(parley_json_get(earlier->root, "time"), 0);
	parley_doc_free(&m->append.earlier);
	return PARLEY_PASS;
}

static const struct parley_hook hooks[] = {
	{ .name = "message-check", .message = check },
	{ .name = "message-archive", .message = archive },
	{ .name = "message-archived", .message = archived },
	{ 0 },
};
static const struct owner owner = { .module = "sim" };

void
node_each_entry(void (*fn)(const char *stream, int64_t seq, const char *from, const char *id,
    const char *text, const char *mid))
{
	struct parley_query query = { .where = { { .field = "mid", .op = PARLEY_OP_GT } },
		.order_by = "mid",
		.limit = PARLEY_FIND_LIMIT };
	char last[37] = "";
	uint32_t count;

	do {
		struct parley_docs docs = { 0 };

		query.where[0].text = last;
		assert_int_equal(parley_store_find(&entries, &query, &docs, NULL), 0);
		count = docs.count;
		for (uint32_t i = 0; i < count; i++) {
			const struct parley_doc *d = docs.docs[i];
			const char *of[4], *const names[4] = { "from", "id", "text", "mid" };
			char stream[PARLEY_KEY_MAX];

			for (int n = 0; n < 4; n++)
				of[n] =
				    parley_json_string_or(parley_json_get(d->root, names[n]), "");
			snprintf(stream, sizeof stream, "%.*s",
			    (int)(strrchr(d->key, '/') - d->key), d->key);
			fn(stream, d->seq, of[0], of[1], of[2], of[3]);
			snprintf(last, sizeof last, "%s", of[3]);
		}
		parley_docs_fini(&docs);
	} while (count > 0);
}

/* ---- what it sends ------------------------------------------------------------------------ */

void __real_link_send(conn_id conn, struct parley_payload *p);
void __real_link_close(conn_id conn, struct parley_payload *last);
void __real_session_replay(struct parley_session *s);
void __wrap_link_send(conn_id conn, struct parley_payload *p);
void __wrap_link_close(conn_id conn, struct parley_payload *last);
void __wrap_session_replay(struct parley_session *s);

static bool
is_message(const struct parley_payload *p)
{
	return strstr(p->json, "\"type\":\"message\"") != NULL;
}

/* PLANT_SWAPS: true when p is held back. */
static bool
hold(conn_id conn, struct parley_payload *p)
{
	if (planted != PLANT_SWAPS || N.held != NULL || !is_message(p) || !sim_once_in(20))
		return false;
	N.held = parley_payload_ref(p);
	N.held_conn = conn;
	return true;
}

void
__wrap_link_send(conn_id conn, struct parley_payload *p)
{
	bool skip = N.skip;

	__real_link_send(conn, p);
	N.skip = false;
	if (!N.up || skip || hold(conn, p))
		return;
	clients_hear(conn, p->json);
	if (planted == PLANT_TELLS_TWICE && is_message(p) && sim_once_in(50))
		clients_hear(conn, p->json);
	if (N.held != NULL && N.held_conn == conn && is_message(p)) {
		clients_hear(conn, N.held->json);
		parley_payload_unref(&N.held);
	}
}

void
__wrap_link_close(conn_id conn, struct parley_payload *last)
{
	__real_link_close(conn, last);
	if (!N.up)
		return;
	if (last != NULL)
		clients_hear(conn, last->json);
	clients_end(conn);
}

void
__wrap_session_replay(struct parley_session *s)
{
	N.skip = planted == PLANT_SKIPS_REPLAY && s->sent > s->acked;
	__real_session_replay(s);
}

/* ---- its life ----------------------------------------------------------------------------- */

static void
start_auth(void)
{
	static const uint8_t key[32] = { 7 };
	static const struct account_config accounts;
	static const struct device_config devices;
	static const struct throttle_config throttle;
	static const struct account_hooks no_hooks;

	seal_open_bytes(key);
	assert_int_equal(store_declare(&account_collection, NULL), 0);
	assert_int_equal(store_declare(&device_collection, NULL), 0);
	assert_int_equal(password_start(2, 64, 4), 0);
	account_start(&accounts);
	account_set_hooks(&no_hooks);
	device_start(&devices);
	throttle_start(&throttle);
}

void
node_start(void)
{
	static struct parley_backend backend;
	static const struct store_config config = {
		.location = "", .readers = 2, .read_queue = 64, .write_queue = 256, .batch = 16
	};

	backend = store_memory;
	backend.open = backend_open;
	backend.close = backend_close;
	backend.write = backend_write;
	N.dead = false;
	assert_int_equal(store_start(&backend, &config, NULL), 0);
	start_auth();
	core_up(NULL);
	assert_int_equal(store_declare(&entries, NULL), 0);
	for (const struct parley_hook *hook = hooks; hook->name != NULL; hook++)
		assert_int_equal(hook_add(hook, &owner, NULL), 0);
	N.up = true;
	sim_trace("node up");
}

void
node_kill(void)
{
	sim_trace("node killed");
	N.dead = true;
	N.up = N.skip = false;
	if (N.held != NULL)
		parley_payload_unref(&N.held);
	clients_lose_all();
	core_down();
	store_stop();
	password_stop();
	throttle_stop();
	device_stop();
	account_stop();
	ticket_stop();
	seal_close();
}

void
node_forget(void)
{
	store_memory.close(N.store);
	N.store = NULL;
}

bool
node_is_up(void)
{
	return N.up;
}
