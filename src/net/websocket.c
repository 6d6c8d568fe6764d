/* SPDX-License-Identifier: MIT */
/* websocket.c - reads and writes WebSocket frames (RFC 6455). */
#include "net/websocket.h"

#include "base/base64.h"
#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <parley/error.h>
#include <parley/text.h>
#include <stdlib.h>
#include <string.h>

/* The fragments of a message so far. */
struct ws_partial {
	struct parley_text bytes;
	enum ws_opcode opcode;
	unsigned fragments;
	bool whole; /* has been handed out: goes at the next call */
};

/* What stands before the payload. */
struct frame {
	bool fin;
	enum ws_opcode opcode;
	size_t head;  /* bytes before the mask */
	uint64_t len; /* of the payload */
};

static void
partial_free(struct ws_reader *r)
{
	if (r->partial != NULL && r->partial->bytes.len > 0)
		OPENSSL_cleanse(r->partial->bytes.s, r->partial->bytes.len);
	if (r->partial != NULL)
		parley_text_fini(&r->partial->bytes);
	free(r->partial);
	r->partial = NULL;
}

void
ws_reader_fini(struct ws_reader *r)
{
	partial_free(r);
}

static int
wrong(struct ws_result *result, unsigned code, const char *why)
{
	*result = (struct ws_result){ .event = WS_WRONG, .code = code, .why = why };
	return -1;
}

/* ---- heads ---- */

static uint64_t
read_number(const unsigned char *p, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | p[i];
	return n;
}

static int
check_first(
    const struct ws_reader *r, const struct frame *f, unsigned first, struct ws_result *result)
{
	if ((first & 0x70) != 0)
		return wrong(result, WS_CLOSE_PROTOCOL, "a reserved bit is set");
	if ((f->opcode > WS_BINARY && f->opcode < WS_CLOSE) || f->opcode > WS_PONG)
		return wrong(result, WS_CLOSE_PROTOCOL, "no such kind of frame");
	if (f->opcode >= WS_CLOSE)
		return f->fin ? 0 : wrong(result, WS_CLOSE_PROTOCOL, "a control frame is cut up");
	if (f->opcode == WS_CONTINUATION && r->partial == NULL)
		return wrong(result, WS_CLOSE_PROTOCOL, "there is no message to continue");
	if (f->opcode != WS_CONTINUATION && r->partial != NULL)
		return wrong(result, WS_CLOSE_PROTOCOL, "the message before is not finished");
	return 0;
}

/* Reads the length, which must be written in the shortest way. 1: read; 0: more is needed. */
static int
read_length(struct frame *f, const unsigned char *p, size_t len, struct ws_result *result)
{
	unsigned brief = p[1] & 0x7f;
	size_t more = brief == 126 ? 2 : brief == 127 ? 8 : 0;

	if (f->opcode >= WS_CLOSE && more > 0)
		return wrong(result, WS_CLOSE_PROTOCOL, "a control frame is too long");
	if (len < 2 + more)
		return 0;
	f->head = 2 + more;
	f->len = more > 0 ? read_number(p + 2, more) : brief;
	if ((more == 2 && f->len < 126) || (more == 8 && f->len < 65536) || f->len >> 63 != 0)
		return wrong(result, WS_CLOSE_PROTOCOL, "a length is not written as it must be");
	return 1;
}

static int
check_size(const struct ws_reader *r, const struct frame *f, size_t most, struct ws_result *result)
{
	size_t before = r->partial != NULL ? r->partial->bytes.len : 0;

	if (f->opcode >= WS_CLOSE)
		return 0;
	if (before > most || f->len > most - before)
		return wrong(result, WS_CLOSE_SIZE, "the message is too long");
	if (r->partial != NULL && r->partial->fragments == WS_FRAGMENTS_MAX)
		return wrong(result, WS_CLOSE_POLICY, "the message has too many fragments");
	return 0;
}

/* 1: f is the head of a frame that is allowed; 0: more is needed; -1: wrong. */
static int
read_head(const struct ws_reader *r, struct frame *f, const unsigned char *p, size_t len,
    size_t most, struct ws_result *result)
{
	int rc;

	if (len < 1)
		return 0;
	f->fin = (p[0] & 0x80) != 0;
	f->opcode = p[0] & 0x0f;
	if (check_first(r, f, p[0], result) != 0)
		return -1;
	if (len < 2)
		return 0;
	if ((p[1] & 0x80) == 0)
		return wrong(result, WS_CLOSE_PROTOCOL, "a frame is not masked");
	rc = read_length(f, p, len, result);
	if (rc > 0 && check_size(r, f, most, result) != 0)
		return -1;
	return rc;
}

/* ---- payloads ---- */

static void
unmask(char *bytes, size_t len, const char mask[4])
{
	uint64_t wide, word;
	size_t i = 0;

	memcpy(&wide, mask, 4);
	memcpy((char *)&wide + 4, mask, 4);
	for (; len - i >= 8; i += 8) {
		memcpy(&word, bytes + i, 8);
		word ^= wide;
		memcpy(bytes + i, &word, 8);
	}
	for (; i < len; i++)
		bytes[i] ^= mask[i & 3];
}

