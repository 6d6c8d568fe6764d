/* SPDX-License-Identifier: MIT */
/* facts.c - what the router may know of a connection, shared by both. */
#include "net/stanza.h"

#include "base/random.h"
#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 26 characters of 5 bits hold 128 bits. */
static void
facts_name_stream(struct conn_facts *f)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char random[sizeof f->stream - 1];

	random_bytes(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++)
		f->stream[i] = digits[random[i] & 31];
}

struct conn_facts *
conn_facts_new(const char *peer)
{
	struct conn_facts *f = xcalloc(1, sizeof *f);

	atomic_init(&f->refs, 1);
	snprintf(f->peer, sizeof f->peer, "%s", peer);
	facts_name_stream(f);
	return f;
}

struct conn_facts *
conn_facts_ref(struct conn_facts *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void
conn_facts_unref(struct conn_facts **f)
{
	struct conn_facts *gone = *f;

	*f = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (gone->cookie != NULL)
		OPENSSL_cleanse(gone->cookie, strlen(gone->cookie));
	free(gone->cookie);
	OPENSSL_cleanse(gone, sizeof *gone);
	free(gone);
}
