/* SPDX-License-Identifier: MIT */
/* web.c - what a browser would do, for tests. */
#include "support/web.h"

#include "base/xalloc.h"
#include "net/conn.h"
#include "support/certificate.h"
#include "support/rig.h"

#include <parley/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- a web client ---- */

static void
make_folders(char *path, size_t from)
{
	for (char *slash = strchr(path + from, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

void
web_write(const char *root, const char *path, const void *bytes, size_t len)
{
	char whole[400];
	FILE *f;

	snprintf(whole, sizeof whole, "%s/%s", root, path);
	make_folders(whole, strlen(root) + 1);
	f = fopen(whole, "wb");
	parley_assert(f != NULL && fwrite(bytes, 1, len, f) == len && fclose(f) == 0);
}

char
web_byte(size_t n)
{
	return (char)('a' + n % 26);
}

static void
web_puts(const char *root, const char *path, const char *text)
{
	web_write(root, path, text, strlen(text));
}

const char *
web_root(void)
{
	static char root[120];
	char *large;

	if (root[0] != '\0')
		return root;
	snprintf(root, sizeof root, "%s", test_path("web"));
	mkdir(root, 0700);
	web_puts(root, "index.html", "<!doctype html>");
	web_puts(root, "favicon.ico", "icon");
	web_puts(root, "assets/main-0123456789ab.js", "the script as it is");
	web_puts(root, "assets/main-0123456789ab.js.br", "in brotli");
	web_puts(root, "assets/main-0123456789ab.js.gz", "in gzip");
	large = xmalloc(WEB_LARGE);
	for (size_t i = 0; i < WEB_LARGE; i++)
		large[i] = web_byte(i);
	web_write(root, "large.txt", large, WEB_LARGE);
	free(large);
	return root;
}

struct net_config
web_config(void)
{
	static const struct listen_config listeners[] = {
		[WEB_PLAIN] = { LISTEN_HTTP, "127.0.0.1", 0 },
		[WEB_TLS] = { LISTEN_HTTPS, "127.0.0.1", 0 },
		[WEB_METRICS] = { LISTEN_METRICS, "127.0.0.1", 0 },
	};
	struct net_config config = rig_config();

	config.listeners = listeners;
	config.listener_count = sizeof listeners / sizeof listeners[0];
	config.http = &front_http;
	config.web_root = web_root();
	return config;
}

int
web_setup(void **state)
{
	rig_settings = web_config();
	return 0;
}

struct client *
web_dial(int listener)
{
	const struct client_options options = { .plain = listener != WEB_TLS };

	return client_open(net_port((size_t)listener), &options);
}

/* ---- HTTP ---- */

static void
read_bytes(struct client *c, struct parley_text *out, size_t len)
{
	char *to = parley_text_reserve(out, len);
	size_t at = 0;

	while (at < len) {
		size_t n = client_read(c, to + at, len - at);

		parley_assert(n > 0);
		at += n;
	}
	out->len += len;
	out->s[out->len] = '\0';
}

struct web_answer
web_read(struct client *c, bool bare)
{
	struct web_answer a = { 0 };
	const char *line, *length;

	while ((line = client_line(c)) != NULL && line[0] != '\r') {
		size_t len = strlen(line);

		parley_assert(len > 0 && line[len - 1] == '\r');
		parley_text_add(&a.head, line, len - 1);
		parley_text_putc(&a.head, '\n');
	}
	parley_assert(line != NULL && a.head.len > 12);
	parley_assert(strncmp(a.head.s, "HTTP/1.1 ", 9) == 0);
	a.status = atoi(a.head.s + 9);
	length = web_field(&a, "Content-Length");
	if (length != NULL && !bare && a.status != 304)
		read_bytes(c, &a.body, (size_t)atoi(length));
	return a;
}

struct web_answer
web_ask(struct client *c, const char *request)
{
	parley_assert(client_puts(c, request));
	return web_read(c, strncmp(request, "HEAD ", 5) == 0);
}

void
web_expect(struct client *c, int status, const char *body, const char *request, ...)
{
	struct parley_text text = { 0 };
	struct web_answer a;
	va_list ap;

	va_start(ap, request);
	parley_text_reserve(&text, 16384);
	text.len = (size_t)vsnprintf(text.s, 16384, request, ap);
	va_end(ap);
	parley_assert(text.len < 16384);
	a = web_ask(c, text.s);
	if (a.status != status || (body != NULL && strcmp(a.body.s, body) != 0)) {
		fprintf(stderr, "asked\n%s\nanswered\n%s\n%s\n", text.s, a.head.s,
		    a.body.s != NULL ? a.body.s : "");
		parley_assert(a.status == status && body == NULL);
	}
	parley_text_fini(&text);
	web_answer_fini(&a);
}

void
web_answer_fini(struct web_answer *a)
{
	parley_text_fini(&a->head);
	parley_text_fini(&a->body);
}

const char *
web_field(const struct web_answer *a, const char *name)
{
	static char value[1024];
	size_t len = strlen(name);
	const char *at = strchr(a->head.s, '\n') + 1;
	bool found = false;

	for (; *at != '\0'; at = strchr(at, '\n') + 1) {
		if (strncasecmp(at, name, len) != 0 || at[len] != ':')
			continue;
		parley_assert(!found); /* twice */
		found = true;
		snprintf(
		    value, sizeof value, "%.*s", (int)strcspn(at + len + 2, "\n"), at + len + 2);
	}
	return found ? value : NULL;
}

/* ---- WebSocket ---- */

void
web_upgrade(struct client *c, const char *fields)
{
	struct parley_text request = { 0 };
	struct web_answer a;
	struct web_frame hello;

	parley_text_printf(&request,
	    "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "Sec-WebSocket-Protocol: other, parley.v1\r\n%s\r\n",
	    fields);
	a = web_ask(c, request.s);
	parley_text_fini(&request);
	parley_assert(a.status == 101);
	web_answer_fini(&a);
	hello = web_frame_read(c);
	parley_assert(hello.first == 0x81 && strstr(hello.bytes.s, "\"type\":\"hello\"") != NULL);
	web_frame_fini(&hello);
}

void
web_frame_put(struct parley_text *out, unsigned first, const void *bytes, size_t len)
{
	static const char mask[4] = { 0x37, (char)0xfa, 0x21, 0x3d };
	size_t more = len < 126 ? 0 : len < 65536 ? 2 : 8;

	parley_text_putc(out, (char)first);
	parley_text_putc(out, (char)(0x80 | (more == 0 ? len : more == 2 ? 126 : 127)));
	for (size_t i = 0; i < more; i++)
		parley_text_putc(out, (char)(len >> (8 * (more - 1 - i))));
	parley_text_add(out, mask, 4);
	parley_text_reserve(out, len);
	for (size_t i = 0; i < len; i++)
		parley_text_putc(out, (char)(((const char *)bytes)[i] ^ mask[i % 4]));
}

void
web_frame_send(struct client *c, unsigned first, const void *bytes, size_t len)
{
	struct parley_text frame = { 0 };

	web_frame_put(&frame, first, bytes, len);
	client_write(c, frame.s, frame.len);
	parley_text_fini(&frame);
}

void
web_text_send(struct client *c, const char *text)
{
	web_frame_send(c, 0x81, text, strlen(text));
}

static size_t
read_length(struct client *c, unsigned brief)
{
	struct parley_text bytes = { 0 };
	size_t n = 0;

	parley_assert((brief & 0x80) == 0); /* a server does not mask */
	if (brief < 126)
		return brief;
	read_bytes(c, &bytes, brief == 126 ? 2 : 8);
	for (size_t i = 0; i < bytes.len; i++)
		n = n << 8 | (unsigned char)bytes.s[i];
	parley_text_fini(&bytes);
	return n;
}

struct web_frame
web_frame_read(struct client *c)
{
	struct web_frame f = { 0 };
	unsigned char head[2];

	if (client_read(c, head, 1) == 0)
		return f;
	parley_assert(client_read(c, head + 1, 1) == 1);
	f.first = head[0];
	read_bytes(c, &f.bytes, read_length(c, head[1]));
	return f;
}

void
web_frame_fini(struct web_frame *f)
{
	parley_text_fini(&f->bytes);
}