static void
got_message(struct ws_result *result, enum ws_opcode opcode, const char *bytes, size_t len)
{
	if (opcode == WS_TEXT && !parley_utf8_valid(bytes, len)) {
		wrong(result, WS_CLOSE_TEXT, "a text is not UTF-8");
		return;
	}
	*result = (struct ws_result){
		.event = opcode == WS_TEXT ? WS_GOT_TEXT : WS_GOT_BINARY, .bytes = bytes, .len = len
	};
}

static void
got_data(struct ws_reader *r, const struct frame *f, const char *bytes, struct ws_result *result)
{
	size_t len = (size_t)f->len;

	if (f->fin && r->partial == NULL) {
		got_message(result, f->opcode, bytes, len);
		return;
	}
	if (r->partial == NULL) {
		r->partial = xcalloc(1, sizeof *r->partial);
		r->partial->opcode = f->opcode;
	}
	r->partial->fragments++;
	parley_text_add(&r->partial->bytes, bytes, len);
	*result = (struct ws_result){ .event = WS_FRAGMENT };
	if (!f->fin)
		return;
	r->partial->whole = true;
	got_message(result, r->partial->opcode, r->partial->bytes.s, r->partial->bytes.len);
}

/* Codes that may be on the wire: RFC 6455 section 7.4 and what IANA has added. */
static bool
close_code_is_valid(unsigned code)
{
	if (code >= 3000)
		return code <= 4999;
	return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

static void
got_close(const char *bytes, size_t len, struct ws_result *result)
{
	unsigned code = WS_CLOSE_NONE;

	if (len >= 2)
		code = (unsigned)read_number((const unsigned char *)bytes, 2);
	if (len == 1 || (len >= 2 && !close_code_is_valid(code)))
		wrong(result, WS_CLOSE_PROTOCOL, "no such code to close with");
	else if (len > 2 && !parley_utf8_valid(bytes + 2, len - 2))
		wrong(result, WS_CLOSE_TEXT, "a reason is not UTF-8");
	else
		*result = (struct ws_result){ .event = WS_GOT_CLOSE, .code = code };
}

static void
got_frame(struct ws_reader *r, const struct frame *f, char *bytes, struct ws_result *result)
{
	switch (f->opcode) {
	case WS_CLOSE:
		got_close(bytes, (size_t)f->len, result);
		break;
	case WS_PING:
	case WS_PONG:
		*result =
		    (struct ws_result){ .event = f->opcode == WS_PING ? WS_GOT_PING : WS_GOT_PONG,
			    .bytes = bytes,
			    .len = (size_t)f->len };
		break;
	default:
		got_data(r, f, bytes, result);
	}
}

size_t
ws_read(struct ws_reader *r, char *bytes, size_t len, size_t most, struct ws_result *result_r)
{
	struct frame f;
	char *mask, *payload;
	size_t whole;

	if (r->partial != NULL && r->partial->whole)
		partial_free(r);
	*result_r = (struct ws_result){ .event = WS_MORE };
	if (read_head(r, &f, (const unsigned char *)bytes, len, most, result_r) <= 0)
		return 0;
	whole = f.head + 4 + (size_t)f.len;
	if (len < whole)
		return 0;
	mask = bytes + f.head;
	payload = mask + 4;
	unmask(payload, (size_t)f.len, mask);
	got_frame(r, &f, payload, result_r);
	return result_r->event == WS_WRONG ? 0 : whole;
}

/* ---- writing ---- */

size_t
ws_head(char out[WS_HEAD_MAX], enum ws_opcode opcode, size_t len)
{
	size_t more = len < 126 ? 0 : len < 65536 ? 2 : 8;

	out[0] = (char)(0x80 | opcode);
	out[1] = (char)(more == 0 ? len : more == 2 ? 126 : 127);
	for (size_t i = 0; i < more; i++)
		out[2 + i] = (char)((uint64_t)len >> (8 * (more - 1 - i)));
	return 2 + more;
}

size_t
ws_close_payload(char out[WS_CONTROL_MAX], unsigned code, const char *reason)
{
	size_t len = parley_utf8_cut(reason, strlen(reason), WS_CONTROL_MAX - 2);

	out[0] = (char)(code >> 8);
	out[1] = (char)code;
	memcpy(out + 2, reason, len);
	return 2 + len;
}

bool
ws_accept(char out[29], const char *key, size_t len)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	struct parley_text text = { 0 };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	bool ok = len == 24 && base64_decode(&text, key, len, false) == 0 && text.len == 16;

	if (ok) {
		parley_text_clear(&text);
		parley_text_add(&text, key, len);
		parley_text_puts(&text, guid);
		ok = EVP_Digest(text.s, text.len, digest, &size, EVP_sha1(), NULL) == 1;
		parley_assert(ok && size == 20);
		parley_text_clear(&text);
		base64_encode(&text, digest, size, false);
		memcpy(out, text.s, 29);
	}
	parley_text_fini(&text);
	return ok;
}
