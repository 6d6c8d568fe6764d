/* SPDX-License-Identifier: MIT */
/* fuzz_scram.c - both client messages of SCRAM. Input: a byte of flags ('0' + 1 -PLUS, 2 a channel
 * that has bindings, 4 -PLUS was offered), the client-first message, a line feed, the client-final
 * message, in which "${r}" stands for the nonce of the exchange. */
#include "auth/scram.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t exporter[32] = { 1 }, endpoint[48] = { 2 };

/* An accepted first message has been taken apart without losing a byte. */
static void
check_first(const struct scram *s, const char *message, size_t len)
{
	size_t gs2 = strlen(s->gs2), bare = strlen(s->client_first_bare);

	parley_assert(gs2 + bare == len && memcmp(message, s->gs2, gs2) == 0);
	parley_assert(memcmp(message + gs2, s->client_first_bare, bare) == 0);
	parley_assert(s->user[0] != '\0' && s->nonce[0] != '\0');
	parley_assert(s->plus == (s->binding_len > 0));
}

static void
final(const struct scram *s, const struct scram_keys *keys, const char *message, size_t len)
{
	struct parley_text out = { 0 }, expanded = { 0 };
	const char *mark = memmem(message, len, "${r}", 4);

	if (mark != NULL) {
		parley_text_add(&expanded, message, (size_t)(mark - message));
		parley_text_puts(&expanded, s->nonce);
		parley_text_add(&expanded, mark + 4, (size_t)(message + len - mark) - 4);
	} else {
		parley_text_add(&expanded, message, len);
	}
	/* Nobody knows the password of these keys. */
	parley_assert(scram_final(s, keys, expanded.s, expanded.len, &out, NULL) == -1);
	parley_assert(out.len == 0);
	parley_text_fini(&expanded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[32] = { 3 };
	struct scram_bindings bindings = { 0 };
	const char *text = (const char *)data + 1, *end;
	struct scram_keys keys;
	struct scram s;

	if (size < 1)
		return 0;
	size--;
	end = memchr(text, '\n', size);
	if (end == NULL)
		end = text + size;
	if (data[0] & 2)
		bindings = (struct scram_bindings){ exporter, 32, endpoint, 48, false };
	bindings.plus_offered = data[0] & 4;
	if (scram_first(
		&s, data[0] & 1, &bindings, "chat.example", text, (size_t)(end - text), NULL) < 0)
		return 0;
	check_first(&s, text, (size_t)(end - text));
	scram_fake_keys(s.user, secret, 15, &keys);
	scram_challenge(&s, &keys);
	if (end < text + size)
		final(&s, &keys, end + 1, size - (size_t)(end - text) - 1);
	return 0;
}
