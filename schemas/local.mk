# Schemas of the protocol. They are installed, because the node reads them when it starts; and what
# is made of them is part of the source, so "make check" tells when it has grown stale.
nobase_dist_pkgdata_DATA += \
	schemas/client/ack.json \
	schemas/client/auth.json \
	schemas/client/close.json \
	schemas/client/message.json \
	schemas/client/ping.json \
	schemas/client/presence.json \
	schemas/client/request.json \
	schemas/client/response.json \
	schemas/common.json \
	schemas/methods/account.change.json \
	schemas/methods/account.create.json \
	schemas/methods/account.devices.json \
	schemas/methods/account.get.json \
	schemas/methods/account.list.json \
	schemas/methods/account.password.json \
	schemas/methods/account.revoke.json \
	schemas/methods/account.update.json \
	schemas/methods/groups.banned.json \
	schemas/methods/groups.create.json \
	schemas/methods/groups.decline.json \
	schemas/methods/groups.get.json \
	schemas/methods/groups.invitations.json \
	schemas/methods/groups.invite.json \
	schemas/methods/groups.join.json \
	schemas/methods/groups.leave.json \
	schemas/methods/groups.link.json \
	schemas/methods/groups.links.json \
	schemas/methods/groups.list.json \
	schemas/methods/groups.members.json \
	schemas/methods/groups.peek.json \
	schemas/methods/groups.remove.json \
	schemas/methods/groups.revoke.json \
	schemas/methods/groups.role.json \
	schemas/methods/groups.search.json \
	schemas/methods/groups.unban.json \
	schemas/methods/groups.update.json \
	schemas/methods/groups.withdraw.json \
	schemas/methods/history.date.json \
	schemas/methods/history.delete.json \
	schemas/methods/history.edit.json \
	schemas/methods/history.get.json \
	schemas/methods/history.inbox.json \
	schemas/methods/history.keep.json \
	schemas/methods/history.page.json \
	schemas/methods/history.pin.json \
	schemas/methods/history.pins.json \
	schemas/methods/history.react.json \
	schemas/methods/history.read.json \
	schemas/methods/history.readers.json \
	schemas/methods/history.search.json \
	schemas/methods/history.set.json \
	schemas/methods/history.typing.json \
	schemas/methods/history.unread.json \
	schemas/methods/history.versions.json \
	schemas/methods/key.rewrap.json \
	schemas/methods/key.rotate.json \
	schemas/methods/key.status.json \
	schemas/methods/node.check.json \
	schemas/methods/node.fibers.json \
	schemas/methods/node.hooks.json \
	schemas/methods/node.limits.json \
	schemas/methods/node.module.json \
	schemas/methods/node.modules.json \
	schemas/methods/node.reload.json \
	schemas/methods/node.sessions.json \
	schemas/methods/node.status.json \
	schemas/methods/notify.chat.json \
	schemas/methods/notify.get.json \
	schemas/methods/notify.update.json \
	schemas/methods/presence.get.json \
	schemas/methods/register.check.json \
	schemas/methods/register.create.json \
	schemas/methods/register.policy.json \
	schemas/methods/retention.run.json \
	schemas/methods/retention.set.json \
	schemas/methods/retention.status.json \
	schemas/methods/roster.accept.json \
	schemas/methods/roster.block.json \
	schemas/methods/roster.decline.json \
	schemas/methods/roster.dismiss.json \
	schemas/methods/roster.list.json \
	schemas/methods/roster.remove.json \
	schemas/methods/roster.request.json \
	schemas/methods/roster.search.json \
	schemas/methods/roster.suggestions.json \
	schemas/methods/roster.unblock.json \
	schemas/methods/roster.withdraw.json \
	schemas/methods/session.end.json \
	schemas/server/challenge.json \
	schemas/server/error.json \
	schemas/server/event.json \
	schemas/server/hello.json \
	schemas/server/message.json \
	schemas/server/pong.json \
	schemas/server/presence.json \
	schemas/server/ready.json \
	schemas/server/result.json \
	$(nothing)

EXTRA_DIST += tools/schema-files.mjs tools/gen-types.mjs tools/gen-methods.mjs \
	web/sdk/src/types.ts

dist_check_SCRIPTS += tests/made-from-schemas tests/readme-stops
TESTS += tests/made-from-schemas tests/readme-stops
