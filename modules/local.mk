# Modules: shared objects in $(pkglibdir), made from the public headers alone. A module NAME is
#   pkglib_LTLIBRARIES += modules/NAME.la
#   modules_NAME_la_SOURCES = modules/NAME.c
#   modules_NAME_la_CPPFLAGS = $(MODULE_INCLUDES)
#   modules_NAME_la_LDFLAGS = $(MODULE_LINK)
#   modules_NAME_la_LIBADD = libparley.la
MODULE_INCLUDES = -I$(srcdir)/include $(PARLEY_CPPFLAGS)
MODULE_LINK = $(AM_LDFLAGS) -module -avoid-version -shared $(PARLEY_DEFS_LDFLAGS)

GROUPS_SOURCES = \
	modules/groups/act.c \
	modules/groups/change.c \
	modules/groups/create.c \
	modules/groups/document.c \
	modules/groups/group.c \
	modules/groups/groups.c \
	modules/groups/groups.h \
	modules/groups/invite.c \
	modules/groups/join.c \
	modules/groups/leave.c \
	modules/groups/link.c \
	modules/groups/members.c \
	modules/groups/once.c \
	modules/groups/owner.c \
	modules/groups/post.c \
	modules/groups/rate.c \
	modules/groups/roles.c \
	modules/groups/search.c \
	modules/groups/update.c \
	modules/groups/view.c \
	modules/groups/writes.c
pkglib_LTLIBRARIES += modules/groups.la
modules_groups_la_SOURCES = $(GROUPS_SOURCES)
modules_groups_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_groups_la_LDFLAGS = $(MODULE_LINK)
modules_groups_la_LIBADD = libparley.la

HISTORY_SOURCES = \
	modules/history/apply.c \
	modules/history/attempt.c \
	modules/history/change.c \
	modules/history/chat.c \
	modules/history/damaged.c \
	modules/history/date.c \
	modules/history/document.c \
	modules/history/edit.c \
	modules/history/gather.c \
	modules/history/history.c \
	modules/history/history.h \
	modules/history/inbox.c \
	modules/history/inbox.h \
	modules/history/journal.c \
	modules/history/keep.c \
	modules/history/keep.h \
	modules/history/keep_make.c \
	modules/history/member.c \
	modules/history/mention.c \
	modules/history/mentioned.c \
	modules/history/missed.c \
	modules/history/moments.c \
	modules/history/owed.c \
	modules/history/owed.h \
	modules/history/own.c \
	modules/history/page.c \
	modules/history/postings.c \
	modules/history/postings.h \
	modules/history/quote.c \
	modules/history/react.c \
	modules/history/read.c \
	modules/history/readers.c \
	modules/history/reading.c \
	modules/history/receipts.c \
	modules/history/request.c \
	modules/history/row.c \
	modules/history/search.c \
	modules/history/search.h \
	modules/history/search_crawl.c \
	modules/history/search_find.c \
	modules/history/search_fresh.c \
	modules/history/search_merge.c \
	modules/history/search_pending.c \
	modules/history/search_purge.c \
	modules/history/search_segment.c \
	modules/history/search_source.c \
	modules/history/search_terms.c \
	modules/history/shelf.c \
	modules/history/shelf.h \
	modules/history/search_write.c \
	modules/history/single.c \
	modules/history/sizes.c \
	modules/history/sweep.c \
	modules/history/typing.c \
	modules/history/unread.c \
	modules/history/walk.c \
	modules/history/words.c \
	modules/history/words.h
pkglib_LTLIBRARIES += modules/history.la
modules_history_la_SOURCES = $(HISTORY_SOURCES)
modules_history_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_history_la_LDFLAGS = $(MODULE_LINK)
modules_history_la_LIBADD = libparley.la $(UTF8PROC_LIBS)

pkglib_LTLIBRARIES += modules/notify.la
modules_notify_la_SOURCES = \
	modules/notify/decide.c \
	modules/notify/methods.c \
	modules/notify/notify.c \
	modules/notify/notify.h \
	modules/notify/settings.c
modules_notify_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_notify_la_LDFLAGS = $(MODULE_LINK)
modules_notify_la_LIBADD = libparley.la

pkglib_LTLIBRARIES += modules/offline.la
modules_offline_la_SOURCES = modules/offline.c
modules_offline_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_offline_la_LDFLAGS = $(MODULE_LINK)
modules_offline_la_LIBADD = libparley.la

pkglib_LTLIBRARIES += modules/presence.la
modules_presence_la_SOURCES = modules/presence.c
modules_presence_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_presence_la_LDFLAGS = $(MODULE_LINK)
modules_presence_la_LIBADD = libparley.la

