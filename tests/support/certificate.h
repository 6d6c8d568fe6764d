/* SPDX-License-Identifier: MIT */
/* certificate.h - self-signed certificates for tests. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

/* Makes a directory under /tmp; "%s" of path names are put there. Static; removed at exit with what
 * is in it. */
const char *test_directory(void);

/* Writes a new certificate for name, which is also its serial's owner, and its key (mode 0600) as
 * PEM files. signature is "SHA256", "SHA384", "RSA-SHA256" or "ED25519". */
void certificate_write(
    const char *certificate, const char *key, const char *name, const char *signature);

/* directory/name; static, of eight that take turns. */
const char *test_path(const char *name);

#endif
