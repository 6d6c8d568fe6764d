/* SPDX-License-Identifier: MIT */
/* payload.c - sealed frames, shared between threads by reference. */
#include "net/payload.h"

#include "base/xalloc.h"

#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

struct parley_payload *
parley_payload_new(struct parley_text *json)
{
	struct parley_payload *p = xcalloc(1, sizeof *p);

	atomic_init(&p->refs, 1);
	p->len = json->len;
	p->json = json->s != NULL ? json->s : xstrdup("");
	*json = (struct parley_text){ 0 };
	return p;
}

struct parley_payload *
parley_payload_ref(struct parley_payload *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
parley_payload_unref(struct parley_payload **p)
{
	struct parley_payload *gone = *p;

	*p = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1, memory_order_acq_rel) > 1)
		return;
	free(gone->json);
	free(gone);
}

void
parley_payload_set_mid(struct parley_payload *p, const char *mid)
{
	size_t len = strlen(mid);

	parley_assert(len < sizeof p->mid_bytes);
	memcpy(p->mid_bytes, mid, len + 1);
	p->mid = p->mid_bytes;
}
