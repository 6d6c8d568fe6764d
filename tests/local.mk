# Tests. A program listed here without _SOURCES is made of the .c file of its name.
LDADD = libcore.la $(CMOCKA_LIBS)

UNIT_TESTS = \
	tests/unit/test_account \
	tests/unit/test_address \
	tests/unit/test_base64 \
	tests/unit/test_channel \
	tests/unit/test_clock \
	tests/unit/test_config \
	tests/unit/test_config_slips \
	tests/unit/test_device \
	tests/unit/test_error \
	tests/unit/test_fiber \
	tests/unit/test_frames \
	tests/unit/test_front \
	tests/unit/test_front_http \
	tests/unit/test_front_ws \
	tests/unit/test_hash \
	tests/unit/test_history \
	tests/unit/test_hook \
	tests/unit/test_intake \
	tests/unit/test_http_call \
	tests/unit/test_http_file \
	tests/unit/test_http_head \
	tests/unit/test_http_who \
	tests/unit/test_ids \
	tests/unit/test_json \
	tests/unit/test_json_value \
	tests/unit/test_json_write \
	tests/unit/test_keyring \
	tests/unit/test_lane \
	tests/unit/test_log \
	tests/unit/test_login \
	tests/unit/test_login_attack \
	tests/unit/test_login_scram \
	tests/unit/test_loop \
	tests/unit/test_message \
	tests/unit/test_markdown \
	tests/unit/test_mid \
	tests/unit/test_module \
	tests/unit/test_net \
	tests/unit/test_net_accept \
	tests/unit/test_net_life \
	tests/unit/test_net_tls \
	tests/unit/test_netaddr \
	tests/unit/test_option \
	tests/unit/test_order \
	tests/unit/test_parleyctl \
	tests/unit/test_password \
	tests/unit/test_rate \
	tests/unit/test_request \
	tests/unit/test_router \
	tests/unit/test_schema \
	tests/unit/test_schema_check \
	tests/unit/test_schema_compile \
	tests/unit/test_schema_load \
	tests/unit/test_schema_pattern \
	tests/unit/test_schemas \
	tests/unit/test_scope \
	tests/unit/test_mongo_health \
	tests/unit/test_payload \
	tests/unit/test_prepare \
	tests/unit/test_presence \
	tests/unit/test_scram \
	tests/unit/test_sd_notify \
	tests/unit/test_seal \
	tests/unit/test_secrets \
	tests/unit/test_session \
	tests/unit/test_session_kept \
	tests/unit/test_shelf \
	tests/unit/test_signals \
	tests/unit/test_store_doc \
	tests/unit/test_static \
	tests/unit/test_store_memory \
	tests/unit/test_store_mongo \
	tests/unit/test_store_query \
	tests/unit/test_store_sqlite \
	tests/unit/test_table \
	tests/unit/test_task \
	tests/unit/test_text \
	tests/unit/test_throttle \
	tests/unit/test_websocket \
	tests/unit/test_words \
	tests/unit/test_workers \
	tests/sim/test_judge \
	tests/sim/test_sim \
	$(nothing)

CHANCE = tests/support/chance.c tests/support/chance.h
STORE_CONFORMANCE = \
	tests/unit/store_conformance.c \
	tests/unit/store_conformance.h \
	tests/unit/store_copies.c \
	tests/unit/store_documents.c \
	tests/unit/store_logs.c \
	tests/unit/store_notes.c \
	tests/unit/store_random.c \
	tests/unit/store_secrets.c \
	$(CHANCE) \
	$(nothing)
tests_unit_test_store_memory_SOURCES = tests/unit/test_store_memory.c $(STORE_CONFORMANCE)
tests_unit_test_mongo_health_SOURCES = tests/unit/test_mongo_health.c modules/store_mongo/mongo.h \
	modules/store_mongo/mongo_health.c
