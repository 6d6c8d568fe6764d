/* SPDX-License-Identifier: MIT */
/* link.c - between the router and the I/O threads: what a drain of the router sends leaves in one
 * post for each thread; what a round of a thread receives leaves as one chain of posts. */
#include "net/link.h"

#include "base/xalloc.h"
#include "net/io.h"
#include "runtime/task.h"

#include <openssl/crypto.h>
#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_FIRST 32
#define BATCH_MOST  4096 /* then it leaves without waiting for the end of the drain */
#define GATHER_MOST 32   /* the same for what goes to the router: it has something to do by then */

/* So many stanzas are dealt with before the next are looked at: memory and stacks that they have
 * used are still in the processor's cache then. With hundreds at a time a message costs a fifth
 * more. */
#define TURN 8

enum item_op { ITEM_SEND, ITEM_CLOSE, ITEM_LIVE, ITEM_WINDOW };

/* Neighbours with the same payload share one reference, which the first of them holds: a message to
 * a large group costs two atomic operations a thread here, not two a member. */
struct item {
	conn_id conn;
	struct parley_payload *payload; /* or NULL */
	enum item_op op;
	bool holds; /* a reference to payload */
};

struct batch {
	struct post post;
	struct io *io;
	size_t count, cap;
	struct item items[];
};

struct closed_post {
	struct post post;
	conn_id conn;
};

static struct link_handlers handlers;
static struct loop *router;
static struct batch *batches[IO_THREADS_MAX];

void
link_set_handlers(const struct link_handlers *h)
{
	assert_router();
	handlers = *h;
	router = runtime_loop();
}

/* ---- router to I/O thread ---- */

static void
batch_item_run(struct io *io, const struct item *item)
{
	struct conn *c = io_find(io, item->conn);

	if (c == NULL)
		return;
	switch (item->op) {
	case ITEM_SEND:
		conn_deliver(c, item->payload);
		break;
	case ITEM_CLOSE:
		conn_end(c, item->payload);
		break;
	case ITEM_LIVE:
		conn_set_live(c);
		break;
	case ITEM_WINDOW:
		conn_window_open(c);
		break;
	}
}

static void
batch_run(struct post *p)
{
	struct batch *b = (struct batch *)p;

	b->io->busy = true;
	for (size_t i = 0; i < b->count; i++)
		batch_item_run(b->io, &b->items[i]);
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].holds)
			parley_payload_unref(&b->items[i].payload);
	free(b);
}

static void
batch_post(struct batch **at)
{
	struct batch *b = *at;

	*at = NULL;
	if (b != NULL)
		loop_post(b->io->loop, &b->post);
}

/* The batch for the thread, with room for one more item. */
static struct batch *
batch_for(struct io *io)
{
	struct batch **at = &batches[io->index], *b = *at;
	size_t cap;

	if (b != NULL && b->count == BATCH_MOST) {
		batch_post(at);
		b = NULL;
	}
	if (b != NULL && b->count < b->cap)
		return b;
	cap = b == NULL ? BATCH_FIRST : b->cap * 2;
	*at = xrealloc(b, sizeof *b + cap * sizeof b->items[0]);
	if (b == NULL)
		**at = (struct batch){ .post.fn = batch_run, .io = io };
	(*at)->cap = cap;
	return *at;
}

static void
link_add(conn_id conn, enum item_op op, struct parley_payload *p)
{
	struct io *io = io_of(conn);
	struct batch *b;
	struct item *item;

	assert_router();
	if (io == NULL)
		return;
	b = batch_for(io);
	item = &b->items[b->count];
	*item = (struct item){ .conn = conn, .payload = p, .op = op };
	if (p != NULL && (b->count == 0 || item[-1].payload != p)) {
		parley_payload_ref(p);
		item->holds = true;
	}
	b->count++;
}

void
link_send(conn_id conn, struct parley_payload *p)
{
	link_add(conn, ITEM_SEND, p);
}

void
link_close(conn_id conn, struct parley_payload *last)
{
	link_add(conn, ITEM_CLOSE, last);
}

void
link_live(conn_id conn)
{
	link_add(conn, ITEM_LIVE, NULL);
}

void
link_window_open(conn_id conn)
{
	link_add(conn, ITEM_WINDOW, NULL);
}

void
link_flush(void)
{
	for (unsigned i = 0; i < IO_THREADS_MAX; i++)
		batch_post(&batches[i]);
}

static void
call_answered(struct post *p)
{
	struct http_call *call = (struct http_call *)p;
	struct conn *c = io_find(io_of(call->conn), call->conn);

	if (c != NULL)
		conn_answer(c, call);
	else
		http_call_free(&call);
}

void
link_http_answer(struct http_call *call)
{
	struct io *io = io_of(call->conn);

	assert_router();
	if (io == NULL) {
		http_call_free(&call);
		return;
	}
	call->post.fn = call_answered;
	loop_post(io->loop, &call->post);
}

static void
free_secret(char *s, size_t len)
{
	if (s != NULL)
		OPENSSL_cleanse(s, len);
	free(s);
}

void
http_call_free(struct http_call **call)
{
	struct http_call *gone = *call;

	*call = NULL;
	if (gone == NULL)
		return;
	conn_facts_unref(&gone->facts);
	free_secret(gone->body, gone->body_len);
	if (gone->set_cookie != NULL)
		free_secret(gone->set_cookie, strlen(gone->set_cookie));
	parley_text_fini(&gone->answer);
	free(gone);
}

/* ---- I/O thread to router ---- */

/* On a fiber when the one that stops the node takes what was posted. */
static void
stanza_arrived(struct post *p)
{
	static unsigned arrived;
	struct stanza *s = (struct stanza *)p;

	if (handlers.stanza != NULL)
		handlers.stanza(s);
	else
		stanza_free(&s);
	if (++arrived % TURN == 0 && !task_here())
		runtime_run();
}

static void
call_arrived(struct post *p)
{
	struct http_call *call = (struct http_call *)p;

	if (handlers.http != NULL) {
		handlers.http(call);
		return;
	}
	call->status = 404;
	link_http_answer(call);
}

static void
closed_arrived(struct post *p)
{
	struct closed_post *closed = (struct closed_post *)p;

	if (handlers.closed != NULL)
		handlers.closed(closed->conn);
	free(closed);
}

void
link_pass_on(struct io *io)
{
	if (io->gathered.count == 0)
		return;
	loop_post_chain(router, io->gathered.newest, io->gathered.oldest);
	io->gathered.newest = io->gathered.oldest = NULL;
	io->gathered.count = 0;
}

void
link_take_turn(struct io *io)
{
	if (!io->on_router || io->gathered.count < TURN)
		return;
	link_pass_on(io);
	loop_drain(io->loop);
}

static void
gather(struct io *io, struct post *p)
{
	p->next = io->gathered.newest;
	io->gathered.newest = p;
	if (io->gathered.oldest == NULL)
		io->gathered.oldest = p;
	if (++io->gathered.count >= GATHER_MOST && !io->on_router)
		link_pass_on(io);
}

void
link_post_stanza(struct io *io, struct stanza *s)
{
	s->post.fn = stanza_arrived;
	gather(io, &s->post);
}

void
link_post_call(struct io *io, struct http_call *call)
{
	call->post.fn = call_arrived;
	gather(io, &call->post);
}

void
link_post_closed(struct io *io, conn_id id)
{
	struct closed_post *closed = xcalloc(1, sizeof *closed);

	closed->post.fn = closed_arrived;
	closed->conn = id;
	gather(io, &closed->post);
}
