# The daemon. libcore.la is all of it but main(); unit tests link that. libparley.la is the same
# objects as a shared library that shows only the API; parleyd and the modules link that. Never both
# in one program: there would be two copies of all state.
#
# Lists end with $(nothing), so that two branches can add lines without touching the same one.
pkginclude_HEADERS += \
	include/parley/account.h \
	include/parley/address.h \
	include/parley/api.h \
	include/parley/await.h \
	include/parley/backend.h \
	include/parley/error.h \
	include/parley/groups.h \
	include/parley/history.h \
	include/parley/json.h \
	include/parley/log.h \
	include/parley/markdown.h \
	include/parley/memory.h \
	include/parley/module.h \
	include/parley/presence.h \
	include/parley/notify.h \
	include/parley/rate.h \
	include/parley/roster.h \
	include/parley/seal.h \
	include/parley/session.h \
	include/parley/store.h \
	include/parley/table.h \
	include/parley/text.h \
	$(nothing)

noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	src/auth/account.c \
	src/auth/account_cache.c \
	src/auth/account_cache.h \
	src/auth/account_change.c \
	src/auth/account_check.c \
	src/auth/account_check.h \
	src/auth/account_doc.c \
	src/auth/account_doc.h \
	src/auth/account_internal.h \
	src/auth/device.c \
	src/auth/device.h \
	src/auth/device_token.c \
	src/auth/device_token.h \
	src/auth/login.c \
	src/auth/login.h \
	src/auth/password.c \
	src/auth/password.h \
	src/auth/peer.c \
	src/auth/peer.h \
	src/auth/prepare.c \
	src/auth/prepare.h \
	src/auth/scram.c \
	src/auth/scram.h \
	src/auth/scram_parse.c \
	src/auth/scram_parse.h \
	src/auth/stamps.c \
	src/auth/stamps.h \
	src/auth/throttle.c \
	src/auth/throttle.h \
	src/auth/ticket.c \
	src/auth/ticket.h \
	src/base/arena.c \
	src/base/arena.h \
	src/base/base64.c \
	src/base/base64.h \
	src/base/clock.c \
	src/base/clock.h \
	src/base/error.c \
	src/base/hash.c \
	src/base/hash.h \
	src/base/log.c \
	src/base/markdown.c \
	src/base/markdown.h \
	src/base/markdown_inline.c \
	src/base/log.h \
	src/base/log_line.c \
	src/base/log_line.h \
	src/base/module_table.c \
	src/base/random.c \
	src/base/random.h \
	src/base/real.c \
	src/base/real.h \
	src/base/table.c \
	src/base/table.h \
	src/base/text.c \
	src/base/text_lower.c \
	src/base/xalloc.c \
	src/base/xalloc.h \
	src/core/account_methods.c \
	src/core/builtin.c \
	src/core/builtin.h \
	src/core/channel.c \
	src/core/channel.h \
	src/core/config.c \
	src/core/config.h \
	src/core/config_check.c \
	src/core/config_check.h \
	src/core/config_print.c \
	src/core/config_rows.c \
	src/core/config_rows.h \
	src/core/config_scan.c \
	src/core/config_scan.h \
	src/core/config_token.c \
	src/core/config_token.h \
	src/core/daemon.c \
	src/core/daemon.h \
	src/core/device_sessions.c \
	src/core/device_sessions.h \
	src/core/frames.c \
	src/core/frames.h \
	src/core/hello.c \
	src/core/hello.h \
	src/core/hook.c \
	src/core/hook.h \
	src/core/hook_print.c \
	src/core/hook_print.h \
	src/core/http_session.c \
	src/core/http_session.h \
	src/core/intake.c \
	src/core/intake.h \
	src/core/message.c \
	src/core/message.h \
	src/core/metrics.c \
	src/core/metrics.h \
	src/core/mid.c \
	src/core/module.c \
	src/core/module.h \
	src/core/module_check.c \
	src/core/module_check.h \
	src/core/node_methods.c \
	src/core/node_modules.c \
	src/core/node_modules.h \
	src/core/offline.c \
	src/core/offline.h \
	src/core/option.c \
	src/core/option.h \
	src/core/owner.h \
	src/core/rate.c \
	src/core/rate.h \
	src/core/request.c \
	src/core/request.h \
	src/core/restart.c \
	src/core/restart.h \
	src/core/router.c \
	src/core/router.h \
	src/core/sd_notify.c \
	src/core/sd_notify.h \
	src/core/server.c \
	src/core/server.h \
	src/core/session.c \
	src/core/session.h \
	src/core/session_kept.c \
	src/core/session_kept.h \
	src/core/settings.c \
	src/core/settings.h \
	src/core/signals.c \
	src/core/signals.h \
	src/core/stream_login.c \
	src/core/stream_login.h \
	src/json/address.c \
	src/json/json.c \
	src/json/json.h \
	src/json/json_put.h \
	src/json/json_scan.h \
	src/json/json_value.c \
	src/json/json_write.c \
	src/json/schema.h \
	src/json/schema_check.c \
	src/json/schema_compile.c \
	src/json/schema_compile.h \
	src/json/schema_keyword.c \
	src/json/schema_load.c \
	src/json/schema_object.c \
	src/json/schema_pattern.c \
	src/json/schema_pattern.h \
	src/json/schema_rule.h \
	src/json/schema_words.c \
	src/net/conn.c \
	src/net/conn.h \
	src/net/conn_front.c \
	src/net/conn_input.c \
	src/net/conn_output.c \
	src/net/conn_private.h \
	src/net/facts.c \
	src/net/front_http.c \
	src/net/front_json.c \
	src/net/front_ws.c \
	src/net/guests.c \
	src/net/guests.h \
	src/net/http.h \
	src/net/http_call.c \
	src/net/http_field.c \
	src/net/http_file.c \
	src/net/http_head.c \
	src/net/http_head.h \
	src/net/http_reply.c \
	src/net/http_route.c \
	src/net/http_target.c \
	src/net/http_upgrade.c \
	src/net/http_who.c \
	src/net/io.c \
	src/net/io.h \
	src/net/link.c \
	src/net/link.h \
	src/net/listen_socket.c \
	src/net/listen_socket.h \
	src/net/listener.c \
	src/net/listener.h \
	src/net/net.c \
	src/net/net.h \
	src/net/netaddr.c \
	src/net/netaddr.h \
	src/net/payload.c \
	src/net/payload.h \
	src/net/settings.c \
	src/net/settings.h \
	src/net/stanza.c \
	src/net/stanza.h \
	src/net/static.c \
	src/net/static.h \
	src/net/static_choose.c \
	src/net/tls.c \
	src/net/tls.h \
	src/net/transport.c \
	src/net/transport.h \
	src/net/websocket.c \
	src/net/websocket.h \
	src/runtime/await.c \
	src/runtime/dump.c \
	src/runtime/fiber.c \
	src/runtime/fiber.h \
	src/runtime/fiber_annotate.h \
	src/runtime/fiber_fault.c \
	src/runtime/fiber_fault.h \
	src/runtime/fiber_switch.c \
	src/runtime/fiber_switch.h \
	src/runtime/fiber_switch_aarch64.S \
	src/runtime/fiber_switch_x86_64.S \
	src/runtime/lane.c \
	src/runtime/loop.c \
	src/runtime/loop.h \
	src/runtime/runtime.c \
	src/runtime/runtime.h \
	src/runtime/scope.c \
	src/runtime/task.c \
	src/runtime/task.h \
	src/runtime/timer.c \
	src/runtime/watchdog.c \
	src/runtime/watchdog.h \
	src/runtime/workers.c \
	src/runtime/workers.h \
	src/seal/box.c \
	src/seal/box.h \
	src/seal/hash_key.c \
	src/seal/hmac.c \
	src/seal/hmac.h \
	src/seal/keyfile.c \
	src/seal/keyfile.h \
	src/seal/seal.c \
	src/seal/seal.h \
	src/seal/xaes.c \
	src/seal/xaes.h \
	src/store/doc.h \
	src/store/memory_index.c \
	src/store/memory_index.h \
	src/store/note.h \
	src/store/reader.h \
	src/store/secret.h \
	src/store/store.c \
	src/store/store.h \
	src/store/store_doc.c \
	src/store/store_memory.c \
	src/store/store_note.c \
	src/store/store_query.c \
	src/store/store_reader.c \
	src/store/store_secret.c \
	src/store/store_writer.c \
	src/store/writer.h \
	src/version.c \
	src/version.h \
	$(nothing)
