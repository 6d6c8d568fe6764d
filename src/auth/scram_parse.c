/* SPDX-License-Identifier: MIT */
/* scram_parse.c - the grammar of SCRAM's client messages. */
#include "auth/scram_parse.h"

#include <parley/text.h>
#include <string.h>

bool
piece_is(struct scram_piece p, const char *text)
{
	return strlen(text) == p.len && memcmp(p.at, text, p.len) == 0;
}

int
piece_copy(struct scram_piece p, char *out, size_t size)
{
	if (p.len >= size)
		return -1;
	if (p.len > 0)
		memcpy(out, p.at, p.len);
	out[p.len] = '\0';
	return 0;
}

int
piece_unescape(struct scram_piece p, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < p.len; i++, n++) {
		if (n + 1 >= size)
			return -1;
		out[n] = p.at[i];
		if (p.at[i] != '=')
			continue;
		if (p.len - i < 3)
			return -1;
		if (memcmp(p.at + i, "=2C", 3) == 0)
			out[n] = ',';
		else if (memcmp(p.at + i, "=3D", 3) != 0)
			return -1;
		i += 2;
	}
	out[n] = '\0';
	return 0;
}

/* Takes all up to the next comma, which is dropped, from rest. False when there is no comma. */
static bool
take(struct scram_piece *rest, struct scram_piece *out)
{
	const char *comma = rest->len > 0 ? memchr(rest->at, ',', rest->len) : NULL;

	*out = *rest;
	if (comma == NULL) {
		*rest = (struct scram_piece){ rest->at + rest->len, 0 };
		return false;
	}
	out->len = (size_t)(comma - rest->at);
	rest->at = comma + 1;
	rest->len -= out->len + 1;
	return true;
}

/* Drops "X=" from the front of p. False when p does not begin so. */
static bool
untag(struct scram_piece *p, char tag)
{
	if (p->len < 2 || p->at[0] != tag || p->at[1] != '=')
		return false;
	p->at += 2;
	p->len -= 2;
	return true;
}

/* printable: %x21-2B / %x2D-7E, at least one. */
static bool
is_printable(struct scram_piece p)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] < 0x21 || p.at[i] > 0x7e || p.at[i] == ',')
			return false;
	return p.len > 0;
}

/* cb-name: letters, digits, '.' and '-'. */
static bool
is_binding_name(struct scram_piece p)
{
	for (size_t i = 0; i < p.len; i++) {
		char c = p.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '-'))
			return false;
	}
	return p.len > 0;
}

/* extensions: attr-val, each a letter, "=" and at least one byte. They may be ignored, but not so
 * malformed that two readers could disagree about them. */
static bool
are_extensions(struct scram_piece rest)
{
	struct scram_piece one;
	bool more = rest.at != NULL;

	while (more) {
		char c;

		more = take(&rest, &one);
		c = one.len > 0 ? one.at[0] : '\0';
		if (one.len < 3 || one.at[1] != '=' ||
		    !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return true;
}

static const char *
parse_flag(struct scram_piece flag, struct scram_first_parts *out)
{
	if (flag.len == 1 && (flag.at[0] == 'n' || flag.at[0] == 'y')) {
		out->flag = flag.at[0];
		return NULL;
	}
	if (!untag(&flag, 'p') || !is_binding_name(flag))
		return "the GS2 header's flag";
	out->flag = 'p';
	out->binding = flag;
	return NULL;
}

/* gs2-header = flag "," [ "a=" saslname ] "," */
static const char *
parse_gs2(struct scram_piece *rest, struct scram_first_parts *out)
{
	struct scram_piece flag, authzid;
	const char *start = rest->at, *wrong;

	if (!take(rest, &flag) || !take(rest, &authzid))
		return "the GS2 header";
	wrong = parse_flag(flag, out);
	if (wrong != NULL)
		return wrong;
	if (authzid.len > 0 && (!untag(&authzid, 'a') || authzid.len == 0))
		return "the authorization identity";
	out->authzid = authzid;
	out->gs2 = (struct scram_piece){ start, (size_t)(rest->at - start) };
	return NULL;
}

static bool
is_text(const char *message, size_t len)
{
	return len > 0 && memchr(message, '\0', len) == NULL && parley_utf8_valid(message, len);
}

const char *
scram_parse_first(const char *message, size_t len, struct scram_first_parts *out)
{
	struct scram_piece rest = { message, len };
	const char *wrong;
	bool more;

	*out = (struct scram_first_parts){ 0 };
	if (!is_text(message, len))
		return "no text";
	wrong = parse_gs2(&rest, out);
	if (wrong != NULL)
		return wrong;
	out->bare = rest;
	if (rest.len >= 2 && memcmp(rest.at, "m=", 2) == 0)
		return "it needs an extension that this node does not have";
	if (!take(&rest, &out->user) || !untag(&out->user, 'n'))
		return "the user name";
	more = take(&rest, &out->nonce);
	if (!untag(&out->nonce, 'r') || !is_printable(out->nonce))
		return "the nonce";
	return more && !are_extensions(rest) ? "an extension" : NULL;
}

/* The proof is the last attribute; a base64 text has no comma, so the last comma begins it. */
static bool
split_proof(const char *message, size_t len, struct scram_final_parts *out)
{
	const char *comma = memrchr(message, ',', len);

	if (comma == NULL)
		return false;
	out->without_proof = (struct scram_piece){ message, (size_t)(comma - message) };
	out->proof = (struct scram_piece){ comma + 1, len - out->without_proof.len - 1 };
	return untag(&out->proof, 'p');
}

const char *
scram_parse_final(const char *message, size_t len, struct scram_final_parts *out)
{
	struct scram_piece rest;
	bool more;

	*out = (struct scram_final_parts){ 0 };
	if (!is_text(message, len))
		return "no text";
	if (!split_proof(message, len, out))
		return "the proof";
	rest = out->without_proof;
	if (!take(&rest, &out->binding) || !untag(&out->binding, 'c') || out->binding.len == 0)
		return "the channel binding";
	more = take(&rest, &out->nonce);
	if (!untag(&out->nonce, 'r') || !is_printable(out->nonce))
		return "the nonce";
	return more && !are_extensions(rest) ? "an extension" : NULL;
}
