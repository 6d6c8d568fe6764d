# Benchmarks: built by "make bench" alone, run by bench/run. Not part of the tests, but for a smoke run.
BENCHES = \
	bench/fsync \
	bench/load \
	bench/micro_json \
	bench/micro_secret \
	bench/micro_store \
	bench/relay \
	$(nothing)
if HAVE_CMOCKA
BENCHES += bench/micro_router
endif
EXTRA_PROGRAMS += $(BENCHES)
CLEANFILES += $(BENCHES) bench.jsonl

bench_load_SOURCES = \
	bench/control.c \
	bench/control.h \
	bench/histogram.c \
	bench/histogram.h \
	bench/load.c \
	bench/load.h \
	bench/measure.c \
	bench/metric.c \
	bench/mode_archive.c \
	bench/mode_group.c \
	bench/mode_idle.c \
	bench/mode_inbox.c \
	bench/mode_login.c \
	bench/mode_pairs.c \
	bench/mode_pipeline.c \
	bench/mode_reconnect.c \
	bench/note.c \
	bench/pairs.h \
	bench/process.c \
	bench/process.h \
	bench/scram.c \
	bench/scram.h \
	bench/speak.h \
	bench/speak_mqtt.c \
	bench/speak_parley.c \
	bench/speak_relay.c \
	bench/speak_xmpp.c \
	bench/users.c \
	bench/websocket.c \
	bench/websocket.h \
	bench/wire.c \
	bench/wire.h \
	bench/xml.c \
	bench/xml.h \
	$(nothing)
bench_load_LDADD = libcore.la

bench_relay_SOURCES = bench/relay.c
bench_relay_LDADD = $(OPENSSL_LIBS)

bench_fsync_SOURCES = bench/fsync.c
bench_fsync_LDADD =

MICRO = bench/micro.c bench/micro.h
bench_micro_json_SOURCES = bench/micro_json.c $(MICRO)
bench_micro_json_LDADD = libcore.la
bench_micro_secret_SOURCES = bench/micro_secret.c $(MICRO)
bench_micro_secret_LDADD = libcore.la
bench_micro_router_SOURCES = bench/micro_router.c $(MICRO) $(PEOPLE_SUPPORT)
bench_micro_router_LDADD = libcore.la $(CMOCKA_LIBS)
# The back end is a module, which brings libparley.so.
bench_micro_store_SOURCES = bench/micro_store.c $(MICRO)
bench_micro_store_LDADD = libparley.la

bench: $(BENCHES)
.PHONY: bench

TESTS += bench/smoke
EXTRA_DIST += bench/fill.mjs bench/listens.sh bench/micro bench/peers bench/report.mjs bench/results.md bench/run \
	bench/search.mjs bench/servers.sh bench/smoke bench/upkeep.mjs

# What a run leaves in the build directory.
clean-bench:
	rm -rf bench.work
.PHONY: clean-bench