libcore_la_LIBADD = $(OPENSSL_LIBS) $(EXPAT_LIBS) $(EVENT_LIBS) $(CONFUSE_LIBS) \
	$(SCRYPT_LIBS) $(UTF8PROC_LIBS) -lm

lib_LTLIBRARIES += libparley.la
libparley_la_SOURCES =
libparley_la_LIBADD = libcore.la
libparley_la_LDFLAGS = $(AM_LDFLAGS) -version-info 1:0:0 $(PARLEY_DEFS_LDFLAGS)

sbin_PROGRAMS += parleyd
parleyd_SOURCES = src/main.c
parleyd_CFLAGS = $(AM_CFLAGS) $(PARLEY_PROGRAM_CFLAGS)
parleyd_LDFLAGS = $(AM_LDFLAGS) $(PARLEY_PROGRAM_LDFLAGS)
parleyd_LDADD = libparley.la

# parleyctl takes from the core what reads and writes JSON.
bin_PROGRAMS += parleyctl
parleyctl_SOURCES = \
	src/ctl/call.c \
	src/ctl/commands.c \
	src/ctl/ctl.h \
	src/ctl/main.c \
	src/ctl/offline.c \
	src/ctl/password.c \
	src/ctl/print.c \
	$(nothing)
parleyctl_CFLAGS = $(AM_CFLAGS) $(PARLEY_PROGRAM_CFLAGS)
parleyctl_LDFLAGS = $(AM_LDFLAGS) $(PARLEY_PROGRAM_LDFLAGS)
parleyctl_LDADD = libcore.la
