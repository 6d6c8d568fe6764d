/* SPDX-License-Identifier: MIT */
/* settings.c - what each part of the core is told of the configuration. */
#include "core/settings.h"

#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/throttle.h"
#include "base/log.h"
#include "core/hello.h"
#include "core/message.h"
#include "core/router.h"
#include "core/session.h"
#include "core/stream_login.h"
#include "net/conn.h"
#include "net/tls.h"

void
settings_log(const struct config *config)
{
	int level = log_level_find(config->node.log);

	if (level >= 0)
		log_set_level((enum parley_log_level)level);
}

void
settings_sessions(const struct config *config, bool first)
{
	const struct session_limits limits = {
		.kept_frames = (uint32_t)config->session.resume_frames,
		.kept_bytes = (size_t)config->session.resume_bytes,
		.all_bytes = (size_t)config->session.resume_memory,
		.resume_seconds = (int)config->session.resume_seconds,
		.per_account = (unsigned)config->session.per_account,
		.detached = (unsigned)config->session.resume_sessions,
		.most = (uint64_t)(config->limits.connections + config->session.resume_sessions),
	};

	const struct router_rates rates = {
		.messages_burst = config->limits.messages_burst,
		.messages_minute = config->limits.messages_second * 60,
		.presence_minute = config->limits.presence_minute,
	};

	router_set_rates(&rates);
	message_set_longest(config->limits.text);
	if (first)
		session_start(&limits);
	else
		session_set_limits(&limits);
}

void
settings_auth(const struct config *config, bool first)
{
	const struct config_accounts *a = &config->accounts;
	const struct account_config accounts = { .reserved =
						     (const char *const *)config->reserved };
	const struct device_config devices = { .token_days = (unsigned)a->token_days };
	const struct throttle_config throttle = {
		.account_failures = (unsigned)a->account_fails,
		.account_seconds = (unsigned)a->fail_minutes * 60,
		.network_failures = (unsigned)a->address_fails,
		.network_seconds = (unsigned)a->fail_minutes * 60,
	};

	stream_login_set_tries((unsigned)a->login_tries);
	if (first) {
		account_start(&accounts);
		device_start(&devices);
		throttle_start(&throttle);
	} else {
		account_reload(&accounts);
		device_reload(&devices);
		throttle_reload(&throttle);
	}
}

void
settings_check_files(const struct config *config, struct option_errors *errors)
{
	const struct config_tls *files = &config->tls;
	struct parley_error err = { 0 };
	struct tls *tls;

	if (files->certificate[0] != '/' || files->key[0] != '/')
		return; /* or there are none */
	tls = tls_new(files->certificate, files->key, config->node.domain, &err);
	if (tls == NULL)
		config_mistake(config, "tls", "certificate", errors, "%s", err.text);
	tls_free(&tls);
}

void
settings_net(const struct config *config, struct net_config *out)
{
	config_net(config, out);
	out->hello = hello_text(config, false, true);
	out->hello_unbound = hello_text(config, false, false);
	out->hello_web = hello_text(config, true, true);
	out->hello_web_unbound = hello_text(config, true, false);
	out->http = &front_http;
}