tests_unit_test_mongo_health_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(MONGOC_CFLAGS)
tests_unit_test_mongo_health_LDADD = $(LDADD) $(MONGOC_LIBS)
tests_unit_test_store_mongo_SOURCES = tests/unit/test_store_mongo.c $(STORE_CONFORMANCE) $(MONGO_SOURCES)
tests_unit_test_store_mongo_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(MONGOC_CFLAGS)
tests_unit_test_store_mongo_LDADD = $(LDADD) $(MONGOC_LIBS)
tests_unit_test_store_sqlite_SOURCES = tests/unit/test_store_sqlite.c $(STORE_CONFORMANCE) \
	tests/unit/store_sqlite.h tests/unit/store_sqlite_damage.c tests/unit/store_sqlite_faults.c tests/unit/store_sqlite_files.c \
	tests/unit/store_sqlite_runs.c \
	tests/support/faulty_vfs.c tests/support/faulty_vfs.h $(SQLITE_SOURCES)
tests_unit_test_store_sqlite_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
tests_unit_test_store_sqlite_LDADD = $(LDADD) $(SQLITE_LIBS)

# Each is linked with a main() that replays its corpus, or with libFuzzer (--enable-fuzzing):
#   tests/fuzz/fuzz_NAME in this list, and below
#   tests_fuzz_fuzz_NAME_LDADD = $(FUZZ_LIBS)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(FUZZ_LINK)
FUZZ_TARGETS = \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_frame \
	tests/fuzz/fuzz_schema \
	tests/fuzz/fuzz_address \
	tests/fuzz/fuzz_http_head \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_markdown \
	tests/fuzz/fuzz_scram \
	tests/fuzz/fuzz_secret \
	tests/fuzz/fuzz_websocket \
	$(nothing)

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS) tests/unit/planted
TESTS += $(UNIT_TESTS) tests/unit/fibers_gdb.sh tests/unit/planted.sh
endif

TESTS += tests/catalogue tests/lint tests/what-failed
dist_check_SCRIPTS += tests/catalogue tests/lint tests/what-failed

# What sends one command to a MongoDB, for tests/support/mongo/serve.
check_PROGRAMS += tests/support/mongo/command
tests_support_mongo_command_CPPFLAGS = $(MONGOC_CFLAGS)
tests_support_mongo_command_LDADD = $(MONGOC_LIBS)
EXTRA_DIST += tests/support/mongo/ferretdb tests/support/mongo/serve

check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZING
FUZZ_LIBS = libcore.la
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
TESTS += $(FUZZ_TARGETS)
check_LTLIBRARIES += tests/fuzz/libreplay.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/replay.c
FUZZ_LIBS = libcore.la tests/fuzz/libreplay.la
FUZZ_LINK = $(AM_LDFLAGS)
endif

dist_check_SCRIPTS += tests/unit/fibers_gdb.sh tests/unit/planted.sh
EXTRA_DIST += tools/fibers-gdb.py tests/support/death.h tests/support/router.h tests/support/test.h tests/support/tsan.supp tests/fuzz/replay.c tests/fuzz/corpus

# detect_stack_use_after_return is off: it moves locals off the fiber's own stack.
AM_TESTS_ENVIRONMENT = \
	srcdir='$(srcdir)'; export srcdir; \
	PARLEY_DIRECTORIES='$(PARLEY_DIRECTORIES)'; export PARLEY_DIRECTORIES; \
	ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0:$$ASAN_OPTIONS"; \
	export ASAN_OPTIONS; \
	TSAN_OPTIONS="suppressions=$$(cd '$(srcdir)' && pwd)/tests/support/tsan.supp:$$TSAN_OPTIONS"; \
	export TSAN_OPTIONS; \
	UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; export UBSAN_OPTIONS;

tests_fuzz_fuzz_config_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_address_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_address_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_json_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_markdown_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_markdown_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_secret_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_secret_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_scram_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_scram_LDFLAGS = $(FUZZ_LINK)

tests_unit_test_scram_SOURCES = tests/unit/test_scram.c tests/support/scram_client.c \
	tests/support/scram_client.h

tests_unit_test_sd_notify_SOURCES = tests/unit/test_sd_notify.c tests/support/fiber.c \
	tests/support/fiber.h

