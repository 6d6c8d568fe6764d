/* SPDX-License-Identifier: MIT */
/* sqlite_record.c - documents of a log as bytes: 16 bytes of lengths and seq, little-endian, then
 * stream and origin, each with a NUL, then the document. The same in the journal and in runs. */
#include "sqlite_log.h"

#include <endian.h>
#include <string.h>

#define HEAD 16

static char *
put_bytes(char *to, const void *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}

size_t
sq_record_size(const struct sq_record *r)
{
	return HEAD + r->stream_len + 1 + r->origin_len + 1 + r->json_len;
}

char *
sq_record_put(char *to, const struct sq_record *r, struct sq_record *copy_r)
{
	uint32_t json_len = htole32((uint32_t)r->json_len);
	uint16_t stream_len = htole16((uint16_t)r->stream_len);
	uint16_t origin_len = htole16((uint16_t)r->origin_len);
	uint64_t seq = htole64((uint64_t)r->seq);
	struct sq_record copy = *r;

	to = put_bytes(to, &json_len, sizeof json_len);
	to = put_bytes(to, &stream_len, sizeof stream_len);
	to = put_bytes(to, &origin_len, sizeof origin_len);
	to = put_bytes(to, &seq, sizeof seq);
	copy.stream = to;
	to = put_bytes(to, r->stream, r->stream_len);
	*to++ = '\0';
	copy.origin = to;
	to = put_bytes(to, r->origin, r->origin_len);
	*to++ = '\0';
	copy.json = to;
	to = put_bytes(to, r->json, r->json_len);
	if (copy_r != NULL)
		*copy_r = copy;
	return to;
}

int
sq_record_next(struct sq_bytes *bytes, struct sq_record *r)
{
	const char *at = bytes->at;
	size_t room = (size_t)(bytes->end - at);
	uint16_t stream_len, origin_len;
	uint32_t json_len;
	uint64_t seq;

	if (room == 0)
		return 0;
	if (room < HEAD)
		return -1;
	memcpy(&json_len, at, sizeof json_len);
	memcpy(&stream_len, at + 4, sizeof stream_len);
	memcpy(&origin_len, at + 6, sizeof origin_len);
	memcpy(&seq, at + 8, sizeof seq);
	r->json_len = le32toh(json_len);
	r->stream_len = le16toh(stream_len);
	r->origin_len = le16toh(origin_len);
	r->seq = (int64_t)le64toh(seq);
	r->stream = at + HEAD;
	r->origin = r->stream + r->stream_len + 1;
	r->json = r->origin + r->origin_len + 1;
	if (room < sq_record_size(r) || r->stream_len >= PARLEY_KEY_MAX ||
	    r->origin_len >= PARLEY_KEY_MAX || r->seq <= 0 || r->origin[-1] != '\0' ||
	    r->json[-1] != '\0')
		return -1;
	bytes->at = r->json + r->json_len;
	return 1;
}

int
sq_record_find(const char *run, size_t len, int64_t seq, struct sq_record *r)
{
	struct sq_bytes bytes = { run, run + len };
	int rc;

	while ((rc = sq_record_next(&bytes, r)) == 1)
		if (r->seq >= seq)
			return r->seq == seq;
	return rc;
}
