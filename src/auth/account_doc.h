/* SPDX-License-Identifier: MIT */
/* account_doc.h - an account as a document: {shown, display, admin, disabled, hidden, created,
 * verifier, logins, email, email_hash, terms, terms_time}. The password's keys and the e-mail
 * address are secret. Router thread. */
#ifndef ACCOUNT_DOC_H
#define ACCOUNT_DOC_H

#include "auth/scram.h"

#include <parley/account.h>
#include <parley/store.h>

/* Appends the document of a new account. */
void account_doc_write(struct parley_text *out, const struct parley_account *account,
    const struct parley_account_new *what, const struct scram_keys *keys);

/* Puts the member "verifier". */
void account_doc_put_keys(struct parley_writer *w, const struct scram_keys *keys);

void account_doc_read(const struct parley_doc *doc, struct parley_account *out);

/* Which logins are good; 0 until some had to end. */
int64_t account_doc_read_logins(const struct parley_doc *doc);

/* 0, or -1 with PARLEY_INTERNAL when they do not open; the log then says so. */
int account_doc_read_keys(
    const struct parley_doc *doc, struct scram_keys *out, struct parley_error *err);

#endif