tests_unit_test_password_SOURCES = tests/unit/test_password.c tests/support/fiber.c \
	tests/support/fiber.h

# The net on loopback sockets, with clients.
NET_RIG = tests/support/certificate.c tests/support/certificate.h tests/support/client.c \
	tests/support/client.h tests/support/rig.c tests/support/rig.h
tests_unit_test_front_SOURCES = tests/unit/test_front.c $(NET_RIG)
tests_unit_test_net_SOURCES = tests/unit/test_net.c $(NET_RIG)
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_schema_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_schema_LDFLAGS = $(FUZZ_LINK)

tests_unit_test_schema_SOURCES = tests/unit/test_schema.c tests/support/files.c \
	tests/support/files.h

tests_unit_test_schemas_SOURCES = tests/unit/test_schemas.c tests/support/files.c \
	tests/support/files.h

EXTRA_DIST += docs/protocol.md tests/checker tests/data tests/long tests/soak tests/talk tests/workload
tests_unit_test_net_accept_SOURCES = tests/unit/test_net_accept.c $(NET_RIG)
tests_unit_test_net_life_SOURCES = tests/unit/test_net_life.c $(NET_RIG)
tests_unit_test_net_tls_SOURCES = tests/unit/test_net_tls.c $(NET_RIG)

AUTH_SUPPORT = tests/support/auth.c tests/support/auth.h tests/support/fiber.c \
	tests/support/fiber.h
tests_unit_test_account_SOURCES = tests/unit/test_account.c $(AUTH_SUPPORT)
tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c tests/support/fiber.c tests/support/fiber.h
tests_unit_test_device_SOURCES = tests/unit/test_device.c $(AUTH_SUPPORT)
LOGIN_SUPPORT = $(AUTH_SUPPORT) tests/support/login.c tests/support/login.h \
	tests/support/scram_client.c tests/support/scram_client.h
tests_unit_test_login_SOURCES = tests/unit/test_login.c $(LOGIN_SUPPORT)
tests_unit_test_login_attack_SOURCES = tests/unit/test_login_attack.c $(LOGIN_SUPPORT)
tests_unit_test_login_scram_SOURCES = tests/unit/test_login_scram.c $(LOGIN_SUPPORT)
# A browser's side.
WEB_RIG = $(NET_RIG) tests/support/web.c tests/support/web.h
tests_unit_test_front_http_SOURCES = tests/unit/test_front_http.c $(WEB_RIG)

# The core without a network.
CORE_SUPPORT = tests/support/core.c tests/support/core.h tests/support/fake_net.c tests/support/fiber.c \
	tests/support/fiber.h
SESSIONS_SUPPORT = $(CORE_SUPPORT) tests/support/sessions.c tests/support/sessions.h
tests_unit_test_channel_SOURCES = tests/unit/test_channel.c $(SESSIONS_SUPPORT)
tests_unit_test_session_SOURCES = tests/unit/test_session.c $(SESSIONS_SUPPORT)
tests_unit_test_session_kept_SOURCES = tests/unit/test_session_kept.c $(SESSIONS_SUPPORT)
tests_unit_test_frames_SOURCES = tests/unit/test_frames.c tests/support/files.c \
	tests/support/files.h
tests_unit_test_hook_SOURCES = tests/unit/test_hook.c tests/support/fiber.c \
	tests/support/fiber.h tests/support/files.c tests/support/files.h
tests_unit_test_markdown_SOURCES = tests/unit/test_markdown.c tests/support/files.c \
	tests/support/files.h
tests_unit_test_ids_SOURCES = tests/unit/test_ids.c tests/support/fiber.c tests/support/fiber.h
tests_unit_test_mid_SOURCES = tests/unit/test_mid.c tests/support/fiber.c tests/support/fiber.h

