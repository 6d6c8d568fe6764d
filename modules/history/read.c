/* SPDX-License-Identifier: MIT */
/* read.c - how far somebody has read. */
#include "history.h"

/* Who does not tell what they have read keeps no times of it either. */
static void
note_moment(const struct chat *c, const struct member *m, int64_t before, int64_t seq)
{
	struct parley_error err = { 0 };
	bool tells = tells_receipts(m->name, &err) > 0;

	if (seq > before)
		moments_add(c, m, MOMENTS_READ, before, seq, tells ? parley_now() : 0);
}

/* What is unread begins behind seq: also when that was marked as unread, which ends at the latest
 * where it was read. 0 or -1. */
static int
read_move(struct history *h, const struct chat *c, struct member *m, int64_t seq,
    struct parley_error *err)
{
	int64_t marked = m->marked;

	if (marked > 0 && seq >= marked)
		marked = seq < member_read(m) ? seq + 1 : 0;
	return member_move(
	    h, c, m, seq > m->read ? seq : m->read, marked, marked > 0 ? m->marked_to : 0, err);
}

/* Moves the position and answers. 0 or -1. */
static int
read_answer(struct history *h, struct chat *c, struct member *m, struct parley_request *r,
    int64_t seq, struct parley_error *err)
{
	bool further = m->stored && seq > m->read;
	bool moved = further || (m->stored && m->marked > 0 && seq >= m->marked);
	int64_t before = member_read(m), unread;
	struct parley_writer *w;

	if (moved && read_move(h, c, m, seq, err) != 0)
		return -1;
	unread = member_unread(c, m, err);
	if (unread < 0)
		return -1;
	if (further && mentioned_read(c, m, err) != 0)
		return -1;
	if (moved)
		position_tell(c, m, unread, parley_request_session(r));
	if (further) {
		receipts_read(c, m->name, member_read(m));
		note_moment(c, m, before, seq);
	}
	w = parley_answer(r);
	parley_put_int(w, "read", member_read(m));
	position_put(w, c, m, unread);
	return 0;
}

void
history_read(void *self, struct parley_request *r)
{
	int64_t seq = parley_json_int(parley_json_get(parley_request_params(r), "seq"), 0);
	struct parley_error err = { 0 };
	struct member *m;
	struct chat *c = history_chat_get(self, r, &m);

	if (c == NULL)
		return;
	if (read_answer(self, c, m, r, seq > c->head ? c->head : seq, &err) != 0)
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}
