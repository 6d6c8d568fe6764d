/* SPDX-License-Identifier: MIT */
/* hello.c - the members of the hello frame that are the same for every connection. */
#include "core/hello.h"

#include "base/xalloc.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

#define EXTRA_MAX 8

static struct {
	const char *name;
	char *value;
} extra[EXTRA_MAX];
static struct {
	const char *name;
	int64_t value;
} limits[EXTRA_MAX];
static struct parley_text texts[2][2]; /* [over WebSocket][with channel binding] */

void
parley_hello_set(const char *name, const char *value)
{
	for (int i = 0; i < EXTRA_MAX; i++) {
		if (extra[i].name != NULL && strcmp(extra[i].name, name) != 0)
			continue;
		free(extra[i].value);
		extra[i].name = name;
		extra[i].value = xstrdup(value);
		return;
	}
	parley_log_error("hello", "there is no room for the member %s", name);
}

void
parley_hello_limit(const char *name, int64_t value)
{
	for (int i = 0; i < EXTRA_MAX; i++) {
		if (limits[i].name != NULL && strcmp(limits[i].name, name) != 0)
			continue;
		limits[i].name = name;
		limits[i].value = value;
		return;
	}
	parley_log_error("hello", "there is no room for the limit %s", name);
}

const char *
hello_text(const struct config *config, bool web, bool bound)
{
	struct parley_text *text = &texts[web][bound];
	struct parley_writer w;

	parley_text_clear(text);
	parley_writer_init(&w, text);
	parley_put_object(&w, NULL);
	parley_put_array(&w, "auth");
	if (bound)
		parley_put_string(&w, NULL, "SCRAM-SCRYPT-SHA-256-PLUS");
	parley_put_string(&w, NULL, "SCRAM-SCRYPT-SHA-256");
	parley_put_string(&w, NULL, "PLAIN");
	parley_put_string(&w, NULL, "TOKEN");
	if (web)
		parley_put_string(&w, NULL, "COOKIE");
	parley_put_end(&w);
	for (int i = 0; i < EXTRA_MAX && extra[i].name != NULL; i++)
		parley_put_string(&w, extra[i].name, extra[i].value);
	parley_put_object(&w, "limits");
	parley_put_int(&w, "frame", config->limits.user_frame);
	parley_put_int(&w, "text", config->limits.text);
	for (int i = 0; i < EXTRA_MAX && limits[i].name != NULL; i++)
		parley_put_int(&w, limits[i].name, limits[i].value);
	parley_put_end(&w);
	parley_put_end(&w);
	text->s[--text->len] = '\0'; /* the braces are the frame's */
	return text->s + 1;
}

void
hello_fini(void)
{
	for (int i = 0; i < EXTRA_MAX; i++) {
		free(extra[i].value);
		extra[i].name = NULL;
		extra[i].value = NULL;
		limits[i].name = NULL;
	}
	for (int i = 0; i < 4; i++)
		parley_text_fini(&texts[i / 2][i % 2]);
}