# Shared objects for the loader: -rpath makes libtool build one that is not installed. They use what
# the test program offers.
check_LTLIBRARIES += tests/unit/module_none.la tests/unit/module_shapes.la
TEST_MODULE_LINK = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
tests_unit_module_none_la_SOURCES = tests/unit/module_none.c
tests_unit_module_none_la_CPPFLAGS = $(MODULE_INCLUDES)
tests_unit_module_none_la_LDFLAGS = $(TEST_MODULE_LINK)
tests_unit_module_shapes_la_SOURCES = tests/unit/module_shapes.c tests/unit/module_shapes.h
tests_unit_module_shapes_la_CPPFLAGS = $(MODULE_INCLUDES) -D_GNU_SOURCE=
tests_unit_module_shapes_la_LDFLAGS = $(TEST_MODULE_LINK)
tests_unit_test_module_SOURCES = tests/unit/test_module.c tests/unit/module_shapes.h \
	tests/support/folder.c tests/support/folder.h $(CORE_SUPPORT)
tests_unit_test_module_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
EXTRA_tests_unit_test_module_DEPENDENCIES = tests/unit/module_none.la tests/unit/module_shapes.la
tests_unit_test_front_ws_SOURCES = tests/unit/test_front_ws.c $(WEB_RIG)
tests_unit_test_http_call_SOURCES = tests/unit/test_http_call.c $(WEB_RIG)
tests_unit_test_http_who_SOURCES = tests/unit/test_http_who.c $(WEB_RIG)
tests_unit_test_http_file_SOURCES = tests/unit/test_http_file.c $(WEB_RIG)
tests_unit_test_static_SOURCES = tests/unit/test_static.c $(WEB_RIG)
tests_unit_test_secrets_SOURCES = tests/unit/test_secrets.c $(WEB_RIG)
tests_unit_test_secrets_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=free,--wrap=realloc
tests_unit_test_websocket_SOURCES = tests/unit/test_websocket.c $(WEB_RIG)
tests_fuzz_fuzz_http_head_LDADD = $(FUZZ_LIBS) $(HTTP_PARSER_LIBS)
tests_fuzz_fuzz_http_head_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_websocket_LDADD = $(FUZZ_LIBS) $(WSLAY_LIBS)
tests_fuzz_fuzz_websocket_LDFLAGS = $(FUZZ_LINK)

ABORTS = tests/support/aborts.c tests/support/aborts.h
tests_unit_test_json_write_SOURCES = tests/unit/test_json_write.c $(ABORTS)
tests_unit_test_table_SOURCES = tests/unit/test_table.c $(ABORTS)

PEOPLE_SUPPORT = $(CORE_SUPPORT) tests/support/auth.c tests/support/auth.h tests/support/people.c \
	tests/support/people.h
tests_unit_test_request_SOURCES = tests/unit/test_request.c $(PEOPLE_SUPPORT) \
	tests/support/files.c tests/support/files.h
tests_unit_test_history_SOURCES = tests/unit/test_history.c $(CHANCE) $(HISTORY_SOURCES) \
	$(PEOPLE_SUPPORT)
tests_unit_test_shelf_SOURCES = tests/unit/test_shelf.c $(CHANCE) $(HISTORY_SOURCES) \
	$(PEOPLE_SUPPORT)
tests_unit_test_words_SOURCES = tests/unit/test_words.c modules/history/postings.c \
	modules/history/postings.h modules/history/words.c modules/history/words.h
tests_unit_test_words_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_unit_test_message_SOURCES = tests/unit/test_message.c $(PEOPLE_SUPPORT)
SIM_JUDGE = \
	tests/sim/judge.c \
	tests/sim/judge.h \
	tests/sim/judge_content.c \
	tests/sim/judge_members.c \
	tests/sim/judge_pages.c \
	tests/sim/judge_sessions.c \
	$(nothing)
