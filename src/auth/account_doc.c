/* SPDX-License-Identifier: MIT */
/* account_doc.c - an account as a document. */
#include "auth/account_doc.h"

#include "auth/account_internal.h"
#include "seal/seal.h"

#include <openssl/crypto.h>
#include <parley/await.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct parley_field fields[] = {
	{ "created", PARLEY_FIELD_INT },
	{ "email_hash", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index indexes[] = {
	{ .fields = { "created" } },
	{ .fields = { "email_hash" } },
	{ .fields = { NULL } },
};
static const char *const account_secret[] = { "verifier", "email", NULL };
const struct parley_collection account_collection = {
	.name = "accounts",
	.version = 1,
	.fields = fields,
	.indexes = indexes,
	.secret = account_secret,
};

void
account_doc_put_keys(struct parley_writer *w, const struct scram_keys *keys)
{
	uint8_t packed[SCRAM_KEYS_SIZE];
	struct parley_text text = { 0 };

	scram_keys_pack(keys, packed);
	base64_encode(&text, packed, sizeof packed, true);
	parley_put_string(w, "verifier", text.s);
	OPENSSL_cleanse(packed, sizeof packed);
	OPENSSL_cleanse(text.s, text.cap);
	parley_text_fini(&text);
}

/* The hash finds an account by its address, in any case of letters. */
static void
put_email(struct parley_writer *w, const char *email)
{
	struct parley_text lower = { 0 }, hash = { 0 };
	size_t len = strlen(email);

	parley_ascii_lower(parley_text_reserve(&lower, len), email, len);
	parley_put_string(w, "email", email);
	seal_hash("email", lower.s, len, &hash);
	parley_put_string(w, "email_hash", hash.s);
	parley_text_fini(&lower);
	parley_text_fini(&hash);
}

void
account_doc_write(struct parley_text *out, const struct parley_account *account,
    const struct parley_account_new *what, const struct scram_keys *keys)
{
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "shown", account->shown);
	parley_put_string(&w, "display", account->display);
	parley_put_bool(&w, "admin", account->admin);
	parley_put_bool(&w, "disabled", account->disabled);
	parley_put_bool(&w, "hidden", account->hidden);
	parley_put_int(&w, "created", account->created);
	account_doc_put_keys(&w, keys);
	if (what->email != NULL)
		put_email(&w, what->email);
	if (what->terms != NULL) {
		parley_put_string(&w, "terms", what->terms);
		parley_put_int(&w, "terms_time", account->created);
	}
	parley_put_end(&w);
}

static const char *const who_names[] = {
	[PARLEY_WHO_EVERYONE] = "everyone",
	[PARLEY_WHO_CONTACTS] = "contacts",
	[PARLEY_WHO_NOBODY] = "nobody",
};

const char *
parley_who_name(enum parley_who who)
{
	return who_names[who];
}

int
parley_who_find(const char *name)
{
	for (int i = 0; i <= PARLEY_WHO_NOBODY; i++)
		if (strcmp(name, who_names[i]) == 0)
			return i;
	return -1;
}

/* Stored are only those that were ever set. */
static void
read_privacy(const struct parley_json *stored, struct parley_privacy *out)
{
	int groups = parley_who_find(parley_json_string_or(parley_json_get(stored, "groups"), ""));

	out->groups = groups < 0 ? PARLEY_WHO_CONTACTS : (enum parley_who)groups;
	out->receipts = parley_json_bool(parley_json_get(stored, "receipts"), true);
	out->typing = parley_json_bool(parley_json_get(stored, "typing"), true);
}

void
account_doc_read(const struct parley_doc *doc, struct parley_account *out)
{
	const struct parley_json *o = doc->root;

	*out = (struct parley_account){ 0 };
	snprintf(out->name, sizeof out->name, "%s", doc->key);
	snprintf(out->shown, sizeof out->shown, "%s",
	    parley_json_string_or(parley_json_get(o, "shown"), doc->key));
	snprintf(out->display, sizeof out->display, "%s",
	    parley_json_string_or(parley_json_get(o, "display"), ""));
	out->admin = parley_json_bool(parley_json_get(o, "admin"), false);
	out->disabled = parley_json_bool(parley_json_get(o, "disabled"), false);
	out->hidden = parley_json_bool(parley_json_get(o, "hidden"), false);
	out->created = parley_json_int(parley_json_get(o, "created"), 0);
	read_privacy(parley_json_get(o, "privacy"), &out->privacy);
}

int64_t
account_doc_read_logins(const struct parley_doc *doc)
{
	return parley_json_int(parley_json_get(doc->root, "logins"), 0);
}

/* Those of before the store kept secrets are sealed in a way of their own. */
static int
verifier_bytes(const struct parley_doc *doc, struct parley_text *out, struct parley_error *err)
{
	const struct parley_json *v = parley_json_get(doc->root, "verifier");
	const char *text = parley_json_string_or(v, "");
	char context[64];

	if (base64_decode(out, text, parley_json_len(v), true) == 0 && out->len == SCRAM_KEYS_SIZE)
		return 0;
	parley_text_clear(out);
	snprintf(context, sizeof context, "accounts/%s", doc->key);
	return seal_get(context, text, parley_json_len(v), out, err);
}

int
account_doc_read_keys(
    const struct parley_doc *doc, struct scram_keys *out, struct parley_error *err)
{
	struct parley_text plain = { 0 };
	struct parley_error why = { 0 };
	int rc = verifier_bytes(doc, &plain, &why);

	if (rc == 0)
		rc = scram_keys_unpack((const uint8_t *)plain.s, plain.len, out);
	if (plain.s != NULL)
		OPENSSL_cleanse(plain.s, plain.cap);
	parley_text_fini(&plain);
	if (rc == 0)
		return 0;
	parley_log_error("account", "the password of account \"%s\" cannot be read: %s", doc->key,
	    why.code != PARLEY_OK ? why.text : "it has an unknown form");
	return parley_fail(err, PARLEY_INTERNAL, NULL, "this account cannot be read");
}
