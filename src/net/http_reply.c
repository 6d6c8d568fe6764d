/* SPDX-License-Identifier: MIT */
/* http_reply.c - how answers begin: status, date, and the fields that tell a browser to allow
 * nothing that the web client does not need. */
#include "net/http.h"

#include "net/payload.h"

#include <parley/await.h>
#include <parley/json.h>
#include <stdio.h>
#include <time.h>

static const char security_fields[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; require-trusted-types-for 'script'; trusted-types parley\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: accelerometer=(), autoplay=(self), camera=(), display-capture=(), "
    "encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), "
    "usb=(), xr-spatial-tracking=()\r\n";

static const struct {
	int status;
	const char *reason;
	enum parley_code code; /* in the body of a refusal */
} statuses[] = {
	{ 101, "Switching Protocols", PARLEY_OK },
	{ 200, "OK", PARLEY_OK },
	{ 204, "No Content", PARLEY_OK },
	{ 206, "Partial Content", PARLEY_OK },
	{ 304, "Not Modified", PARLEY_OK },
	{ 400, "Bad Request", PARLEY_BAD_REQUEST },
	{ 401, "Unauthorized", PARLEY_NOT_AUTHORIZED },
	{ 403, "Forbidden", PARLEY_NOT_ALLOWED },
	{ 404, "Not Found", PARLEY_NOT_FOUND },
	{ 405, "Method Not Allowed", PARLEY_NOT_IMPLEMENTED },
	{ 408, "Request Timeout", PARLEY_LIMIT },
	{ 409, "Conflict", PARLEY_CONFLICT },
	{ 410, "Gone", PARLEY_GONE },
	{ 411, "Length Required", PARLEY_BAD_REQUEST },
	{ 413, "Content Too Large", PARLEY_TOO_LARGE },
	{ 414, "URI Too Long", PARLEY_TOO_LARGE },
	{ 415, "Unsupported Media Type", PARLEY_BAD_REQUEST },
	{ 416, "Range Not Satisfiable", PARLEY_BAD_REQUEST },
	{ 417, "Expectation Failed", PARLEY_BAD_REQUEST },
	{ 426, "Upgrade Required", PARLEY_BAD_REQUEST },
	{ 429, "Too Many Requests", PARLEY_LIMIT },
	{ 431, "Request Header Fields Too Large", PARLEY_TOO_LARGE },
	{ 500, "Internal Server Error", PARLEY_INTERNAL },
	{ 501, "Not Implemented", PARLEY_NOT_IMPLEMENTED },
	{ 503, "Service Unavailable", PARLEY_BUSY },
	{ 505, "HTTP Version Not Supported", PARLEY_NOT_IMPLEMENTED },
};

/* RFC 9110 section 5.6.7, whatever the locale. */
static void
put_date(struct parley_text *out)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)(parley_now() / 1000);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	parley_text_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static size_t
status_row(int status)
{
	size_t i = 0, internal = 0;

	for (; i < sizeof statuses / sizeof statuses[0]; i++) {
		if (statuses[i].status == status)
			return i;
		if (statuses[i].status == 500)
			internal = i;
	}
	return internal;
}

void
http_reply_start(struct conn *c, struct parley_text *out, int status)
{
	const struct http *h = conn_state(c);
	size_t row = status_row(status);

	parley_text_printf(out, "HTTP/1.1 %d %s\r\n", statuses[row].status, statuses[row].reason);
	put_date(out);
	parley_text_add(out, security_fields, sizeof security_fields - 1);
	/* A browser remembers this for every port: it would spoil what else runs on localhost. */
	if (h->https && !h->local)
		parley_text_puts(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (!h->keep)
		parley_text_puts(out, "Connection: close\r\n");
}

void
http_reply_field(struct parley_text *out, const char *name, const char *value)
{
	parley_text_printf(out, "%s: %s\r\n", name, value);
}

void
http_reply_send(
    struct conn *c, struct parley_text *out, struct parley_payload *payload, size_t at, size_t end)
{
	struct http *h = conn_state(c);

	parley_text_puts(out, "\r\n");
	conn_write(c, out->s, out->len);
	parley_text_fini(out);
	if (payload != NULL && !h->bare) {
		h->sending = parley_payload_ref(payload);
		h->at = at;
		h->end = end;
	}
	http_pump(c);
}

void
http_reply_empty(struct conn *c, int status)
{
	struct parley_text out = { 0 };

	http_reply_start(c, &out, status);
	http_reply_field(&out, "Cache-Control", "no-store");
	http_reply_send(c, &out, NULL, 0, 0);
}

static struct parley_payload *
refusal(int status, const char *what)
{
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "code", parley_code_name(statuses[status_row(status)].code));
	parley_put_string(&w, "text", what);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

void
http_refuse(struct conn *c, int status, const char *text, const char *more)
{
	struct parley_payload *body = refusal(status, text);
	struct parley_text out = { 0 };

	http_reply_start(c, &out, status);
	if (more != NULL)
		parley_text_puts(&out, more);
	http_reply_field(&out, "Cache-Control", "no-store");
	http_reply_field(&out, "Content-Type", "application/json");
	parley_text_printf(&out, "Content-Length: %zu\r\n", body->len);
	http_reply_send(c, &out, body, 0, body->len);
	parley_payload_unref(&body);
}