pkglib_LTLIBRARIES += modules/register.la
modules_register_la_SOURCES = modules/register.c
modules_register_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_register_la_LDFLAGS = $(MODULE_LINK)
modules_register_la_LIBADD = libparley.la $(ZXCVBN_LIBS)

ROSTER_SOURCES = \
	modules/roster/book.c \
	modules/roster/names.c \
	modules/roster/pair.c \
	modules/roster/person.c \
	modules/roster/requests.c \
	modules/roster/roster.c \
	modules/roster/roster.h \
	modules/roster/search.c
pkglib_LTLIBRARIES += modules/roster.la
modules_roster_la_SOURCES = $(ROSTER_SOURCES)
modules_roster_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_roster_la_LDFLAGS = $(MODULE_LINK)
modules_roster_la_LIBADD = libparley.la

MONGO_SOURCES = \
	modules/store_mongo/mongo.h \
	modules/store_mongo/mongo_batch.h \
	modules/store_mongo/mongo_bson.c \
	modules/store_mongo/mongo_declare.c \
	modules/store_mongo/mongo_doubt.c \
	modules/store_mongo/mongo_flush.c \
	modules/store_mongo/mongo_health.c \
	modules/store_mongo/mongo_index.c \
	modules/store_mongo/mongo_lease.c \
	modules/store_mongo/mongo_open.c \
	modules/store_mongo/mongo_probe.c \
	modules/store_mongo/mongo_query.c \
	modules/store_mongo/mongo_slot.c \
	modules/store_mongo/mongo_write.c \
	modules/store_mongo/store_mongo.c
pkglib_LTLIBRARIES += modules/store_mongo.la
modules_store_mongo_la_SOURCES = $(MONGO_SOURCES)
modules_store_mongo_la_CPPFLAGS = $(MODULE_INCLUDES) $(MONGOC_CFLAGS)
modules_store_mongo_la_LDFLAGS = $(MODULE_LINK)
modules_store_mongo_la_LIBADD = libparley.la $(MONGOC_LIBS)

SQLITE_SOURCES = \
	modules/store_sqlite/sqlite.h \
	modules/store_sqlite/sqlite_backup.c \
	modules/store_sqlite/sqlite_cells.c \
	modules/store_sqlite/sqlite_check.c \
	modules/store_sqlite/sqlite_contents.c \
	modules/store_sqlite/sqlite_collection.c \
	modules/store_sqlite/sqlite_declare.c \
	modules/store_sqlite/sqlite_file.c \
	modules/store_sqlite/sqlite_log.c \
	modules/store_sqlite/sqlite_log.h \
	modules/store_sqlite/sqlite_log_declare.c \
	modules/store_sqlite/sqlite_log_names.c \
	modules/store_sqlite/sqlite_log_read.c \
	modules/store_sqlite/sqlite_map.c \
	modules/store_sqlite/sqlite_origin.c \
	modules/store_sqlite/sqlite_pages.c \
	modules/store_sqlite/sqlite_pages.h \
	modules/store_sqlite/sqlite_read.c \
	modules/store_sqlite/sqlite_read.h \
	modules/store_sqlite/sqlite_record.c \
	modules/store_sqlite/sqlite_recover.c \
	modules/store_sqlite/sqlite_salvage.c \
	modules/store_sqlite/sqlite_salvage.h \
	modules/store_sqlite/sqlite_settle.c \
	modules/store_sqlite/sqlite_statement.c \
	modules/store_sqlite/sqlite_sums.c \
	modules/store_sqlite/sqlite_tail.c \
	modules/store_sqlite/sqlite_tool.c \
	modules/store_sqlite/sqlite_upkeep.c \
	modules/store_sqlite/sqlite_upkeep.h \
	modules/store_sqlite/sqlite_vfs.c \
	modules/store_sqlite/sqlite_vfs.h \
	modules/store_sqlite/sqlite_wal.c \
	modules/store_sqlite/sqlite_wal_check.c \
	modules/store_sqlite/sqlite_write.c \
	modules/store_sqlite/store_sqlite.c
pkglib_LTLIBRARIES += modules/store_sqlite.la
modules_store_sqlite_la_SOURCES = $(SQLITE_SOURCES)
modules_store_sqlite_la_CPPFLAGS = $(MODULE_INCLUDES)
modules_store_sqlite_la_LDFLAGS = $(MODULE_LINK)
modules_store_sqlite_la_LIBADD = libparley.la $(SQLITE_LIBS)