tests_sim_test_judge_SOURCES = tests/sim/sim.h tests/sim/test_judge.c $(SIM_JUDGE)
# Nodes on virtual time. The node is a shared object of which each life has a copy: the daemon with
# its modules, in which what comes first here stands in for what libcore.la has (-z muldefs).
tests_sim_test_sim_SOURCES = \
	tests/sim/clients.c \
	tests/sim/clients.h \
	tests/sim/clients_hear.c \
	tests/sim/clients_say.c \
	tests/sim/disk.c \
	tests/sim/image.h \
	$(SIM_JUDGE) \
	tests/sim/network.c \
	tests/sim/node.c \
	tests/sim/sim.c \
	tests/sim/sim.h \
	tests/sim/test_sim.c \
	tests/sim/threads.c \
	tests/sim/trouble.c \
	tests/support/faulty_vfs.c \
	tests/support/faulty_vfs.h \
	$(nothing)
tests_sim_test_sim_LDADD = $(LDADD) $(SQLITE_LIBS)
EXTRA_tests_sim_test_sim_DEPENDENCIES = tests/sim/node.la

SIM_MODULES = tests/sim/libgroups.la tests/sim/libhistory.la tests/sim/liboffline.la tests/sim/libpresence.la tests/sim/libroster.la \
	tests/sim/libstore_sqlite.la
check_LTLIBRARIES += tests/sim/node.la $(SIM_MODULES)
tests_sim_node_la_SOURCES = \
	tests/sim/image.c \
	tests/sim/image.h \
	tests/sim/image_events.c \
	tests/sim/image_net.c \
	tests/sim/image_store.c \
	tests/sim/image_threads.c \
	tests/support/core.h \
	tests/support/fake_net.c \
	$(nothing)
tests_sim_node_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_sim_node_la_LIBADD = $(SIM_MODULES) libcore.la $(CMOCKA_LIBS) $(SQLITE_LIBS) $(UTF8PROC_LIBS)
tests_sim_node_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere \
	-Wl,-Bsymbolic,-z,muldefs \
	-Wl,--wrap=_exit,--wrap=access,--wrap=clock_gettime,--wrap=close,--wrap=dlopen,--wrap=dlsym,--wrap=eventfd \
	-Wl,--wrap=getrandom,--wrap=link_close,--wrap=link_send,--wrap=log_start,--wrap=modules_backend,--wrap=nanosleep \
	-Wl,--wrap=pthread_cond_broadcast,--wrap=pthread_cond_signal,--wrap=pthread_cond_timedwait \
	-Wl,--wrap=pthread_cond_wait,--wrap=pthread_create,--wrap=pthread_join,--wrap=pthread_mutex_lock \
	-Wl,--wrap=sd_notify_ready,--wrap=session_replay,--wrap=sqlite3_open_v2,--wrap=sqlite3_vfs_find \
	-Wl,--wrap=sqlite3_vfs_register,--wrap=write
# Names that other parts have as well: in one shared object they would be one.
SIM_GROUPS_NAMES = -Dmember_key=groups_own_member_key -Dmembers_collection=groups_own_members \
	-Dnames_collection=groups_own_names -Dnames_write=groups_own_names_write -Drate_take=groups_own_rate_take
tests_sim_libgroups_la_SOURCES = $(GROUPS_SOURCES)
tests_sim_libgroups_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=groups_module $(SIM_GROUPS_NAMES)
tests_sim_libhistory_la_SOURCES = $(HISTORY_SOURCES)
tests_sim_libhistory_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=history_module
tests_sim_liboffline_la_SOURCES = modules/offline.c
tests_sim_liboffline_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=offline_module
tests_sim_libpresence_la_SOURCES = modules/presence.c
tests_sim_libpresence_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=presence_module
tests_sim_libroster_la_SOURCES = $(ROSTER_SOURCES)
tests_sim_libroster_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=roster_module
tests_sim_libstore_sqlite_la_SOURCES = $(SQLITE_SOURCES)
tests_sim_libstore_sqlite_la_CPPFLAGS = $(MODULE_INCLUDES) -Dparley_module=store_sqlite_module
tests_unit_test_presence_SOURCES = tests/unit/test_presence.c modules/presence.c $(PEOPLE_SUPPORT)
tests_unit_test_router_SOURCES = tests/unit/test_router.c $(PEOPLE_SUPPORT)
