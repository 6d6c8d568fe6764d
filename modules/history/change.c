/* SPDX-License-Identifier: MIT */
/* change.c - what a change of a message or of a group is told by: in the journal, and in frames. */
#include "history.h"

#include <stdio.h>

void
change_read(struct change *out, const struct parley_json *doc)
{
	const struct parley_json *on = parley_json_get(doc, "on");

	*out = (struct change){
		.kind = parley_json_string_or(parley_json_get(doc, "kind"), ""),
		.target = parley_json_string(parley_json_get(doc, "target")),
		.text = parley_json_string(parley_json_get(doc, "text")),
		.emoji = parley_json_string(parley_json_get(doc, "emoji")),
		.who = parley_json_string(parley_json_get(doc, "who")),
		.role = parley_json_string(parley_json_get(doc, "role")),
		.old = parley_json_string(parley_json_get(doc, "old")),
		.place = parley_json_int(parley_json_get(doc, "place"), 0),
		.on = on != NULL ? parley_json_bool(on, false) : -1,
		.has_days = parley_json_get(doc, "days") != NULL,
		.days = parley_json_int(parley_json_get(doc, "days"), 0),
		.operator= parley_json_get(doc, "operator") != NULL,
	};
	mentions_read(&out->mentions, parley_json_get(doc, "mentions"));
}

void
change_put_document(struct parley_writer *w, const struct change *change)
{
	parley_put_string(w, "kind", change->kind);
	parley_put_string(w, "target", change->target);
	parley_put_string(w, "text", change->text);
	mentions_put_document(w, &change->mentions);
	parley_put_string(w, "old", change->old);
	if (change->place > 0)
		parley_put_int(w, "place", change->place);
	parley_put_string(w, "emoji", change->emoji);
	parley_put_string(w, "who", change->who);
	parley_put_string(w, "role", change->role);
	if (change->on >= 0)
		parley_put_bool(w, "on", change->on);
	if (change->has_days)
		parley_put_int(w, "days", change->days);
	if (change->operator)
		parley_put_int(w, "operator", 1);
}

void
change_put_frame(struct parley_writer *w, const struct change *change, int64_t from)
{
	char address[PARLEY_ADDRESS_SIZE];
	bool blind = change->place > 0 && change->place < from;

	parley_put_object(w, "change");
	parley_put_string(w, "kind", change->kind);
	parley_put_string(w, "mid", change->target);
	if (!blind) {
		parley_put_string(w, "text", change->text);
		mentions_put_frame(w, &change->mentions);
	}
	parley_put_string(w, "emoji", change->emoji);
	if (change->on >= 0)
		parley_put_bool(w, "on", change->on);
	if (change->who != NULL) {
		peer_address(address, change->who);
		parley_put_string(w, "who", address);
	}
	parley_put_string(w, "role", change->role);
	if (change->has_days)
		parley_put_int(w, "days", change->days);
	if (change->operator)
		parley_put_bool(w, "operator", true);
	parley_put_end(w);
}
