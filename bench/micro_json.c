/* SPDX-License-Identifier: MIT */
/* micro_json.c - reading and writing JSON, and checking it: "read" a message, "read-page" a page of
 * 50, "write" a message as its receiver gets it, "schema" of a message. */
#include "micro.h"

#include "base/arena.h"
#include "json/json.h"
#include "json/schema.h"

#include <parley/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	struct parley_text text;
	struct arena arena;
	const struct parley_json *root;
	const struct schema *schema;
} J;

static void
read_text(unsigned i)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };

	if (json_parse_copy(&arena, J.text.s, J.text.len, &json_limits_user, &err) == NULL)
		abort();
	arena_fini(&arena);
}

static void
put_message(struct parley_writer *w, unsigned i)
{
	parley_put_object(w, NULL);
	parley_put_string(w, "type", "message");
	parley_put_string(w, "mid", "019ab3c4-d5e6-7f80-8123-456789abcdef");
	parley_put_string(w, "from", "bench00000@localhost/k3v9x2mq");
	parley_put_string(w, "to", "bench00001@localhost");
	parley_put_string(w, "chat", "bench00000@localhost");
	parley_put_int(w, "seq", i);
	parley_put_time(w, "time", 1795341600123 + i);
	parley_put_string(w, "text",
	    "Shall we meet at the station at half past seven, or is that too early for us?");
	parley_put_end(w);
}

static void
write_text(unsigned i)
{
	struct parley_writer w;

	parley_text_clear(&J.text);
	parley_writer_init(&w, &J.text);
	put_message(&w, i);
}

static void
check_schema(unsigned i)
{
	struct parley_error err = { 0 };

	if (schema_check(J.schema, J.root, "", &err) != 0)
		abort();
}

static void
make_page(void)
{
	struct parley_writer w;

	parley_writer_init(&w, &J.text);
	parley_put_array(&w, NULL);
	for (unsigned i = 0; i < 50; i++)
		put_message(&w, i);
	parley_put_end(&w);
}

static void
load_schema(const char *directory)
{
	const char *const directories[] = { directory, NULL };
	struct parley_error err = { 0 };
	struct schema_set *set = schema_set_load(directories, &err);

	if (set == NULL) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	J.schema = schema_find(set, "client/message");
	J.root = json_parse_copy(
	    &J.arena, micro_message, strlen(micro_message), &json_limits_user, &err);
}

int
main(int argc, char **argv)
{
	unsigned count = micro_count(argc, argv, 1);

	parley_text_puts(&J.text, "");
	if (strcmp(argv[1], "read") == 0) {
		parley_text_puts(&J.text, micro_message);
		micro_run(read_text, count);
	} else if (strcmp(argv[1], "read-page") == 0) {
		make_page();
		micro_run(read_text, count);
	} else if (strcmp(argv[1], "write") == 0) {
		micro_run(write_text, count);
	} else {
		load_schema(argv[3]);
		micro_run(check_schema, count);
	}
	return 0;
}
